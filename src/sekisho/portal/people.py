"""The contractor's own people: who may come in, who is invited, how many places are left."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from sekisho.apps.accounts import actions as accounts
from sekisho.apps.accounts.models import Language, Person, Role
from sekisho.apps.accounts.permissions import allowed
from sekisho.apps.accounts.queries import people_told, person_by_id
from sekisho.apps.contracts.actions.accounts import invite_person, reactivate_person
from sekisho.apps.contracts.queries.accounts import account_room
from sekisho.apps.refusals import Refused

from .entering import enters

_ACTS = {
    "invite-again": accounts.invite_again,
    "deactivate": accounts.deactivate,
    "reactivate": reactivate_person,
}


@require_safe
@enters
def people(request: HttpRequest) -> HttpResponse:
    organisation = request.user.organisation
    page = {
        "place": "people",
        "people": people_told(organisation),
        "room": account_room(request.scope, organisation),
        "may_manage": allowed(request.user, "people.manage"),
        "roles": (Role.CONTRACTOR_MEMBER, Role.CONTRACTOR_ADMIN),
    }
    return render(request, "portal/people.html", page)


@require_POST
@enters
def invite(request: HttpRequest) -> HttpResponse:
    asked = {name: request.POST.get(name, "") for name in ("email", "name", "role", "language")}
    if asked["role"] not in Role.values or asked["language"] not in Language.values:
        raise Http404
    try:
        invite_person(request.user, organisation=request.user.organisation, **{**asked, "role": Role(asked["role"])})
        messages.success(request, _("The invitation is on its way."))
    except Refused as refused:
        messages.error(request, refused.said(get_language() or "ja"))
    return redirect("portal:people")


@require_POST
@enters
def act(request: HttpRequest, person_id: int) -> HttpResponse:
    """What is asked for one of the own people: ``act`` names it."""
    person = _own(request, person_id)
    asked, language = request.POST.get("act", ""), request.POST.get("language", "")
    try:
        if asked in _ACTS:
            _ACTS[asked](request.user, person=person)
        elif asked == "language" and language in Language.values:
            accounts.set_language(request.user, person=person, language=language)
        else:
            raise Http404
        messages.success(request, _("It is done."))
    except Refused as refused:
        messages.error(request, refused.said(get_language() or "ja"))
    return redirect("portal:people")


def _own(request: HttpRequest, person_id: int) -> Person:
    person = person_by_id(person_id)
    if person is None or person.organisation_id != request.user.organisation_id:
        raise Http404
    return person
