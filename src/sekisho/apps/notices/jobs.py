"""Work for the queue: mails on their way to our mail server. Whoever wrote one calls ``actions.queue_delivery``."""

from __future__ import annotations

from django.conf import settings
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app as queue

from sekisho.gateways.mail import MailDelayed, SmtpMail

from . import actions

MAIL_ATTEMPTS_MAX = 12


@queue.task(
    name=actions.DELIVER_JOB,
    retry=RetryStrategy(max_attempts=MAIL_ATTEMPTS_MAX, exponential_wait=2, retry_exceptions=[MailDelayed]),
)
def deliver_mail(*, notice_id: int) -> None:
    """Hand one mail over, unless that was done."""
    actions.deliver(notice_id, SmtpMail(settings.SMTP_URL))
