"""The clocks that are no incident notices, as one table, and the questions people ask of them.

Each row says from what a clock runs, how long, who has to act and what a miss means. A new clock is a new row;
the arithmetic is ``deadlines``'. All answers are inclusive: an instant's second, or the whole of a day.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sekisho.terms.calendar import CALENDARS, Calendar, CalendarName
from sekisho.terms.deadlines import BusinessDays, Counted, Deadline, Elapsed, NextMonthBusinessDay, Span, deadline
from sekisho.terms.moments import tokyo
from sekisho.terms.periods import Unit
from sekisho.terms.values import Value
from sekisho.terms.versions import LATEST, Terms
from sekisho.terms.words import Step, Words


class Actor(StrEnum):
    CARRIER = "carrier"
    PARTNER = "partner"
    CONTRACTOR = "contractor"
    SUCCESSOR = "successor"
    DISCLOSER = "discloser"


class Miss(StrEnum):
    """What follows when a clock runs out."""

    OPERATIONS_KPI = "operations_kpi"
    CREDIT_LOST = "credit_lost"
    FLAG = "flag"
    NOT_CONFIDENTIAL = "not_confidential"


@dataclass(frozen=True, slots=True)
class ClockRule:
    """One clock: what starts it, its span, who must act, and what a miss means. No miss here is an SLA breach."""

    name: str
    article: str
    span: Span
    actor: Actor
    miss: Miss
    starts: Words
    due: Words


_ONE_HOUR = dt.timedelta(hours=1)

CLOCK_RULES: dict[str, ClockRule] = {
    rule.name: rule
    for rule in (
        ClockRule(
            "standard_change_confirmation",
            "23-2",
            Elapsed("standard_change_hours", _ONE_HOUR),
            Actor.PARTNER,
            Miss.OPERATIONS_KPI,
            Words("標準変更の依頼受領", "standard change request received"),
            Words("確認の連絡", "confirmation"),
        ),
        ClockRule(
            "other_change_contact",
            "23-2",
            BusinessDays("other_change_contact_business_days", CalendarName.OPS),
            Actor.CARRIER,
            Miss.OPERATIONS_KPI,
            Words("設定変更申込書の受領", "policy change form received"),
            Words("契約者への連絡", "contacting the contractor"),
        ),
        ClockRule(
            "monthly_report",
            "6-1(1)",
            NextMonthBusinessDay("monthly_report_business_days", CalendarName.OPS),
            Actor.CARRIER,
            Miss.OPERATIONS_KPI,
            Words("対象月", "month of the report"),
            Words("月次レポートの掲載", "publishing the monthly report"),
        ),
        ClockRule(
            "sla_claim",
            "35-1",
            Counted("sla_claim_weeks", Unit.WEEKS),
            Actor.CONTRACTOR,
            Miss.CREDIT_LOST,
            Words("サービスレベル違反の発生", "service level breach"),
            Words("書面による通知", "notice in writing"),
        ),
        ClockRule(
            "succession_filing",
            "16-2",
            Counted("succession_filing_days", Unit.DAYS),
            Actor.SUCCESSOR,
            Miss.FLAG,
            Words("地位の承継", "succession"),
            Words("承継の申出", "filing the succession"),
        ),
        ClockRule(
            "oral_secret_confirmation",
            "37-1",
            Counted("oral_secret_weeks", Unit.WEEKS),
            Actor.DISCLOSER,
            Miss.NOT_CONFIDENTIAL,
            Words("口頭による開示", "oral disclosure"),
            Words("秘密である旨の書面通知", "confirming the secret in writing"),
        ),
    )
}


def due(
    rule: ClockRule,
    start: Deadline,
    *,
    terms: Terms = LATEST,
    calendars: Mapping[CalendarName, Calendar] = CALENDARS,
) -> Value[Deadline]:
    """When this clock is due, if ``start`` set it off."""
    ends = deadline(rule.span, start, terms, calendars)
    began = tokyo(start, "start") if isinstance(start, dt.datetime) else start
    steps = (Step(_STARTS, (began, rule.starts)), Step(_DUE, (ends, rule.due)))
    return Value(ends, rule.article, terms.version, steps)


def standard_change_confirmation_due(received_at: dt.datetime, *, terms: Terms = LATEST) -> Value[Deadline]:
    """The instant by which the partner confirms a catalogue change: 24 hours, holidays included (Art. 23-2)."""
    return due(CLOCK_RULES["standard_change_confirmation"], received_at, terms=terms)


def other_change_contact_due(
    received_at: dt.datetime, *, terms: Terms = LATEST, calendars: Mapping[CalendarName, Calendar] = CALENDARS
) -> Value[Deadline]:
    """The day by whose end the carrier contacts the contractor about a change form (Art. 23-2).

    A form received after office hours still counts for that day.
    """
    return due(CLOCK_RULES["other_change_contact"], received_at, terms=terms, calendars=calendars)


def monthly_report_due(
    month: dt.date, *, terms: Terms = LATEST, calendars: Mapping[CalendarName, Calendar] = CALENDARS
) -> Value[Deadline]:
    """The day by whose end the report of the month in which ``month`` lies is on the portal (Art. 6-1(1))."""
    return due(CLOCK_RULES["monthly_report"], month, terms=terms, calendars=calendars)


def sla_claim_deadline(breached_at: dt.datetime, *, terms: Terms = LATEST) -> Value[Deadline]:
    """The last day on which a written claim may arrive; ``breached_at`` is the deadline missed (Art. 35-1)."""
    return due(CLOCK_RULES["sla_claim"], breached_at, terms=terms)


def succession_filing_due(succeeded_on: dt.date, *, terms: Terms = LATEST) -> Value[Deadline]:
    """The last day for the successor to file with proof (Art. 16-2)."""
    return due(CLOCK_RULES["succession_filing"], succeeded_on, terms=terms)


_STARTS = Words("起点は{0}({1})。", "It counts from {0} ({1}).")
_DUE = Words("{1}の期限は{0}(当日24時まで、時刻のあるものはその秒まで)。", "Due for {1}: {0}, inclusive.")
