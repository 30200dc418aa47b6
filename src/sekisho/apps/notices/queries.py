"""Reading notices and their attempts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db.models import QuerySet

from sekisho.apps.scope import Scope
from sekisho.terms.clocks import Channel as ClockChannel
from sekisho.terms.clocks import Notice as ClockStop

from .models import Channel, Notice, NoticeAttempt, NoticeState

CALLS_SHOWN_MAX = 100


def notices_about(scope: Scope, subject_of: str) -> list[Notice]:
    """Notices about "kind:identifier" with their attempts, oldest first."""
    rows = scope.admit(Notice.objects.filter(subject_of=subject_of))
    return list(rows.prefetch_related("attempts").order_by("id"))


def subjects_with_refused_mail(scope: Scope, subjects: Iterable[str]) -> set[str]:
    """Of these "kind:identifier" those about which a mail could not be delivered."""
    failed = Notice.objects.filter(channel=Channel.MAIL, state=NoticeState.FAILED, subject_of__in=set(subjects))
    return set(scope.admit(failed).values_list("subject_of", flat=True))


def attempts_about(scope: Scope, subject_of: str) -> list[NoticeAttempt]:
    """Every attempt about "kind:identifier", oldest first."""
    rows = scope.admit(NoticeAttempt.objects.filter(notice__subject_of=subject_of))
    return list(rows.select_related("notice").order_by("started_at", "id"))


def clock_stops(scope: Scope, subject_of: str) -> list[ClockStop]:
    """What stops a clock: each call's dial, answered or not (R030), and each mail that our server took (R029)."""
    stops = []
    for attempt in attempts_about(scope, subject_of):
        if attempt.channel == Channel.PHONE:
            stops.append(ClockStop(ClockChannel.PHONE, attempt.started_at))
        elif attempt.handed_over_at is not None:
            stops.append(ClockStop(ClockChannel.MAIL, attempt.handed_over_at))
    return stops


def calls_to_make(scope: Scope) -> list[Notice]:
    """Telephone notices that nobody has answered yet, oldest first."""
    rows = Notice.objects.filter(channel=Channel.PHONE, state=NoticeState.WAITING)
    return list(scope.admit(rows).prefetch_related("attempts").order_by("created_at")[:CALLS_SHOWN_MAX])


def call_about(scope: Scope, subject_of: str) -> Notice | None:
    """The latest telephone notice about "kind:identifier"."""
    rows = Notice.objects.filter(channel=Channel.PHONE, subject_of=subject_of)
    return scope.admit(rows).order_by("-id").first()


def unclear_notices(scope: Scope) -> list[Notice]:
    """Mails of which nobody knows whether the server took them: a person must say."""
    return list(scope.admit(Notice.objects.filter(state=NoticeState.UNCLEAR)).order_by("created_at"))


def failed_notices(scope: Scope) -> list[Notice]:
    """Mails that our server will not take, newest first: somebody must be reached in another way."""
    rows = Notice.objects.filter(state=NoticeState.FAILED)
    return list(scope.admit(rows).order_by("-created_at")[:CALLS_SHOWN_MAX])


def notice_by_id(scope: Scope, notice_id: int) -> Notice | None:
    return scope.admit(Notice.objects.filter(pk=notice_id)).first()


def mails_left_behind(scope: Scope, before: dt.datetime) -> QuerySet[Notice]:
    """Mails made before ``before`` that are not through: their job was lost, delayed or killed."""
    states = (NoticeState.WAITING, NoticeState.HANDING_OVER)
    return scope.admit(Notice.objects.filter(channel=Channel.MAIL, state__in=states, created_at__lt=before))
