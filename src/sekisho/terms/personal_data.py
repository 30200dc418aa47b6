"""When personal data of an ended contract is erased (Art. 38-5), and to whom it may be given (Art. 38-4).

The set period begins the day after the end of the contract; erasure runs on the day after its last day. Data
that a law wants longer is kept to that day, for that purpose only.
"""

from __future__ import annotations

import datetime as dt

from sekisho.terms.moments import ONE_DAY, day
from sekisho.terms.periods import Period, Unit, period_end
from sekisho.terms.values import BadParameter, Switched, Value
from sekisho.terms.versions import LATEST, Terms
from sekisho.terms.words import Step, Words

_UNITS = {"d": Unit.DAYS, "w": Unit.WEEKS, "m": Unit.MONTHS, "y": Unit.YEARS}
RETENTION_LENGTH_MAX = 1200


def retention_period(text: str, parameter: str = "retention") -> Period:
    """'1y' or '6m' as a period; also weeks and days. ``BadParameter`` for anything else."""
    length, unit = text[:-1], _UNITS.get(text[-1:])
    if unit is None or not (length.isascii() and length.isdigit()) or not 1 <= int(length[:5]) <= RETENTION_LENGTH_MAX:
        raise BadParameter(parameter, f"{text!r} is not a period such as 1y, 6m, 2w or 30d")
    return Period(int(length), unit)


def erasure_due(
    ended_on: dt.date, retention: Period, legal_duty_until: dt.date | None = None, *, terms: Terms = LATEST
) -> Value[dt.date]:
    """The first day on which erasure runs. ``ended_on``: the contract's last day."""
    kept_until = period_end(day(ended_on, "ended_on"), retention)
    steps = [Step(_PERIOD, (ended_on, retention.length, _UNIT_WORDS[retention.unit], kept_until))]
    if legal_duty_until is not None and day(legal_duty_until, "legal_duty_until") > kept_until:
        kept_until = legal_duty_until
        steps.append(Step(_BY_LAW, (legal_duty_until,)))
    if kept_until == dt.date.max:
        raise BadParameter("retention", "ends outside the calendar")
    steps.append(Step(_ERASED, (kept_until + ONE_DAY,)))
    return Value(kept_until + ONE_DAY, "38-5", terms.version, tuple(steps))


def erasure_due_of_category(
    ended_on: dt.date, category: str, legal_duty_until: dt.date | None = None, *, terms: Terms = LATEST
) -> Value[dt.date]:
    """As ``erasure_due``, with the period that the carrier set for this category of data."""
    periods = dict(terms.switches.retention_period_by_category)
    if category not in periods:
        raise BadParameter("category", f"{category!r} is none of {', '.join(periods)}")
    found = erasure_due(ended_on, retention_period(periods[category]), legal_duty_until, terms=terms)
    switched = (Switched("retention_period_by_category", f"{category}:{periods[category]}"),)
    return Value(found.value, found.article, found.terms_version, found.steps, switched)


_UNIT_WORDS = {
    Unit.DAYS: Words("日", "day(s)"),
    Unit.WEEKS: Words("週間", "week(s)"),
    Unit.MONTHS: Words("ヵ月", "month(s)"),
    Unit.YEARS: Words("年", "year(s)"),
}
_PERIOD = Words("契約終了{0}から{1}{2}、{3}まで保存。", "Ended on {0}; kept for {1} {2}, through {3}.")
_BY_LAW = Words("法令の保存義務により{0}まで。", "A law wants it kept through {0}.")
_ERASED = Words("{0}に消去。", "Erased on {0}.")
