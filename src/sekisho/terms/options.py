"""The options of operations (Art. 6-1(2)): how many accounts, what needs what, and what a stop leaves behind."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from sekisho.terms.minimum import TermKind
from sekisho.terms.moments import day
from sekisho.terms.periods import Period, Unit, period_end
from sekisho.terms.values import Answer, Refusal, Value
from sekisho.terms.versions import LATEST, Terms
from sekisho.terms.words import Step, Words

EXPORT_OFFER_DAYS = 30
"""How long logs beyond the first year can still be fetched after their option has stopped; the house's offer."""


def accounts_max(extra_accounts: int, *, terms: Terms = LATEST) -> int:
    """How many portal accounts a contract with operations may have; a joint contract is one contract."""
    return terms.parameters.included_accounts + extra_accounts


def account_check(existing: int, extra_accounts: int = 0, *, terms: Terms = LATEST) -> Answer[bool]:
    """Whether one more portal account may be opened."""
    most = accounts_max(extra_accounts, terms=terms)
    if existing >= most:
        return Refusal("account.limit_reached", "6-1(1)", _NO_MORE.with_facts(most), terms.version)
    article = "6-1(1)" if existing < terms.parameters.included_accounts else "6-1(2)"
    return Value(True, article, terms.version, (Step(_ROOM, (existing, most)),))


def option_stop_check(
    stopped: Collection[TermKind], active: Collection[TermKind], *, terms: Terms = LATEST
) -> Answer[bool]:
    """Whether these options may stop: the report not while a meeting that presents it goes on."""
    left = set(active) - set(stopped)
    if TermKind.MONITORING_REPORT in stopped and TermKind.REPORT_MEETING in left:
        return Refusal("option.meeting_needs_report", "6-1(2)", _MEETING, terms.version)
    return Value(True, "6-1(2)", terms.version)


def long_logs_offered_until(option_stopped_on: dt.date, *, terms: Terms = LATEST) -> Value[dt.date]:
    """The last day on which logs kept by the retention option alone can be fetched; then they may be purged."""
    last = period_end(day(option_stopped_on, "option_stopped_on"), Period(EXPORT_OFFER_DAYS, Unit.DAYS))
    return Value(last, "6-1(2)", terms.version, (Step(_OFFER, (option_stopped_on, EXPORT_OFFER_DAYS, last)),))


_NO_MORE = Words("アカウントは{0}個までです。追加はオプションです。", "{0} account(s) at most; more are an option.")
_ROOM = Words("{0}個使用中、{1}個まで。", "{0} in use, {1} allowed.")
_MEETING = Words(
    "セキュリティ報告会の契約中は、セキュリティ監視レポートだけを停止できません。",
    "The monitoring report cannot stop alone while the report meeting goes on.",
)
_OFFER = Words("{0}の停止から{1}日、{2}まで取得可能。", "Stopped on {0}; {1} days to fetch them, through {2}.")
