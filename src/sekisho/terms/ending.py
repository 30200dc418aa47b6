"""How a contract or an option ends (Arts. 12-5, 17, 18): on which day, or at which instant.

A notice counts from its arrival, never from its sending (Civil Code 97). An end "on" a day leaves that day in
service through 24:00; a termination by the carrier is an instant. Cancellation is the contractor's act,
termination the carrier's; an option stop is neither.
"""

from __future__ import annotations

import datetime as dt

from sekisho.terms.moments import day, instant, tokyo
from sekisho.terms.periods import Period, Unit, period_end
from sekisho.terms.values import Answer, BadParameter, Refusal, Value
from sekisho.terms.versions import LATEST, Terms
from sekisho.terms.words import Step, Words


def cancellation_effect(
    arrived_on: dt.date, requested_on: dt.date | None = None, *, terms: Terms = LATEST
) -> Value[dt.date]:
    """The last day of service after a cancellation form (Art. 17-2): two months on, or the later day it names."""
    months = terms.parameters.cancellation_months
    notice_ends = period_end(day(arrived_on, "arrived_on"), Period(months, Unit.MONTHS))
    return _later_of(arrived_on, notice_ends, requested_on, "17-2", Step(_MONTHS, (months, notice_ends)), terms)


def option_stop_effect(
    arrived_on: dt.date, requested_on: dt.date | None = None, *, terms: Terms = LATEST
) -> Value[dt.date]:
    """The last day of an option after a change form (Art. 12-5): thirty days on, or the later day it names."""
    days = terms.parameters.option_stop_days
    notice_ends = period_end(day(arrived_on, "arrived_on"), Period(days, Unit.DAYS))
    return _later_of(arrived_on, notice_ends, requested_on, "12-5", Step(_DAYS, (days, notice_ends)), terms)


def line_caused_end(line_ended_on: dt.date, replaced: bool = False, *, terms: Terms = LATEST) -> Answer[dt.date]:
    """The last day of service when the line's contract ends (Art. 17-3): the same day, by itself.

    A line that is moved or replaced ends nothing: that is a change of the contract (Art. 14).
    """
    if replaced:
        return Refusal("line_end.replaced", "14-1", _REPLACED, terms.version)
    ended = day(line_ended_on, "line_ended_on")
    return Value(ended, "17-3", terms.version, (Step(_LINE, (ended,)),))


def withdrawal_check(
    withdrawn_on: dt.date, effective_on: dt.date, carrier_consents: bool, *, terms: Terms = LATEST
) -> Answer[bool]:
    """Whether a cancellation can be taken back: before it has its effect, and if the carrier agrees."""
    if day(withdrawn_on, "withdrawn_on") > day(effective_on, "effective_on"):
        return Refusal("withdrawal.too_late", "17-2", _TOO_LATE.with_facts(effective_on), terms.version)
    if not carrier_consents:
        return Refusal("withdrawal.needs_consent", "17-2", _NEEDS_CONSENT, terms.version)
    return Value(True, "17-2", terms.version)


def termination_effect(decided_at: dt.datetime, *, terms: Terms = LATEST) -> Value[dt.datetime]:
    """The instant of a termination by the carrier (Art. 18-1): that of the decision, without any notice."""
    at = tokyo(instant(decided_at, "decided_at"), "decided_at")
    return Value(at, "18-1", terms.version, (Step(_AT_ONCE, (at,)),))


def termination_check(
    evidence: str, decided_by: str, approved_by: str, *, terms: Terms = LATEST
) -> Answer[bool]:  # fmt: skip
    """Whether a termination may be carried out: with evidence, and decided by two people (house rule)."""
    if not evidence.strip():
        return Refusal("termination.no_evidence", "18-1", _NO_EVIDENCE, terms.version)
    if not decided_by:
        raise BadParameter("decided_by", "is missing")
    if approved_by in ("", decided_by):
        return Refusal("termination.needs_two", "18-1", _NEEDS_TWO, terms.version)
    return Value(True, "18-1", terms.version)


def _later_of(
    arrived_on: dt.date, notice_ends: dt.date, requested_on: dt.date | None, article: str, notice: Step, terms: Terms
) -> Value[dt.date]:
    arrived = Step(_ARRIVED, (arrived_on,))
    if requested_on is None:
        return Value(notice_ends, article, terms.version, (arrived, notice, Step(_NONE_NAMED, (notice_ends,))))
    effect = max(notice_ends, day(requested_on, "requested_on"))
    return Value(effect, article, terms.version, (arrived, notice, Step(_LATER, (requested_on, effect))))


_ARRIVED = Words("到達日は{0}(初日は算入しない)。", "Arrived on {0}; that day is not counted.")
_MONTHS = Words("{0}ヵ月を経過する日は{1}。", "{0} month(s) end on {1}.")
_DAYS = Words("{0}日を経過する日は{1}。", "{0} days end on {1}.")
_NONE_NAMED = Words("指定日なし。効力は{0}の24時。", "No day is named: it takes effect on {0}, at 24:00.")
_LATER = Words("指定日は{0}。遅い方の{1}、24時に効力。", "Named: {0}. The later one counts: {1}, at 24:00.")
_REPLACED = Words(
    "回線の移転・取替は契約の終了ではなく、申込内容の変更として扱います。",
    "A line that is moved or replaced does not end the contract: it is a change of the application.",
)
_LINE = Words("回線契約の終了{0}と同日に終了。", "It ends with the contract of the line, on {0}.")
_TOO_LATE = Words("解除の効力は{0}に生じています。", "The cancellation took effect on {0}.")
_NEEDS_CONSENT = Words(
    "解除の撤回には当社の同意が必要です。", "Taking a cancellation back needs the carrier's consent."
)
_AT_ONCE = Words("通知・催告を要さず{0}に効力。", "No notice is needed: it takes effect on {0}.")
_NO_EVIDENCE = Words("解除には事由の証拠が必要です。", "A termination needs evidence of its ground.")
_NEEDS_TWO = Words("解除には別の担当者の承認が必要です。", "A termination needs the approval of a second person.")
