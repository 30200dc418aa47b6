"""Screening for antisocial forces (Art. 11-2(6)): how far back it looks, and how long a result may be used.

The five years back are the terms'; the six months of use are the house's.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from sekisho.terms.moments import day
from sekisho.terms.periods import Period, Unit, days_of_month, period_end
from sekisho.terms.values import Answer, BadParameter, Refusal, Value
from sekisho.terms.versions import LATEST, Terms
from sekisho.terms.words import Step, Words

ARTICLE = "11-2(6)"
LOOKBACK_YEARS = 5
VALID_MONTHS = 6


class ScreeningResult(StrEnum):
    CLEAR = "clear"
    GREY = "grey"
    HIT = "hit"


def screening_lookback_from(checked_on: dt.date, *, terms: Terms = LATEST) -> Value[dt.date]:
    """The first day of the past that a screening covers; from a leap day, the end of February."""
    on = day(checked_on, "checked_on")
    if on.year - LOOKBACK_YEARS < dt.MINYEAR:
        raise BadParameter("checked_on", "leads outside the calendar")
    first_of_month = dt.date(on.year - LOOKBACK_YEARS, on.month, 1)
    since = first_of_month.replace(day=min(on.day, days_of_month(first_of_month)))
    return Value(since, ARTICLE, terms.version, (Step(_LOOKBACK, (LOOKBACK_YEARS, since)),))


def screening_valid_until(checked_on: dt.date, *, terms: Terms = LATEST) -> Value[dt.date]:
    """The last day on which a screening of ``checked_on`` supports an acceptance."""
    last = period_end(day(checked_on, "checked_on"), Period(VALID_MONTHS, Unit.MONTHS))
    return Value(last, ARTICLE, terms.version, (Step(_VALID, (checked_on, VALID_MONTHS, last)),))


def screening_check(
    checked_on: dt.date, result: ScreeningResult, accepted_on: dt.date, approved_by: str = "", *, terms: Terms = LATEST
) -> Answer[bool]:
    """Whether this screening lets an application be accepted on a day; a grey result takes a second person."""
    if day(accepted_on, "accepted_on") < day(checked_on, "checked_on"):
        raise BadParameter("accepted_on", "is before checked_on")
    valid = screening_valid_until(checked_on, terms=terms)
    if accepted_on > valid.value:
        return Refusal("screening.expired", ARTICLE, _EXPIRED.with_facts(valid.value), terms.version)
    if result is ScreeningResult.HIT:
        return Refusal("screening.hit", ARTICLE, _HIT, terms.version)
    if result is ScreeningResult.GREY and not approved_by.strip():
        return Refusal("screening.needs_approval", ARTICLE, _GREY, terms.version)
    return Value(True, ARTICLE, terms.version, valid.steps)


_LOOKBACK = Words("確認日から過去{0}年、{1}以降。", "{0} years back: since {1}.")
_VALID = Words("{0}の確認は{1}ヵ月、{2}まで有効。", "Checked on {0}; good for {1} months, through {2}.")
_EXPIRED = Words("確認の有効期限は{0}でした。再確認が必要です。", "The screening was good until {0}: screen again.")
_HIT = Words("審査により承諾できません。", "The screening does not allow acceptance.")
_GREY = Words("要注意の結果には別の担当者の承認が必要です。", "A grey result needs a second person's approval.")
