"""Billing's part in erasures, and the books whose years of keeping are over. Runs twice or late without harm."""

from __future__ import annotations

from procrastinate.contrib.django import app as queue

from sekisho.apps.contracts.actions.after_end import read_erasures
from sekisho.apps.scope import entered, system_scope

from ..erasing import PART, erase, erase_again, let_go

HOURLY_CRON = "27 * * * *"
DAILY_CRON = "13 17 * * *"  # 02:13 in Tokyo


@queue.periodic(cron=HOURLY_CRON)
@queue.task(name="billing.answer_erasures", queueing_lock="billing.answer_erasures")
def answer_erasures(timestamp: int) -> None:
    """Empty what was asked for, and say what is kept no longer."""
    read_erasures(PART, erase)
    with entered(system_scope(PART)):
        erase_again()


@queue.periodic(cron=DAILY_CRON)
@queue.task(name="billing.let_go_of_books", queueing_lock="billing.let_go_of_books")
def let_go_of_books(timestamp: int) -> None:
    """Empty what tax law lets go of."""
    with entered(system_scope(PART)):
        let_go()
