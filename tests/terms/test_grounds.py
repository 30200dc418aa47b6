"""Grounds, measures and what must come before them (Arts. 3, 11-2, 18 to 21, 26, 27-2, 36-1)."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.terms.clocks import Level
from sekisho.terms.enforcement import (
    Consent,
    Measure,
    PriorNotice,
    arrears_suspendable,
    block_check,
    emergency_block_check,
    interruption_check,
    maintenance_notice_due,
    measures_check,
    prior_notice_check,
    suspension_check,
)
from sekisho.terms.grounds import GROUNDS, Catalogue, ground_check, ground_named
from sekisho.terms.values import BadParameter, Refusal, Value
from sekisho.terms.versions import LATEST, Switches

from .moments_in_tokyo import INSTANTS, at, on

STARTS = at("2026-06-01 02:00:00")
NOTICE = PriorNotice(at("2026-05-15 10:00:00"), "maintenance", "new firmware", "02:00 to 04:00")


def code(answer: object) -> str:
    assert isinstance(answer, Refusal)
    assert answer.words.ja and answer.words.en
    return answer.code


def numbered(paragraph: str, count: int) -> list[str]:
    return [f"{paragraph}({number})" for number in range(1, count + 1)]


def articles(catalogue: Catalogue) -> list[str]:
    return [ground.article for ground in GROUNDS[catalogue].values()]


@pytest.mark.article(
    "11-2", "11-2(1)", "11-2(2)", "11-2(3)", "11-2(4)", "11-2(5)", "11-2(6)", "11-2(7)", "11-2(8)", "11-2(9)"
)
def test_an_application_is_refused_on_nine_grounds_and_the_last_needs_a_text() -> None:
    assert articles(Catalogue.REFUSAL) == numbered("11-2", 9)
    found = ground_check(Catalogue.REFUSAL, "unsuitable")
    assert (code(found), found.article) == ("ground.text_required", "11-2(9)")
    assert isinstance(ground_check(Catalogue.REFUSAL, "unsuitable", "a reason"), Value)
    assert isinstance(ground_check(Catalogue.REFUSAL, "credit_risk"), Value)


@pytest.mark.article("18-1", "18-1(1)", "18-1(2)", "18-1(3)", "18-1(4)", "18-1(5)", "18-1(6)", "18-1(7)")
def test_the_carrier_terminates_on_seven_grounds() -> None:
    assert articles(Catalogue.TERMINATION) == numbered("18-1", 7)
    assert ground_named(Catalogue.TERMINATION, "antisocial").article == "18-1(6)"
    with pytest.raises(BadParameter, match="ground 'boredom' is none of suspension_ground"):
        ground_named(Catalogue.TERMINATION, "boredom")


@pytest.mark.article(
    "19-1", "19-1(1)", "19-1(2)", "19-1(3)", "19-1(4)", "19-1(5)", "19-1(6)", "19-1(7)", "19-1(8)", "19-1(9)",
    "19-1(10)", "19-1(11)", "19-1(12)", "19-1(13)", "19-1(14)", "19-1(15)",
)  # fmt: skip
def test_fifteen_acts_are_prohibited() -> None:
    assert articles(Catalogue.PROHIBITED_ACT) == numbered("19-1", 15)
    assert ground_named(Catalogue.PROHIBITED_ACT, "malware").article == "19-1(8)"
    assert ground_named(Catalogue.PROHIBITED_ACT, "abetting_link").article == "19-1(14)"
    assert code(ground_check(Catalogue.PROHIBITED_ACT, "unfit")) == "ground.text_required"


@pytest.mark.article("20-1", "20-1(1)", "20-1(2)", "20-1(3)", "20-1(4)", "20-1(5)", "20-2")
@pytest.mark.parametrize("ground", GROUNDS[Catalogue.INTERRUPTION])
def test_an_interruption_has_one_of_five_grounds_and_is_announced(ground: str) -> None:
    assert articles(Catalogue.INTERRUPTION) == numbered("20-1", 5)
    assert isinstance(interruption_check(ground, STARTS, NOTICE, text="what happened"), Value)
    assert code(interruption_check(ground, STARTS, None, text="what happened")) == "notice.missing"
    assert isinstance(interruption_check(ground, STARTS, None, "a disk fails", "what happened"), Value)


@pytest.mark.article("20-1(5)")
def test_an_open_ended_interruption_says_what_happened() -> None:
    assert code(interruption_check("technical", STARTS, NOTICE)) == "ground.text_required"


@pytest.mark.article("20-2")
def test_planned_work_is_announced_two_weeks_before_unless_switched() -> None:
    assert maintenance_notice_due(STARTS).value == on("2026-05-18")
    month = replace(LATEST, switches=Switches(maintenance_notice_days=30))
    assert maintenance_notice_due(STARTS, terms=month).value == on("2026-05-02")


@pytest.mark.article("21-1", "21-1(1)", "21-1(2)", "21-1(3)", "21-1(4)", "21-2")
@pytest.mark.parametrize("ground", GROUNDS[Catalogue.SUSPENSION])
def test_a_suspension_has_one_of_four_grounds_and_is_announced(ground: str) -> None:
    assert articles(Catalogue.SUSPENSION) == numbered("21-1", 4)
    found = suspension_check(ground, STARTS, NOTICE._replace(period="until paid"), text="what happened")
    assert isinstance(found, Value)
    assert found.article == "21-2"
    assert code(suspension_check(ground, STARTS, None, text="what happened")) == "notice.missing"


@pytest.mark.article("21-1(4)")
def test_another_breach_says_which() -> None:
    assert code(suspension_check("terms_breach", STARTS, NOTICE)) == "ground.text_required"


@pytest.mark.article("21-1(1)")
@pytest.mark.parametrize(("day", "paid", "late"), [("2026-05-29", False, False), ("2026-05-30", False, True)])
def test_arrears_give_ground_from_the_first_day_after_due(day: str, paid: bool, late: bool) -> None:
    assert arrears_suspendable(on("2026-05-29"), on(day), paid).value is late
    assert not arrears_suspendable(on("2026-05-29"), on(day), paid=True).value


@pytest.mark.article("20-2", "21-2", "26-2")
@pytest.mark.parametrize(
    ("notice", "refused"),
    [
        (NOTICE._replace(fact=""), "notice.incomplete"),
        (NOTICE._replace(reason=" "), "notice.incomplete"),
        (NOTICE._replace(period=""), "notice.incomplete"),
        (NOTICE._replace(given_at=STARTS), "notice.too_late"),
        (None, "notice.missing"),
    ],
)
def test_a_notice_says_what_why_and_how_long_before_the_start(notice: PriorNotice | None, refused: str) -> None:
    assert code(prior_notice_check("26-2", STARTS, notice)) == refused


@pytest.mark.article("26-1", "26-1(1)", "26-1(2)", "26-1(3)", "26-1(4)", "26-2")
def test_measures_are_taken_together_and_only_a_bare_demand_needs_no_notice() -> None:
    assert articles(Catalogue.MEASURE) == numbered("26-1", 4)
    assert [str(m) for m in Measure] == list(GROUNDS[Catalogue.MEASURE])
    assert isinstance(measures_check({Measure.DEMAND}, STARTS, None), Value)
    for heavier in (Measure.RESTRICTION, Measure.SUSPENSION, Measure.TERMINATION):
        assert code(measures_check({Measure.DEMAND, heavier}, STARTS, None)) == "notice.missing"
        assert isinstance(measures_check({Measure.DEMAND, heavier}, STARTS, None, "malware is spreading"), Value)
        assert isinstance(measures_check([heavier], STARTS, NOTICE), Value)
    with pytest.raises(BadParameter, match="measures is empty"):
        measures_check([], STARTS, NOTICE)


@pytest.mark.article("27-2(1)", "27-2(2)", "27-2(3)", "36-1")
def test_fees_change_on_three_grounds_and_force_majeure_has_its_codes() -> None:
    assert articles(Catalogue.FEE_CHANGE) == numbered("27-2", 3)
    assert set(articles(Catalogue.FORCE_MAJEURE)) == {"36-1"}
    assert code(ground_check(Catalogue.FORCE_MAJEURE, "not_attributable")) == "ground.text_required"
    assert code(ground_check(Catalogue.FEE_CHANGE, "reasonable")) == "ground.text_required"


@pytest.mark.article("3")
def test_a_block_needs_the_contractors_consent_on_record() -> None:
    consent = Consent("Tanaka", at("2026-06-01 10:00:00"), "phone")
    assert isinstance(block_check(Level.MEDIUM, consent), Value)
    assert code(block_check(Level.MEDIUM, consent._replace(given_by=""))) == "block.consent_incomplete"
    assert code(block_check(Level.MEDIUM, None, "it spreads")) == "block.needs_consent"


@pytest.mark.article("36-1")
def test_in_a_grave_incident_the_analyst_may_block_with_a_reason_or_a_second_person() -> None:
    assert isinstance(emergency_block_check(Level.HIGH, "it spreads"), Value)
    assert isinstance(emergency_block_check(Level.HIGH, approved_by="lead"), Value)
    assert code(emergency_block_check(Level.HIGH)) == "block.needs_reason"
    assert emergency_block_check(Level.HIGH, "it spreads").article == "36-1"
    never = replace(LATEST, switches=Switches(emergency_block_allowed="never"))
    assert code(emergency_block_check(Level.HIGH, "it spreads", terms=never)) == "block.needs_consent"


def test_every_ground_has_a_code_an_article_and_both_languages() -> None:
    for catalogue in Catalogue:
        for ground_code, ground in GROUNDS[catalogue].items():
            assert ground.code == ground_code == ground.code.lower()
            assert ground.words.ja and ground.words.en and ground.words.ja != ground.words.en


@given(st.sets(st.sampled_from(Measure), min_size=1), INSTANTS, st.integers(-(10**6), 10**6))
def test_no_measure_but_a_demand_ever_starts_before_its_notice(
    measures: set[Measure], starts: dt.datetime, seconds: int
) -> None:
    notice = NOTICE._replace(given_at=starts + dt.timedelta(seconds=seconds))
    allowed = isinstance(measures_check(measures, starts, notice), Value)
    assert allowed is (measures == {Measure.DEMAND} or seconds < 0)
