"""After the end a contractor's people, and its tokens, only read (Art. 38-5); the carrier goes on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from sekisho.apps.accounts.actions.tokens import actor_of, issue_token
from sekisho.apps.accounts.models import Role, TokenScope
from sekisho.apps.accounts.token_actor import TokenActor
from sekisho.apps.contracts import actions
from sekisho.apps.contracts.models import Contract
from sekisho.apps.contracts.queries import scope_of, told_of
from sekisho.apps.contracts.queries.accounts import acted_under
from sekisho.apps.incidents import actions as incidents
from sekisho.apps.incidents.models import Answer, Level
from sekisho.apps.notices.models import CallResult
from sekisho.apps.scope import entered
from sekisho.gateways.clock import StandingClock
from sekisho.terms.history import FactKind, through

from ..billing.debtors import admin_of
from ..incidents.acts import dial, missed, opened
from ..world import EVERYTHING, TESTER, World
from .forms_of_tests import contacts, refusal

LAST_DAY = dt.date(2026, 5, 31)


def end(contract: Contract) -> None:
    for kind in (FactKind.SERVICE, FactKind.BILLING, FactKind.OPERATIONS):
        for fact in told_of(contract).of_kind(kind):
            actions.end_fact(TESTER, contract, fact, through(LAST_DAY))


@pytest.fixture
def over(seeing_all: World, hand: StandingClock) -> World:
    end(seeing_all.contract)
    hand.move_to(through(LAST_DAY) + dt.timedelta(hours=1))
    return seeing_all


ACTS: dict[str, Callable[[object, Contract], object]] = {
    "contacts": lambda actor, contract: actions.set_contacts(actor, contract=contract, contacts=contacts()),
    "change": lambda actor, contract: actions.request_change(
        actor, contract=contract, form={"add_accounts": 1}, office="portal"
    ),
    "stop": lambda actor, contract: actions.stop_option(actor, contract=contract, threads=["x"]),
    "ancillary": lambda actor, contract: actions.stop_ancillary(actor, contract=contract, threads=["x"]),
    "cancel": lambda actor, contract: actions.cancel(actor, contract=contract),
    "keep": lambda actor, contract: actions.ask_to_withdraw_cancellation(actor, contract=contract),
}


@pytest.mark.article("38-5")
@pytest.mark.parametrize("act", ACTS)
def test_no_act_of_a_contractor_is_done_under_a_contract_that_is_over(over: World, act: str) -> None:
    assert refusal(ACTS[act], over.owner, over.contract) == ("contract.read_only", "38-5")


@pytest.mark.article("38-5")
def test_a_token_of_the_contractor_only_reads_like_its_people(over: World) -> None:
    _token, text = issue_token(
        admin_of(over),
        organisation=over.owner.organisation,
        role=Role.CONTRACTOR_ADMIN,
        name="連携",
        scopes=[TokenScope.CONTRACTS_WRITE],
        days=30,
    )
    actor = actor_of(text)
    assert isinstance(actor, TokenActor)
    assert refusal(ACTS["cancel"], actor, over.contract) == ("contract.read_only", "38-5")


def test_the_carrier_still_keeps_the_contacts_of_a_contract_that_is_over(over: World) -> None:
    assert actions.set_contacts(over.carrier, contract=over.contract, contacts=contacts())


def test_before_the_end_and_within_the_notice_the_contractor_acts(seeing_all: World, hand: StandingClock) -> None:
    actions.cancel(seeing_all.owner, contract=seeing_all.contract)
    assert actions.set_contacts(seeing_all.owner, contract=seeing_all.contract, contacts=contacts())
    with entered(scope_of(seeing_all.owner)) as scope:
        assert acted_under(scope, [seeing_all.contract, seeing_all.other_contract]) == {seeing_all.contract.pk}


@pytest.mark.article("38-5")
def test_a_proposal_is_not_answered_and_a_credit_not_claimed_by_the_portal_once_the_contract_is_over(
    seeing_all: World, hand: StandingClock
) -> None:
    breach = missed(seeing_all, hand)
    hand.advance(seconds=1)
    dial(seeing_all, breach.incident, CallResult.ANSWERED)
    incident = opened(seeing_all, Level.HIGH, record=7, rule_id="9")
    draft = incidents.drafts_for(incident)[0]
    proposal = incidents.propose_countermeasure(seeing_all.analyst, incident=incident, draft=draft)
    for kind in (FactKind.SERVICE, FactKind.BILLING, FactKind.OPERATIONS):
        for fact in told_of(seeing_all.contract).of_kind(kind):
            actions.end_fact(TESTER, seeing_all.contract, fact, hand.now())
    hand.advance(seconds=1)
    answer = incidents.answer_countermeasure
    assert refusal(answer, seeing_all.owner, proposal=proposal, answer=Answer.ACCEPTED)[0] == "contract.read_only"
    assert refusal(incidents.claim_credit, seeing_all.owner, breach=breach)[0] == "contract.read_only"
    paper = incidents.record_claim(admin_of(seeing_all), breach=breach, arrived_at=hand.now(), words="書面")
    assert paper.form == "paper"
    assert acted_under(EVERYTHING, [seeing_all.contract]) == frozenset()
