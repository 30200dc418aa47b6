"""One incident, determined more than once (Art. 6-1(3) read for raised and lowered levels)."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.terms.clocks import Channel, ClockState, Determination, Level, Notice
from sekisho.terms.redetermination import notice_clocks
from sekisho.terms.values import BadParameter

from .moments_in_tokyo import at

HIGH, MEDIUM, LOW = Level.HIGH, Level.MEDIUM, Level.LOW
PHONE, MAIL = Channel.PHONE, Channel.MAIL


def clock(text: str) -> dt.datetime:
    return at(f"2026-05-04 {text}")


def replay(
    determined: list[tuple[str, Level]], told: list[tuple[str, Channel]] | None = None, now: str = "23:00:00"
) -> tuple[ClockState, ...]:
    return notice_clocks(
        [Determination(level, clock(when)) for when, level in determined],
        [Notice(channel, clock(when)) for when, channel in told or []],
        now=clock(now),
    )


def read(states: tuple[ClockState, ...]) -> list[tuple[Level, str]]:
    return [(state.clock.level, state.verdict) for state in states]


RAISED = [("10:00:00", MEDIUM), ("10:20:00", HIGH)]


@pytest.mark.article("6-1(3)")
def test_raised_to_high_a_new_15_minutes_run_from_the_new_determination() -> None:
    medium, high = replay(RAISED, now="10:21:00")
    assert (medium.clock.due_at, high.clock.due_at) == (clock("11:00:00"), clock("10:35:00"))
    assert (medium.verdict, high.verdict) == ("open", "open")


@pytest.mark.article("6-1(3)")
def test_the_call_for_high_also_stops_the_medium_clock() -> None:
    medium, high = replay(RAISED, [("10:35:00", PHONE)])
    assert (medium.verdict, medium.superseded) == ("met", True)
    assert (high.verdict, high.superseded) == ("met", False)


@pytest.mark.article("6-1(3)")
def test_a_late_call_breaches_high_and_still_supersedes_the_medium_mail() -> None:
    assert read(replay(RAISED, [("10:40:00", PHONE)])) == [(MEDIUM, "met"), (HIGH, "breached")]


@pytest.mark.article("6-1(3)")
def test_without_any_notice_both_clocks_are_breached() -> None:
    assert read(replay(RAISED)) == [(MEDIUM, "breached"), (HIGH, "breached")]


@pytest.mark.article("6-1(3)")
def test_a_medium_mail_before_the_raise_is_judged_by_itself() -> None:
    states = replay(RAISED, [("10:10:00", MAIL), ("10:36:00", PHONE)])
    assert read(states) == [(MEDIUM, "met"), (HIGH, "breached")]
    assert states[0].superseded is False


@pytest.mark.article("6-1(3)")
def test_a_mail_in_time_and_a_call_after_16_minutes_is_a_breach_of_high() -> None:
    assert read(replay([("10:00:00", HIGH)], [("10:03:00", MAIL), ("10:16:00", PHONE)])) == [(HIGH, "breached")]


@pytest.mark.article("6-1(3)")
def test_the_first_dial_counts_whatever_comes_after_it() -> None:
    (state,) = replay([("10:00:00", HIGH)], [("10:20:00", PHONE), ("10:05:00", PHONE)])
    assert (state.verdict, state.stopped_at) == ("met", clock("10:05:00"))


def test_lowered_before_the_notice_the_clock_is_void() -> None:
    (state,) = replay([("10:00:00", HIGH), ("10:10:00", LOW)])
    assert (state.verdict, state.voided_at) == ("void", clock("10:10:00"))


def test_lowered_to_medium_before_the_notice_a_medium_clock_starts() -> None:
    states = replay([("10:00:00", HIGH), ("10:10:00", MEDIUM)], [("10:30:00", MAIL)])
    assert read(states) == [(HIGH, "void"), (MEDIUM, "met")]
    assert states[1].clock.started_at == clock("10:10:00")


def test_lowering_after_the_deadline_does_not_undo_the_breach() -> None:
    assert read(replay([("10:00:00", HIGH), ("10:15:01", LOW)])) == [(HIGH, "breached")]


def test_lowered_in_its_last_second_the_clock_was_still_open() -> None:
    assert read(replay([("10:00:00", HIGH), ("10:15:00", LOW)])) == [(HIGH, "void")]


def test_lowered_after_the_notice_nothing_starts() -> None:
    assert read(replay([("10:00:00", HIGH), ("11:00:00", MEDIUM)], [("10:05:00", PHONE)])) == [(HIGH, "met")]


def test_a_breached_high_lowered_untold_still_owes_a_medium_mail() -> None:
    assert read(replay([("10:00:00", HIGH), ("10:20:00", MEDIUM)])) == [(HIGH, "breached"), (MEDIUM, "breached")]


def test_determining_the_same_level_again_buys_no_time() -> None:
    states = replay([("10:00:00", HIGH), ("10:14:00", HIGH)], [("10:20:00", PHONE)])
    assert read(states) == [(HIGH, "breached")]


def test_going_up_and_down_again_buys_no_time_for_medium() -> None:
    states = replay([("10:00:00", MEDIUM), ("10:20:00", HIGH), ("10:25:00", MEDIUM)], [("11:00:01", MAIL)])
    assert read(states) == [(MEDIUM, "breached"), (HIGH, "void")]


def test_an_incident_that_was_low_and_rises_again_is_told_again() -> None:
    states = replay([("10:00:00", HIGH), ("11:00:00", LOW), ("12:00:00", HIGH)], [("10:05:00", PHONE)])
    assert read(states) == [(HIGH, "met"), (HIGH, "breached")]


def test_a_slip_corrected_within_its_second_leaves_no_clock() -> None:
    assert replay([("10:00:00", HIGH), ("10:00:00", LOW)]) == ()


def test_low_alone_starts_nothing() -> None:
    assert replay([("10:00:00", LOW)]) == ()


def test_what_lies_after_now_is_not_known_yet() -> None:
    assert read(replay(RAISED, [("10:30:00", PHONE)], now="10:19:59")) == [(MEDIUM, "open")]


def test_plain_strings_from_a_database_do_as_well() -> None:
    (state,) = notice_clocks(
        [Determination("high", clock("10:00:00"))], [Notice("phone", clock("10:01:00"))], now=clock("11:00:00")
    )
    assert state.verdict == "met"


def test_determinations_out_of_order_are_refused() -> None:
    with pytest.raises(BadParameter, match="not in the order"):
        replay([("10:20:00", HIGH), ("10:00:00", MEDIUM)])


MINUTES = st.integers(0, 180)
HISTORIES = st.lists(st.tuples(MINUTES, st.sampled_from(Level)), max_size=5).map(
    lambda rows: [Determination(level, clock("08:00:00") + dt.timedelta(minutes=m)) for m, level in sorted(rows)]
)
NOTICES = st.lists(st.tuples(MINUTES, st.sampled_from(Channel)), max_size=4).map(
    lambda rows: [Notice(channel, clock("08:00:00") + dt.timedelta(minutes=m)) for m, channel in rows]
)


@given(HISTORIES, NOTICES, MINUTES, MINUTES)
def test_as_time_goes_on_clocks_are_added_and_final_verdicts_stay(
    determinations: list[Determination], notices: list[Notice], first_min: int, wait_min: int
) -> None:
    first = clock("08:00:00") + dt.timedelta(minutes=first_min)
    before = notice_clocks(determinations, notices, now=first)
    after = notice_clocks(determinations, notices, now=first + dt.timedelta(minutes=wait_min))
    assert len(before) <= len(after)
    for earlier, later in zip(before, after, strict=False):
        assert earlier.clock == later.clock
        assert earlier.verdict in ("open", later.verdict)


@given(HISTORIES, NOTICES)
def test_level_and_start_identify_a_clock(determinations: list[Determination], notices: list[Notice]) -> None:
    states = notice_clocks(determinations, notices, now=clock("23:00:00"))
    assert len({(state.clock.level, state.clock.started_at) for state in states}) == len(states)


@given(HISTORIES, NOTICES)
def test_replaying_a_history_gives_the_same_clocks_whatever_the_order_of_its_notices(
    determinations: list[Determination], notices: list[Notice]
) -> None:
    now = clock("23:00:00")
    assert notice_clocks(determinations, notices, now=now) == notice_clocks(determinations, notices[::-1], now=now)
