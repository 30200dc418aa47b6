"""Work for the queue: clocks at their instants, mails, and a sweep that makes up for whatever was lost.

Every job may run twice, late, or after its worker was killed: each asks the database how things stand
and does only what is still to be done.
"""

from __future__ import annotations

import datetime as dt
import logging

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db.models import Q
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app as queue
from procrastinate.contrib.django.models import ProcrastinateJob

from sekisho.apps.contracts.actions.after_end import read_erasures
from sekisho.apps.documents.paperwork import Tally, take_up, work_off
from sekisho.apps.notices import actions as notices
from sekisho.apps.notices.queries import mails_left_behind
from sekisho.apps.scope import entered, system_scope
from sekisho.gateways import clock
from sekisho.gateways.mail import MailDelayed, SmtpMail

from . import breaching, clocks, credit_notes, crediting
from .erasing import PART, erase
from .models import Clock, SecurityIncident
from .notifying import DELIVER_JOB, queue_delivery

MAIL_ATTEMPTS_MAX = 12
LEFT_BEHIND_SECONDS = 120
WORKER_SILENT_SECONDS = 25
"""A worker beats its heart every ten seconds; one that is silent for so long is taken for dead."""

SWEEP_CRON = "* * * * * */15"  # the sixth field is seconds
ERASE_CRON = "27 * * * *"
PAPERS_CRON = "* * * * * */20"
SETTLE_CRON = "37 15 * * *"  # 00:37 in Tokyo

log = logging.getLogger(__name__)


@queue.task(name=clocks.JUDGE_JOB)
def judge_clocks(*, incident_number: str) -> None:
    with entered(system_scope("timers")):
        clocks.judge(SecurityIncident.objects.get(number=incident_number))


@queue.task(
    name=DELIVER_JOB,
    retry=RetryStrategy(max_attempts=MAIL_ATTEMPTS_MAX, exponential_wait=2, retry_exceptions=[MailDelayed]),
)
def deliver_mail(*, notice_id: int) -> None:
    """Hand a mail over, then judge the clocks that it may have stopped."""
    notice = notices.deliver(notice_id, SmtpMail(settings.SMTP_URL))
    kind, _, number = notice.subject_of.partition(":")
    if kind == "incident":
        judge_clocks(incident_number=number)


@queue.periodic(cron=SWEEP_CRON)
@queue.task(name="incidents.sweep", queueing_lock="incidents.sweep")
async def sweep(timestamp: int) -> None:
    """Give back jobs whose worker died; then look after clocks and mails that no job looks after."""
    for job in await queue.job_manager.get_stalled_jobs(seconds_since_heartbeat=WORKER_SILENT_SECONDS):
        log.warning("job %s (%s) lost its worker and starts again", job.id, job.task_name)
        await queue.job_manager.retry_job(job)
    await sync_to_async(judge_overdue)()
    await sync_to_async(requeue_mails)()


@queue.periodic(cron=SETTLE_CRON)
@queue.task(name="incidents.settle_credits", queueing_lock="incidents.settle_credits")
def settle_credits(timestamp: int) -> None:
    """Credits whose month's fee was not known, or came out otherwise, since they were decided."""
    with entered(system_scope("timers")):
        crediting.settle_all(clocks.TIMER)


@queue.periodic(cron=ERASE_CRON)
@queue.task(name="incidents.answer_erasures", queueing_lock="incidents.answer_erasures")
def answer_erasures(timestamp: int) -> None:
    """Empty what people wrote under contracts whose erasure was asked for, and say so."""
    read_erasures(PART, erase)


@queue.periodic(cron=PAPERS_CRON)
@queue.task(name="incidents.keep_papers", queueing_lock="incidents.keep_papers", lock="incidents.keep_papers")
def keep_papers(timestamp: int) -> None:
    """Notes of the latest credits are typeset and kept."""
    make_papers()


def make_papers() -> Tally:
    """Take the news of credits, and make the notes that wait."""
    take_up(credit_notes.DESK)
    return work_off(clocks.TIMER, credit_notes.DESK)


def judge_overdue() -> int:
    """Judge every running clock whose warning or deadline has passed; returns how many incidents that were.

    Breaches that no judgement has left behind arise here too.
    """
    with entered(system_scope("timers")):
        now = clock.now()
        past = Q(due_at__lt=now) | Q(warn_at__lte=now, warned_at=None)
        overdue = Clock.objects.filter(past, verdict=None).values("incident")
        incidents = list(SecurityIncident.objects.filter(pk__in=overdue).order_by("pk"))
        for incident in incidents:
            clocks.judge(incident)
        breaching.arise_missing()
        return len(incidents)


def requeue_mails() -> int:
    """Queue mails that should have been through long ago and that no job is working on."""
    with entered(system_scope("timers")):
        before = clock.now() - dt.timedelta(seconds=LEFT_BEHIND_SECONDS)
        locks = [
            f"notice-{pk}" for pk in mails_left_behind(system_scope("timers"), before).values_list("pk", flat=True)
        ]
        alive = ProcrastinateJob.objects.filter(lock__in=locks, status__in=("todo", "doing"))
        lost = set(locks) - set(alive.values_list("lock", flat=True))
        for lock in sorted(lost):
            queue_delivery(int(lock.removeprefix("notice-")))
        return len(lost)
