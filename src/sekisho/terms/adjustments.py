"""What a version that works backwards does to money already billed (supplementary provisions 5 and 6).

Issued invoices are never edited: each affected month gets one line on the next invoice, the difference between
what the new version charges and what was charged. Interest never arises backwards. A change to the
contractor's disadvantage is only flagged: whether it binds is a question of law (Civil Code 548-4).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

from sekisho.terms.moments import day
from sekisho.terms.periods import month_after
from sekisho.terms.values import Answer, BadParameter, Refusal, Value
from sekisho.terms.versions import LATEST, Terms, TermsVersion, version_named
from sekisho.terms.words import Step, Words, Yen


class BilledMonth(NamedTuple):
    """A month (its first day), what was billed for it, and what the new version charges; yen without tax."""

    month: dt.date
    billed: int
    recomputed: int


class Adjustment(NamedTuple):
    """A line for the next invoice. ``amount`` is negative where the contractor gets money back."""

    month: dt.date
    amount: int
    legal_review: bool


def affected_months(version: str, *, terms: Terms = LATEST) -> Value[tuple[dt.date, ...]]:
    """The months that were billed under the old text: from the day it applies to the one before its enactment."""
    known = version_named(version)
    months, month = [], known.applies_from.replace(day=1)
    last = known.enacted_on.replace(day=1)
    while works_backwards(known) and month < last:
        months.append(month)
        month = dt.date(*month_after(month, 1), 1)
    return Value(tuple(months), known.article, known.name)


def works_backwards(version: TermsVersion) -> bool:
    return version.applies_from < version.enacted_on


def retroactive_adjustments(
    version: str, months: Iterable[BilledMonth], *, terms: Terms = LATEST
) -> Value[tuple[Adjustment, ...]]:
    """One line a month that changes, in order of time; a dearer month is flagged for legal review."""
    known = version_named(version)
    affected = frozenset(affected_months(version).value)
    lines, steps = [], []
    for month, billed, recomputed in sorted(months):
        if day(month, "months").replace(day=1) not in affected:
            raise BadParameter("months", f"{month:%Y-%m} is not a month to which {known.name} goes back")
        if recomputed != billed:
            lines.append(Adjustment(month, recomputed - billed, legal_review=recomputed > billed))
            steps.append(Step(_CHANGED, (month, Yen(billed), Yen(recomputed))))
    return Value(tuple(lines), known.article, known.name, tuple(steps))


def adjustment_interest_check(*, terms: Terms = LATEST) -> Answer[bool]:
    """Whether an adjustment bears late interest for its past: it never does, as nothing was due (Art. 30-1)."""
    return Refusal("adjustment.no_interest", "30-1", _NO_INTEREST, terms.version)


_CHANGED = Words("{0}の月: {1}から{2}に。", "Month of {0}: from {1} to {2}.")
_NO_INTEREST = Words("遡及による差額に延滞利息は生じません。", "An adjustment backwards bears no interest.")
