"""The papers about money that acts call for: made within a minute, tried again when they go wrong."""

from __future__ import annotations

import logging

from procrastinate.contrib.django import app as queue

from sekisho.apps.audit.models import SystemActor
from sekisho.apps.documents.paperwork import Tally, take_up, work_off

from ..money_papers import DESK

PAPERS_CRON = "* * * * * */20"  # the sixth field is seconds
BILLING = SystemActor("billing")

log = logging.getLogger(__name__)


@queue.periodic(cron=PAPERS_CRON)
@queue.task(name="billing.keep_acts_papers", queueing_lock="billing.keep_acts_papers", lock="billing.keep_acts_papers")
def keep_acts_papers(timestamp: int) -> None:
    """Settlements, return invoices and receipts of the latest acts."""
    made = make_papers()
    if made.acts:
        log.info("papers of %s acts: %s kept, %s put off", *made)


def make_papers() -> Tally:
    """Take the acts' news, and make the papers that wait."""
    take_up(DESK)
    return work_off(BILLING, DESK)
