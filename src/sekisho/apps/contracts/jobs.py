"""Daily work: transfers whose day has come, retention of what has ended, erasures that are due. And, all day, the
papers that acts call for.

Every job may run twice or late: each act does only what is still to be done. One contract's trouble is logged and
keeps no other waiting.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.db import transaction
from procrastinate.contrib.django import app as queue

from sekisho.apps.audit.models import SystemActor
from sekisho.apps.documents.paperwork import Tally, take_up, work_off
from sekisho.apps.scope import entered, system_scope
from sekisho.gateways import clock
from sekisho.terms.moments import tokyo_date

from .actions.accounts import cut_accounts
from .actions.after_end import begin_retention, erase, erase_application
from .actions.parties import apply_transfer
from .papering import DESK
from .queries.after_end import applications_due, erasure_due, retention_to_begin
from .queries.parties import transfers_to_apply

DAILY_CRON = "7 15 * * *"  # 00:07 in Tokyo
PAPERS_CRON = "* * * * * */20"  # the sixth field is seconds

KEEPER = SystemActor("contracts")

log = logging.getLogger(__name__)


@queue.periodic(cron=DAILY_CRON)
@queue.task(name="contracts.turn_of_the_day", queueing_lock="contracts.turn_of_the_day")
def turn_of_the_day(timestamp: int) -> None:
    apply_transfers()
    begin_retentions()
    erase_what_is_due()
    erase_applications()
    close_accounts()


@queue.periodic(cron=PAPERS_CRON)
@queue.task(name="contracts.keep_papers", queueing_lock="contracts.keep_papers", lock="contracts.keep_papers")
def keep_papers(timestamp: int) -> None:
    """Forms and letters of the latest acts are typeset and kept; the acts are done and wait for nothing."""
    made = make_papers()
    if made.acts:
        log.info("papers of %s acts: %s kept, %s put off", *made)


def make_papers() -> Tally:
    """Take the acts' news, and make the papers that wait."""
    take_up(DESK)
    return work_off(KEEPER, DESK)


def apply_transfers() -> int:
    """Contracts pass to their new parties today. How many did."""
    scope = system_scope("contracts")
    with entered(scope):
        due = transfers_to_apply(scope, tokyo_date(clock.now()))
        return sum(_each(lambda transfer=transfer: apply_transfer(KEEPER, transfer=transfer)) for transfer in due)


def begin_retentions() -> int:
    """Contracts that ended rest from now on. How many did."""
    scope = system_scope("contracts")
    with entered(scope):
        over = retention_to_begin(scope, clock.now())
        return sum(_each(lambda contract=contract: begin_retention(KEEPER, contract=contract)) for contract in over)


def erase_what_is_due() -> int:
    """Every category whose day has come is erased. How many were."""
    scope = system_scope("contracts")
    with entered(scope):
        due = erasure_due(scope, tokyo_date(clock.now()))
        return sum(
            _each(lambda each=each: erase(KEEPER, contract=each.contract, category=each.category)) for each in due
        )


def erase_applications() -> int:
    """Applications that became no contract lose their words after the period. How many did."""
    scope = system_scope("contracts")
    with entered(scope):
        due = applications_due(scope, tokyo_date(clock.now()))
        return sum(_each(lambda a=a, on=on: erase_application(KEEPER, application=a, due_on=on)) for a, on in due)


def close_accounts() -> int:
    """Portal accounts for which no contract gives room any more, after the grace. How many."""
    with entered(system_scope("contracts")):
        return cut_accounts()


def _each(act: Callable[[], object]) -> bool:
    """One act in a savepoint of its own; False, with a line in the log, if it went wrong."""
    try:
        with transaction.atomic():
            act()
    except Exception:
        log.exception("the daily work of one contract failed; the next run tries again")
        return False
    return True
