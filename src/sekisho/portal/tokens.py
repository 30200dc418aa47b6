"""Machines that act for the own organisation: their tokens, made and revoked. A token's text is shown once."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from sekisho.apps.accounts.actions.tokens import issue_token, revoke_token
from sekisho.apps.accounts.forms import TokenForm
from sekisho.apps.accounts.models import Role
from sekisho.apps.accounts.permissions import allowed
from sekisho.apps.accounts.queries import token_by_public_id, tokens_of
from sekisho.gateways import clock

from .entering import enters


@require_http_methods(["GET", "HEAD", "POST"])
@enters
def tokens(request: HttpRequest) -> HttpResponse:
    """Those that there are, and the form for a new one."""
    _check_may(request)
    own, text = request.user.organisation, ""
    form = TokenForm(request.POST if request.method == "POST" else None, own)
    if form.is_bound and form.is_valid():
        given = {**form.cleaned_data, "role": Role(form.cleaned_data["role"])}
        _token, text = issue_token(request.user, organisation=own, **given)
        form = TokenForm(None, own)
    page = {"place": "people", "tokens": tokens_of(own), "form": form, "text": text, "now": clock.now()}
    return render(request, "portal/tokens.html", page)


@require_POST
@enters
def revoke(request: HttpRequest, public_id: str) -> HttpResponse:
    """It stops working with the next call."""
    _check_may(request)
    found = token_by_public_id(public_id)
    if found is None or found.organisation_id != request.user.organisation_id:
        raise Http404
    revoke_token(request.user, token=found)
    messages.success(request, _("The token is revoked."))
    return redirect("portal:tokens")


def _check_may(request: HttpRequest) -> None:
    if not allowed(request.user, "tokens.manage"):
        raise Http404
