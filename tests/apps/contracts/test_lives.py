"""Random lives, told in any order: what the database answers is what a plain replay of the same acts says."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sekisho.apps.contracts import actions, queries
from sekisho.apps.contracts.models import Contract
from sekisho.apps.scope import entered
from sekisho.gateways.clock import standing_at
from sekisho.terms.contract_states import ContractState
from sekisho.terms.history import FactKind, at_start_of
from sekisho.terms.plans import AccessItem

from ..world import EVERYTHING, TESTER, World
from .forms_of_tests import OFFICE, contacts

DAY = dt.timedelta(days=1)
STARTED_ON = dt.date(2026, 4, 1)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["accounts", "access", "stop", "cancel", "withdraw", "line"]),
        st.integers(min_value=1, max_value=40),
        st.integers(min_value=0, max_value=90),
    ),
    max_size=7,
)
ACCESS = (AccessItem.BEST_EFFORT_1G, AccessItem.GUARANTEED_10M, AccessItem.GUARANTEED_30M)


@dataclass
class Replay:
    """The life in the plainest words: a list of (day from, day until, accounts), the access items, the last day."""

    accounts: list[list] = field(default_factory=list)
    access: list[tuple[dt.date, AccessItem]] = field(default_factory=lambda: [(STARTED_ON, ACCESS[0])])
    last_on: dt.date | None = None
    by_line: bool = False

    def at(self, day: dt.date) -> tuple:
        asked = min(day, self.last_on) if self.last_on else day
        over = self.last_on is not None and day > self.last_on
        accounts = sum(n for first, last, n in self.accounts if first <= asked and (last is None or asked <= last))
        return over, accounts, [item for first, item in self.access if first <= asked][-1]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_contract_at_agrees_with_a_plain_replay(world: World, steps: list[tuple[str, int, int]]) -> None:
    with entered(EVERYTHING):
        contract = new_contract(world, f"LIFE-{Contract.objects.count()}")
        replay, today = Replay(), dt.date(2026, 5, 4)
        for act, later, extra in steps:
            today += later * DAY
            with standing_at(at_start_of(today)):
                live(contract, replay, act, today, extra)
        for offset in range(0, 500, 13):
            day = STARTED_ON + offset * DAY
            # As known in the end: what was told later decides, for past days and for days to come.
            standing = queries.contract_at(EVERYTHING, contract, at_start_of(day) + dt.timedelta(hours=12))
            over, accounts, item = replay.at(day)
            assert (standing.state is ContractState.ENDED) == over
            assert (standing.facts.extra_accounts, standing.facts.access_item) == (accounts, item)
        assert line_is_free(contract) == (replay.last_on is not None)


def new_contract(world: World, line: str) -> Contract:
    return actions.add_contract(
        TESTER,
        contractor=world.owner.organisation,
        line=line,
        plan="basic",
        functions={"firewall"},
        access_item=ACCESS[0],
        operations=True,
        started_on=STARTED_ON,
        contacts=contacts(),
    )


def live(contract: Contract, replay: Replay, act: str, today: dt.date, extra: int) -> None:
    """One act, in both worlds, where the life still allows it."""
    if replay.last_on is not None and (act != "withdraw" or replay.by_line or today > replay.last_on):
        return
    if act == "accounts" and extra:
        change(contract, {"add_accounts": extra}, today)
        replay.accounts.append([today, None, extra])
    elif act == "access" and ACCESS[extra % 3] != replay.access[-1][1]:
        change(contract, {"access_item": ACCESS[extra % 3].value}, today)
        replay.access.append((today, ACCESS[extra % 3]))
    elif act == "stop":
        stop(contract, replay, today)
    elif act == "cancel":
        replay.last_on = actions.cancel(TESTER, contract=contract, requested_on=today + extra * DAY).effective_on.value
    elif act == "withdraw" and replay.last_on:
        actions.withdraw_cancellation(TESTER, contract=contract, carrier_consents=True)
        replay.last_on = None
    elif act == "line":
        replay.last_on, replay.by_line = today + extra * DAY, True
        actions.end_with_line(TESTER, contract=contract, line_ended_on=replay.last_on)


def change(contract: Contract, form: dict, today: dt.date) -> None:
    actions.record_screening(
        TESTER, applicant=contract.contractor, subjects=["会社"], source="記事検索", result="clear", checked_on=today
    )
    application = actions.request_change(TESTER, contract=contract, form=form, office=OFFICE)
    actions.accept_change(TESTER, application=application)


def stop(contract: Contract, replay: Replay, today: dt.date) -> None:
    running = [row for row in replay.accounts if row[1] is None]
    threads = [f for f in queries.told_of(contract).of_kind(FactKind.EXTRA_ACCOUNTS) if f.until_at is None]
    if running:
        done = actions.stop_option(TESTER, contract=contract, threads=[threads[0].thread])
        running[0][1] = done.effective_on.value


def line_is_free(contract: Contract) -> bool:
    return Contract.objects.get(pk=contract.pk).line_until_at is not None
