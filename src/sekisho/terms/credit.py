"""What a missed service level gives back (Art. 35-1), and what any other damage may cost at most (Art. 35-2).

One event is one fiftieth of the monthly fee, each truncated; all events of a month together one monthly fee.
It is owed where the carrier or the partner was at fault and the contractor told us in writing within two
weeks of the event, which is the instant of the missed deadline.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from sekisho.terms.deadlines import on_time
from sekisho.terms.due import sla_claim_deadline
from sekisho.terms.invoice import Line
from sekisho.terms.moments import tokyo, tokyo_date
from sekisho.terms.values import Answer, BadParameter, Refusal, Switched, Value
from sekisho.terms.versions import LATEST, Terms
from sekisho.terms.words import Step, Words, Yen
from sekisho.terms.yen import truncated_yen, yen

ARTICLE = "35-1"


class Fault(StrEnum):
    """Whose fault a breach was, as the reviewer found."""

    CARRIER = "carrier"
    PARTNER = "partner"
    CONTRACTOR = "contractor"
    FORCE_MAJEURE = "force_majeure"


class ClaimForm(StrEnum):
    """How a claim reached us."""

    PAPER = "paper"
    PORTAL = "portal"
    PHONE = "phone"


class DamageKind(StrEnum):
    DIRECT = "direct"
    INDIRECT = "indirect"
    CONSEQUENTIAL = "consequential"
    INCIDENTAL = "incidental"
    SPECIAL = "special"
    LOST_PROFIT = "lost_profit"


class Claim(NamedTuple):
    arrived_at: dt.datetime
    form: ClaimForm


class Breach(NamedTuple):
    """One event. ``breached_at``: the missed deadline. ``fault`` None: not reviewed. ``claim`` None: not claimed."""

    breached_at: dt.datetime
    fault: Fault | None = None
    claim: Claim | None = None


class OnInvoice(NamedTuple):
    """Yen of a credit that this invoice takes, and that the next ones carry."""

    deducted: int
    carried_forward: int


def sla_credit(monthly_fee: int, breaches: int, credited_before: int = 0, *, terms: Terms = LATEST) -> Value[int]:
    """The credit in yen for so many events of one month; the monthly fee is without tax, of that month.

    ``credited_before``: what the same month (switch ``sla_cap_scope=contract``: the contract) was credited.
    """
    if breaches < 0:
        raise BadParameter("breaches", "must not be negative")
    divisor = terms.parameters.sla_credit_divisor
    each = truncated_yen(yen(monthly_fee, "monthly_fee"), divisor)
    room = max(0, monthly_fee - yen(credited_before, "credited_before"))
    amount = min(each * breaches, room)
    steps = (
        Step(_EACH, (Yen(monthly_fee), divisor, Yen(each))),
        Step(_CAPPED, (breaches, Yen(each * breaches), Yen(room), Yen(amount))),
    )
    return Value(amount, ARTICLE, terms.version, steps, _credit_switches(terms))


def fault_check(fault: Fault, *, terms: Terms = LATEST) -> Answer[bool]:
    """True if this fault makes the carrier answer for a breach; the partner's counts as the carrier's."""
    if fault in (Fault.CARRIER, Fault.PARTNER):
        return Value(True, ARTICLE, terms.version)
    article = "36-1" if fault is Fault.FORCE_MAJEURE else ARTICLE
    return Refusal("credit.not_at_fault", article, _NO_FAULT, terms.version)


def sla_claim_check(
    breached_at: dt.datetime, arrived_at: dt.datetime, form: ClaimForm = ClaimForm.PORTAL, *, terms: Terms = LATEST
) -> Answer[bool]:
    """Whether a claim that arrived then, in this form, keeps the credit: in writing, within two weeks."""
    portal_counts = terms.switches.written_form_includes_portal
    if form is ClaimForm.PHONE or (form is ClaimForm.PORTAL and not portal_counts):
        return Refusal("claim.not_in_writing", ARTICLE, _NOT_WRITTEN, terms.version)
    if tokyo(arrived_at, "arrived_at") < tokyo(breached_at, "breached_at"):
        raise BadParameter("arrived_at", "is before breached_at: nothing had happened yet")
    last = sla_claim_deadline(breached_at, terms=terms)
    if not on_time(last.value, arrived_at):
        return Refusal("claim.too_late", ARTICLE, _TOO_LATE.with_facts(last.value), terms.version)
    written = (Switched("written_form_includes_portal", portal_counts),)
    return Value(True, ARTICLE, terms.version, last.steps, written)


def credit_check(breach: Breach, *, terms: Terms = LATEST) -> Answer[bool]:
    """Whether this event is credited, or the first reason why not."""
    if breach.claim is None:
        return Refusal("credit.not_claimed", ARTICLE, _NOT_CLAIMED, terms.version)
    claimed = sla_claim_check(breach.breached_at, breach.claim.arrived_at, breach.claim.form, terms=terms)
    if isinstance(claimed, Refusal):
        return claimed
    if breach.fault is None:
        return Refusal("credit.not_reviewed", ARTICLE, _NOT_REVIEWED, terms.version)
    return fault_check(breach.fault, terms=terms)


def credits_by_month(
    breaches: Iterable[Breach], fee_of_month: dict[dt.date, int], *, terms: Terms = LATEST
) -> dict[dt.date, Value[int]]:
    """Month (its first day) -> credit, in order of time, for all events that qualify; at most one cap a scope.

    ``fee_of_month`` holds the monthly fee of each month with an event. A month is where the breach lies in Tokyo.
    """
    counts: dict[dt.date, int] = {}
    for breach in breaches:
        if isinstance(credit_check(breach, terms=terms), Value):
            month = tokyo_date(breach.breached_at).replace(day=1)
            counts[month] = counts.get(month, 0) + 1
    found, credited = {}, 0
    for month, count in sorted(counts.items()):
        if month not in fee_of_month:
            raise BadParameter("fee_of_month", f"lacks {month:%Y-%m}, in which there was a breach")
        before = credited if terms.switches.sla_cap_scope == "contract" else 0
        found[month] = sla_credit(fee_of_month[month], count, before, terms=terms)
        credited += found[month].value
    return found


def credit_on_invoice(credit: int, charges: int, final: bool = False, *, terms: Terms = LATEST) -> Value[OnInvoice]:
    """How much of a credit an invoice takes; the rest goes to the next one, and a final invoice pays it out."""
    owed, charged = yen(credit, "credit"), yen(charges, "charges")
    deducted = owed if final else min(owed, charged)
    found = OnInvoice(deducted, owed - deducted)
    step = Step(_DEDUCTED, (Yen(found.deducted), Yen(found.carried_forward)))
    return Value(found, ARTICLE, terms.version, (step,), _credit_switches(terms))


def credit_line(credit: int, *, terms: Terms = LATEST) -> Line:
    """The minus line of a credit: a price reduction before the tax, or by switch damages outside it (Art. 35-1)."""
    return Line(-yen(credit, "credit"), taxable=terms.switches.sla_credit_tax == "before_tax")


def damages_cap(
    claimed: int, monthly_fee: int, kind: DamageKind = DamageKind.DIRECT, attributable: bool = True,
    *, terms: Terms = LATEST,
) -> Answer[int]:  # fmt: skip
    """The most that a damage other than a missed service level can cost: one monthly fee (Art. 35-2)."""
    if not attributable:
        return Refusal("damages.not_attributable", "36-1", _NO_FAULT, terms.version)
    if kind is not DamageKind.DIRECT:
        return Refusal("damages.kind_excluded", "35-2", _EXCLUDED, terms.version)
    amount = min(yen(claimed, "claimed"), yen(monthly_fee, "monthly_fee"))
    step = Step(_CAP, (Yen(claimed), Yen(monthly_fee), Yen(amount)))
    return Value(amount, "35-2", terms.version, (step,))


def interruption_reduction(monthly_fee: int, *, terms: Terms = LATEST) -> Value[int]:
    """What an interruption takes off the fee: nothing (Art. 34-2). Goodwill is a decision, not a rule."""
    yen(monthly_fee, "monthly_fee")
    return Value(0, "34-2", terms.version, (Step(_NO_REDUCTION),))


def _credit_switches(terms: Terms) -> tuple[Switched, ...]:
    switches = terms.switches
    return (Switched("sla_cap_scope", switches.sla_cap_scope), Switched("sla_credit_tax", switches.sla_credit_tax))


_EACH = Words("月額料金{0}の{1}分の1、切り捨てて1件{2}。", "{0} / {1}, truncated: {2} an event.")
_CAPPED = Words("{0}件で{1}、上限の残り{2}、よって{3}。", "{0} event(s): {1}. Room under the cap {2}: {3}.")
_NO_FAULT = Words(
    "当社または協業先の責めに帰すべき理由ではありません。", "Neither the carrier nor the partner was at fault."
)
_NOT_WRITTEN = Words("書面による通知ではありません。", "That is not a notice in writing.")
_TOO_LATE = Words("通知の期限は{0}の24時でした。", "A claim had to arrive by {0}, 24:00.")
_NOT_CLAIMED = Words("契約者からの通知がありません。", "The contractor has not claimed it.")
_NOT_REVIEWED = Words("責任の所在が未確認です。", "Whose fault it was has not been reviewed.")
_DEDUCTED = Words("今回の請求から{0}を差し引き、{1}を繰り越す。", "{0} off this invoice, {1} carried forward.")
_EXCLUDED = Words("通常の直接損害以外は賠償の対象外です。", "Only ordinary direct damage is compensated.")
_CAP = Words("請求額{0}、上限は月額料金1ヵ月分{1}、よって{2}。", "Claimed {0}, at most one monthly fee {1}: {2}.")
_NO_REDUCTION = Words("提供の中止による料金の減額はありません。", "An interruption does not reduce the fee.")
