"""Codes, articles, figures and answers of the terms as a person reads them, in the page's language."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from sekisho.terms.clocks import LEVEL_WORDS
from sekisho.terms.moments import tokyo
from sekisho.terms.plans import ACCESS_WORDS, FUNCTION_WORDS, PLAN_WORDS
from sekisho.terms.words import Words

_PERCENT_ANSWERS = {"consumption_tax_rate"}
"""Every other whole number that a rule answers is an amount of yen."""

_TABLES: tuple[Mapping[StrEnum, Words], ...] = (PLAN_WORDS, FUNCTION_WORDS, ACCESS_WORDS, LEVEL_WORDS)
CODES: dict[str, object] = {
    **{str(code): words for table in _TABLES for code, words in table.items()},
    "yes": _("Yes"), "no": _("No"), "true": _("Yes"), "false": _("No"),
    "service": _("The service"), "operations": _("Security operations"), "extra_account": _("Additional accounts"),
    "log_retention": _("Longer log retention"), "monitoring_report": _("Monitoring report"),
    "report_meeting": _("Report meeting"),
    "lan_network_service": _("LAN network service"), "ip_network_service": _("IP network service"),
    "other": _("Other line"),
    "clear": _("Nothing found"), "grey": _("Not certain"), "hit": _("Found"),
    "refusal": _("Refusing an application"), "termination": _("Termination"), "prohibited_act": _("Prohibited acts"),
    "interruption": _("Interruption"), "suspension": _("Suspension"), "measure": _("Measures"),
    "fee_change": _("Change of fees"), "force_majeure": _("Force majeure"),
    "not_confidential": _("Not confidential"), "disclosure": _("Disclosure"),
    "phone": _("Telephone"), "mail": _("Mail"), "paper": _("Paper"), "portal": _("Customer portal"),
    "form": _("Form"),
    "OPS": _("Carrier (OPS)"), "BANK": _("Banks (BANK)"), "PARTNER": _("Partner (PARTNER)"),
    "contractor": _("The contractor"), "carrier": _("The carrier"), "partner": _("The partner"),
    "line": _("The contractor, by ending the line"),
    "direct": _("Direct"), "indirect": _("Indirect"), "consequential": _("Consequential"),
    "incidental": _("Incidental"), "special": _("Special"), "lost_profit": _("Lost profit"),
    "initial_fee": _("Initial fee"), "monthly_fee": _("Monthly fee"), "one_time_fee": _("One-time fee"),
    "assignment": _("Assignment of rights"), "debt_assumption": _("Assumption of debts"), "merger": _("Merger"),
    "company_split": _("Company split"), "resale": _("Resale"),
    "sla_verdict.met": _("Kept"), "sla_verdict.breached": _("Missed"), "sla_verdict.open": _("Still open"),
    "sla_verdict.none": _("No service level for this"),
    "change_handling.office": _("Office hours of business days"), "change_handling.any": _("Any hour of business days"),
    "standard_change_confirmation": _("Confirmation of a standard change"),
    "other_change_contact": _("Contact about a change form"), "change_handling.": _("None"),
    "party": _("Parties"), "contact": _("Contacts"), "portal_account": _("Portal accounts"),
    "call_record": _("Call records"),
    "proration.none": _("Not by the day"), "proration.daily": _("By the day"),
    "early_charge_tax.out_of_scope": _("Outside the tax"), "early_charge_tax.taxable": _("Taxed"),
    "sla_credit_tax.before_tax": _("Before the tax"), "sla_credit_tax.after_tax": _("After the tax"),
    "sla_cap_scope.month": _("The month"), "sla_cap_scope.contract": _("The contract"),
    "emergency_block_allowed.high_only": _("High alone"), "emergency_block_allowed.never": _("Never"),
    "log_retention_basis.receipt": _("Receipt"), "log_retention_basis.log_time": _("The log's own time"),
}  # fmt: skip
"""Code -> words; ``RULE.code`` or ``SWITCH.code`` where the same code means something else elsewhere."""

PARTS = {
    "net": _("Taxable, without tax"), "tax": _("Consumption tax"), "nontax": _("Outside the tax"), "total": _("Total"),
    "intake": _("How it reaches us"), "answered_by": _("Who answers"), "clock": _("Clock"),
    "hours": _("Working hours"), "chargeable": _("Charged"), "derived": _("Derived, not in the text"),
}  # fmt: skip
"""The names of an answer's parts."""

FIGURES = {
    "included_accounts": ("6-1(1)", _("Portal accounts included")),
    "log_retention_years": ("6-1(1)", _("Log retention")),
    "log_retention_years_max": ("6-1(2)", _("Log retention, at most")),
    "monthly_report_business_days": ("6-1(1)", _("Monthly report, after the month's end")),
    "high_notice_minutes": ("6-1(3)", _("Notice of High")),
    "medium_notice_minutes": ("6-1(3)", _("Notice of Medium")),
    "service_term_months": ("12-1", _("Minimum term of the service")),
    "operations_term_months": ("12-2", _("Minimum term of operations")),
    "long_option_term_months": ("12-3", _("Minimum term of long options")),
    "short_option_term_months": ("12-4", _("Minimum term of other options")),
    "option_stop_days": ("12-5", _("Notice to stop an option")),
    "succession_filing_days": ("16-2", _("Filing a succession")),
    "cancellation_months": ("17-2", _("Notice of cancellation")),
    "standard_change_hours": ("23-2", _("Confirmation of a standard change")),
    "other_change_contact_business_days": ("23-2", _("Contact about a change form")),
    "surcharge_multiple": ("29-1", _("Surcharge")),
    "late_interest_percent_tenths": ("30-1", _("Late interest a year")),
    "sla_credit_divisor": ("35-1", _("Credit for a missed service level, of the monthly fee")),
    "sla_claim_weeks": ("35-1", _("Claiming a missed service level")),
    "oral_secret_weeks": ("37-1", _("Confirming an oral secret")),
}
"""Figures of the terms: article and words, in the order of the text."""

_ARTICLE = re.compile(r"(\d+)(?:-(\d+))?((?:\(\d+\))*)")


@dataclass(frozen=True)
class Said:
    """A value in words: one line, or a list of lines, or named parts."""

    text: str = ""
    lines: list[str] = field(default_factory=list)
    parts: list[tuple[str, str]] = field(default_factory=list)


def japanese() -> bool:
    return (get_language() or "ja").startswith("ja")


def in_page_language(words: Words) -> str:
    return words.in_language(get_language() or "ja")


def word(code: str, of: str = "") -> str:
    """What a code means: of a rule or switch first, then anywhere, else the code itself."""
    found = CODES.get(f"{of}.{code}", CODES.get(code, code))
    return in_page_language(found) if isinstance(found, Words) else str(found)


def article_name(number: str) -> str:
    """'6-1(2)' as '第6条第1項(2)' or 'Art. 6-1(2)'; a supplementary provision by its count."""
    if number.startswith("附則"):
        return gettext("Suppl. %(n)s") % {"n": number.removeprefix("附則")}
    found = _ARTICLE.fullmatch(number)
    if not japanese() or found is None:
        return f"Art. {number}"
    article, paragraph, items = found.groups()
    return f"第{article}条" + (f"第{paragraph}項" if paragraph else "") + items


def date_written(on: dt.date) -> str:
    """A date, or an instant in Tokyo time, with its weekday, as the rules' own steps write it."""
    shown = tokyo(on) if isinstance(on, dt.datetime) else on
    return in_page_language(Words("{0}", "{0}").with_facts(shown))


def answer_said(rule_name: str, value: Any) -> Said:
    """A rule's value for a person."""
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        parts = [(str(PARTS.get(name, name)), _one(rule_name, part)) for name, part in value._asdict().items()]
        return Said(parts=parts)
    if isinstance(value, tuple | list):
        return Said(lines=[_one(rule_name, part) for part in value] or [gettext("None")])
    return Said(text=_one(rule_name, value))


def figure_written(name: str, figure: int) -> str:
    """A figure of the terms with its unit, which is the end of its name."""
    if name.endswith("_percent_tenths"):
        return f"{figure // 10}.{figure % 10}%"
    if name.endswith("_divisor"):
        return f"1/{figure}"
    if name.endswith("_multiple"):
        return gettext("%(n)d times") % {"n": figure}
    for unit, written in _UNITS.items():
        if name.removesuffix("_max").endswith(unit):
            return written(figure)
    return str(figure)


def setting_written(switch: str, setting: object) -> str:
    """How a switch stands."""
    if isinstance(setting, tuple):
        return gettext(", ").join(f"{word(category)} {_period(period)}" for category, period in setting)
    if isinstance(setting, bool):
        return word("yes" if setting else "no")
    return _days(setting) if isinstance(setting, int) else word(str(setting), switch)


def _one(rule_name: str, value: Any) -> str:
    if isinstance(value, bool):
        return word("yes" if value else "no")
    if isinstance(value, int):
        return f"{value}%" if rule_name in _PERCENT_ANSWERS else in_page_language(_yen(value))
    if isinstance(value, dt.date):
        return date_written(value)
    return word(str(value), rule_name)


def _yen(amount: int) -> Words:
    return Words(f"{amount:,}円", f"{amount:,} yen")


def _period(text: str) -> str:
    """'6m' as '6 months'."""
    units = {"d": "_days", "w": "_weeks", "m": "_months", "y": "_years"}
    return _UNITS[units[text[-1]]](int(text[:-1]))


def _days(n: int) -> str:
    return ngettext("%(n)d day", "%(n)d days", n) % {"n": n}


_UNITS = {
    "_business_days": lambda n: ngettext("%(n)d business day", "%(n)d business days", n) % {"n": n},
    "_years": lambda n: ngettext("%(n)d year", "%(n)d years", n) % {"n": n},
    "_months": lambda n: ngettext("%(n)d month", "%(n)d months", n) % {"n": n},
    "_weeks": lambda n: ngettext("%(n)d week", "%(n)d weeks", n) % {"n": n},
    "_days": _days,
    "_hours": lambda n: ngettext("%(n)d hour", "%(n)d hours", n) % {"n": n},
    "_minutes": lambda n: ngettext("%(n)d minute", "%(n)d minutes", n) % {"n": n},
}
