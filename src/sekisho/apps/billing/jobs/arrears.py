"""Every morning: reminders that are due, suspensions to propose, proposals that payment has settled.

One contract's trouble is logged and keeps no other waiting; the next morning tries it again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.db import transaction
from procrastinate.contrib.django import app as queue

from sekisho.apps.audit.models import SystemActor
from sekisho.apps.contracts.models import Contract
from sekisho.apps.scope import entered, system_scope
from sekisho.gateways import clock
from sekisho.terms.moments import tokyo_date

from ..actions.dunning import remind
from ..actions.suspending import close_paid_proposal, propose_suspension
from ..queries.dunning import proposals_to_decide
from ..queries.receivables import overdue_debts

MORNING_CRON = "0 0 * * *"  # 09:00 in Tokyo
DUNNER = SystemActor("dunning")

log = logging.getLogger(__name__)


@queue.periodic(cron=MORNING_CRON)
@queue.task(name="billing.look_after_arrears", queueing_lock="billing.look_after_arrears")
def look_after_arrears(timestamp: int) -> None:
    settle_proposals()
    remind_debtors()


def remind_debtors() -> int:
    """A reminder and a proposal to suspend for every contract in arrears, where one is due. How many went well."""
    scope = system_scope("dunning")
    with entered(scope):
        late = overdue_debts(scope, tokyo_date(clock.now()))
        contracts = scope.admit(Contract.objects.filter(pk__within=set(late)).select_related("contractor"), "pk")
        return sum(_each(lambda contract=contract: _look_after(contract)) for contract in contracts.order_by("pk"))


def settle_proposals() -> int:
    """Proposals whose arrears were paid leave the desk. How many were looked at without trouble."""
    scope = system_scope("dunning")
    with entered(scope):
        waiting = proposals_to_decide(scope)
        return sum(_each(lambda one=one: close_paid_proposal(DUNNER, proposal=one)) for one in waiting)


def _look_after(contract: Contract) -> None:
    propose_suspension(DUNNER, contract=contract)
    remind(DUNNER, contract=contract)


def _each(act: Callable[[], object]) -> bool:
    """One act in a savepoint of its own; False, with a line in the log, if it went wrong."""
    try:
        with transaction.atomic():
            act()
    except Exception:
        log.exception("looking after one contract's arrears failed; the next run tries again")
        return False
    return True
