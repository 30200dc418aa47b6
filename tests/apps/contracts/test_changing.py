"""Changes wait in the same queue; what is added has a term of its own; what runs goes on."""

from __future__ import annotations

import datetime as dt

import pytest

from sekisho.apps.audit.models import OutboxRow
from sekisho.apps.contracts import actions, queries
from sekisho.apps.contracts.forms import ChangeForm
from sekisho.apps.contracts.models import Application, Contract
from sekisho.gateways.clock import StandingClock
from sekisho.terms.applications import AncillaryService, LineKind
from sekisho.terms.history import FactKind, at_start_of
from sekisho.terms.minimum import TermKind
from sekisho.terms.plans import AccessItem, Plan, SecurityFunction

from ..world import EVERYTHING, NOW, TESTER, World, premium_quote
from .forms_of_tests import OFFICE, refusal, submitted

HOUR = dt.timedelta(hours=1)
TODAY, JUNE = dt.date(2026, 5, 4), dt.date(2026, 6, 1)


def change(contract: Contract, **fields: object) -> Application:
    return actions.request_change(TESTER, contract=contract, form=ChangeForm(**fields), office=OFFICE)


def changed(contract: Contract, **fields: object) -> dt.date:
    return actions.accept_change(TESTER, application=change(contract, **fields))


def facts_at(contract: Contract, at: dt.datetime):
    return queries.contract_at(EVERYTHING, contract, at).facts


@pytest.mark.article("14-1")
def test_a_change_holds_from_its_day_and_the_past_stays_as_it_was(seeing_all: World) -> None:
    contract = seeing_all.contract
    on = changed(
        contract,
        functions=(SecurityFunction.SANDBOX, SecurityFunction.FIREWALL),
        access_item=AccessItem.GUARANTEED_30M,
        retention_years=5,
        add_accounts=2,
        add_monitoring_report=True,
        add_report_meeting=True,
        add_ancillary=(AncillaryService.IP_ADDRESS,),
        wished_on=JUNE,
    )
    before, after = facts_at(contract, NOW), facts_at(contract, at_start_of(JUNE))
    assert on == JUNE
    assert (before.access_item, before.extra_accounts) == (AccessItem.BEST_EFFORT_1G, 0)
    assert after.functions == {SecurityFunction.SANDBOX, SecurityFunction.FIREWALL}
    assert (after.access_item, after.retention_years, after.extra_accounts) == (AccessItem.GUARANTEED_30M, 5, 2)
    assert after.monitoring_report and after.report_meeting
    given = queries.entitlements_of(contract, at_start_of(JUNE))
    assert (given.portal_accounts, given.log_retention_years) == (3, 5)
    news = OutboxRow.objects.get(topic="contracts.accept_change")
    assert news.contract_id == contract.pk
    assert news.payload["effective_on"] == "2026-06-01"
    assert "access_item" in news.payload["changes"]


@pytest.mark.article("12-3")
def test_what_is_added_has_a_term_of_its_own_and_the_services_term_goes_on(
    seeing_all: World, hand: StandingClock
) -> None:
    contract = seeing_all.contract
    changed(contract, add_accounts=2)
    hand.move_to(at_start_of(dt.date(2026, 8, 20)))
    changed(contract, add_accounts=1, plan=Plan.PREMIUM, quote=premium_quote("株式会社青葉製作所"))
    running = queries.running_on(queries.told_of(contract), dt.date(2026, 8, 20))
    assert [(one.kind, one.quantity, one.started_on) for one in running] == [
        (TermKind.SERVICE, 1, dt.date(2026, 4, 1)),
        (TermKind.OPERATIONS, 1, dt.date(2026, 4, 1)),
        (TermKind.EXTRA_ACCOUNT, 2, TODAY),
        (TermKind.EXTRA_ACCOUNT, 1, dt.date(2026, 8, 20)),
    ]
    agreed = queries.fees_of(contract, queries.told_of(contract), dt.date(2026, 8, 20))
    assert (agreed("monthly.plan.premium"), agreed("monthly.extra_account")) == (120_000, 1_000)


@pytest.mark.article("14-2")
def test_a_change_is_decided_in_turn_with_new_applications_and_refused_on_the_same_grounds(
    seeing_all: World, hand: StandingClock
) -> None:
    submitted(seeing_all.stranger.organisation)
    hand.advance(hours=1)
    asked = change(seeing_all.contract, add_accounts=1)
    assert refusal(actions.accept_change, TESTER, application=asked) == ("acceptance.out_of_order", "11-1")
    step = actions.refuse_application(
        TESTER, application=asked, ground="credit_risk", out_of_turn_reason="先着は書類確認中"
    )
    assert step.details["article"] == "11-2(3)"
    hand.move_to(dt.datetime(2027, 1, 8, tzinfo=dt.UTC))
    stale = change(seeing_all.other_contract, add_accounts=1)
    expired = refusal(actions.accept_change, TESTER, application=stale, out_of_turn_reason="年次")
    assert expired == ("screening.expired", "11-2(6)")


@pytest.mark.article("6-1(2)")
@pytest.mark.parametrize(
    ("fields", "code", "article"),
    [
        ({}, "change.nothing", "14-1"),
        ({"plan": Plan.ENTRY}, "plan.access_item_not_offered", "5-1"),
        ({"functions": ()}, "plan.no_function", "5-1"),
        ({"retention_years": 6}, "option.retention_too_long", "6-1(2)"),
        ({"add_report_meeting": True}, "option.meeting_needs_report", "6-1(2)"),
        ({"plan": Plan.PREMIUM}, "application.no_quote", "5-1"),
        ({"add_ancillary": (AncillaryService.IP_ADDRESS,), "ip_version": 6}, "ancillary.ipv4_only", "5-1"),
        ({"line": "nowhere"}, "line.not_stated", "7-1"),
        ({"line": "LINE-2"}, "line.not_holder", "7-1"),
    ],
)
def test_what_the_terms_do_not_allow_is_refused_before_it_queues(
    seeing_all: World, fields: dict, code: str, article: str
) -> None:
    assert refusal(change, seeing_all.contract, **fields) == (code, article)
    assert queries.waiting_applications(EVERYTHING) == []


@pytest.mark.article("5-1")
def test_entry_gets_no_sandbox_and_no_options(seeing_all: World) -> None:
    entry = seeing_all.entry_contract
    sandbox = refusal(change, entry, functions=(SecurityFunction.SANDBOX,))
    assert sandbox == ("plan.function_not_offered", "5-1")
    assert refusal(change, entry, add_accounts=1) == ("option.needs_operations", "6-1(2)")


@pytest.mark.article("14-1")
def test_a_moved_line_is_a_change_and_sets_the_old_one_free(seeing_all: World, hand: StandingClock) -> None:
    contract, mine = seeing_all.contract, seeing_all.owner.organisation
    actions.register_line(TESTER, identifier="LINE-NEW", kind=LineKind.LAN_NETWORK, holder=mine)
    hand.advance(days=1)
    later = change(contract, line="LINE-NEW", wished_on=JUNE)
    assert refusal(actions.accept_change, TESTER, application=later) == ("change.line_later", "14-1")
    actions.withdraw_application(TESTER, application=later)
    changed(contract, line="LINE-NEW")

    row = Contract.objects.get(pk=contract.pk)
    assert (row.line.identifier, row.line_from_at) == ("LINE-NEW", hand.now())
    told = queries.told_of(contract)
    assert [fact.value for fact in told.of_kind(FactKind.LINE)] == ["LINE-1", "LINE-NEW"]
    assert told.at(hand.now()).facts.started_on == dt.date(2026, 4, 1)  # nothing began anew
    assert submitted(mine, "LINE-1").received_at


def test_a_preview_shows_what_a_month_costs_before_and_after(seeing_all: World) -> None:
    shown = queries.preview_change(seeing_all.contract, ChangeForm(access_item=AccessItem.GUARANTEED_30M), JUNE)
    assert (shown.monthly_before, shown.monthly_after, shown.one_time) == (80_000, 95_000, 20_000)
    refused = queries.preview_change(seeing_all.contract, ChangeForm(retention_years=6), JUNE)
    assert [each.code for each in refused.refusals] == ["option.retention_too_long"]


def test_a_contract_that_is_over_does_not_change(seeing_all: World, hand: StandingClock) -> None:
    contract = seeing_all.contract
    actions.end_with_line(TESTER, contract=contract, line_ended_on=TODAY)
    hand.advance(days=2)
    assert refusal(change, contract, add_accounts=1) == ("change.not_in_service", "14-1")
