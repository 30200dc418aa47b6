"""Ends: the day of their effect, what they cost, who may take them back, and the line that is free afterwards."""

from __future__ import annotations

import datetime as dt

import pytest

from sekisho.apps.accounts.models import Organisation
from sekisho.apps.audit.models import OutboxRow
from sekisho.apps.contracts import actions, queries
from sekisho.apps.contracts.models import Contract
from sekisho.gateways.clock import StandingClock
from sekisho.terms.contract_states import ContractState
from sekisho.terms.history import FactKind, at_start_of, through
from sekisho.terms.minimum import EndedBy, TermKind

from ..world import EVERYTHING, TESTER, World
from .forms_of_tests import OFFICE, contacts, refusal, submitted

D = dt.date
FEES = {
    "monthly.plan.basic": 20_000,
    "monthly.access.best_effort_1g": 10_000,
    "monthly.operations": 40_000,
    "monthly.log_retention_year": 2_000,
    "monthly.extra_account": 1_000,
    "monthly.monitoring_report": 30_000,
    "monthly.report_meeting": 50_000,
}.__getitem__


@pytest.fixture
def contract(seeing_all: World, hand: StandingClock) -> Contract:
    """Basic with operations, started 2025-04-15; a second year of logs from 2026-02-10."""
    hand.move_to(noon(D(2025, 4, 10)))
    found = add(seeing_all.owner.organisation, "LINE-9")
    hand.move_to(noon(D(2026, 2, 10)))
    change(found, retention_years=2)
    return found


def noon(day: dt.date) -> dt.datetime:
    return at_start_of(day) + dt.timedelta(hours=12)


def add(contractor: Organisation, line: str, **changes: object) -> Contract:
    return actions.add_contract(
        TESTER,
        **{
            "contractor": contractor,
            "line": line,
            "plan": "basic",
            "functions": {"firewall"},
            "access_item": "best_effort_1g",
            "operations": True,
            "started_on": D(2025, 4, 15),
            "contacts": contacts(),
            **changes,
        },
    )


def change(contract: Contract, **fields: object) -> None:
    actions.record_screening(
        TESTER, applicant=contract.contractor, subjects=["会社"], source="記事検索", result="clear"
    )
    application = actions.request_change(TESTER, contract=contract, form=fields, office=OFFICE)
    actions.accept_change(TESTER, application=application)


def charges(items) -> dict[TermKind, int]:
    return {item.kind: item.charge.value for item in items}


def threads_of(contract: Contract, kind: FactKind) -> list[str]:
    return [fact.thread for fact in queries.told_of(contract).of_kind(kind)]


@pytest.mark.article("13-1")
def test_leaving_inside_the_term_costs_the_months_that_are_left(contract: Contract) -> None:
    items = queries.what_leaving_costs(contract, D(2025, 9, 10), fees=FEES)
    assert charges(items) == {TermKind.SERVICE: 180_000, TermKind.OPERATIONS: 240_000}
    service = items[0]
    assert (service.monthly_fee, service.term_ends_on) == (30_000, D(2026, 3, 31))


@pytest.mark.article("12-3")
def test_the_long_options_are_served_with_a_service_whose_term_is_over(contract: Contract) -> None:
    on = D(2026, 6, 30)
    by_contractor = charges(queries.what_leaving_costs(contract, on, fees=FEES))
    by_carrier = charges(queries.what_leaving_costs(contract, on, ended_by=EndedBy.CARRIER, fees=FEES))
    assert by_contractor == {TermKind.SERVICE: 0, TermKind.OPERATIONS: 0, TermKind.LOG_RETENTION: 0}
    assert by_carrier[TermKind.LOG_RETENTION] == 14_000


@pytest.mark.article("13-2")
def test_an_option_alone_costs_its_own_months(contract: Contract, hand: StandingClock) -> None:
    hand.move_to(noon(D(2026, 5, 20)))
    threads = threads_of(contract, FactKind.RETENTION_YEARS)
    shown = queries.preview_option_stop(contract, threads, D(2026, 5, 20), D(2026, 6, 30), fees=FEES)
    assert (shown.effective_on.value, shown.total_yen, shown.refusals) == (D(2026, 6, 30), 14_000, ())
    before = queries.told_of(contract)
    done = actions.stop_option(TESTER, contract=contract, threads=threads, requested_on=D(2026, 6, 30))
    assert done.effective_on == shown.effective_on
    assert done.total_yen == 14_000  # the price list says the same here
    assert before.at(noon(D(2026, 6, 30))).facts.retention_years == 2
    assert queries.contract_at(EVERYTHING, contract, noon(D(2026, 6, 30))).facts.retention_years == 2
    assert queries.contract_at(EVERYTHING, contract, noon(D(2026, 7, 1))).facts.retention_years == 1


@pytest.mark.article("12-5")
@pytest.mark.parametrize(
    ("named", "effect"),
    [(None, D(2026, 4, 9)), (D(2026, 3, 31), D(2026, 4, 9)), (D(2026, 4, 30), D(2026, 4, 30))],
)
def test_an_option_stops_after_thirty_days_or_on_the_later_day(
    contract: Contract, hand: StandingClock, named: dt.date | None, effect: dt.date
) -> None:
    hand.move_to(noon(D(2026, 3, 10)))
    threads = threads_of(contract, FactKind.RETENTION_YEARS)
    done = actions.stop_option(TESTER, contract=contract, threads=threads, requested_on=named)
    assert done.effective_on.value == effect
    assert queries.told_of(contract).of_kind(FactKind.RETENTION_YEARS)[0].until_at == through(effect)


@pytest.mark.article("6-1(2)")
def test_the_report_does_not_stop_under_a_meeting_nor_operations_under_an_option(
    contract: Contract, hand: StandingClock
) -> None:
    change(contract, add_monitoring_report=True, add_report_meeting=True)
    hand.move_to(noon(D(2026, 3, 10)))
    report, meeting, years, operations = (
        threads_of(contract, kind)[0]
        for kind in (
            FactKind.MONITORING_REPORT,
            FactKind.REPORT_MEETING,
            FactKind.RETENTION_YEARS,
            FactKind.OPERATIONS,
        )
    )

    def stop(*threads: str):
        return actions.stop_option(TESTER, contract=contract, threads=threads)

    assert refusal(stop, report) == ("option.meeting_needs_report", "6-1(2)")
    assert refusal(stop, operations) == ("option.needs_operations", "6-1(2)")
    with pytest.raises(ValueError, match="cancellation"):
        stop("service")
    with pytest.raises(ValueError, match="does not run"):
        stop("extra_accounts.99")
    done = stop(operations, years, report, meeting)
    assert done.effective_on.value == D(2026, 4, 9)
    assert not queries.entitlements_of(contract, noon(D(2026, 4, 10))).clocked


@pytest.mark.article("17-2")
def test_a_cancellation_takes_effect_two_months_after_its_arrival(contract: Contract, hand: StandingClock) -> None:
    hand.move_to(noon(D(2026, 3, 10)))
    shown = queries.preview_cancellation(contract, D(2026, 3, 10), fees=FEES)
    assert (shown.effective_on.value, shown.total_yen) == (D(2026, 5, 10), 0)
    actions.cancel(TESTER, contract=contract)

    def state(day: dt.date) -> ContractState:
        return queries.contract_at(EVERYTHING, contract, noon(day)).state

    assert [state(D(2026, 3, 9)), state(D(2026, 3, 11)), state(D(2026, 5, 10)), state(D(2026, 5, 11))] == [
        ContractState.ACTIVE,
        ContractState.NOTICE_GIVEN,
        ContractState.NOTICE_GIVEN,
        ContractState.ENDED,
    ]
    assert refusal(actions.cancel, TESTER, contract=contract) == ("state.forbidden", "11-1")
    news = OutboxRow.objects.get(topic="contracts.cancel")
    assert news.payload["effective_on"] == "2026-05-10"


@pytest.mark.article("17-2")
def test_arrival_at_the_end_of_november_ends_at_the_end_of_january(contract: Contract, hand: StandingClock) -> None:
    shown = queries.preview_cancellation(contract, D(2025, 11, 30), fees=FEES)
    assert shown.effective_on.value == D(2026, 1, 31)
    assert charges(shown.items)[TermKind.SERVICE] == 60_000


@pytest.mark.article("17-2")
def test_a_cancellation_is_taken_back_before_its_effect_with_consent(contract: Contract, hand: StandingClock) -> None:
    nothing = refusal(actions.withdraw_cancellation, TESTER, contract=contract, carrier_consents=True)
    assert nothing == ("ending.no_cancellation", "17-2")
    hand.move_to(noon(D(2026, 3, 10)))
    actions.cancel(TESTER, contract=contract)
    hand.move_to(noon(D(2026, 4, 1)))
    alone = refusal(actions.withdraw_cancellation, TESTER, contract=contract, carrier_consents=False)
    assert alone == ("withdrawal.needs_consent", "17-2")
    actions.withdraw_cancellation(TESTER, contract=contract, carrier_consents=True)
    hand.move_to(noon(D(2026, 5, 11)))
    told = queries.told_of(contract)
    assert told.at(hand.now()).state is ContractState.ACTIVE
    assert told.at(hand.now(), known_at=noon(D(2026, 3, 20))).state is ContractState.ENDED
    assert told.at(noon(D(2026, 3, 20))).state is ContractState.NOTICE_GIVEN
    again = refusal(actions.withdraw_cancellation, TESTER, contract=contract, carrier_consents=True)
    assert again == ("ending.no_cancellation", "17-2")
    actions.cancel(TESTER, contract=contract)
    hand.move_to(noon(D(2026, 7, 12)))
    late = refusal(actions.withdraw_cancellation, TESTER, contract=contract, carrier_consents=True)
    assert late == ("withdrawal.too_late", "17-2")


@pytest.mark.article("17-3")
def test_a_contract_ends_the_same_day_as_its_line(contract: Contract, hand: StandingClock, seeing_all: World) -> None:
    hand.move_to(noon(D(2026, 3, 10)))
    moved = refusal(actions.end_with_line, TESTER, contract=contract, line_ended_on=D(2026, 3, 31), replaced=True)
    assert moved == ("line_end.replaced", "14-1")
    assert actions.end_with_line(TESTER, contract=contract, line_ended_on=D(2026, 3, 31)) == D(2026, 3, 31)
    standing = queries.contract_at(EVERYTHING, contract, noon(D(2026, 4, 1)))
    assert (standing.state, standing.facts.ended_on) == (ContractState.ENDED, D(2026, 3, 31))
    row = Contract.objects.get(pk=contract.pk)
    assert (row.line_until_at, row.line.active) == (through(D(2026, 3, 31)), False)
    later = refusal(actions.end_with_line, TESTER, contract=contract, line_ended_on=D(2026, 4, 30))
    assert later == ("ending.earlier_end", "17-3")


@pytest.mark.article("17-3")
def test_a_line_that_ends_before_a_cancellation_has_effect_decides(contract: Contract, hand: StandingClock) -> None:
    hand.move_to(noon(D(2026, 3, 10)))
    actions.cancel(TESTER, contract=contract)
    actions.end_with_line(TESTER, contract=contract, line_ended_on=D(2026, 3, 20))
    standing = queries.contract_at(EVERYTHING, contract, noon(D(2026, 3, 21)))
    assert standing.state is ContractState.ENDED
    nothing_left = refusal(actions.withdraw_cancellation, TESTER, contract=contract, carrier_consents=True)
    assert nothing_left == ("ending.no_cancellation", "17-2")


@pytest.mark.article("8-1")
def test_the_line_is_free_the_day_after_the_end(contract: Contract, hand: StandingClock, seeing_all: World) -> None:
    hand.move_to(noon(D(2026, 3, 10)))
    actions.cancel(TESTER, contract=contract)
    mine = seeing_all.owner.organisation
    assert refusal(submitted, mine, "LINE-9") == ("line.has_contract", "8-1")
    hand.move_to(noon(D(2026, 5, 11)))
    assert submitted(mine, "LINE-9").received_at == hand.now()


def test_a_form_cannot_have_arrived_in_the_future(contract: Contract, hand: StandingClock) -> None:
    late = refusal(actions.cancel, TESTER, contract=contract, arrived_at=hand.now() + dt.timedelta(seconds=1))
    assert late == ("ending.not_arrived", "17-1")


@pytest.mark.article("12-3", "13-2")
def test_two_of_three_accounts_stop_and_only_they_are_charged(contract: Contract, hand: StandingClock) -> None:
    hand.move_to(noon(D(2026, 3, 10)))
    change(contract, add_accounts=3)
    (thread,) = threads_of(contract, FactKind.EXTRA_ACCOUNTS)
    shown = queries.preview_option_stop(contract, [thread], D(2026, 3, 10), D(2026, 6, 30), counts={thread: 2})
    done = actions.stop_option(
        TESTER, contract=contract, threads=[thread], requested_on=D(2026, 6, 30), counts={thread: 2}
    )
    assert [(item.quantity, item.charge.value) for item in shown.items] == [(2, 2 * 1_000 * 8)]
    assert done.items == shown.items
    told = queries.told_of(contract)
    assert [told.on(day).facts.extra_accounts for day in (D(2026, 6, 30), D(2026, 7, 1))] == [3, 1]
    left = [one for one in queries.running_on(told, D(2026, 7, 1)) if one.kind is TermKind.EXTRA_ACCOUNT]
    assert [(one.thread, one.quantity, one.started_on) for one in left] == [(thread, 1, D(2026, 3, 10))]


@pytest.mark.article("12-3")
def test_of_five_years_of_logs_two_can_go(contract: Contract, hand: StandingClock) -> None:
    hand.move_to(noon(D(2026, 3, 10)))
    change(contract, retention_years=5)
    thread = threads_of(contract, FactKind.RETENTION_YEARS)[-1]
    done = actions.stop_option(TESTER, contract=contract, threads=[thread], counts={thread: 2})
    assert [item.quantity for item in done.items] == [2]
    told = queries.told_of(contract)
    assert [told.on(day).facts.retention_years for day in (D(2026, 4, 9), D(2026, 4, 10))] == [5, 3]


@pytest.mark.article("12-5")
def test_more_accounts_than_there_are_cannot_stop(contract: Contract, hand: StandingClock) -> None:
    hand.move_to(noon(D(2026, 3, 10)))
    change(contract, add_accounts=3)
    (thread,) = threads_of(contract, FactKind.EXTRA_ACCOUNTS)
    for count in (0, 4):
        asked = {"contract": contract, "threads": [thread], "counts": {thread: count}}
        assert refusal(actions.stop_option, TESTER, **asked) == ("option.no_such_part", "12-5")


@pytest.mark.article("5-1")
def test_an_ancillary_service_stops_by_its_own_terms_and_costs_nothing_more(
    contract: Contract, hand: StandingClock
) -> None:
    hand.move_to(noon(D(2026, 3, 10)))
    change(contract, add_ancillary=("ip_address",))
    (thread,) = threads_of(contract, FactKind.ANCILLARY)
    hand.move_to(noon(D(2026, 3, 20)))
    shown = queries.preview_ancillary_stop(contract, [thread], D(2026, 3, 20))
    done = actions.stop_ancillary(TESTER, contract=contract, threads=[thread])
    assert (done.effective_on, done.total_yen) == (shown.effective_on, 0)
    assert done.effective_on.value == D(2026, 3, 20), "without the thirty days of options"
    told = queries.told_of(contract)
    assert len(queries.ancillary_on(told, D(2026, 3, 20))) == 1
    assert queries.ancillary_on(told, D(2026, 3, 21)) == []
    assert OutboxRow.objects.filter(topic="contracts.stop_ancillary").count() == 1
