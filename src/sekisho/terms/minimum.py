"""Minimum terms (Art. 12): how long each service and option lasts at least, and when an option's counts as served.

A service, its operations and the long options last one year of calendar months, the month of the start being
the first: a start on the 31st gives a year that is thirty days shorter, because the text counts months. The
other options last one month from the day of their billing start, that day included.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import NamedTuple

from sekisho.terms.moments import day
from sekisho.terms.periods import Period, Unit, period_end_from, whole_months_end
from sekisho.terms.values import BadParameter, Value
from sekisho.terms.versions import LATEST, Terms
from sekisho.terms.words import Step, Words


class TermKind(StrEnum):
    """What has a minimum term of its own."""

    SERVICE = "service"
    OPERATIONS = "operations"
    EXTRA_ACCOUNT = "extra_account"
    LOG_RETENTION = "log_retention"
    MONITORING_REPORT = "monitoring_report"
    REPORT_MEETING = "report_meeting"


class EndedBy(StrEnum):
    """Who ended the service. ``LINE``: the contractor cancelled the line, which ends the service (Art. 17-3)."""

    CONTRACTOR = "contractor"
    CARRIER = "carrier"
    LINE = "line"


class TermRule(NamedTuple):
    """One line of Art. 12. ``by_month``: whole calendar months from the month of the start; else from its day."""

    article: str
    charge_article: str
    parameter: str
    by_month: bool
    waived_with_service: bool
    words: Words


TERM_RULES: dict[TermKind, TermRule] = {
    TermKind.SERVICE: TermRule("12-1", "13-1", "service_term_months", True, False, Words("本サービス", "service")),
    TermKind.OPERATIONS: TermRule(
        "12-2", "13-1", "operations_term_months", True, False, Words("セキュリティ運用管理", "security operations")
    ),
    TermKind.EXTRA_ACCOUNT: TermRule(
        "12-3", "13-2", "long_option_term_months", True, True, Words("アカウント追加", "extra account")
    ),
    TermKind.LOG_RETENTION: TermRule(
        "12-3", "13-2", "long_option_term_months", True, True, Words("ログ長期保存", "long log retention")
    ),
    TermKind.MONITORING_REPORT: TermRule(
        "12-4", "13-2", "short_option_term_months", False, False, Words("セキュリティ監視レポート", "monitoring report")
    ),
    TermKind.REPORT_MEETING: TermRule(
        "12-4", "13-2", "short_option_term_months", False, False, Words("セキュリティ報告会", "report meeting")
    ),
}


def minimum_term(kind: TermKind, started_on: dt.date, *, terms: Terms = LATEST) -> Value[dt.date]:
    """The last day of the minimum term. ``started_on``: start of service, or of billing for one-month options."""
    rule = TERM_RULES[kind]
    months: int = getattr(terms.parameters, rule.parameter)
    ends_on = _last_day(rule, started_on, months)
    found = Step(_BY_MONTH if rule.by_month else _BY_DAY, (started_on, rule.words, months, ends_on))
    return Value(ends_on, rule.article, terms.version, (found,))


def served_with_the_service(
    kind: TermKind,
    ended_on: dt.date,
    ended_by: EndedBy,
    service_term_ended_on: dt.date | None,
    service_ended_on: dt.date | None,
) -> bool:
    """Whether an option's term counts as served because the contractor ended the service (Art. 12-3, proviso).

    It needs an option of the long kind that ended together with the service, a service whose own term was over
    by then (its last day included), and an end that was the contractor's. ``service_ended_on`` None: the
    service goes on.
    """
    if service_ended_on is None or not TERM_RULES[kind].waived_with_service:
        return False
    if service_term_ended_on is None:
        raise BadParameter("service_term_ended_on", "is missing: with service_ended_on it decides about the waiver")
    if ended_on > day(service_ended_on, "service_ended_on"):
        raise BadParameter("ended_on", "is after service_ended_on: an option cannot outlive its service")
    if ended_on < service_ended_on or ended_by is EndedBy.CARRIER:
        return False
    return service_ended_on >= day(service_term_ended_on, "service_term_ended_on")


def _last_day(rule: TermRule, started_on: dt.date, months: int) -> dt.date:
    if rule.by_month:
        return whole_months_end(started_on, months)
    return period_end_from(started_on, Period(months, Unit.MONTHS))


_BY_MONTH = Words(
    "{1}の開始は{0}。その月を1ヵ月目として{2}ヵ月目の末日、{3}まで。",
    "{1} started on {0}; that month is month 1, and month {2} ends on {3}.",
)
_BY_DAY = Words(
    "{1}の課金開始は{0}。当日を含めて{2}ヵ月、{3}まで。",
    "{1}: billing started on {0}; that day included, {2} month(s) end on {3}.",
)
