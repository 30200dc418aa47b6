"""Machines that act for an organisation: their tokens, made and revoked. A token's text is shown once."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from sekisho.apps.accounts.actions.tokens import issue_token, revoke_token
from sekisho.apps.accounts.forms import TokenForm
from sekisho.apps.accounts.models import Role
from sekisho.apps.accounts.queries import contractors_named, organisation_by_id, token_by_public_id, tokens_of
from sekisho.gateways import clock

from ..acting import act_now, posted
from ..entering import enters_with
from . import asked


@require_http_methods(["GET", "HEAD", "POST"])
@enters_with("tokens.manage")
def tokens(request: HttpRequest) -> HttpResponse:
    """The tokens of our own organisation, or of ``?organisation=KEY``."""
    key = asked.whole_number(request.GET.get("organisation"))
    found = organisation_by_id(key) if key else request.user.organisation
    if found is None:
        raise Http404
    form, text = TokenForm(posted(request), found), ""
    if form.is_bound and form.is_valid():
        told = form.cleaned_data
        given = {**told, "role": Role(told["role"])}
        _token, text = issue_token(request.user, organisation=found, **given)
        form = TokenForm(None, found)
    sought = request.GET.get("q", "")[: asked.SEARCH_CHARACTERS_MAX]
    page = {
        "place": "people",
        "organisation": found,
        "tokens": tokens_of(found),
        "form": form,
        "text": text,
        "q": sought,
        "named": contractors_named(sought) if sought.strip() else [],
        "now": clock.now(),
    }
    return render(request, "console/tokens.html", page)


@require_POST
@enters_with("tokens.manage")
def revoke(request: HttpRequest, public_id: str) -> HttpResponse:
    """It stops working with the next call."""
    found = token_by_public_id(public_id)
    if found is None:
        raise Http404
    back = f"{reverse('console:tokens')}?organisation={found.organisation_id}"
    return act_now(request, lambda: revoke_token(request.user, token=found), _("The token is revoked."), back)
