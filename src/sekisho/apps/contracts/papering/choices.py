"""What an application form says, as the boxes and tables of its paper. Pure, but for the words of consents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sekisho.apps.tariff.items import CLOSED_ITEMS, monthly_ancillary
from sekisho.papers.contract_application import Choice, PolicySetting, PolicySheet
from sekisho.papers.letter import Fact
from sekisho.papers.paper import Language
from sekisho.terms.applications import AncillaryService, FormPart, LineKind
from sekisho.terms.consents import consent_text
from sekisho.terms.entitlements import ContractFacts
from sekisho.terms.plans import FUNCTION_WORDS, MATRIX, PLAN_WORDS, Plan, SecurityFunction
from sekisho.terms.words import Words

from ..forms import ApplicationForm, Device

SETTINGS_MAX = 400
"""Lines of one device's policy sheet; the rest is in the policy itself, and the paper says how many there are."""

LINE_WORDS: dict[LineKind, Words] = {
    LineKind.LAN_NETWORK: Words("LAN型ネットワークサービス", "LAN network service"),
    LineKind.IP_NETWORK: Words("IPネットワークサービス", "IP network service"),
    LineKind.OTHER: Words("その他の回線", "another line"),
}
_SECTIONS: dict[str, Words] = {
    "zones": Words("ネットワーク区画", "Zones"),
    "rules": Words("ファイアウォール", "Firewall"),
    "masquerade_zones": Words("アドレス変換", "Address translation"),
    "port_forwards": Words("アドレス変換(公開)", "Port forwarding"),
    "source_nat": Words("アドレス変換(送信元)", "Source address translation"),
    "static_nat": Words("アドレス変換(1対1)", "Static address translation"),
    "intrusion": Words("不正侵入検知/防御", "Intrusion prevention"),
    "addresses": Words("アドレスの名称", "Named addresses"),
    "services": Words("サービスの名称", "Named services"),
    "schedules": Words("時間帯", "Schedules"),
    "url": Words("URLフィルタリング", "URL filtering"),
    "applications": Words("アプリケーションフィルタリング", "Application filtering"),
    "malware": Words("アンチマルウェア", "Anti-malware"),
    "sandbox": Words("サンドボックス", "Sandbox"),
    "tls": Words("TLS検査", "TLS inspection"),
    "mail": Words("メール", "Mail"),
    "bandwidth": Words("帯域制御", "Bandwidth"),
    "logging": Words("ログ", "Logging"),
}
_REST = Words("ほか{0}項目", "{0} more settings")
_RETENTION = Words("ログ保存{0}年", "logs kept for {0} years")
_ACCOUNTS = Words("アカウント追加{0}", "{0} extra accounts")
_REPORT = Words("セキュリティ監視レポート", "monitoring report")
_MEETING = Words("セキュリティ報告会", "report meeting")
_VERSION = Words("第{0}版", "version {0}")


def plan_choices(chosen: Plan | None, language: Language) -> tuple[Choice, ...]:
    return tuple(Choice(name=PLAN_WORDS[plan].in_language(language), chosen=plan is chosen) for plan in Plan)


def function_choices(form: ApplicationForm, language: Language) -> tuple[Choice, ...]:
    """Every function that the plan offers, and whatever else was asked for."""
    offered = MATRIX[form.plan].functions if form.plan else frozenset()
    shown = [function for function in SecurityFunction if function in offered or function in form.functions]
    return tuple(Choice(name=FUNCTION_WORDS[f].in_language(language), chosen=f in form.functions) for f in shown)


def option_choices(form: ApplicationForm, language: Language) -> tuple[Choice, ...]:
    options = form.options
    return (
        Choice(
            name=_RETENTION.with_facts(options.retention_years).in_language(language),
            chosen=options.retention_years > 1,
        ),
        Choice(
            name=_ACCOUNTS.with_facts(options.extra_accounts).in_language(language), chosen=options.extra_accounts > 0
        ),
        Choice(name=_REPORT.in_language(language), chosen=options.monitoring_report),
        Choice(name=_MEETING.in_language(language), chosen=options.report_meeting),
    )


def ancillary_words(service: AncillaryService) -> Words:
    return CLOSED_ITEMS[monthly_ancillary(service)]


def ancillary_choices(form: ApplicationForm, language: Language) -> tuple[Choice, ...]:
    return tuple(
        Choice(name=ancillary_words(service).in_language(language), chosen=service in form.ancillary)
        for service in AncillaryService
    )


def conditions(form: ApplicationForm) -> tuple[Fact, ...]:
    """What the form sets differently from the terms (Art. 1-2)."""
    return tuple(Fact(name=override.parameter, value=str(override.setting)) for override in form.overrides)


def consent_choices(consented: Mapping[str, int], language: Language) -> tuple[Choice, ...]:
    return tuple(
        Choice(
            name=consent_text(FormPart(part), version).words.in_language(language),
            chosen=True,
            detail=_VERSION.with_facts(version).in_language(language),
        )
        for part, version in sorted(consented.items())
    )


def ordered_options(facts: ContractFacts) -> list[Words]:
    """The options that a contract has, in words."""
    found = [_RETENTION.with_facts(facts.retention_years)] if facts.retention_years > 1 else []
    found += [_ACCOUNTS.with_facts(facts.extra_accounts)] if facts.extra_accounts else []
    found += [_REPORT] if facts.monitoring_report else []
    return found + ([_MEETING] if facts.report_meeting else [])


def policy_sheet(device: Device, language: Language) -> PolicySheet:
    """The policy that the device is to start with, line by line."""
    lines = [
        PolicySetting(function=_section(top).in_language(language), item=item, value=value)
        for top, part in (device.policy or {}).items()
        if top in _SECTIONS
        for item, value in _leaves(part, "")
    ]
    shown = lines[:SETTINGS_MAX]
    if len(lines) > SETTINGS_MAX:
        rest = _REST.with_facts(len(lines) - SETTINGS_MAX).in_language(language)
        shown.append(PolicySetting(function="", item="", value=rest))
    return PolicySheet(device=device.label, site="", settings=tuple(shown))


def _section(top: str) -> Words:
    return _SECTIONS[top]


def _leaves(part: Any, where: str) -> Iterator[tuple[str, str]]:
    """Each value with its place: ("zones 1 name", "lan"); a list of plain values is one."""
    if isinstance(part, dict):
        for key, value in part.items():
            yield from _leaves(value, f"{where} {key}".strip())
    elif isinstance(part, list) and any(isinstance(value, dict | list) for value in part):
        for place, value in enumerate(part, 1):
            yield from _leaves(value, f"{where} {place}".strip())
    else:
        yield where, ", ".join(map(str, part)) if isinstance(part, list) else str(part)
