"""What the breaches of a contract give back, month by month, granted through billing (Art. 35-1).

``settle`` asks the rule with every event of the contract and writes down what changed since it was last asked:
nothing, a further credit, or less because a review was withdrawn or a month's fee came out lower. So it may
be called at any time, any number of times, and the deltas of a month always add up to what the rule says now.
A month whose fee nobody can tell yet (no price) is left for the nightly job: a claim is never refused for that.
"""

from __future__ import annotations

import datetime as dt
import logging

from sekisho.apps.audit.actions import Actor, record
from sekisho.apps.billing.actions.credits import grant_credit, take_back_credit
from sekisho.apps.contracts import queries as contracts
from sekisho.apps.contracts.models import Contract
from sekisho.apps.scope import current
from sekisho.apps.tariff.fees import NoPrice, month_lines, monthly_fee
from sekisho.apps.tariff.queries import price_book, settings_book
from sekisho.apps.turns import take_turn
from sekisho.gateways import clock
from sekisho.terms.credit import ARTICLE, credits_by_month
from sekisho.terms.history import at_start_of
from sekisho.terms.moments import tokyo, tokyo_date
from sekisho.terms.periods import whole_months_end
from sekisho.terms.values import Value
from sekisho.terms.words import Words

from .models import Breach, BreachCredit
from .queries import BreachStanding, breaches_of_contract, standing_of

SETTLED_AFTER = dt.timedelta(days=100)
"""So long after a breach its month's fee may still come out otherwise; later, only an act of a person settles."""

log = logging.getLogger(__name__)


def settle(actor: Actor, contract: Contract) -> list[BreachCredit]:
    """Bring the contract's credits up to date; returns what was written. Needs a scope that holds the contract."""
    take_turn("breach credits", contract.pk)
    standings = [standing_of(breach) for breach in breaches_of_contract(current(), contract.pk)]
    credited = [standing for standing in standings if standing.credited]
    before = _last_credits(contract)
    try:
        fees = {month: fee_of_month(contract, month) for month in {_month(s.breach) for s in credited}}
    except NoPrice as missing:
        log.warning("credits of %s wait: %s", contract.number, missing)
        return []
    totals = _totals(credited, fees)
    changed = [month for month in sorted({*totals, *before}) if _total(totals, month) != _total_before(before, month)]
    return [
        _write(actor, contract, month, totals.get(month), fees.get(month, 0), credited, before.get(month))
        for month in changed
    ]


def fee_of_month(contract: Contract, month: dt.date) -> int:
    """The monthly fee without tax of that month, everything recurring together (R127). ``NoPrice``."""
    last = whole_months_end(month, 1)
    prices, history = price_book().prices(contract.price_list, last), contracts.history_of(current(), contract)
    return monthly_fee(month_lines(history, month, prices, terms=contracts.terms_of(contract, last)))


def settle_all(actor: Actor) -> int:
    """Settle every contract with a claimed breach that can still change; returns how many credits changed."""
    since = tokyo_date(clock.now()) - SETTLED_AFTER
    rows = Contract.objects.filter(breaches__breached_at__gte=at_start_of(since), breaches__claims__isnull=False)
    return sum(len(settle(actor, contract)) for contract in rows.distinct().order_by("pk"))


def _totals(credited: list[BreachStanding], fees: dict[dt.date, int]) -> dict[dt.date, Value[int]]:
    if not credited:
        return {}
    last = credited[-1]
    terms = settings_book().terms_named(last.breach.terms_version, tokyo_date(last.claim.arrived_at))
    return credits_by_month([standing.event for standing in credited], fees, terms=terms)


def _last_credits(contract: Contract) -> dict[dt.date, BreachCredit]:
    return {row.month: row for row in BreachCredit.objects.filter(contract=contract).order_by("number")}


def _month(breach: Breach) -> dt.date:
    return tokyo_date(breach.breached_at).replace(day=1)


def _total(totals: dict[dt.date, Value[int]], month: dt.date) -> int:
    return totals[month].value if month in totals else 0


def _total_before(before: dict[dt.date, BreachCredit], month: dt.date) -> int:
    return before[month].total_yen if month in before else 0


def _write(
    actor: Actor,
    contract: Contract,
    month: dt.date,
    credit: Value[int] | None,
    fee: int,
    credited: list[BreachStanding],
    last: BreachCredit | None,
) -> BreachCredit:
    """One more word on the month; ``credit`` None: nothing is left of it."""
    events = [standing.breach for standing in credited if _month(standing.breach) == month]
    total, before = credit.value if credit else 0, last.total_yen if last else 0
    row = BreachCredit.objects.create(
        contract=contract,
        month=month,
        number=last.number + 1 if last else 1,
        fee_yen=fee,
        total_yen=total,
        delta_yen=total - before,
        breaches=[breach.pk for breach in events],
        at=clock.now(),
        rule=ARTICLE,
        terms_version=credit.terms_version if credit else last.terms_version,
        steps=[step.words._asdict() for step in credit.steps] if credit else [],
    )
    _record(actor, contract, row)
    _pass_on(actor, contract, row, events)
    return row


def _pass_on(actor: Actor, contract: Contract, row: BreachCredit, events: list[Breach]) -> None:
    """Into the ledger: more is a credit on the next invoice, less is owed again."""
    key, lines = f"sla:{row.month:%Y-%m}:{row.number}", [_line(breach) for breach in events]
    if row.delta_yen > 0:
        grant_credit(actor, contract, row.month, row.delta_yen, key, lines)
    else:
        take_back_credit(actor, contract, row.month, -row.delta_yen, key, lines)


def _line(breach: Breach) -> Words:
    """One event, named on the invoice."""
    return Words("{0} {1}", "{0} {1}").with_facts(breach.incident.number, tokyo(breach.breached_at))


def _record(actor: Actor, contract: Contract, row: BreachCredit) -> None:
    record(
        actor,
        act="incidents.settle_credit",
        object=f"contract:{contract.number}",
        contract_id=contract.pk,
        terms_version=row.terms_version,
        details={
            "month": row.month.isoformat(),
            "fee_yen": row.fee_yen,
            "total_yen": row.total_yen,
            "delta_yen": row.delta_yen,
            "breaches": row.breaches,
        },
    )
