"""Everybody's people, for the carrier's administrators."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from sekisho.apps.accounts import actions as accounts
from sekisho.apps.accounts.models import Language, Organisation, OrganisationKind, Role
from sekisho.apps.accounts.permissions import allowed
from sekisho.apps.accounts.queries import organisation_by_id, organisations, people_told, person_by_id
from sekisho.apps.contracts.actions.accounts import invite_person, reactivate_person
from sekisho.apps.contracts.queries.accounts import account_room
from sekisho.apps.refusals import Refused

from ..entering import enters
from . import asked

_ACTS = {
    "invite-again": accounts.invite_again,
    "deactivate": accounts.deactivate,
    "reactivate": reactivate_person,
}


@require_safe
@enters
def people(request: HttpRequest) -> HttpResponse:
    """All organisations, and the people of the one that is chosen: one's own at first."""
    chosen = _chosen(request, request.GET.get("organisation"))
    contractor = chosen.kind == OrganisationKind.CONTRACTOR
    page = {
        "place": "people",
        "organisations": organisations(),
        "chosen": chosen,
        "people": people_told(chosen),
        "room": account_room(request.scope, chosen) if contractor else None,
        "roles": [role for role in Role if role.organisation_kind == chosen.kind],
    }
    return render(request, "console/people.html", page)


@require_POST
@enters
def invite(request: HttpRequest) -> HttpResponse:
    chosen = _chosen(request, request.POST.get("organisation"))
    role, language = asked.choice(request, "role", Role), asked.choice(request, "language", Language)
    try:
        invite_person(
            request.user,
            organisation=chosen,
            role=role,
            email=asked.text(request, "email"),
            name=asked.text(request, "name"),
            language=language,
        )
        messages.success(request, _("The invitation is on its way."))
    except Refused as refused:
        messages.error(request, asked.refusal(refused))
    return _back(chosen)


@require_POST
@enters
def act(request: HttpRequest, person_id: int) -> HttpResponse:
    """What is asked for one person: ``act`` names it."""
    _check_may(request)
    person, wanted = person_by_id(person_id), request.POST.get("act", "")
    if person is None or wanted not in (*_ACTS, "language"):
        raise Http404
    try:
        if wanted == "language":
            language = asked.choice(request, "language", Language)
            accounts.set_language(request.user, person=person, language=language)
        else:
            _ACTS[wanted](request.user, person=person)
        messages.success(request, _("It is done."))
    except Refused as refused:
        messages.error(request, asked.refusal(refused))
    return _back(person.organisation)


def _chosen(request: HttpRequest, key: str | None) -> Organisation:
    _check_may(request)
    number = asked.whole_number(key)
    found = organisation_by_id(number) if number is not None else request.user.organisation
    if found is None:
        raise Http404
    return found


def _check_may(request: HttpRequest) -> None:
    if not allowed(request.user, "accounts.manage"):
        raise Http404


def _back(organisation: Organisation) -> HttpResponse:
    return redirect(f"{reverse('console:people')}?organisation={organisation.pk}")
