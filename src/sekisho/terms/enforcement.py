"""What must come before the carrier interrupts, suspends, restricts, terminates or blocks (Arts. 20, 21, 26, 36).

Interruption is for the carrier's reasons, suspension for the contractor's fault; either is announced before,
with what, why and for how long, unless it is urgent, and then the urgency is on record. A primary response
needs the contractor's consent (Art. 3); the one exception is the analyst's block in a grave incident.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from enum import StrEnum
from typing import NamedTuple

from sekisho.terms.clocks import LEVEL_WORDS, Level
from sekisho.terms.grounds import Catalogue, ground_check
from sekisho.terms.moments import ONE_DAY, instant, tokyo_date
from sekisho.terms.values import Answer, BadParameter, Refusal, Switched, Value
from sekisho.terms.versions import LATEST, Terms
from sekisho.terms.words import Step, Words


class Measure(StrEnum):
    """What Art. 26-1 allows, alone or combined; in the order of its sub-items."""

    DEMAND = "demand"
    RESTRICTION = "restriction"
    SUSPENSION = "suspension"
    TERMINATION = "termination"


class PriorNotice(NamedTuple):
    """A notice to the contractor. ``period`` may be open, such as 'until paid', but not empty."""

    given_at: dt.datetime
    fact: str
    reason: str
    period: str


class Consent(NamedTuple):
    """The contractor's consent to a primary response: who, when, how."""

    given_by: str
    given_at: dt.datetime
    channel: str


def prior_notice_check(
    article: str, starts_at: dt.datetime, notice: PriorNotice | None, urgent_reason: str = "", *, terms: Terms = LATEST
) -> Answer[bool]:
    """Whether an act may begin at ``starts_at``: announced completely before, or urgent with a reason."""
    begins = instant(starts_at, "starts_at")
    if urgent_reason.strip():
        return Value(True, article, terms.version, (Step(_URGENT, (urgent_reason,)),))
    if notice is None:
        return Refusal("notice.missing", article, _NO_NOTICE, terms.version)
    if not (notice.fact.strip() and notice.reason.strip() and notice.period.strip()):
        return Refusal("notice.incomplete", article, _INCOMPLETE, terms.version)
    if instant(notice.given_at, "given_at") >= begins:
        return Refusal("notice.too_late", article, _NOT_BEFORE, terms.version)
    return Value(True, article, terms.version, (Step(_ANNOUNCED),))


def interruption_check(
    ground: str,
    starts_at: dt.datetime,
    notice: PriorNotice | None,
    urgent_reason: str = "",
    text: str = "",
    *,
    terms: Terms = LATEST,
) -> Answer[bool]:
    """Whether the service may be interrupted on this ground of Art. 20-1."""
    grounded = ground_check(Catalogue.INTERRUPTION, ground, text, terms=terms)
    if isinstance(grounded, Refusal):
        return grounded
    return prior_notice_check("20-2", starts_at, notice, urgent_reason, terms=terms)


def suspension_check(
    ground: str,
    starts_at: dt.datetime,
    notice: PriorNotice | None,
    urgent_reason: str = "",
    text: str = "",
    *,
    terms: Terms = LATEST,
) -> Answer[bool]:
    """Whether the service may be suspended on this ground of Art. 21-1. A person decides; nothing is automatic."""
    grounded = ground_check(Catalogue.SUSPENSION, ground, text, terms=terms)
    if isinstance(grounded, Refusal):
        return grounded
    return prior_notice_check("21-2", starts_at, notice, urgent_reason, terms=terms)


def arrears_suspendable(due_on: dt.date, on: dt.date, paid: bool, *, terms: Terms = LATEST) -> Value[bool]:
    """Whether arrears give ground for suspension: from the first day after the due date."""
    late = not paid and on > due_on
    return Value(late, "21-1(1)", terms.version, (Step(_ARREARS if late else _NO_ARREARS, (due_on,)),))


def measures_check(
    measures: Collection[Measure],
    starts_at: dt.datetime,
    notice: PriorNotice | None,
    urgent_reason: str = "",
    *,
    terms: Terms = LATEST,
) -> Answer[bool]:
    """Whether these measures of Art. 26-1 may be taken together: a bare demand needs no notice, the rest does."""
    if not measures:
        raise BadParameter("measures", "is empty")
    if set(measures) == {Measure.DEMAND}:
        return Value(True, "26-1", terms.version, (Step(_DEMAND_ONLY),))
    return prior_notice_check("26-2", starts_at, notice, urgent_reason, terms=terms)


def maintenance_notice_due(starts_at: dt.datetime, *, terms: Terms = LATEST) -> Value[dt.date]:
    """The last day to announce planned work: the house's lead time; the text only says 'beforehand' (Art. 20-2)."""
    days = terms.switches.maintenance_notice_days
    last = tokyo_date(starts_at, "starts_at") - days * ONE_DAY
    lead = (Switched("maintenance_notice_days", days),)
    return Value(last, "20-2", terms.version, (Step(_LEAD, (days, last)),), lead)


def block_check(
    level: Level, consent: Consent | None, analyst_reason: str = "", approved_by: str = "", *, terms: Terms = LATEST
) -> Answer[bool]:
    """Whether traffic may be blocked: with consent, or in a grave incident on the analyst's recorded judgement.

    Without consent it takes level High and a reason or a second approver (Art. 36-1); consent is sought afterwards.
    """
    if consent is not None:
        if not (consent.given_by.strip() and consent.channel.strip()):
            return Refusal("block.consent_incomplete", "3", _CONSENT_INCOMPLETE, terms.version)
        return Value(True, "3", terms.version, (Step(_CONSENTED, (consent.given_by, consent.channel)),))
    allowed = (Switched("emergency_block_allowed", terms.switches.emergency_block_allowed),)
    if level is not Level.HIGH or terms.switches.emergency_block_allowed == "never":
        return Refusal("block.needs_consent", "3", _NEEDS_CONSENT.with_facts(LEVEL_WORDS[level]), terms.version)
    if not (analyst_reason.strip() or approved_by.strip()):
        return Refusal("block.needs_reason", "36-1", _NEEDS_REASON, terms.version)
    return Value(True, "36-1", terms.version, (Step(_EMERGENCY),), allowed)


def emergency_block_check(
    level: Level, analyst_reason: str = "", approved_by: str = "", *, terms: Terms = LATEST
) -> Answer[bool]:
    """Whether traffic may be blocked before anybody has consented."""
    return block_check(level, None, analyst_reason, approved_by, terms=terms)


_URGENT = Words("緊急のため事前通知なし: {0}。", "Urgent, without prior notice: {0}.")
_NO_NOTICE = Words(
    "事前の通知も、緊急の理由の記録もありません。", "There is neither a prior notice nor a recorded urgent reason."
)
_INCOMPLETE = Words(
    "通知には、その旨・理由・期間のすべてが必要です。", "A notice has to say what is done, why, and for how long."
)
_NOT_BEFORE = Words("通知が開始より前ではありません。", "The notice was not given before the start.")
_ANNOUNCED = Words("事前に、その旨・理由・期間を通知済み。", "Announced before: what, why, for how long.")
_ARREARS = Words("支払期日{0}を経過。", "It was due on {0}.")
_NO_ARREARS = Words("支払期日{0}、遅滞なし。", "Due on {0}: not in arrears.")
_DEMAND_ONLY = Words("中止の要求のみのため通知は不要。", "A bare demand needs no notice.")
_LEAD = Words("{0}日前まで、{1}。", "{0} day(s) before: {1}.")
_CONSENT_INCOMPLETE = Words(
    "了承には、了承者と手段の記録が必要です。", "A consent needs a record of who gave it, and how."
)
_CONSENTED = Words("{0}が{1}で了承。", "{0} consented, by {1}.")
_NEEDS_CONSENT = Words("{0}の遮断には契約者の了承が必要です。", "A block at level {0} needs the contractor's consent.")
_NEEDS_REASON = Words(
    "了承のない遮断には、アナリストの判断理由または別の担当者の承認が必要です。",
    "A block without consent needs the analyst's reason or a second person's approval.",
)
_EMERGENCY = Words(
    "重大なインシデントのため、アナリストの判断により遮断。了承は事後に求める。",
    "A grave incident: blocked on the analyst's judgement; consent is sought afterwards.",
)
