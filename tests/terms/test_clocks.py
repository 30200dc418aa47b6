"""The service level of incident notices (Arts. 6-1(3) and 25-3), to the second."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.terms.clocks import (
    LEVEL_WORDS,
    NOTICE_RULES,
    Channel,
    Determination,
    Level,
    Notice,
    judged,
    notice_clock,
    sla_verdict,
)
from sekisho.terms.values import BadParameter
from sekisho.terms.versions import LATEST, Parameters

from .moments_in_tokyo import INSTANTS, at

LATER = at("2026-05-05 00:00:00")


def verdict(level: Level, determined: str, notified: str | None = None, channel: Channel | None = None) -> str:
    day = "2026-05-04 "
    notified_at = at(day + notified) if notified else None
    return sla_verdict(level, at(day + determined), notified_at, channel, now=LATER).value


@pytest.mark.article("6-1(3)")
def test_a_high_call_dialled_15_minutes_after_the_determination_is_in_time() -> None:
    assert verdict(Level.HIGH, "02:13:20", "02:28:20", Channel.PHONE) == "met"


@pytest.mark.article("6-1(3)")
def test_a_high_call_one_second_later_is_a_breach() -> None:
    assert verdict(Level.HIGH, "02:13:20", "02:28:21", Channel.PHONE) == "breached"


@pytest.mark.article("6-1(3)")
def test_a_medium_mail_handed_over_60_minutes_after_the_determination_is_in_time() -> None:
    assert verdict(Level.MEDIUM, "10:00:00", "11:00:00", Channel.MAIL) == "met"


@pytest.mark.article("6-1(3)")
def test_a_medium_mail_one_second_later_is_a_breach() -> None:
    assert verdict(Level.MEDIUM, "10:00:00", "11:00:01", Channel.MAIL) == "breached"


@pytest.mark.article("6-1(3)")
def test_a_mail_never_satisfies_the_high_notice() -> None:
    assert verdict(Level.HIGH, "10:00:00", "10:03:00", Channel.MAIL) == "breached"


@pytest.mark.article("6-1(3)")
def test_a_call_does_not_satisfy_the_medium_notice() -> None:
    assert verdict(Level.MEDIUM, "10:00:00", "10:03:00", Channel.PHONE) == "breached"


@pytest.mark.article("6-1(3)")
@pytest.mark.parametrize("level", [Level.LOW, Level.INFORMATIONAL])
def test_low_and_informational_have_no_clock(level: Level) -> None:
    assert verdict(level, "10:00:00") == "none"
    assert notice_clock(Determination(level, LATER)) is None


@pytest.mark.article("6-1(3)")
def test_without_a_notice_the_clock_is_open_through_its_last_second() -> None:
    determined_at = at("2026-05-04 02:13:20")

    def seen(now: str) -> str:
        return sla_verdict(Level.HIGH, determined_at, now=at("2026-05-04 " + now)).value

    assert (seen("02:13:20"), seen("02:28:20"), seen("02:28:21")) == ("open", "open", "breached")


@pytest.mark.article("25-3")
def test_grave_incidents_are_phoned_and_others_mailed_whoever_of_the_two_does_it() -> None:
    assert {level: rule.channel for level, rule in NOTICE_RULES.items()} == {
        Level.HIGH: Channel.PHONE,
        Level.MEDIUM: Channel.MAIL,
    }
    # A notice has no sender: the carrier's dial stops the clock as the partner's does.
    assert Notice._fields == ("channel", "at")


@pytest.mark.article("6-1(3)")
def test_nights_and_holidays_do_not_stop_the_clock() -> None:
    found = sla_verdict(
        Level.MEDIUM, at("2026-12-31 23:30:00"), at("2027-01-01 00:30:01"), now=at("2027-01-02 00:00:00")
    )
    assert found.value == "breached"


@pytest.mark.article("6-1(3)")
def test_the_verdict_tells_how_it_came_about_in_both_languages() -> None:
    found = sla_verdict(Level.HIGH, at("2026-05-04 02:13:20"), at("2026-05-04 02:28:21"), now=LATER)
    assert (found.article, found.terms_version) == ("6-1(3)", "V6")
    assert [step.words.en for step in found.steps] == [
        "Determined High on Mon 2026-05-04 02:13:20: the clock starts.",
        "Call to the first contact: due by Mon 2026-05-04 02:28:20, that second included.",
        "Notice given on Mon 2026-05-04 02:28:21: the clock stops.",
    ]
    assert found.steps[0].words.ja == "2026年5月4日(月) 02:13:20に高(High)と判定(起点)。"


def test_a_clock_warns_at_60_percent() -> None:
    high = notice_clock(Determination(Level.HIGH, at("2026-05-04 10:00:00")))
    medium = notice_clock(Determination(Level.MEDIUM, at("2026-05-04 10:00:00")))
    assert high is not None and medium is not None
    assert (high.warn_at, medium.warn_at) == (at("2026-05-04 10:09:00"), at("2026-05-04 10:36:00"))
    assert not judged(high, None, at("2026-05-04 10:08:59")).warned
    assert judged(high, None, at("2026-05-04 10:09:00")).warned


@pytest.mark.article("35-1")
def test_the_breach_happens_at_the_deadline_and_is_known_a_second_later() -> None:
    clock = notice_clock(Determination(Level.HIGH, at("2026-05-04 10:00:00")))
    assert clock is not None
    assert clock.breach_known_at == at("2026-05-04 10:15:01")
    state = judged(clock, None, clock.breach_known_at)
    assert (state.verdict, state.breached_at) == ("breached", at("2026-05-04 10:15:00"))
    assert state.remaining == dt.timedelta(seconds=-1)


@pytest.mark.article("1-2")
def test_a_form_that_agreed_on_30_minutes_gives_30_minutes() -> None:
    agreed = replace(LATEST, parameters=Parameters(high_notice_minutes=30))
    found = sla_verdict(Level.HIGH, at("2026-05-04 10:00:00"), at("2026-05-04 10:30:00"), now=LATER, terms=agreed)
    assert found.value == "met"


def test_fractions_of_a_second_are_cut_as_the_record_shows_them() -> None:
    determined_at = at("2026-05-04 02:13:20").replace(microsecond=900_000)
    dialled_at = at("2026-05-04 02:28:20").replace(microsecond=999_999)
    assert sla_verdict(Level.HIGH, determined_at, dialled_at, now=LATER).value == "met"


def test_a_notice_before_the_determination_is_no_sensible_question() -> None:
    with pytest.raises(BadParameter, match="notified_at is before determined_at"):
        verdict(Level.HIGH, "10:00:00", "09:59:59")


@pytest.mark.parametrize("parameter", ["determined_at", "notified_at", "now"])
def test_every_instant_needs_its_offset(parameter: str) -> None:
    instants = {"determined_at": LATER, "notified_at": LATER, "now": LATER}
    instants[parameter] = LATER.replace(tzinfo=None)
    with pytest.raises(BadParameter) as refused:
        sla_verdict(Level.HIGH, **instants)
    assert refused.value.parameter == parameter


def test_an_hour_that_a_foreign_clock_skips_is_not_counted() -> None:
    # 30 real minutes across the change to summer time in Berlin, 90 on the wall.
    berlin = ZoneInfo("Europe/Berlin")
    determined_at = dt.datetime(2026, 3, 29, 1, 45, tzinfo=berlin)
    sent_at = dt.datetime(2026, 3, 29, 3, 15, tzinfo=berlin)
    assert sla_verdict(Level.MEDIUM, determined_at, sent_at, now=LATER).value == "met"


def test_levels_rank_from_high_to_informational_and_have_names() -> None:
    assert [level.rank for level in Level] == [3, 2, 1, 0]
    assert set(LEVEL_WORDS) == set(Level)


SECONDS = st.integers(0, 7_200)


@given(st.sampled_from([Level.HIGH, Level.MEDIUM]), INSTANTS, st.none() | SECONDS, SECONDS, SECONDS)
def test_a_verdict_once_final_never_changes(
    level: Level, determined_at: dt.datetime, notified_s: int | None, first_s: int, wait_s: int
) -> None:
    notified_at = None if notified_s is None else determined_at + dt.timedelta(seconds=notified_s)
    first = determined_at + dt.timedelta(seconds=first_s)
    before = sla_verdict(level, determined_at, notified_at, now=first).value
    after = sla_verdict(level, determined_at, notified_at, now=first + dt.timedelta(seconds=wait_s)).value
    assert before in ("open", after)


@given(st.sampled_from([Level.HIGH, Level.MEDIUM]), INSTANTS, SECONDS)
def test_met_means_exactly_within_the_limit(level: Level, determined_at: dt.datetime, notified_s: int) -> None:
    determined_at = determined_at.replace(microsecond=0)
    limit_s = {Level.HIGH: 900, Level.MEDIUM: 3_600}[level]
    notified_at = determined_at + dt.timedelta(seconds=notified_s)
    found = sla_verdict(level, determined_at, notified_at, now=notified_at).value
    assert found == ("met" if notified_s <= limit_s else "breached")
