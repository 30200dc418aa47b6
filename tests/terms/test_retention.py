"""How long a security log lives (Arts. 6-1(1), 6-1(2))."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.terms.retention import last_purgeable_receipt, log_purgeable, log_retained_until, retention_basis
from sekisho.terms.values import BadParameter, Refusal, Switched, Value
from sekisho.terms.versions import LATEST, Switches

from .moments_in_tokyo import DAYS, at, on


def kept_until(received: str, years: int) -> dt.date:
    found = log_retained_until(on(received), years)
    assert isinstance(found, Value)
    return found.value


@pytest.mark.article("6-1(1)")
def test_a_log_is_kept_through_the_same_day_a_year_later() -> None:
    assert kept_until("2025-04-10", 1) == on("2026-04-10")
    assert not log_purgeable(on("2025-04-10"), 1, on("2026-04-10"))
    assert log_purgeable(on("2025-04-10"), 1, on("2026-04-11"))


@pytest.mark.article("6-1(1)")
def test_a_log_of_a_leap_day_is_kept_through_the_end_of_february() -> None:
    assert kept_until("2024-02-29", 1) == on("2025-02-28")


@pytest.mark.article("6-1(2)")
def test_five_years_are_five_in_all() -> None:
    assert kept_until("2025-04-10", 5) == on("2030-04-10")


@pytest.mark.article("6-1(2)")
def test_a_sixth_year_is_refused() -> None:
    found = log_retained_until(on("2025-04-10"), 6)
    assert isinstance(found, Refusal)
    assert (found.code, found.article) == ("retention.too_long", "6-1(2)")
    assert found.words.ja == "ログの保存期間は最長5年間です。"
    assert not log_purgeable(on("2000-01-01"), 6, on("2026-01-01"))
    assert last_purgeable_receipt(6, on("2026-01-01")) is None


@pytest.mark.article("6-1(1)")
def test_less_than_a_year_cannot_be_asked_for() -> None:
    with pytest.raises(BadParameter, match="years starts at 1"):
        log_retained_until(on("2025-04-10"), 0)


@pytest.mark.article("6-1(1)")
def test_the_years_count_from_the_receipt_in_tokyo_not_from_the_devices_clock() -> None:
    received_at, logged_at = at("2026-04-11 00:00:00"), at("2020-01-01 00:00:00")
    assert retention_basis(received_at.astimezone(dt.UTC), logged_at) == on("2026-04-11")


def test_a_carrier_may_count_from_the_time_of_the_log() -> None:
    by_log_time = replace(LATEST, switches=Switches(log_retention_basis="log_time"))
    assert retention_basis(at("2026-04-11 00:00:00"), at("2026-04-10 23:59:59"), terms=by_log_time) == on("2026-04-10")
    found = log_retained_until(on("2026-04-10"), 1, terms=by_log_time)
    assert isinstance(found, Value)
    assert found.switches == (Switched("log_retention_basis", "log_time"),)


def test_the_answer_explains_itself() -> None:
    found = log_retained_until(on("2025-04-10"), 1)
    assert isinstance(found, Value)
    assert [s.words.en for s in found.steps] == [
        "Received on Thu 2025-04-10; that day is not counted.",
        "Years kept: 1. The last day is Fri 2026-04-10, through 24:00.",
    ]


@given(DAYS, st.integers(1, 5))
def test_a_whole_day_of_the_lake_is_dropped_exactly_when_its_logs_may_go(today: dt.date, years: int) -> None:
    last = last_purgeable_receipt(years, today)
    assert last is not None
    assert log_purgeable(last, years, today)
    assert not log_purgeable(last + dt.timedelta(days=1), years, today)


@given(DAYS, st.integers(1, 5))
def test_no_log_is_purged_before_its_years_are_full(received: dt.date, years: int) -> None:
    found = log_retained_until(received, years)
    assert isinstance(found, Value)
    assert (found.value - received).days >= 365 * years
