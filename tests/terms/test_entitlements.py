"""The contract is the source of truth: what it gives at an instant (Arts. 5, 6, 18, 21, 23)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.terms.entitlements import ContractFacts, PortalService, contract_refusals, entitlements
from sekisho.terms.plans import MATRIX, AccessItem, Plan, SecurityFunction
from sekisho.terms.values import BadParameter

from .moments_in_tokyo import INSTANTS, at, on

F = SecurityFunction
BASIC = ContractFacts(
    plan=Plan.BASIC,
    functions=frozenset({F.FIREWALL, F.IDS_IPS, F.SANDBOX}),
    access_item=AccessItem.GUARANTEED_30M,
    operations=True,
    started_on=on("2026-04-15"),
)
ENTRY = ContractFacts(
    plan=Plan.ENTRY,
    functions=frozenset({F.FIREWALL, F.IDS_IPS}),
    access_item=AccessItem.BEST_EFFORT_100M,
    operations=False,
    started_on=on("2026-04-15"),
)
NOON = at("2026-05-01 12:00:00")


@pytest.mark.article("6-1(1)")
def test_operations_bring_monitoring_notices_and_clocks() -> None:
    given_ = entitlements(BASIC, NOON)
    assert (given_.monitored, given_.noticed, given_.clocked) == (True, True, True)
    assert given_.terms_version == "V6"


@pytest.mark.article("6-1", "25-1")
def test_without_operations_there_is_no_monitoring_no_notice_and_no_clock() -> None:
    given_ = entitlements(ENTRY, NOON)
    assert (given_.active, given_.monitored, given_.noticed, given_.clocked) == (True, False, False, False)


@pytest.mark.article("5-1")
def test_the_edge_may_enforce_what_was_chosen_and_nothing_else() -> None:
    assert entitlements(BASIC, NOON).enforceable == {F.FIREWALL, F.IDS_IPS, F.SANDBOX}


@pytest.mark.article("5-1")
def test_a_record_beyond_its_plan_gives_no_more_than_the_plan() -> None:
    wrong = replace(ENTRY, functions=ENTRY.functions | {F.SANDBOX}, operations=True, extra_accounts=3)
    given_ = entitlements(wrong, NOON)
    assert F.SANDBOX not in given_.enforceable
    assert (given_.clocked, given_.portal_accounts) == (False, 1)


@pytest.mark.article("6-1(1)", "6-1(2)")
def test_one_account_is_included_and_more_are_an_option() -> None:
    assert entitlements(BASIC, NOON).portal_accounts == 1
    assert entitlements(replace(BASIC, extra_accounts=2), NOON).portal_accounts == 3


@pytest.mark.article("6-1(1)")
def test_logs_live_one_year() -> None:
    given_ = entitlements(BASIC, NOON)
    assert (given_.log_retention_years, given_.log_retention_promised) == (1, True)


@pytest.mark.article("6-1(2)")
def test_the_retention_option_is_the_whole_time_not_an_addition() -> None:
    assert entitlements(replace(BASIC, retention_years=5), NOON).log_retention_years == 5


def test_without_operations_the_shortest_class_is_kept_as_the_houses_own_rule() -> None:
    given_ = entitlements(replace(ENTRY, retention_years=5), NOON)
    assert (given_.log_retention_years, given_.log_retention_promised) == (1, False)


@pytest.mark.article("6-1(1)")
def test_the_portal_has_incidents_advisories_inquiries_changes_and_reports() -> None:
    assert entitlements(BASIC, NOON).portal_services == {
        PortalService.INCIDENTS,
        PortalService.THREAT_ADVISORIES,
        PortalService.INQUIRIES,
        PortalService.STANDARD_CHANGES,
        PortalService.MONTHLY_REPORTS,
        PortalService.SELF_SERVICE_CHANGES,
    }


@pytest.mark.article("6-1(2)")
def test_monitoring_reports_are_on_the_portal_by_option() -> None:
    with_reports = entitlements(replace(BASIC, monitoring_report=True), NOON)
    assert PortalService.MONITORING_REPORTS in with_reports.portal_services


@pytest.mark.article("23-2")
def test_without_operations_the_portal_is_the_door_to_ones_own_changes() -> None:
    given_ = entitlements(ENTRY, NOON)
    assert given_.portal_accounts == 1
    assert given_.portal_services == {PortalService.SELF_SERVICE_CHANGES}


def test_service_begins_with_its_first_day_in_tokyo() -> None:
    assert not entitlements(BASIC, at("2026-04-14 23:59:59")).active
    assert entitlements(BASIC, at("2026-04-15 00:00:00")).active


def test_a_contract_without_a_start_gives_nothing() -> None:
    given_ = entitlements(replace(BASIC, started_on=None), NOON)
    assert (given_.active, given_.enforceable, given_.portal_accounts) == (False, frozenset(), 0)


@pytest.mark.article("17-2")
def test_service_runs_through_24_00_of_its_last_day() -> None:
    ending = replace(BASIC, ended_on=on("2026-09-10"))
    assert entitlements(ending, at("2026-09-10 23:59:59")).active
    assert not entitlements(ending, at("2026-09-11 00:00:00")).active


@pytest.mark.article("18-1")
def test_termination_by_the_carrier_does_not_wait_for_midnight() -> None:
    terminated = replace(BASIC, ended_on=on("2026-06-01"), terminated_at=at("2026-06-01 15:30:00"))
    assert entitlements(terminated, at("2026-06-01 15:29:59")).active
    assert not entitlements(terminated, at("2026-06-01 15:30:00")).active


@pytest.mark.article("12-2")
def test_operations_that_were_added_later_bring_clocks_from_their_own_start() -> None:
    added = replace(BASIC, operations_started_on=on("2026-10-03"))
    assert not entitlements(added, at("2026-10-02 23:59:59")).clocked
    assert entitlements(added, at("2026-10-03 00:00:00")).clocked


@pytest.mark.article("21-1")
def test_a_suspended_contract_lives_and_gives_no_service() -> None:
    given_ = entitlements(replace(BASIC, suspended=True), NOON)
    assert (given_.active, given_.enforceable, given_.clocked) == (True, frozenset(), False)
    assert given_.log_retention_years == 1


@pytest.mark.article("24-1", "26-1")
def test_a_restricted_function_is_not_enforced() -> None:
    given_ = entitlements(replace(BASIC, restricted=frozenset({F.SANDBOX})), NOON)
    assert given_.enforceable == {F.FIREWALL, F.IDS_IPS}


@pytest.mark.article("6-1(2)")
def test_a_sixth_year_of_logs_is_refused() -> None:
    assert [r.code for r in contract_refusals(replace(BASIC, retention_years=6))] == ["option.retention_too_long"]
    assert contract_refusals(replace(BASIC, retention_years=5)) == ()


@pytest.mark.article("6-1(2)")
def test_the_meeting_needs_the_report() -> None:
    found = contract_refusals(replace(BASIC, report_meeting=True))
    assert [r.code for r in found] == ["option.meeting_needs_report"]
    assert contract_refusals(replace(BASIC, report_meeting=True, monitoring_report=True)) == ()


@pytest.mark.article("6-1(2)")
@pytest.mark.parametrize(
    "option", [{"extra_accounts": 1}, {"retention_years": 2}, {"monitoring_report": True}], ids=lambda o: next(iter(o))
)
def test_options_belong_to_operations(option: dict[str, int]) -> None:
    assert [r.code for r in contract_refusals(replace(ENTRY, **option))] == ["option.needs_operations"]


@pytest.mark.parametrize("wrong", [{"extra_accounts": -1}, {"retention_years": 0}], ids=lambda o: next(iter(o)))
def test_facts_that_cannot_be_are_not_made(wrong: dict[str, int]) -> None:
    with pytest.raises(BadParameter, match=next(iter(wrong))):
        replace(BASIC, **wrong)


def test_an_instant_without_offset_is_refused() -> None:
    with pytest.raises(BadParameter, match="no UTC offset"):
        entitlements(BASIC, NOON.replace(tzinfo=None))


CONTRACTS = st.builds(
    ContractFacts,
    plan=st.sampled_from(Plan),
    functions=st.frozensets(st.sampled_from(SecurityFunction)),
    access_item=st.sampled_from(AccessItem),
    operations=st.booleans(),
    started_on=st.just(on("2024-01-01")),
    ended_on=st.none() | st.just(on("2030-12-31")),
    retention_years=st.integers(1, 9),
    extra_accounts=st.integers(0, 9),
    monitoring_report=st.booleans(),
    report_meeting=st.booleans(),
    suspended=st.booleans(),
    restricted=st.frozensets(st.sampled_from(SecurityFunction)),
)


@given(CONTRACTS, INSTANTS)
def test_no_contract_gives_more_than_its_plan_and_none_gives_anything_when_over(
    facts: ContractFacts, moment: object
) -> None:
    given_ = entitlements(facts, moment)
    assert given_.enforceable <= facts.functions & MATRIX[facts.plan].functions
    assert 1 <= given_.log_retention_years <= 5
    assert given_.clocked <= given_.noticed <= given_.monitored <= given_.active
    if not given_.active:
        assert (given_.enforceable, given_.portal_accounts) == (frozenset(), 0)
    assert entitlements(facts, moment) == given_
