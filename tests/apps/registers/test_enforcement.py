"""Prohibited acts become cases; measures, damage and end users hang on them (Arts. 15-3, 19, 26, 34, 35-2)."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import ProgrammingError, connection, transaction

from sekisho.apps.contracts.actions import measures
from sekisho.apps.contracts.models import Basis, Measure, MeasureKind
from sekisho.apps.contracts.queries import history_of
from sekisho.apps.notices.queries import notices_about
from sekisho.apps.registers import actions, queries
from sekisho.apps.registers.models import CaseEntryKind, EnforcementCase, Side
from sekisho.terms.credit import DamageKind
from sekisho.terms.enforcement import Measure as Kind
from sekisho.terms.grounds import GROUNDS, Catalogue
from sekisho.terms.plans import SecurityFunction

from ..world import EVERYTHING, NOW, World
from .conftest import refusal

TODAY = dt.date(2026, 5, 4)


def case(world: World, **changes: object) -> EnforcementCase:
    fields = {
        "contract": world.contract,
        "ground": "malware",
        "facts": "宛先 203.0.113.9 へ不正プログラムを送信",
        "occurred_at": NOW,
        **changes,
    }
    return actions.open_case(world.carrier, **fields)


@pytest.mark.article("19-1")
def test_each_of_the_fifteen_acts_opens_a_case_under_its_own_article(seeing_all: World) -> None:
    codes = list(GROUNDS[Catalogue.PROHIBITED_ACT])
    articles = [case(seeing_all, ground=code).article for code in codes]
    assert articles == [f"19-1({n})" for n in range(1, 16)]
    assert len(queries.open_cases(EVERYTHING)) == 15


@pytest.mark.article("19-1")
def test_a_case_has_facts_and_the_operations_may_need_one_without_a_breach(seeing_all: World) -> None:
    assert refusal(case, seeing_all, facts=" ") == ("case.no_facts", "19-1")
    assert case(seeing_all, ground="", facts="ログの急増").article == "26-1"


@pytest.mark.article("15-3")
def test_what_an_end_user_does_opens_the_case_on_the_contractor(seeing_all: World) -> None:
    end_user = actions.add_end_user(seeing_all.carrier, contract=seeing_all.contract, name="小松商店", since_on=TODAY)
    opened = case(seeing_all, end_user=end_user)
    assert (opened.contract, opened.end_user) == (seeing_all.contract, end_user)
    assert refusal(case, seeing_all, contract=seeing_all.other_contract, end_user=end_user) == (
        "case.end_user_of_other_contract",
        "15-3",
    )
    assert queries.end_users_on(EVERYTHING, seeing_all.contract, TODAY) == [end_user]
    actions.end_resale(seeing_all.carrier, end_user=end_user, until_on=TODAY)
    assert queries.end_users_on(EVERYTHING, seeing_all.contract, TODAY + dt.timedelta(days=1)) == []


def test_a_case_keeps_the_damage_on_each_side_and_the_contractors_responsibility(seeing_all: World) -> None:
    opened = case(seeing_all)
    for yen in (120_000, 30_000):
        actions.note(
            seeing_all.carrier, case=opened, kind=CaseEntryKind.DAMAGE_TO_THIRD_PARTY, text="復旧費用", yen=yen
        )
    actions.note(seeing_all.carrier, case=opened, kind=CaseEntryKind.RESPONSIBILITY, text="契約者が全額負担")
    assert queries.damage_yen(EVERYTHING, opened, CaseEntryKind.DAMAGE_TO_THIRD_PARTY) == 150_000
    assert queries.damage_yen(EVERYTHING, opened, CaseEntryKind.DAMAGE_TO_CARRIER) == 0


@pytest.mark.article("26-1")
def test_measures_are_taken_alone_or_combined_and_hang_on_the_case(seeing_all: World) -> None:
    opened = case(seeing_all)
    taken = actions.take_measures_urgently(
        seeing_all.carrier,
        case=opened,
        kinds={Kind.RESTRICTION, Kind.DEMAND},
        reason="被害防止",
        period="是正の確認まで",
        urgent_reason="送信が続いている",
        functions=[SecurityFunction.IDS_IPS],
    )
    assert [measure.kind for measure in taken] == ["demand", "restriction"]
    assert [m.measure for m in queries.measures_of(EVERYTHING, opened)] == [m.measure for m in taken]
    assert history_of(EVERYTHING, seeing_all.contract).at(NOW).facts.restricted == {SecurityFunction.IDS_IPS}
    letters = notices_about(EVERYTHING, f"measure:{taken[0].measure}")
    assert {letter.language: "有害プログラム" in letter.body for letter in letters} == {"ja": True, "en": False}
    assert Measure.objects.get(number=taken[0].measure).cause == f"case:{opened.number}"


@pytest.mark.article("26-2")
def test_a_measure_beyond_a_demand_needs_a_notice_or_an_urgent_reason(seeing_all: World) -> None:
    fields = {"case": case(seeing_all), "kinds": {Kind.SUSPENSION}, "reason": "被害防止", "period": "是正まで"}
    assert refusal(actions.take_measures_urgently, seeing_all.carrier, **fields, urgent_reason="") == (
        "notice.missing",
        "26-2",
    )
    late = {**fields, "starts_at": NOW}
    assert refusal(actions.announce_measures, seeing_all.carrier, **late) == ("notice.too_late", "26-2")
    ended = {**fields, "kinds": {Kind.TERMINATION}, "urgent_reason": "急"}
    assert refusal(actions.take_measures_urgently, seeing_all.carrier, **ended)[0] == "measure.termination_apart"


@pytest.mark.article("26-2")
def test_an_announced_suspension_of_a_case_waits_for_its_day(seeing_all: World) -> None:
    opened = case(seeing_all)
    (announced,) = actions.announce_measures(
        seeing_all.carrier,
        case=opened,
        kinds={Kind.SUSPENSION},
        reason="被害防止",
        period="是正の確認まで",
        starts_at=NOW + dt.timedelta(days=3),
    )
    measure = Measure.objects.get(number=announced.measure)
    assert (measure.kind, measure.basis, measure.article) == (MeasureKind.SUSPENSION, Basis.BREACH, "26-1")
    arrived = {"arrived_at": NOW, "note": "手交"}
    measures.note_letter(seeing_all.carrier, measure=measure, **arrived)
    measures.take(seeing_all.carrier, measure=measure)
    assert history_of(EVERYTHING, seeing_all.contract).at(measure.starts_at).facts.suspended


@pytest.mark.article("26-1")
def test_a_termination_of_a_case_is_proposed_with_its_evidence_and_notice(seeing_all: World) -> None:
    opened = case(seeing_all)
    proposed = actions.propose_termination(
        seeing_all.carrier,
        case=opened,
        evidence="パケットの記録 EC-1",
        reason="再三の要求に応じない",
        period="終局的に",
        starts_at=NOW + dt.timedelta(days=30),
    )
    assert (proposed.kind, Measure.objects.get(number=proposed.measure).evidence) == (
        "termination",
        "パケットの記録 EC-1",
    )


def test_a_closed_case_takes_nothing_more(seeing_all: World) -> None:
    opened = case(seeing_all)
    actions.close_case(seeing_all.carrier, case=opened, text="是正を確認")
    assert queries.open_cases(EVERYTHING) == []
    assert refusal(actions.close_case, seeing_all.carrier, case=opened, text="再")[0] == "case.closed"
    assert refusal(actions.demand, seeing_all.carrier, case=opened, reason="再")[0] == "case.closed"


def test_a_claim_against_the_contractor_covers_its_staff_and_has_no_cap(seeing_all: World) -> None:
    claim = actions.claim_damage(
        seeing_all.carrier,
        contract=seeing_all.contract,
        against=Side.CONTRACTOR,
        occurred_on=TODAY,
        claimed_yen=900_000,
        text="設備の損傷",
        caused_by="契約者の委託先",
        case=case(seeing_all),
    )
    fields = {"attributable": True, "monthly_fee_yen": 35_000, "agreed_yen": 800_000, "decision": "修理見積による"}
    decided = actions.decide_damage(seeing_all.carrier, claim=claim, **fields)
    assert (decided.article, decided.granted_yen) == ("34-1", 800_000)
    assert refusal(actions.decide_damage, seeing_all.carrier, claim=claim, **fields) == ("damage.decided", "34-1")


@pytest.mark.article("35-2")
@pytest.mark.parametrize(
    ("kind", "attributable", "expected"),
    [
        (DamageKind.DIRECT, True, (35_000, "")),
        (DamageKind.LOST_PROFIT, True, (0, "damages.kind_excluded")),
        (DamageKind.DIRECT, False, (0, "damages.not_attributable")),
    ],
)
def test_a_claim_against_the_carrier_is_capped_at_one_monthly_fee_of_direct_damage(
    seeing_all: World, kind: DamageKind, attributable: bool, expected: tuple[int, str]
) -> None:
    claim = actions.claim_damage(
        seeing_all.carrier,
        contract=seeing_all.contract,
        against=Side.CARRIER,
        occurred_on=TODAY,
        claimed_yen=500_000,
        text="業務停止",
        kind=kind,
    )
    decided = actions.decide_damage(
        seeing_all.carrier,
        claim=claim,
        attributable=attributable,
        monthly_fee_yen=35_000,
        agreed_yen=500_000,
        decision="規約による",
    )
    assert (decided.granted_yen, decided.refusal) == expected


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE registers_enforcementcase SET facts = '別'",
        "UPDATE registers_enforcementcase SET facts = ''",
        "DELETE FROM registers_caseentry",
        "UPDATE registers_caseentry SET yen = 1",
        "DELETE FROM registers_casemeasure",
        "DELETE FROM registers_enforcementcase",
    ],
)
def test_what_is_on_record_stays_on_record(seeing_all: World, statement: str) -> None:
    opened = case(seeing_all)
    actions.note(seeing_all.carrier, case=opened, kind=CaseEntryKind.FACT, text="追加", yen=5)
    actions.demand(seeing_all.carrier, case=opened, reason="中止")
    with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
