"""docs/a-contracts-life.md tells the life that is played here: each of its figures and days stands in the test."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest

HERE = Path(__file__).resolve()
PAGE = (HERE.parents[2] / "docs" / "a-contracts-life.md").read_text(encoding="utf-8")
LIFE = HERE.with_name("test_scripted_life.py").read_text(encoding="utf-8")


@pytest.mark.parametrize("yen", sorted(set(re.findall(r"\*\*([\d,]+)\*\*", PAGE))))
def test_a_figure_of_the_page_is_held_by_the_life(yen: str) -> None:
    assert yen in LIFE or yen.replace(",", "_") in LIFE


@pytest.mark.parametrize("day", sorted(set(re.findall(r"\*\*(\d{4}-\d\d-\d\d)[^*]*\*\*", PAGE))))
def test_a_day_of_the_page_is_held_by_the_life(day: str) -> None:
    on = dt.date.fromisoformat(day)
    assert day in LIFE or f"{on.year}年{on.month}月{on.day}日" in LIFE
