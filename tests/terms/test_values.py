"""What every rule shares: instants, words, yen, and that the rules are pure."""

from __future__ import annotations

import ast
import datetime as dt
import sys
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

import sekisho.terms
from sekisho.terms.moments import TOKYO, end_of_day, instant, tokyo_date
from sekisho.terms.values import BadParameter
from sekisho.terms.words import Words, step
from sekisho.terms.yen import truncated_yen, yen

from .moments_in_tokyo import INSTANTS, at, on

MODULES = sorted(Path(sekisho.terms.__file__).parent.rglob("*.py"))
CLOCK_READERS = {"now", "utcnow", "today", "time", "monotonic", "time_ns", "localtime"}


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_rules_stand_on_the_standard_library_alone(module: Path) -> None:
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        for name in names:
            assert name.startswith("sekisho.terms") or name.split(".")[0] in sys.stdlib_module_names


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_rules_never_read_a_clock_a_file_or_a_float(module: Path) -> None:
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            is_hour_of_day = ast.unparse(node.func) == "dt.time"
            assert is_hour_of_day or called not in CLOCK_READERS | {"open", "read_text", "print", "float"}
        assert not (isinstance(node, ast.Constant) and isinstance(node.value, float))


@given(INSTANTS)
def test_tokyos_fixed_offset_is_what_the_zone_database_says(moment: dt.datetime) -> None:
    assert moment.astimezone(ZoneInfo("Asia/Tokyo")).utcoffset() == TOKYO.utcoffset(None)


def test_the_legal_date_is_tokyos() -> None:
    assert tokyo_date(dt.datetime(2026, 3, 31, 14, 59, 59, tzinfo=dt.UTC)) == on("2026-03-31")
    assert tokyo_date(dt.datetime(2026, 3, 31, 15, 0, tzinfo=dt.UTC)) == on("2026-04-01")


def test_24_00_is_the_first_instant_of_the_next_day() -> None:
    assert end_of_day(on("2026-03-31")) == at("2026-04-01 00:00:00")


@pytest.mark.parametrize("wrong", [dt.datetime(2026, 1, 1), dt.date(2026, 1, 1), "2026-01-01"])  # noqa: DTZ001
def test_what_is_no_instant_is_refused_with_the_parameters_name(wrong: object) -> None:
    with pytest.raises(BadParameter, match=r"^received_at "):
        instant(wrong, "received_at")


def test_words_are_filled_the_way_each_language_writes() -> None:
    told = step("{0}に{1}", "{1} on {0}", at("2026-05-06 09:00:00"), Words("電話", "call")).words
    assert told == Words("2026年5月6日(水) 09:00:00に電話", "call on Wed 2026-05-06 09:00:00")
    assert (told.in_language("ja-JP"), told.in_language("en")) == (told.ja, told.en)


@pytest.mark.article("32-1")
@pytest.mark.parametrize(
    ("numerator", "denominator", "cut"), [(148_777, 50, 2_975), (-148_777, 50, -2_975), (1_499, 1_500, 0), (7, 1, 7)]
)
def test_fractions_of_a_yen_are_cut_toward_zero(numerator: int, denominator: int, cut: int) -> None:
    assert truncated_yen(numerator, denominator) == cut


@pytest.mark.article("32-1")
@given(st.integers(-(10**15), 10**15), st.integers(1, 10**6))
def test_cutting_never_moves_away_from_zero_and_never_a_whole_yen(numerator: int, denominator: int) -> None:
    exact, cut = Fraction(numerator, denominator), truncated_yen(numerator, denominator)
    assert abs(cut) <= abs(exact) < abs(cut) + 1
    assert cut * numerator >= 0


@pytest.mark.parametrize("wrong", [-1, 1.5, True, "100"])
def test_an_amount_is_a_whole_number_of_yen(wrong: object) -> None:
    with pytest.raises(BadParameter, match=r"^monthly_fee must"):
        yen(wrong, "monthly_fee")
    assert yen(0) == 0
