"""A credit for a missed service level is told in writing: event by event, as the month stands."""

from __future__ import annotations

import datetime as dt

import pytest

from sekisho.apps.audit.models import OutboxRow
from sekisho.apps.contracts import actions as contracts
from sekisho.apps.documents.models import Document
from sekisho.apps.incidents import actions, jobs
from sekisho.apps.incidents.credit_notes import DESK
from sekisho.gateways.clock import StandingClock
from sekisho.terms.credit import Fault
from sekisho.terms.history import FactKind, at_start_of

from ..incidents.acts import missed
from ..incidents.test_crediting import agree_fee
from ..world import TESTER, World


@pytest.mark.django_db
@pytest.mark.article("35-1")
def test_each_change_of_a_months_credit_has_its_note(seeing_all: World, hand: StandingClock) -> None:
    world = seeing_all
    contracts.tell(TESTER, world.contract, FactKind.BILLING, None, at_start_of(dt.date(2026, 4, 1)))
    agree_fee(world.contract, 148_777)
    for number in range(2):
        breach = missed(world, hand, rule_id=str(3_000_000 + number), record=number)
        actions.claim_credit(world.owner, breach=breach, words="減額を求めます。")
        actions.review_fault(world.carrier, breach=breach, fault=Fault.CARRIER, reason="発信を失念した。")
    actions.withdraw_review(world.carrier, breach=breach, reason="取り違えた。")
    assert jobs.make_papers().failed == 0
    notes = Document.objects.filter(kind="credit_note").order_by("position")
    stem = f"{world.contract.number}-202605"
    assert [(note.number, note.language) for note in notes] == [
        (f"{stem}-{number}", language) for number in (1, 2, 3) for language in ("ja", "en")
    ]
    second = OutboxRow.objects.filter(topic="incidents.settle_credit").order_by("id")[1]
    paper, _ = DESK.draws[second.topic](second)
    assert (paper.paper.credit_yen, paper.paper.monthly_fee_yen, paper.paper.capped_yen) == (5_950, 148_777, 0)
    assert [event.credit_yen for event in paper.paper.events] == [2_975, 2_975]
    assert paper.paper.claim_number and paper.contract_id == world.contract.pk
