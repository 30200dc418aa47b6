"""Who handles a change of the security policy, by when, at which hours and at whose cost (Arts. 22, 23).

Without operations a form goes to the carrier, who calls back by the next business day and works in office
hours. With operations, items of the standard catalogue go through the portal to the partner and cost nothing;
everything else is a form, is charged, and may be worked on at any hour of a business day. Whoever has a plan
may change the settings alone.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from sekisho.terms.calendar import CALENDARS, Calendar, CalendarName, closure, weekday_closure
from sekisho.terms.moments import ONE_DAY, ONE_SECOND, tokyo
from sekisho.terms.plans import PLAN_WORDS, Plan, operations_refusal
from sekisho.terms.values import Answer, BadParameter, Refusal, Switched, Value
from sekisho.terms.versions import LATEST, Terms
from sekisho.terms.words import Step, Words

ARTICLE = "23-2"
OFFICE_OPENS = dt.time(9, 0)
OFFICE_CLOSES = dt.time(17, 30)
SLOT_DAYS_MAX = 31


class WorkHours(StrEnum):
    OFFICE = "office"
    ANY = "any"


class Intake(StrEnum):
    """How a change reaches us."""

    PORTAL = "portal"
    FORM = "form"


class ChangeHandling(NamedTuple):
    """``clock`` is the name of a row of ``due.CLOCK_RULES``, or '' where nobody has to answer."""

    intake: Intake
    answered_by: str
    clock: str
    hours: WorkHours
    chargeable: bool
    derived: bool


def change_handling(
    plan: Plan, operations: bool, catalogue_item: bool, carrier_caused: bool = False, *, terms: Terms = LATEST
) -> Answer[ChangeHandling]:
    """How the staff handle a change. ``carrier_caused``: a correction of the carrier's own slip, which is free.

    The text lists no catalogue items for the premium plan, though its operations include them (Art. 6-1(1));
    the answer is then ``derived``, and a switch turns it off.
    """
    refused = operations_refusal(plan, operations, terms=terms)
    if refused:
        return refused
    premium = plan is Plan.PREMIUM
    switched = (Switched("premium_standard_change_24h", terms.switches.premium_standard_change_24h),)
    standard = operations and catalogue_item and (not premium or terms.switches.premium_standard_change_24h)
    found = ChangeHandling(
        intake=Intake.PORTAL if standard else Intake.FORM,
        answered_by="partner" if standard else "carrier",
        clock="standard_change_confirmation" if standard else "other_change_contact",
        hours=work_hours(operations),
        chargeable=not (carrier_caused or (operations and catalogue_item)),
        derived=premium and standard,
    )
    words = _STANDARD if standard else _OTHER
    return Value(found, ARTICLE, terms.version, (Step(words),), switched if premium else ())


def work_hours(operations: bool) -> WorkHours:
    return WorkHours.ANY if operations else WorkHours.OFFICE


def standard_change_intake_check(intake: Intake, *, terms: Terms = LATEST) -> Answer[bool]:
    """Catalogue items are taken on the portal alone (Art. 6-1(1)); what comes otherwise is sent there."""
    if intake is not Intake.PORTAL:
        return Refusal("standard_change.portal_only", "6-1(1)", _PORTAL_ONLY, terms.version)
    return Value(True, "6-1(1)", terms.version)


def work_slot(
    plan: Plan,
    operations: bool,
    starts_at: dt.datetime,
    ends_at: dt.datetime,
    *,
    terms: Terms = LATEST,
    calendars: Mapping[CalendarName, Calendar] = CALENDARS,
) -> Answer[bool]:
    """True if the staff may work in this slot, start and end included; else a refusal that says what is wrong.

    A slot that ends at 24:00 lies within its day.
    """
    begins, ends = tokyo(starts_at, "starts_at"), tokyo(ends_at, "ends_at")
    if ends <= begins:
        raise BadParameter("ends_at", "is not after starts_at")
    if ends - begins > SLOT_DAYS_MAX * ONE_DAY:
        raise BadParameter("ends_at", f"is more than {SLOT_DAYS_MAX} days after starts_at")
    refused = operations_refusal(plan, operations, terms=terms) or _closed(begins, ends, calendars, terms)
    if refused:
        return refused
    hours = work_hours(operations)
    opens, closes = (dt.datetime.combine(begins.date(), hour, begins.tzinfo) for hour in (OFFICE_OPENS, OFFICE_CLOSES))
    within = opens <= begins and ends <= closes
    if hours is WorkHours.OFFICE and not within:
        words = _OUTSIDE.with_facts(PLAN_WORDS[plan], f"{OFFICE_OPENS:%H:%M}", f"{OFFICE_CLOSES:%H:%M}")
        return Refusal("work_slot.outside_hours", ARTICLE, words, terms.version)
    found = Step(_ANY_HOUR if hours is WorkHours.ANY else _IN_HOURS, (begins, ends))
    return Value(True, ARTICLE, terms.version, (found,), _switched(terms))


def ipv4_check(address: str, *, terms: Terms = LATEST) -> Answer[bool]:
    """Whether a policy may name this address or network: IPv4 only, also inside IPv6 notation not (Art. 22-1)."""
    try:
        network = ipaddress.ip_network(address.strip(), strict=False)
    except ValueError:
        raise BadParameter("address", "is neither an IP address nor a network") from None
    if isinstance(network, ipaddress.IPv6Network):
        return Refusal("address.not_ipv4", "22-1", _NOT_IPV4.with_facts(address), terms.version)
    return Value(True, "22-1", terms.version)


def _closed(
    begins: dt.datetime, ends: dt.datetime, calendars: Mapping[CalendarName, Calendar], terms: Terms
) -> Refusal | None:
    on, last_on = begins.date(), (ends - ONE_SECOND).date()
    year_end_counts = terms.switches.year_end_is_weekday
    while on <= last_on:
        calendar = calendars[CalendarName.OPS]
        why = weekday_closure(on, calendar) if year_end_counts else closure(on, calendar)
        if why is not None:
            return Refusal("work_slot.not_a_business_day", ARTICLE, _SHUT.with_facts(on, why), terms.version)
        on += ONE_DAY
    return None


def _switched(terms: Terms) -> tuple[Switched, ...]:
    return (Switched("year_end_is_weekday", terms.switches.year_end_is_weekday),)


_STANDARD = Words(
    "標準変更: ポータルで受け付け、協業先が確認、無料。", "Standard change: by portal, confirmed by the partner, free."
)
_OTHER = Words(
    "その他の変更: 設定変更申込書で受け付け、翌営業日までに当社が連絡。",
    "Other change: by form; the carrier gets in touch by the next business day.",
)
_PORTAL_ONLY = Words("標準変更はポータルから依頼してください。", "Please ask for a standard change on the portal.")
_OUTSIDE = Words(
    "{0}(運用管理なし)の作業は平日{1}から{2}までです。",
    "{0} without operations: work is done from {1} to {2} on business days.",
)
_SHUT = Words("{0}は作業できません({1})。", "No work on {0} ({1}).")
_ANY_HOUR = Words("{0}から{1}まで、平日のため時間を問わず可。", "{0} to {1}: a business day, at any hour.")
_IN_HOURS = Words("{0}から{1}まで、平日の作業時間内。", "{0} to {1}: a business day, within working hours.")
_NOT_IPV4 = Words("「{0}」はIPv4アドレスではありません。", '"{0}" is not an IPv4 address.')
