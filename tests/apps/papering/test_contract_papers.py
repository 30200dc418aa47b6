"""Every form and letter of a contract's life comes into being by itself, once, and where its reader finds it."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest

import sekisho.apps.contracts as app
from sekisho.apps import tariff
from sekisho.apps.accounts.actions import add_organisation, add_person
from sekisho.apps.accounts.models import Organisation, OrganisationKind, Person, Role
from sekisho.apps.audit.models import OutboxRow
from sekisho.apps.billing import jobs as billing
from sekisho.apps.contracts import actions, jobs
from sekisho.apps.contracts.actions import after_end, measures
from sekisho.apps.contracts.actions.changing import accept_change, request_change
from sekisho.apps.contracts.actions.measures.plan import Plan
from sekisho.apps.contracts.forms import ChangeForm
from sekisho.apps.contracts.models import Basis, Contract, ErasureCategory, MeasureKind
from sekisho.apps.contracts.papering import DESK
from sekisho.apps.contracts.queries import running_on, scope_of, told_of
from sekisho.apps.documents.models import Document, Paperwork
from sekisho.apps.documents.paperwork import Drawn
from sekisho.apps.documents.queries import find
from sekisho.apps.fleet import jobs as fleet
from sekisho.apps.incidents import jobs as incidents
from sekisho.apps.registers import jobs as registers
from sekisho.apps.scope import entered
from sekisho.gateways.clock import StandingClock
from sekisho.terms.minimum import TermKind
from sekisho.terms.plans import SecurityFunction

from ..contracts.forms_of_tests import accepted, submitted
from ..world import NOW, PASSWORD, TESTER, World

pytestmark = pytest.mark.django_db
DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)


@pytest.fixture
def world(seeing_all: World) -> World:
    """The world, whose papers so far are made."""
    jobs.make_papers()
    return seeing_all


@pytest.fixture
def applicant(world: World) -> Organisation:
    return add_organisation(TESTER, kind=OrganisationKind.CONTRACTOR, name="株式会社新規", name_en="Shinki Co., Ltd.")


@pytest.fixture
def second(world: World) -> Person:
    fields = {"role": Role.CARRIER_ADMIN, "email": "second@carrier.example", "name": "二人目", "password": PASSWORD}
    return add_person(TESTER, organisation=world.carrier.organisation, **fields)


def new_papers() -> list[tuple[str, str, str]]:
    """Kind, number and language of the papers that the latest acts gave."""
    last = max(Document.objects.values_list("position", flat=True), default=0)
    made = jobs.make_papers()
    assert made.failed == 0, list(Paperwork.objects.exclude(problem="").values_list("topic", "problem"))
    rows = Document.objects.filter(position__gt=last).order_by("position")
    return list(rows.values_list("kind", "number", "language"))


def drawn(topic: str) -> list[Drawn]:
    """The papers of the last act on a topic, before they are typeset."""
    news = OutboxRow.objects.filter(topic=f"contracts.{topic}").latest("id")
    return list(DESK.draws[news.topic](news))


def plan(kind: MeasureKind, basis: Basis, **more: object) -> Plan:
    fields = {
        "ground": "",
        "fact": "大量の通信",
        "reason": "設備の保護",
        "period": "収まるまで",
        "starts_at": NOW + DAY,
    }
    return Plan(kind=kind, basis=basis, **{**fields, **more})


@pytest.mark.article("10-1")
def test_a_form_is_kept_as_it_was_received_and_an_acceptance_makes_it_the_contracts_own(
    world: World, applicant: Organisation
) -> None:
    contract = accepted(applicant, notes="正面玄関から")
    number = contract.application.number
    assert new_papers() == [
        ("contract_application", number, "ja"),
        ("acceptance_notice", number, "ja"),
        ("acceptance_notice", number, "en"),
        ("contract_application", f"{number}-{contract.number}", "ja"),
    ]
    (form,) = drawn("submit_application")
    assert form.contract_id is None and form.counterparty == "株式会社新規"
    assert form.paper.received_on == dt.date(2026, 5, 4) and form.paper.received_time == "11:13"
    assert [choice.name for choice in form.paper.plans if choice.chosen] == ["ベーシックプラン"]
    assert form.paper.policies[0].device == "本社" and form.paper.policies[0].settings
    assert len(form.paper.consents) == 2
    notice, english, own = drawn("accept_application")
    assert (notice.paper.initial_fee_yen, notice.paper.monthly_fee_yen) == (100_000, 80_000)
    assert english.paper.plan == "Basic plan" and english.paper.addressee.name == "Shinki Co., Ltd."
    assert own.contract_id == contract.pk and own.paper.contract_number == contract.number


@pytest.mark.article("11-2")
def test_a_refusal_of_who_has_no_contract_is_for_the_carriers_eyes_and_names_no_ground(
    world: World, applicant: Organisation
) -> None:
    application = submitted(applicant)
    actions.refuse_application(TESTER, application=application, ground="credit_risk")
    assert new_papers()[1:] == [("refusal_notice", application.number, language) for language in ("ja", "en")]
    assert all(paper.contract_id is None and paper.paper.grounds == () for paper in drawn("refuse_application"))
    with entered(scope_of(world.owner)) as scope:
        assert not find(scope, kind="refusal_notice").documents


@pytest.mark.article("14-1")
def test_a_change_shows_what_was_and_what_will_be_and_its_acceptance_the_new_fee(
    world: World, hand: StandingClock
) -> None:
    form = ChangeForm(add_monitoring_report=True, add_accounts=2, notes="増員のため")
    application = request_change(world.owner, contract=world.contract, form=form, office="福岡")
    hand.advance(minutes=5)
    accept_change(TESTER, application=application)
    assert new_papers() == [
        ("change_application", application.number, "ja"),
        ("acceptance_notice", application.number, "ja"),
        ("acceptance_notice", application.number, "en"),
    ]
    (asked,) = drawn("request_change")
    (change,) = asked.paper.changes
    assert change.item == "オプション"
    assert (change.before, change.after) == (
        "セキュリティ運用管理",
        "セキュリティ運用管理、アカウント追加2、セキュリティ監視レポート",
    )
    assert asked.paper.applicant.person == world.owner.name
    told, _ = drawn("accept_change")
    assert told.paper.effective_on == dt.date(2026, 5, 4) and told.paper.monthly_fee_yen > 80_000


@pytest.mark.article("17-2")
@pytest.mark.article("12-5")
def test_a_cancellation_and_a_stop_name_the_day_of_their_effect_and_what_it_costs(world: World) -> None:
    operations = next(
        one for one in running_on(told_of(world.contract), dt.date(2026, 5, 4)) if one.kind is TermKind.OPERATIONS
    )
    actions.stop_option(world.owner, contract=world.contract, threads=[operations.thread])
    actions.cancel(world.stranger, contract=world.entry_contract)
    number, other = world.contract.number, world.entry_contract.number
    assert new_papers() == [
        ("cancellation_application", f"{number}-S1", "ja"),
        ("cancellation_application", f"{other}-C1", "ja"),
    ]
    (stop,) = drawn("stop_option")
    assert stop.paper.subject == "セキュリティ運用管理"
    (cancelled,) = drawn("cancel")
    assert cancelled.paper.effective_on == dt.date(2026, 7, 4)
    (charge,) = cancelled.paper.early_charges
    assert charge.months * charge.monthly_fee_yen == charge.yen > 0


@pytest.mark.article("21-2")
def test_a_suspension_has_its_notice_before_and_its_letter_after_in_both_languages(
    world: World, hand: StandingClock
) -> None:
    measure = measures.take_urgently(
        TESTER,
        contract=world.contract,
        plan=plan(MeasureKind.SUSPENSION, Basis.SUSPENSION, ground="terms_breach"),
        urgent_reason="他の契約者に影響",
    )
    assert new_papers() == [("suspension_notice", measure.number, language) for language in ("ja", "en")]
    hand.advance(hours=5)
    measures.lift(TESTER, measure=measure, reason="是正を確認")
    assert new_papers() == [("suspension_lifted", measure.number, language) for language in ("ja", "en")]
    notice, english = drawn("suspend")
    assert notice.paper.urgency == "他の契約者に影響" and notice.paper.fact.endswith("大量の通信")
    assert english.paper.service == "Managed security service"


@pytest.mark.article("21-2")
def test_a_measure_that_is_withdrawn_has_its_letter_too(world: World, hand: StandingClock) -> None:
    measure = measures.announce(
        TESTER,
        contract=world.contract,
        plan=plan(MeasureKind.RESTRICTION, Basis.LIMITS, functions=frozenset({SecurityFunction.IDS_IPS})),
    )
    new_papers()
    hand.advance(hours=1)
    measures.withdraw(TESTER, measure=measure, reason="ご入金を確認")
    assert new_papers() == [("measure_withdrawn", measure.number, language) for language in ("ja", "en")]
    japanese, english = drawn("withdraw_restriction")
    assert (japanese.paper.what, english.paper.what) == ("機能の一部制限", "restriction of functions")
    assert (japanese.paper.reason, japanese.paper.announced_on) == ("ご入金を確認", dt.date(2026, 5, 4))


@pytest.mark.article("26-2")
@pytest.mark.article("20-2")
def test_what_was_announced_has_no_second_notice_when_it_is_taken(world: World, hand: StandingClock) -> None:
    functions = frozenset({SecurityFunction.IDS_IPS})
    measure = measures.announce(
        TESTER, contract=world.contract, plan=plan(MeasureKind.RESTRICTION, Basis.LIMITS, functions=functions)
    )
    works = measures.announce_interruption(
        TESTER,
        contracts=[world.other_contract],
        ground="periodic_check",
        fact="設備の交換",
        reason="通信が10分止まります",
        starts_at=NOW + 30 * DAY,
        until_at=NOW + 30 * DAY + HOUR,
    )
    assert {kind for kind, _, _ in new_papers()} == {"restriction_notice", "interruption_notice"}
    measures.note_letter(TESTER, measure=measure, arrived_at=NOW, note="書留")
    hand.move_to(NOW + DAY)
    measures.take(TESTER, measure=measure)
    assert new_papers() == []
    measures.lift(TESTER, measure=measure, reason="収まった")
    measures.note_letter(TESTER, measure=works[0], arrived_at=NOW, note="書留")
    hand.move_to(NOW + 30 * DAY)
    measures.interrupt(TESTER, work=works[0].work)
    hand.advance(minutes=40)
    measures.end_interruption(TESTER, work=works[0].work, reason="予定どおり完了")
    assert {kind for kind, _, _ in new_papers()} == {"restriction_lifted", "interruption_completion"}
    done, _ = drawn("end_interruption")
    assert (done.paper.span.from_time, done.paper.span.until_time) == ("11:13", "11:53")
    assert drawn("end_restriction")[0].paper.functions == ("不正侵入検知/防御(IDS/IPS)",)


@pytest.fixture
def ended(world: World, second: Person, hand: StandingClock) -> Contract:
    """A suspended contract that two people have terminated."""
    suspension = plan(MeasureKind.SUSPENSION, Basis.SUSPENSION, ground="terms_breach")
    measures.take_urgently(TESTER, contract=world.contract, plan=suspension, urgent_reason="影響が続くため")
    hand.advance(hours=1)
    proposed = measures.propose_termination(
        world.carrier, contract=world.contract, ground="insolvency", fact="申立て", evidence="官報"
    )
    jobs.make_papers()
    measures.approve_termination(second, measure=proposed)
    return world.contract


@pytest.mark.article("18-1")
def test_a_termination_names_its_ground_its_charge_and_the_notices_before_and_resumes_nothing(ended: Contract) -> None:
    papers = new_papers()
    assert {kind for kind, _, _ in papers} == {"termination_notice"} and len(papers) == 2
    notice = drawn("terminate")[0].paper
    assert notice.effective_on == dt.date(2026, 5, 4) and notice.grounds
    assert [earlier.subject for earlier in notice.earlier] == ["サービス提供の停止"]
    assert notice.early_charge_yen == 80_000 * 10


@pytest.mark.article("38-5")
def test_the_certificate_comes_with_the_last_erasure_and_does_not_name_whom_it_is_about(
    ended: Contract, hand: StandingClock
) -> None:
    jobs.make_papers()
    hand.advance(days=800)
    after_end.begin_retention(TESTER, contract=ended)
    for category in ErasureCategory:
        after_end.erase(TESTER, contract=ended, category=category)
    registers.answer_erasures(timestamp=0)
    incidents.answer_erasures(timestamp=0)
    fleet.answer_erasures(timestamp=0)
    billing.answer_erasures(timestamp=0)
    assert new_papers() == [("erasure_certificate", ended.number, language) for language in ("ja", "en")]
    certificate = drawn("finish_erasure")[0]
    assert certificate.counterparty == ended.number
    assert certificate.paper.addressee.name == f"契約{ended.number}のご契約者"
    assert len(certificate.paper.erased) == len(ErasureCategory)


def test_papers_are_read_by_their_contractor_and_by_nobody_else(world: World) -> None:
    actions.cancel(world.owner, contract=world.contract)
    jobs.make_papers()
    found = {}
    for person in (world.owner, world.stranger, world.carrier):
        with entered(scope_of(person)) as scope:
            found[person.pk] = len(find(scope, kind="cancellation_application").documents)
    assert found == {world.owner.pk: 1, world.stranger.pk: 0, world.carrier.pk: 1}


def test_every_act_with_papers_is_an_act_that_is_really_recorded() -> None:
    """A verb that nobody records would leave its papers unmade in silence."""
    files = [*Path(app.__file__).parent.glob("actions/**/*.py"), Path(tariff.__file__).parent / "actions.py"]
    source = "\n".join(file.read_text() for file in files)
    verbs = {topic.removeprefix("contracts.") for topic in DESK.draws}
    built = {f"{stem}_{kind}" for stem in ("announce", "end", "withdraw") for kind in MeasureKind.values}
    assert {verb for verb in verbs if not re.search(rf"[\".]{verb}\"", source)} <= built
