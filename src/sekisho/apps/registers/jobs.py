"""Work for the queue: the registers' part in erasures. Runs twice or late without harm."""

from __future__ import annotations

from procrastinate.contrib.django import app as queue

from sekisho.apps.contracts.actions.after_end import read_erasures
from sekisho.apps.scope import entered, system_scope

from .erasing import PART, erase, erase_again

HOURLY_CRON = "21 * * * *"


@queue.periodic(cron=HOURLY_CRON)
@queue.task(name="registers.answer_erasures", queueing_lock="registers.answer_erasures")
def answer_erasures(timestamp: int) -> None:
    """Empty what was asked for, then what had to wait and no longer has to."""
    read_erasures(PART, erase)
    with entered(system_scope(PART)):
        erase_again()
