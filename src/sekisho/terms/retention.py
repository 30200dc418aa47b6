"""How long a security log lives (Arts. 6-1(1) and 6-1(2)): one year, by option up to five in all.

The year runs from the Tokyo date on which the platform received the log, not from the time the log states: a
device with a wrong clock must not shorten what was promised. A carrier may switch that. Logs are asked about
on the day of purging, so an option bought meanwhile counts for every log that is still there.
"""

from __future__ import annotations

import datetime as dt

from sekisho.terms.moments import ONE_DAY, day, tokyo_date
from sekisho.terms.periods import Period, Unit, period_end
from sekisho.terms.values import Answer, BadParameter, Refusal, Switched, Value
from sekisho.terms.versions import LATEST, Terms
from sekisho.terms.words import Step, Words


def retention_basis(received_at: dt.datetime, logged_at: dt.datetime, *, terms: Terms = LATEST) -> dt.date:
    """The date from which a log's years count."""
    by_receipt = terms.switches.log_retention_basis == "receipt"
    return tokyo_date(received_at, "received_at") if by_receipt else tokyo_date(logged_at, "logged_at")


def log_retained_until(received_on: dt.date, years: int, *, terms: Terms = LATEST) -> Answer[dt.date]:
    """The last day on which a log must still be there; it may be purged from the next day on."""
    shortest, longest = terms.parameters.log_retention_years, terms.parameters.log_retention_years_max
    if years < shortest:
        raise BadParameter("years", f"starts at {shortest}")
    if years > longest:
        return Refusal("retention.too_long", "6-1(2)", _TOO_LONG.with_facts(longest), terms.version)
    kept_until = period_end(day(received_on, "received_on"), Period(years, Unit.YEARS))
    return Value(
        kept_until,
        "6-1(1)" if years == shortest else "6-1(2)",
        terms.version,
        (Step(_RECEIVED, (received_on,)), Step(_KEPT, (kept_until, years))),
        (Switched("log_retention_basis", terms.switches.log_retention_basis),),
    )


def log_purgeable(received_on: dt.date, years: int, on: dt.date, *, terms: Terms = LATEST) -> bool:
    """Whether a log received on ``received_on`` may be purged on ``on``; False where the retention is refused."""
    kept_until = log_retained_until(received_on, years, terms=terms)
    return isinstance(kept_until, Value) and day(on) > kept_until.value


def last_purgeable_receipt(years: int, on: dt.date, *, terms: Terms = LATEST) -> dt.date | None:
    """The latest receipt date whose logs may be purged on ``on``, so that a lake drops whole days; None if refused.

    Every earlier day is purgeable too: the end of retention never moves backwards from one day to the next.
    """
    if isinstance(log_retained_until(on, years, terms=terms), Refusal):
        return None
    # A year is at least 365 days, so this day is purgeable or at most a few days too late.
    received_on = day(on) - (years * 365) * ONE_DAY
    while not log_purgeable(received_on, years, on, terms=terms):
        received_on -= ONE_DAY
    return received_on


_RECEIVED = Words("受信日は{0}(初日は算入しない)。", "Received on {0}; that day is not counted.")
_KEPT = Words("{1}年間、{0}の24時まで保存。", "Years kept: {1}. The last day is {0}, through 24:00.")
_TOO_LONG = Words("ログの保存期間は最長{0}年間です。", "Logs are kept for {0} years at most, the first year included.")
