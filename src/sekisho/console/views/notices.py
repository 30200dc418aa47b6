"""Mails that need a person: one of whom nobody knows whether it went out, one that will not be taken."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from sekisho.apps.notices.actions import settle_unclear
from sekisho.apps.notices.queries import notice_by_id
from sekisho.apps.refusals import Refused

from ..entering import enters
from . import asked

_ANSWERS = {"sent": True, "not_sent": False}


@require_POST
@enters
def settle(request: HttpRequest, notice_id: int) -> HttpResponse:
    """A person has read the mail server's log. "not_sent" lets the mail go out again."""
    notice = notice_by_id(request.scope, notice_id)
    answer = request.POST.get("answer", "")
    if notice is None or answer not in _ANSWERS:
        raise Http404
    try:
        settle_unclear(request.user, notice=notice, was_delivered=_ANSWERS[answer], note=asked.text(request, "note"))
        messages.success(request, _("Your answer is recorded."))
    except Refused as refused:
        messages.error(request, asked.refusal(refused))
    return redirect("console:overview")
