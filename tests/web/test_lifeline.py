"""The drawing of a contract's life says what the history says."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from sekisho.terms.history import DatedFact, FactKind, History, at_start_of, through
from sekisho.terms.words import Words
from sekisho.web.lifeline import LABELS_WIDTH, WIDTH, Bar, Lifeline, lifeline

TODAY = dt.date(2026, 11, 24)
DAYS = st.dates(dt.date(2024, 1, 1), dt.date(2028, 12, 31))


def told(number: int, kind: FactKind, value: object, first: dt.date, last: dt.date | None = None) -> DatedFact:
    return DatedFact(
        number=number,
        thread=f"{kind}/{number}",
        kind=kind,
        value=value,
        from_at=at_start_of(first),
        until_at=through(last) if last else None,
        recorded_at=at_start_of(first),
    )


def bars_of(drawing: Lifeline, name: str) -> tuple[Bar, ...]:
    return next(row.bars for row in drawing.rows if row.words.en == name)


def test_a_contract_of_which_nothing_was_agreed_has_no_drawing():
    assert lifeline(History(()), TODAY) is None


def test_a_plan_that_follows_another_ends_the_first_bar_the_day_before():
    history = History(
        (
            told(1, FactKind.PLAN, "entry", dt.date(2026, 1, 1)),
            told(2, FactKind.PLAN, "basic", dt.date(2026, 12, 1)),
        )
    )
    first, second = bars_of(lifeline(history, TODAY), "Plan")
    assert (first.words.ja, first.last_on) == ("エントリープラン", dt.date(2026, 11, 30))
    assert second.x == round(first.x + first.width, 1)
    assert (first.planned, second.planned) == (False, True)


def test_extra_accounts_lie_side_by_side_and_none_of_them_is_drawn_for_none():
    history = History(
        (
            told(1, FactKind.EXTRA_ACCOUNTS, 2, dt.date(2026, 1, 1)),
            told(2, FactKind.EXTRA_ACCOUNTS, 0, dt.date(2026, 2, 1)),
            told(3, FactKind.EXTRA_ACCOUNTS, 1, dt.date(2026, 3, 1), dt.date(2026, 4, 30)),
        )
    )
    bars = bars_of(lifeline(history, TODAY), "Extra accounts")
    assert [bar.last_on for bar in bars] == [None, dt.date(2026, 4, 30)]


def test_what_takes_something_away_is_marked_as_grave():
    history = History(
        (
            told(1, FactKind.SERVICE, None, dt.date(2026, 1, 1)),
            told(2, FactKind.SUSPENDED, {"ground": "21-1(1)", "reason": "arrears"}, dt.date(2026, 2, 1)),
        )
    )
    assert [(row.words.en, row.grave) for row in lifeline(history, TODAY).rows] == [
        ("Service", False),
        ("Suspension", True),
    ]


@given(st.lists(st.tuples(DAYS, st.none() | DAYS), min_size=1, max_size=8), DAYS)
def test_every_bar_lies_inside_the_drawing_in_the_order_of_its_days(stretches, marked):
    facts = [
        told(number, FactKind.REPORT_MEETING, None, min(filter(None, pair)), max(pair) if pair[1] else None)
        for number, pair in enumerate(stretches)
    ]
    drawing = lifeline(History(tuple(facts)), TODAY, [(marked, Words("満了", "end"))])
    bars = bars_of(drawing, "Report meeting")
    assert len(bars) == len(stretches)
    for bar in bars:
        assert LABELS_WIDTH <= bar.x < bar.x + bar.width <= WIDTH + 0.2
    assert sorted(bars, key=lambda bar: bar.x) == sorted(bars, key=lambda bar: (bar.x, bar.first_on))
    assert len(drawing.months) <= 13
    assert LABELS_WIDTH < drawing.today.x < WIDTH
