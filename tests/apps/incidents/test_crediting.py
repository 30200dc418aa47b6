"""What missed service levels give back: a fiftieth an event, capped a month, undone with its review."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import ProgrammingError, connection, transaction

from sekisho.apps.billing.models import Charge, Credit
from sekisho.apps.contracts import actions as contracts
from sekisho.apps.contracts.models import Contract
from sekisho.apps.contracts.queries import scope_of, told_of
from sekisho.apps.documents.models import Document
from sekisho.apps.documents.queries.finding import content_of
from sekisho.apps.incidents import actions, queries
from sekisho.apps.incidents.crediting import fee_of_month, settle, settle_all
from sekisho.apps.incidents.models import Breach, BreachClaim, BreachCredit
from sekisho.apps.scope import entered
from sekisho.gateways.clock import StandingClock
from sekisho.terms.credit import Fault
from sekisho.terms.history import FactKind, at_start_of

from ..world import EVERYTHING, TESTER, World
from .acts import missed

MAY = dt.date(2026, 5, 1)
REASON = "夜間の担当者が発信を失念した。"


def agree_fee(contract: Contract, yen: int) -> None:
    """So that the whole monthly fee of the contract is ``yen``: the plan's price is agreed for it."""
    item = "monthly.plan.basic"
    contracts.tell(TESTER, contract, FactKind.FEE, {"item": item, "yen": 0}, at_start_of(dt.date(2026, 4, 1)))
    rest = fee_of_month(contract, MAY)
    contracts.tell(TESTER, contract, FactKind.FEE, {"item": item, "yen": yen - rest}, at_start_of(dt.date(2026, 4, 1)))


@pytest.fixture
def billed(seeing_all: World) -> World:
    """The first contract costs 148,777 yen a month."""
    contracts.tell(TESTER, seeing_all.contract, FactKind.BILLING, None, at_start_of(dt.date(2026, 4, 1)))
    agree_fee(seeing_all.contract, 148_777)
    assert fee_of_month(seeing_all.contract, MAY) == 148_777
    return seeing_all


def claimed(world: World, hand: StandingClock, **changes: object) -> Breach:
    breach = missed(world, hand, **changes)
    actions.claim_credit(world.owner, breach=breach, words="減額を求めます。")
    return breach


def at_fault(world: World, breach: Breach, fault: Fault = Fault.CARRIER) -> None:
    actions.review_fault(world.carrier, breach=breach, fault=fault, reason=REASON)


@pytest.mark.article("35-1")
@pytest.mark.parametrize("order", ["claim first", "review first"])
def test_a_claimed_breach_at_our_fault_is_one_fiftieth_of_the_months_fee(
    billed: World, hand: StandingClock, order: str
) -> None:
    breach = missed(billed, hand)
    if order == "review first":
        at_fault(billed, breach, Fault.PARTNER)
        assert not BreachCredit.objects.exists()
    actions.claim_credit(billed.owner, breach=breach)
    if order == "claim first":
        assert not BreachCredit.objects.exists()
        at_fault(billed, breach)

    row, credit = BreachCredit.objects.get(), Credit.objects.get()
    assert (row.month, row.fee_yen, row.total_yen, row.breaches) == (MAY, 148_777, 2_975, [breach.pk])
    assert (credit.yen, credit.month, credit.article, credit.kind) == (2_975, MAY, "35-1", "sla")
    assert breach.incident.number in credit.note_ja
    assert row.terms_version == billed.contract.terms_version and "2,975円" in row.steps[0]["ja"]
    assert queries.standing_of(queries.breach_by_id(EVERYTHING, breach.pk)).credited


@pytest.mark.article("35-1")
@pytest.mark.parametrize("fault", [Fault.CONTRACTOR, Fault.FORCE_MAJEURE])
def test_what_is_not_our_fault_gives_nothing(billed: World, hand: StandingClock, fault: Fault) -> None:
    breach = claimed(billed, hand)
    actions.review_fault(billed.carrier, breach=breach, fault=fault, ground="war", reason="先方の電話が不通。")
    assert not Credit.objects.exists()


@pytest.mark.article("35-1")
def test_a_fault_without_a_claim_gives_nothing(billed: World, hand: StandingClock) -> None:
    at_fault(billed, missed(billed, hand))
    assert not Credit.objects.exists()


@pytest.mark.article("35-1")
def test_sixty_events_of_one_month_give_fifty_fiftieths_and_no_more(billed: World, hand: StandingClock) -> None:
    agree_fee(billed.contract, 150_000)
    for number in range(52):
        at_fault(billed, claimed(billed, hand, rule_id=str(3_000_000 + number), record=number))
    totals = list(BreachCredit.objects.order_by("number").values_list("total_yen", flat=True))
    assert totals == [3_000 * count for count in range(1, 51)]
    assert sum(Credit.objects.values_list("yen", flat=True)) == 150_000


@pytest.mark.article("35-1")
def test_a_withdrawn_review_takes_its_credit_back_and_a_new_one_grants_it_again(
    billed: World, hand: StandingClock
) -> None:
    breach = claimed(billed, hand)
    at_fault(billed, breach)
    actions.withdraw_review(billed.carrier, breach=breach, reason="取り違えた。")
    assert Charge.objects.get(key__startswith="sla:").yen == 2_975
    assert queries.credits_of(EVERYTHING)[0].total_yen == 0

    at_fault(billed, breach)
    deltas = list(BreachCredit.objects.order_by("number").values_list("delta_yen", flat=True))
    assert deltas == [2_975, -2_975, 2_975]


@pytest.mark.article("35-1")
def test_settling_again_changes_nothing_until_the_months_fee_does(billed: World, hand: StandingClock) -> None:
    at_fault(billed, claimed(billed, hand))
    assert settle(TESTER, billed.contract) == [] and settle_all(TESTER) == 0
    agree_fee(billed.contract, 150_000)
    assert settle_all(TESTER) == 1
    assert [c.yen for c in Credit.objects.order_by("pk")] == [2_975, 25]


@pytest.mark.article("35-1")
def test_a_claim_is_never_refused_because_a_price_is_missing(billed: World, hand: StandingClock) -> None:
    breach = claimed(billed, hand)
    for fact in told_of(billed.contract).of_kind(FactKind.ACCESS_ITEM):
        told = contracts.tell(
            TESTER, billed.contract, FactKind.ACCESS_ITEM, "custom", fact.from_at, fact.until_at, fact.thread
        )
    at_fault(billed, breach)
    assert not BreachCredit.objects.exists()  # nobody has priced a custom access
    contracts.tell(
        TESTER, billed.contract, FactKind.FEE, {"item": "monthly.access.custom", "yen": 50_000}, told.from_at
    )
    assert settle_all(TESTER) == 1


@pytest.mark.article("35-1")
def test_a_claim_by_the_portal_is_kept_as_a_paper(billed: World, hand: StandingClock) -> None:
    breach = claimed(billed, hand)
    number = BreachClaim.objects.get().document
    document = Document.objects.get(number=number)
    assert (document.kind, document.contract_id) == ("sla_claim", billed.contract.pk)
    assert number == f"{breach.number}-1"
    content = content_of(EVERYTHING, document)
    assert content is not None and content.startswith(b"%PDF-")


def test_credits_can_not_be_changed_even_by_sql(billed: World, hand: StandingClock) -> None:
    at_fault(billed, claimed(billed, hand))
    for statement in ("UPDATE incidents_breachcredit SET total_yen = 0", "DELETE FROM incidents_breachcredit"):
        with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_a_contractor_claims_within_the_own_scope(billed: World, hand: StandingClock) -> None:
    breach = missed(billed, hand)
    at_fault(billed, breach)
    scope = scope_of(billed.owner)
    with entered(scope):
        actions.claim_credit(billed.owner, breach=queries.breach_by_id(scope, breach.pk), words="求めます。")
    assert Credit.objects.get().yen == 2_975
