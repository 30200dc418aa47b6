"""Restriction, demand, interruption, termination (Arts. 18, 20, 24, 26)."""

from __future__ import annotations

import datetime as dt

import pytest

from sekisho.apps.accounts.actions import add_person
from sekisho.apps.accounts.models import Person, Role
from sekisho.apps.contracts.actions import measures
from sekisho.apps.contracts.actions.measures import Basis, Plan
from sekisho.apps.contracts.models import ContractFact, Measure, MeasureKind
from sekisho.apps.contracts.queries import entitlements_of
from sekisho.apps.contracts.queries.measures import MeasureState, measures_of_work, state_of
from sekisho.gateways.clock import StandingClock
from sekisho.terms.contract_states import ContractState
from sekisho.terms.plans import SecurityFunction

from ..world import EVERYTHING, NOW, PASSWORD, TESTER, World
from .conftest import DAY, HOUR, SOON, deliver, mails, overlays, refusal, standing

IDS = SecurityFunction.IDS_IPS


def restriction(**changes: object) -> Plan:
    fields = {
        "kind": MeasureKind.RESTRICTION,
        "basis": Basis.LIMITS,
        "ground": "",
        "fact": "暗号化通信の割合が上限を超過",
        "reason": "処理能力の保護",
        "period": "負荷が下がるまで",
        "starts_at": SOON,
        "functions": frozenset({IDS}),
        **changes,
    }
    return Plan(**fields)


@pytest.fixture
def second(seeing_all: World) -> Person:
    return add_person(
        TESTER,
        organisation=seeing_all.carrier.organisation,
        role=Role.CARRIER_ADMIN,
        email="second@carrier.example",
        name="二人目",
        password=PASSWORD,
    )


@pytest.mark.article("24-1")
def test_a_restriction_takes_its_functions_away_and_gives_them_back(seeing_all: World, hand: StandingClock) -> None:
    contract = seeing_all.contract
    measure = measures.announce(seeing_all.carrier, contract=contract, plan=restriction())
    measures.take(seeing_all.carrier, measure=measure)
    assert IDS in entitlements_of(contract, NOW).enforceable
    assert IDS not in entitlements_of(contract, SOON).enforceable
    hand.move_to(SOON + HOUR)
    measures.lift(seeing_all.carrier, measure=measure, reason="回復")
    assert IDS in entitlements_of(contract, hand.now()).enforceable


@pytest.mark.article("24-1")
def test_a_restriction_names_what_it_restricts(seeing_all: World) -> None:
    nothing = restriction(functions=frozenset())
    act = measures.announce, seeing_all.carrier
    assert refusal(*act, contract=seeing_all.contract, plan=nothing) == ("restriction.no_function", "24-1")


@pytest.mark.article("26-1(1)")
def test_a_demand_is_a_letter_and_changes_nothing_of_the_service(seeing_all: World) -> None:
    about = {"ground": "malware", "fact": "不正プログラムの送信", "reason": "被害防止"}
    measure = measures.demand(seeing_all.carrier, contract=seeing_all.contract, **about)
    assert overlays(seeing_all.contract) == set()
    assert "ただちに中止" in mails(measure)["ja"]


@pytest.mark.article("20-1(2)", "20-2")
def test_work_is_announced_to_every_contract_that_it_touches_and_ended_for_all_of_them(
    seeing_all: World, hand: StandingClock
) -> None:
    contracts = [seeing_all.contract, seeing_all.other_contract]
    starts_at = NOW + 15 * DAY
    announced = measures.announce_interruption(
        seeing_all.carrier,
        contracts=contracts,
        ground="work_or_relocation",
        fact="収容装置の更改",
        reason="老朽化",
        starts_at=starts_at,
        until_at=starts_at + 4 * HOUR,
    )
    work = announced[0].work
    for measure in announced:
        deliver(measure)
    hand.move_to(starts_at)
    measures.interrupt(seeing_all.carrier, work=work)
    assert [overlays(contract) for contract in contracts] == [{"interrupted"}] * 2
    measures.note_relocation(seeing_all.carrier, measure=announced[0], note="ラックAからラックBへ")
    hand.advance(hours=2)
    measures.end_interruption(seeing_all.carrier, work=work, reason="作業完了")
    assert [overlays(contract) for contract in contracts] == [set()] * 2
    assert {state_of(measure) for measure in measures_of_work(EVERYTHING, work)} == {MeasureState.ENDED}
    assert "終了しました" in mails(announced[0])["ja"]


@pytest.mark.article("20-2")
def test_planned_work_keeps_its_lead_time_or_says_why_it_cannot(seeing_all: World) -> None:
    fields = {
        "contracts": [seeing_all.contract],
        "ground": "periodic_check",
        "fact": "定期点検",
        "reason": "月次点検",
        "starts_at": NOW + 13 * DAY,
        "until_at": NOW + 13 * DAY + HOUR,
    }
    assert refusal(measures.announce_interruption, seeing_all.carrier, **fields) == (
        "interruption.short_notice",
        "20-2",
    )
    measures.announce_interruption(seeing_all.carrier, **fields, short_notice_reason="部品の故障の兆候")
    in_time = {**fields, "starts_at": NOW + 14 * DAY, "until_at": NOW + 15 * DAY}
    measures.announce_interruption(seeing_all.carrier, **in_time)


@pytest.mark.article("20-1(3)", "20-2")
def test_a_failure_interrupts_at_once_for_a_reason_on_record_and_not_without(seeing_all: World) -> None:
    fields = {"contracts": [seeing_all.contract], "ground": "failure", "fact": "電源断", "reason": "復旧作業"}
    assert refusal(measures.interrupt_urgently, seeing_all.carrier, **fields, urgent_reason="") == (
        "notice.missing",
        "20-2",
    )
    measures.interrupt_urgently(seeing_all.carrier, **fields, urgent_reason="全断のため")
    assert overlays(seeing_all.contract) == {"interrupted"}


def test_several_measures_lie_over_a_contract_at_once_each_with_its_own_end(
    seeing_all: World, hand: StandingClock
) -> None:
    contract, carrier = seeing_all.contract, seeing_all.carrier
    first = measures.take_urgently(carrier, contract=contract, plan=restriction(), urgent_reason="過負荷")
    measures.interrupt_urgently(
        carrier, contracts=[contract], ground="failure", fact="障害", reason="復旧", urgent_reason="全断"
    )
    assert overlays(contract) == {"restricted", "interrupted"}
    hand.advance(hours=1)
    measures.lift(carrier, measure=first, reason="回復")
    assert overlays(contract) == {"interrupted"}


def proposed(world: World, **changes: object) -> Measure:
    fields = {
        "contract": world.contract,
        "ground": "insolvency",
        "fact": "破産手続開始の申立て",
        "evidence": "官報 2026-05-01 号外",
        **changes,
    }
    return measures.propose_termination(world.carrier, **fields)


@pytest.mark.article("18-1(2)")
def test_one_person_alone_terminates_nothing(seeing_all: World) -> None:
    measure = proposed(seeing_all)
    act = measures.approve_termination, seeing_all.carrier
    assert refusal(*act, measure=measure) == ("termination.needs_two", "18-1")
    assert standing(seeing_all.contract).state is ContractState.ACTIVE


@pytest.mark.article("18-1")
def test_two_people_end_a_contract_at_an_instant(seeing_all: World, second: Person, hand: StandingClock) -> None:
    contract = seeing_all.contract
    suspension = measures.take_urgently(
        seeing_all.carrier, contract=contract, plan=restriction(), urgent_reason="過負荷"
    )
    measure = proposed(seeing_all)
    hand.advance(minutes=7)
    measures.approve_termination(second, measure=measure)
    at = hand.now()

    assert standing(contract, at - dt.timedelta(microseconds=1)).state is ContractState.ACTIVE
    ended = standing(contract, at)
    assert (ended.state, ended.facts.terminated_at) == (ContractState.ENDED, at)
    assert ended.facts.ended_on == dt.date(2026, 5, 4)
    assert overlays(contract, at) == set()
    assert state_of(suspension) is MeasureState.ENDED
    assert entitlements_of(contract, at).active is False
    assert "契約の解除を実施しました" in mails(measure)["ja"]


@pytest.mark.article("18-1")
def test_a_termination_needs_evidence_a_ground_and_a_role(seeing_all: World) -> None:
    assert refusal(proposed, seeing_all, evidence=" ") == ("termination.no_evidence", "18-1")
    assert refusal(proposed, seeing_all, ground="terms_breach", fact="") == ("ground.text_required", "18-1(7)")
    act = measures.propose_termination, seeing_all.analyst
    fields = {"contract": seeing_all.contract, "ground": "insolvency", "fact": "x", "evidence": "y"}
    assert refusal(*act, **fields)[0] == "not_permitted"


@pytest.mark.article("26-2")
def test_a_termination_for_a_breach_needs_the_notice_that_one_by_article_18_does_not(
    seeing_all: World, second: Person, hand: StandingClock
) -> None:
    starts_at = NOW + 10 * DAY
    of_breach = {"basis": Basis.BREACH, "ground": "malware", "fact": "送信を継続", "reason": "被害防止"}
    assert refusal(proposed, seeing_all, **of_breach, starts_at=starts_at) == ("notice.incomplete", "26-2")
    measure = proposed(seeing_all, **of_breach, starts_at=starts_at, period="以後終局的に")
    assert refusal(measures.approve_termination, second, measure=measure) == ("notice.missing", "26-2")
    deliver(measure)
    measures.approve_termination(second, measure=measure)
    assert standing(seeing_all.contract).state is ContractState.ACTIVE
    assert standing(seeing_all.contract, starts_at).state is ContractState.ENDED


@pytest.mark.article("18-1")
def test_the_second_person_may_say_no_and_a_contract_ends_only_once(seeing_all: World, second: Person) -> None:
    rejected = proposed(seeing_all)
    measures.reject_termination(second, measure=rejected, reason="証拠不十分")
    assert refusal(measures.approve_termination, second, measure=rejected)[0] == "measure.state"
    measure, again = proposed(seeing_all), proposed(seeing_all)
    measures.approve_termination(second, measure=measure)
    assert refusal(measures.approve_termination, second, measure=again)[0] == "state.forbidden"


def test_nothing_lies_over_a_contract_that_is_not_in_service(seeing_all: World, second: Person) -> None:
    measures.approve_termination(second, measure=proposed(seeing_all))
    act = measures.announce, seeing_all.carrier
    assert refusal(*act, contract=seeing_all.contract, plan=restriction())[0] == "state.not_in_service"


def test_the_history_names_the_measure_and_holds_no_words_about_it(seeing_all: World) -> None:
    measure = measures.take_urgently(
        seeing_all.carrier, contract=seeing_all.contract, plan=restriction(), urgent_reason="過負荷"
    )
    fact = ContractFact.objects.get(kind="restricted")
    assert fact.value == {"ground": "", "article": "24-1", "measure": measure.number, "functions": ["ids_ips"]}
