"""The page that an invitation opens: choose a password, once."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from sekisho.apps.accounts.actions import accept_invitation, invitation_of
from sekisho.apps.refusals import Refused


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def accept(request: HttpRequest, link: str) -> HttpResponse:
    try:
        invitation = invitation_of(link)
    except Refused as refused:
        return render(request, "account/invitation.html", {"trouble": _said(refused)}, status=404)
    trouble = ""
    if request.method == "POST":
        trouble = _take(request, link)
        if not trouble:
            messages.success(request, _("Your password is set. Please sign in."))
            return redirect("account_login")
    return render(request, "account/invitation.html", {"person": invitation.person, "trouble": trouble})


def _take(request: HttpRequest, link: str) -> str:
    """Why the password was not taken; empty when it was."""
    password = request.POST.get("password", "")
    if password != request.POST.get("again", ""):
        return _("The two passwords are not the same.")
    try:
        accept_invitation(link, password=password)
    except Refused as refused:
        return _said(refused)
    return ""


def _said(refused: Refused) -> str:
    return refused.words.in_language(get_language() or "ja")
