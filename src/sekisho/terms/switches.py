"""The switches of the terms, described: which article each settles, what it may be set to, and what that means.

``versions.Switches`` holds the settings; this table is how a person reads and changes them.
"""

from __future__ import annotations

from typing import NamedTuple

from sekisho.terms.personal_data import retention_period
from sekisho.terms.values import BadParameter
from sekisho.terms.versions import DEFAULT_SWITCHES
from sekisho.terms.words import Words

DAYS_MAX = 366


class SwitchRule(NamedTuple):
    """One switch. ``choices``: its settings as text, the default first; empty for a number of days or a table."""

    name: str
    article: str
    choices: tuple[str, ...]
    words: Words


_YES_NO = ("true", "false")
_NO_YES = ("false", "true")

SWITCH_RULES: dict[str, SwitchRule] = {
    rule.name: rule
    for rule in (
        SwitchRule("proration", "27-1", ("none", "daily"), Words("月途中の料金の日割", "fee of a part of a month")),
        SwitchRule(
            "early_charge_tax", "13-1", ("out_of_scope", "taxable"),
            Words("早期解除調定の消費税", "consumption tax on the early-termination charge"),
        ),
        SwitchRule(
            "sla_credit_tax", "35-1", ("before_tax", "after_tax"),
            Words("差引額は税計算の前か後か", "whether a credit comes off before or after the tax"),
        ),
        SwitchRule("sla_cap_scope", "35-1", ("month", "contract"), Words("賠償の上限の単位", "what the cap is for")),
        SwitchRule("interest_grace_days", "30-1", (), Words("延滞利息の猶予日数", "days of grace before interest")),
        SwitchRule(
            "written_form_includes_portal", "35-1", _YES_NO,
            Words("ポータルの通知を書面とみなす", "a notice on the portal counts as written"),
        ),
        SwitchRule(
            "year_end_is_weekday", "23-2", _NO_YES,
            Words("年末年始の休業日も作業できる平日とみなす", "the year-end closure counts as weekdays for work"),
        ),
        SwitchRule(
            "premium_standard_change_24h", "23-2", _YES_NO,
            Words("プレミアムにも標準変更の24時間を適用", "24 hours for standard changes of the premium plan too"),
        ),
        SwitchRule(
            "transition_survives", "附則6", _YES_NO,
            Words("V6の後も特例措置が続く", "the transition rule outlives V6"),
        ),
        SwitchRule("maintenance_notice_days", "20-2", (), Words("計画工事の事前通知日数", "days of notice of work")),
        SwitchRule(
            "emergency_block_allowed", "36-1", ("high_only", "never"),
            Words("了承前の緊急遮断", "a block before the contractor's consent"),
        ),
        SwitchRule(
            "surcharge_in_addition", "29-1", _YES_NO,
            Words("割増金は免れた額とは別", "the surcharge is owed besides what was evaded"),
        ),
        SwitchRule(
            "log_retention_basis", "6-1(1)", ("receipt", "log_time"),
            Words("保存期間の起算", "from when a log's years count"),
        ),
        SwitchRule(
            "retention_period_by_category", "38-5", (),
            Words("個人情報の種類ごとの保存期間", "how long each category of personal data is kept"),
        ),
    )
}  # fmt: skip
"""The fifteenth switch of the register, the closure days, is a ``calendar.Calendar``."""


def switch_read(name: str, text: str) -> object:
    """A switch's setting from its text; ``BadParameter`` for an unknown switch or setting."""
    rule = SWITCH_RULES.get(name)
    if rule is None:
        raise BadParameter(f"switch.{name}", f"does not exist; there are {', '.join(SWITCH_RULES)}")
    if name == "retention_period_by_category":
        return _periods(text)
    if not rule.choices:
        return _days(name, text)
    if text not in rule.choices:
        raise BadParameter(f"switch.{name}", f"{text!r} is none of {', '.join(rule.choices)}")
    return text == "true" if isinstance(getattr(DEFAULT_SWITCHES, name), bool) else text


def _days(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit()) or int(text[:9]) > DAYS_MAX:
        raise BadParameter(f"switch.{name}", f"{text!r} is not a number of days from 0 to {DAYS_MAX}")
    return int(text)


def _periods(text: str) -> tuple[tuple[str, str], ...]:
    """'party:1y,mail:6m' over the defaults."""
    periods = dict(DEFAULT_SWITCHES.retention_period_by_category)
    for part in text.split(","):
        category, _, period = part.partition(":")
        retention_period(period, "switch.retention_period_by_category")
        periods[category] = period
    return tuple(periods.items())
