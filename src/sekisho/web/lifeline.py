"""A contract's life drawn: one bar a thing that was agreed, from its first day to its last, on a common line of time.

Pure: a ``History`` goes in, places in a drawing come out; the template draws them and writes the same as a table for
those who read. What lies after today is planned and looks so; what has no end runs to the edge of the drawing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sekisho.terms.history import DatedFact, FactKind, History
from sekisho.terms.plans import ACCESS_WORDS, FUNCTION_WORDS, PLAN_WORDS, AccessItem, Plan, SecurityFunction
from sekisho.terms.words import Words

WIDTH, LABELS_WIDTH, ROW_HEIGHT, BAR_HEIGHT, AXIS_HEIGHT = 960, 176, 34, 22, 26
"""Units of the drawing; the page scales it."""
TICKS_MAX = 13
LEAD_DAYS, TAIL_DAYS = 31, 92
_CHARACTER_WIDTH = 13
_LABEL_WIDTH = 64
_DAY = dt.timedelta(days=1)

_ROWS: dict[FactKind, Words] = {
    FactKind.SERVICE: Words("サービス提供", "Service"),
    FactKind.BILLING: Words("課金", "Billing"),
    FactKind.PLAN: Words("プラン", "Plan"),
    FactKind.ACCESS_ITEM: Words("接続品目", "Access"),
    FactKind.FUNCTIONS: Words("セキュリティ機能", "Functions"),
    FactKind.OPERATIONS: Words("セキュリティ運用管理", "Security operations"),
    FactKind.RETENTION_YEARS: Words("ログ長期保存", "Log retention"),
    FactKind.EXTRA_ACCOUNTS: Words("アカウント追加", "Extra accounts"),
    FactKind.MONITORING_REPORT: Words("セキュリティ監視レポート", "Monitoring report"),
    FactKind.REPORT_MEETING: Words("セキュリティ報告会", "Report meeting"),
    FactKind.RESTRICTED: Words("機能の制限", "Restriction"),
    FactKind.INTERRUPTED: Words("提供の中止", "Interruption"),
    FactKind.SUSPENDED: Words("提供の停止", "Suspension"),
    FactKind.NOTICE: Words("解除の予定", "End announced"),
}
_GRAVE = frozenset({FactKind.RESTRICTED, FactKind.INTERRUPTED, FactKind.SUSPENDED, FactKind.NOTICE})
_YEARS = Words("{0}年", "{0} years")
_ACCOUNTS = Words("{0}件", "{0}")
_FUNCTIONS = Words("{0}機能", "{0} functions")


@dataclass(frozen=True, slots=True)
class Bar:
    """One stretch; ``fits`` says whether its words fit into it, else they stand only in the table."""

    x: float
    width: float
    words: Words | None
    first_on: dt.date
    last_on: dt.date | None
    planned: bool
    fits: bool

    @property
    def text_x(self) -> float:
        return self.x + 8


@dataclass(frozen=True, slots=True)
class Row:
    """All stretches of one kind; ``grave`` ones take something away."""

    words: Words
    bars: tuple[Bar, ...]
    y: float
    grave: bool

    @property
    def bar_y(self) -> float:
        return self.y + (ROW_HEIGHT - BAR_HEIGHT) / 2

    @property
    def text_y(self) -> float:
        return self.y + ROW_HEIGHT / 2 + 5


@dataclass(frozen=True, slots=True)
class Mark:
    """A day worth a line of its own, such as today or the end of the minimum term."""

    x: float
    on: dt.date
    words: Words


@dataclass(frozen=True, slots=True)
class Lifeline:
    """The whole drawing, in its own units."""

    rows: tuple[Row, ...]
    months: tuple[Mark, ...]
    today: Mark | None
    marks: tuple[Mark, ...]
    height: float
    width: float = WIDTH


def lifeline(history: History, today: dt.date, marks: Sequence[tuple[dt.date, Words]] = ()) -> Lifeline | None:
    """The drawing of everything that holds, held or will hold; None when nothing was agreed yet."""
    facts = [fact for kind in _ROWS for fact in history.of_kind(kind) if not _empty(fact)]
    if not facts:
        return None
    scale = _Scale(*_extent(facts, today, [on for on, _ in marks]))
    rows = tuple(_rows(history, scale, today))
    return Lifeline(
        rows=rows,
        months=tuple(_months(scale)),
        today=Mark(scale.x(today), today, Words("今日", "Today")),
        marks=tuple(Mark(scale.x(on + _DAY), on, words) for on, words in marks),
        height=AXIS_HEIGHT + ROW_HEIGHT * len(rows) + 8,
    )


@dataclass(frozen=True, slots=True)
class _Scale:
    first: dt.date
    last: dt.date

    def x(self, on: dt.date) -> float:
        """Where the day begins."""
        share = ((on - self.first) / _DAY) / ((self.last - self.first) / _DAY + 1)
        return round(LABELS_WIDTH + min(max(share, 0), 1) * (WIDTH - LABELS_WIDTH), 1)


def _extent(facts: Iterable[DatedFact], today: dt.date, marked: Iterable[dt.date]) -> tuple[dt.date, dt.date]:
    days = [today, *marked]
    for fact in facts:
        days += [fact.first_on, fact.last_on or today]
    return min(days) - dt.timedelta(days=LEAD_DAYS), max(days) + dt.timedelta(days=TAIL_DAYS)


def _rows(history: History, scale: _Scale, today: dt.date) -> Iterable[Row]:
    y = float(AXIS_HEIGHT)
    for kind, words in _ROWS.items():
        facts = [fact for fact in history.of_kind(kind) if not _empty(fact)]
        if not facts:
            continue
        ends = _shown_ends(kind, facts)
        bars = tuple(_bar(fact, end, scale, today) for fact, end in zip(facts, ends, strict=True))
        yield Row(words, bars, y, kind in _GRAVE)
        y += ROW_HEIGHT


def _shown_ends(kind: FactKind, facts: Sequence[DatedFact]) -> list[dt.date | None]:
    """Of a single thing the one that begins later takes the earlier one's place; countable things lie side by side."""
    own = [fact.last_on for fact in facts]
    if kind not in (FactKind.PLAN, FactKind.ACCESS_ITEM, FactKind.FUNCTIONS):
        return own
    following = [fact.first_on - _DAY for fact in facts[1:]]
    return [*(min(filter(None, [end, cut])) for end, cut in zip(own, following, strict=False)), own[-1]]


def _bar(fact: DatedFact, end: dt.date | None, scale: _Scale, today: dt.date) -> Bar:
    x = scale.x(fact.first_on)
    width = max(round(scale.x(end + _DAY) - x if end else WIDTH - x, 1), 3)
    words = _said(fact)
    fits = words is not None and len(words.ja) * _CHARACTER_WIDTH + 16 < width
    return Bar(x, width, words, fact.first_on, end, planned=fact.first_on > today, fits=fits)


def _months(scale: _Scale) -> Iterable[Mark]:
    firsts = list(_first_days(scale.first, scale.last))
    step = -(-len(firsts) // TICKS_MAX)
    for on in firsts[::step]:
        if (x := scale.x(on)) <= WIDTH - _LABEL_WIDTH:
            yield Mark(x, on, Words(f"{on.year}年{on.month}月", f"{on:%b %Y}"))


def _first_days(first: dt.date, last: dt.date) -> Iterable[dt.date]:
    year, month = first.year, first.month
    while True:
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
        if dt.date(year, month, 1) > last:
            return
        yield dt.date(year, month, 1)


def _empty(fact: DatedFact) -> bool:
    """A thread that ended before it began says nothing; neither does an option of none."""
    return (fact.last_on is not None and fact.last_on < fact.first_on) or fact.value == 0


def _said(fact: DatedFact) -> Words | None:
    match fact.kind:
        case FactKind.PLAN:
            return PLAN_WORDS[Plan(fact.value)]
        case FactKind.ACCESS_ITEM:
            return ACCESS_WORDS[AccessItem(fact.value)]
        case FactKind.FUNCTIONS:
            return _functions(fact.value)
        case FactKind.RETENTION_YEARS:
            return _YEARS.with_facts(fact.value)
        case FactKind.EXTRA_ACCOUNTS:
            return _ACCOUNTS.with_facts(fact.value)
        case FactKind.RESTRICTED:
            return _functions(fact.value["functions"])
    return None


def _functions(values: Sequence[str]) -> Words:
    if len(values) == 1:
        return FUNCTION_WORDS[SecurityFunction(values[0])]
    return _FUNCTIONS.with_facts(len(values))
