"""Making a notice, handing it over once, and writing down every attempt.

Handing over to a mail server is the one act here that can't be undone or asked about afterwards. So
``deliver`` commits "handing over" right before the message goes and the result right after. Whoever
finds a notice in between knows that nobody knows: it becomes ``unclear`` and waits for a person
(``settle_unclear``); it is never sent a second time by itself. Before that point a lost attempt is
harmless and is simply made again.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Sequence
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from procrastinate.contrib.django import app as queue

from sekisho.apps.accounts.models import Person
from sekisho.apps.accounts.permissions import require
from sekisho.apps.audit.actions import Actor, record
from sekisho.apps.audit.models import SystemActor
from sekisho.apps.refusals import Refused
from sekisho.apps.scope import entered, system_scope
from sekisho.gateways import clock
from sekisho.gateways.mail import HandOverUnclear, MailDelayed, MailRefused, MailTransport

from .models import CallResult, Channel, Notice, NoticeAttempt, NoticeState
from .text import one_line

DELIVER_JOB = "notices.deliver_mail"
MAILER = SystemActor("mailer")
_SCOPE = system_scope("mailer")

log = logging.getLogger(__name__)


class _Overtaken(Exception):
    """Another worker has taken this notice over: leave it alone."""


@transaction.atomic
def add_mail(
    actor: Actor,
    *,
    contract_id: int,
    subject_of: str,
    level: str,
    addresses: Sequence[str],
    language: str,
    subject: str,
    body: str,
) -> Notice:
    """A mail to be handed over. The subject is made one harmless line here, the body is the caller's care."""
    notice = Notice.objects.create(
        contract_id=contract_id,
        subject_of=subject_of,
        channel=Channel.MAIL,
        level=level,
        addresses=[one_line(a) for a in addresses],
        language=language,
        subject=one_line(subject),
        body=body,
        message_id=f"<{uuid4()}@{_domain()}>",
        created_at=clock.now(),
    )
    _record(actor, "notices.add_mail", notice, {"language": language, "addresses": len(notice.addresses)})
    return notice


@transaction.atomic
def add_call(actor: Actor, *, contract_id: int, subject_of: str, level: str, numbers: Sequence[str]) -> Notice:
    """A task for the carrier's desk: reach somebody by telephone, in the order of ``numbers``."""
    notice = Notice.objects.create(
        contract_id=contract_id,
        subject_of=subject_of,
        channel=Channel.PHONE,
        level=level,
        addresses=list(numbers),
        created_at=clock.now(),
    )
    _record(actor, "notices.add_call", notice, {"numbers": len(notice.addresses)})
    return notice


@transaction.atomic
def record_call(
    actor: Person,
    *,
    notice: Notice,
    number: str,
    contact_name: str,
    started_at: dt.datetime,
    result: CallResult,
    note: str = "",
) -> NoticeAttempt:
    """One dial, answered or not (R030). The notice is done when somebody answered."""
    notice = Notice.objects.select_for_update().get(pk=notice.pk)
    attempt = NoticeAttempt.objects.create(
        notice=notice,
        contract_id=notice.contract_id,
        number=notice.attempts.count() + 1,
        channel=Channel.PHONE,
        address=one_line(number),
        contact_name=one_line(contact_name),
        operator=actor.name,
        operator_organisation=actor.organisation.name,
        started_at=started_at,
        ended_at=clock.now(),
        result=CallResult(result),
        reply=note,
    )
    if result == CallResult.ANSWERED:
        _settle(notice, NoticeState.DONE)
    _record(actor, "notices.call", notice, {"attempt": attempt.number, "result": attempt.result})
    return attempt


@transaction.atomic
def withdraw(actor: Actor, *, notice: Notice, reason: str) -> None:
    """A notice that is no longer wanted; one that is through, or on its way, stays as it is."""
    notice = Notice.objects.select_for_update().get(pk=notice.pk)
    if notice.state == NoticeState.WAITING:
        _settle(notice, NoticeState.WITHDRAWN)
        _record(actor, "notices.withdraw", notice, {}, {"reason": reason.strip()})


def queue_delivery(notice_id: int) -> None:
    """Have a worker hand the mail over. One at a time for each mail, whoever asks however often."""
    queue.configure_task(DELIVER_JOB, lock=f"notice-{notice_id}").defer(notice_id=notice_id)


def deliver(notice_id: int, transport: MailTransport) -> Notice:
    """Hand one mail to our mail server, unless that was done or nobody knows.

    Raises ``MailDelayed`` when it should be tried again later. Runs in its own short transactions,
    never inside the caller's: what it commits must survive its death.
    """
    begun = _begin(notice_id)
    if begun is None:
        return _reread(notice_id)
    notice, attempt = begun
    try:
        accepted = transport.send(
            _message(notice), settings.MAIL_FROM, notice.addresses, lambda: _mark_handing_over(attempt.pk)
        )
    except _Overtaken:
        return _reread(notice_id)
    except MailDelayed as delay:
        _end(attempt.pk, NoticeState.WAITING, "delayed", str(delay))
        raise
    except MailRefused as refusal:
        return _end(attempt.pk, NoticeState.FAILED, "refused", str(refusal))
    except HandOverUnclear as doubt:
        return _end(attempt.pk, NoticeState.UNCLEAR, "unclear", str(doubt))
    return _end(attempt.pk, NoticeState.DONE, "accepted", "; ".join([accepted.reply, *accepted.refused.values()]))


def settle_unclear(actor: Person, *, notice: Notice, was_delivered: bool, note: str) -> Notice:
    """A person says what became of an unclear hand-over; if it was lost, the mail waits to be sent again."""
    require(actor, "notices.resolve")
    with transaction.atomic():
        notice = Notice.objects.select_for_update().get(pk=notice.pk)
        if notice.state != NoticeState.UNCLEAR:
            raise Refused("notice.not_unclear", "この通知は確認待ちではありません。", "This notice is not in doubt.")
        _settle(notice, NoticeState.DONE if was_delivered else NoticeState.WAITING)
        _record(actor, "notices.settle_unclear", notice, {"was_delivered": was_delivered}, {"note": note.strip()})
    return notice


@transaction.atomic
def erase_letters(contract_id: int, channel: Channel) -> dict[str, int]:
    """Empty what notices by this channel say of people, and to whom they went (Art. 38-5); rows erased by model.

    That a notice was given, when, and what became of it stays: no person can be told from it. What waits to be
    sent is withdrawn. The database lets settled attempts be emptied only once the erasure is on record.
    """
    notices = Notice.objects.filter(contract_id=contract_id, channel=channel)
    attempts = NoticeAttempt.objects.filter(contract_id=contract_id, channel=channel)
    notices.filter(state=NoticeState.WAITING).update(state=NoticeState.WITHDRAWN)
    return {
        "notices.Notice": notices.update(addresses=[], subject="", body=""),
        "notices.NoticeAttempt": attempts.update(address="", contact_name="", reply=""),
    }


def _begin(notice_id: int) -> tuple[Notice, NoticeAttempt] | None:
    """A fresh attempt at a waiting mail, or None when there is nothing to send."""
    with entered(_SCOPE):
        notice = Notice.objects.select_for_update().get(pk=notice_id)
        if notice.state not in (NoticeState.WAITING, NoticeState.HANDING_OVER):
            return None
        lost_at_hand_over = notice.state == NoticeState.HANDING_OVER
        notice.attempts.filter(result=None).update(
            ended_at=clock.now(), result="unclear" if lost_at_hand_over else "interrupted"
        )
        if lost_at_hand_over:
            _settle(notice, NoticeState.UNCLEAR)
            _record(MAILER, "notices.unclear", notice, {})
            return None
        attempt = NoticeAttempt.objects.create(
            notice=notice,
            contract_id=notice.contract_id,
            number=notice.attempts.count() + 1,
            channel=Channel.MAIL,
            address=", ".join(notice.addresses),
            operator=MAILER.name,
            started_at=clock.now(),
        )
        return notice, attempt


def _mark_handing_over(attempt_id: int) -> None:
    """Commit that the message goes now; ``_Overtaken`` if another worker took the notice over meanwhile."""
    with entered(_SCOPE):
        attempt = _locked_attempt(attempt_id)
        if attempt.result is not None or attempt.notice.state != NoticeState.WAITING:
            raise _Overtaken
        _settle(attempt.notice, NoticeState.HANDING_OVER)


def _end(attempt_id: int, state: NoticeState, result: str, reply: str) -> Notice:
    """Write the attempt's end down. One that was given up as lost meanwhile stays as it is: a person decides."""
    at = clock.now()
    with entered(_SCOPE):
        attempt = _locked_attempt(attempt_id)
        if attempt.result is not None:
            log.warning("attempt %s of notice %s ended %r after it was given up", attempt.pk, attempt.notice_id, result)
            return attempt.notice
        attempt.ended_at, attempt.result, attempt.reply = at, result, one_line(reply)
        attempt.handed_over_at = at if state == NoticeState.DONE else None
        attempt.save(update_fields=("ended_at", "result", "reply", "handed_over_at"))
        _settle(attempt.notice, state)
        _record(MAILER, f"notices.mail_{result}", attempt.notice, {"attempt": attempt.number})
        return attempt.notice


def _locked_attempt(attempt_id: int) -> NoticeAttempt:
    """The attempt and its notice, the notice locked first like everywhere else."""
    notice_id = NoticeAttempt.objects.values_list("notice_id", flat=True).get(pk=attempt_id)
    notice = Notice.objects.select_for_update().get(pk=notice_id)
    attempt = NoticeAttempt.objects.get(pk=attempt_id)
    attempt.notice = notice
    return attempt


def _settle(notice: Notice, state: NoticeState) -> None:
    notice.state = state
    notice.done_at = clock.now() if state == NoticeState.DONE else None
    notice.save(update_fields=("state", "done_at"))


def _reread(notice_id: int) -> Notice:
    with entered(_SCOPE):
        return Notice.objects.get(pk=notice_id)


def _message(notice: Notice) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"] = settings.MAIL_FROM
    message["To"] = ", ".join(notice.addresses)
    message["Subject"] = notice.subject
    message["Date"] = format_datetime(notice.created_at)
    message["Message-ID"] = notice.message_id
    message["Auto-Submitted"] = "auto-generated"
    message["Content-Language"] = notice.language
    message.set_content(notice.body, charset="utf-8", cte="base64")
    return message


def _domain() -> str:
    return parseaddr(settings.MAIL_FROM)[1].rpartition("@")[2] or "localhost"


def _record(actor: Actor, act: str, notice: Notice, details: dict, words: dict[str, str] | None = None) -> None:
    about = {"about": notice.subject_of, "level": notice.level, **details}
    record(actor, act=act, object=f"notice:{notice.pk}", contract_id=notice.contract_id, details=about, words=words)
