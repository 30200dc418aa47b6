"""Work for the queue: the monthly run and the papers of its invoices.

Both go on where they were stopped, so a job that runs twice, late, or after its worker was killed does only what is
still to be done.
"""

from __future__ import annotations

import datetime as dt
import logging

from procrastinate.contrib.django import app as queue

from sekisho.apps.audit.models import SystemActor
from sekisho.apps.refusals import Refused
from sekisho.gateways import clock
from sekisho.terms.moments import tokyo_date

from ..actions.following import follow_contracts
from ..actions.papers import keep_invoice_papers
from ..actions.runs import run_month

RUN_JOB, PAPERS_JOB = "billing.run_month", "billing.keep_papers"
MONTH_START_CRON = "0 18 * * *"  # 03:00 in Tokyo; every day, so that a month whose first night was lost is billed
FOLLOW_CRON = "*/5 * * * *"
DAY = dt.timedelta(days=1)
BILLING = SystemActor("billing")

log = logging.getLogger(__name__)


def start_run(month: dt.date) -> None:
    """Bill a month by the worker, in the caller's transaction; its progress is the row of the run."""
    queue.configure_task(RUN_JOB, queueing_lock=RUN_JOB).defer(month=month.replace(day=1).isoformat())


@queue.task(name=RUN_JOB, lock=RUN_JOB)
def bill_month(*, month: str) -> None:
    """Bill a month, then typeset what it issued."""
    run_month(BILLING, dt.date.fromisoformat(month))
    keep_papers()


@queue.periodic(cron=MONTH_START_CRON)
@queue.task(name="billing.month_start", queueing_lock="billing.month_start", lock=RUN_JOB)
def month_start(timestamp: int) -> None:
    """Bill the month before this one; a run that is complete already finds nothing to do."""
    last_month = tokyo_date(clock.now()).replace(day=1) - DAY
    try:
        bill_month(month=last_month.replace(day=1).isoformat())
    except Refused as refused:
        log.error("the monthly run cannot begin: %s", refused)


@queue.task(name=PAPERS_JOB, lock=PAPERS_JOB)
def keep_papers() -> None:
    while kept := keep_invoice_papers(BILLING):
        log.info("%s invoices typeset and kept", kept)


@queue.periodic(cron=FOLLOW_CRON)
@queue.task(name="billing.follow", queueing_lock="billing.follow")
def follow(timestamp: int) -> None:
    """Debts that an acceptance or an end gave since the last time."""
    try:
        follow_contracts(BILLING)
    except Refused as refused:
        log.error("the contracts' debts wait: %s", refused)
