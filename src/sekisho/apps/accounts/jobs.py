"""Invitations on their way, and housekeeping: ended sessions each night, old idempotency keys each hour.

A mail that invites may go twice, after a crash between hand-over and its record: both hold the same link, which
works once. So it is simply sent until the mail server has taken it.
"""

from __future__ import annotations

from importlib import import_module

from django.conf import settings
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app as queue

from sekisho.gateways.mail import HandOverUnclear, MailDelayed, SmtpMail

from .actions.answers import forget_answers
from .actions.inviting import INVITE_JOB
from .actions.mailing import deliver_invitation

NIGHTLY_CRON = "23 18 * * *"  # 03:23 in Tokyo
HOURLY_CRON = "17 * * * *"
MAIL_ATTEMPTS_MAX = 12


@queue.task(
    name=INVITE_JOB,
    retry=RetryStrategy(
        max_attempts=MAIL_ATTEMPTS_MAX, exponential_wait=2, retry_exceptions=[MailDelayed, HandOverUnclear]
    ),
)
def deliver(*, invitation_id: int) -> None:
    deliver_invitation(invitation_id, SmtpMail(settings.SMTP_URL))


@queue.periodic(cron=NIGHTLY_CRON)
@queue.task(name="accounts.forget_sessions", queueing_lock="accounts.forget_sessions")
def forget_sessions(timestamp: int) -> None:
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()


@queue.periodic(cron=HOURLY_CRON)
@queue.task(name="accounts.forget_answers", queueing_lock="accounts.forget_answers")
def forget_idempotent_answers(timestamp: int) -> None:
    forget_answers()
