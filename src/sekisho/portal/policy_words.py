"""A line's policy as its contractor reads it: what is looked at, what is stopped, what happens when a function fails.

Pure. Every sentence says what the box does, in Japanese and English; nothing here knows engines or codes of ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sekisho_wire.policy import FirewallRule, SecurityPolicy, Service, Words

NAMES_SHOWN_MAX = 30


class Told(NamedTuple):
    """One function of the service, and what it does on this line."""

    title: Words
    active: bool
    lines: tuple[Words, ...]


class RuleTold(NamedTuple):
    """One rule of the firewall. Empty addresses or services are told as all of them."""

    name: str
    source: str
    destination: str
    services: str
    action: Words


def functions_told(policy: SecurityPolicy) -> list[Told]:
    """Every function, also those that are off, in the order of the service's description."""
    told = (
        (Words("不正侵入の検知・防御", "Intrusion detection and prevention"), _intrusion),
        (Words("Webサイトの制限", "Restriction of web sites"), _sites),
        (Words("アプリケーションの制限", "Restriction of applications"), _applications),
        (Words("ウイルス対策(Web)", "Protection from viruses (web)"), _malware),
        (Words("不審なファイルの確認", "Examination of unknown files"), _sandbox),
        (Words("暗号化された通信の検査", "Inspection of encrypted traffic"), _tls),
        (Words("メール対策", "Protection of mail"), _mail),
    )
    found = [(title, tuple(say(policy))) for title, say in told]
    return [Told(title, bool(lines), lines or (Words("使用していません。", "Not in use."),)) for title, lines in found]


def rules_told(policy: SecurityPolicy) -> list[RuleTold]:
    """The firewall's rules in their order; what none of them lets through is refused."""
    zones = {zone.name: zone.title or zone.name for zone in policy.zones}
    return [_rule(rule, zones) for rule in policy.rules if rule.enabled]


def _rule(rule: FirewallRule, zones) -> RuleTold:
    return RuleTold(
        rule.title or rule.name,
        _side(zones.get(rule.from_zone, rule.from_zone), rule.source),
        _side(zones.get(rule.to_zone, rule.to_zone), rule.destination),
        ", ".join(_service(service) for service in rule.services),
        _ACTIONS[rule.action],
    )


def _side(zone, addresses):
    return f"{zone}: {_names(addresses)}" if addresses else zone


def _service(service) -> str:
    if not isinstance(service, Service):
        return str(service)
    return f"{service.protocol}/{','.join(map(str, service.ports))}" if service.ports else service.protocol


def _intrusion(policy) -> Iterator[Words]:
    one = policy.intrusion
    if one.mode == "off":
        return
    if one.mode == "detect":
        yield Words(
            "攻撃の疑いがある通信を検知します。通信は止めません。", "Suspicious traffic is reported and not stopped."
        )
    else:
        yield Words(
            "攻撃の疑いがある通信を検知し、重大なものは遮断します。",
            "Suspicious traffic is reported, the severe stopped.",
        )
    yield _failure(one.failure)
    if count := len(one.exceptions) + len(one.silenced_sids):
        yield Words(f"検知の対象から外したものが{count}件あります。", f"Left out of the detection: {count}.")


def _sites(policy) -> Iterator[Words]:
    blocked = [rule.name for rule in policy.url.categories if rule.action == "block"]
    if blocked:
        yield Words(
            f"次の種類のサイトを遮断します: {_names(blocked)}", f"Sites of these kinds are blocked: {_names(blocked)}"
        )
    if policy.url.blocked:
        shown = _names(policy.url.blocked)
        yield Words(f"次のサイトを遮断します: {shown}", f"These sites are blocked: {shown}")
    if policy.url.allowed:
        shown = _names(policy.url.allowed)
        yield Words(f"次のサイトは常に許可します: {shown}", f"These sites are always allowed: {shown}")


def _applications(policy) -> Iterator[Words]:
    for action, ja, en in (
        ("block", "次のアプリケーションを遮断します", "These applications are blocked"),
        ("view_only", "次のアプリケーションは閲覧だけができます", "These applications can be viewed only"),
    ):
        if names := [rule.name for rule in policy.applications.rules if rule.action == action]:
            yield Words(f"{ja}: {_names(names)}", f"{en}: {_names(names)}")


def _malware(policy) -> Iterator[Words]:
    one = policy.malware
    if one.mode == "off":
        return
    if one.mode == "detect":
        yield Words("感染したファイルを検知します。通信は止めません。", "Infected files are reported and not stopped.")
    else:
        yield Words("感染したファイルの送受信を止めます。", "Infected files are stopped, in both directions.")
    largest = f"{one.file_bytes_max // (1 << 20)} MB"
    if one.unscanned == "allow":
        yield Words(
            f"{largest}を超えるファイルは検査せずに通します。", f"Files over {largest} pass without being scanned."
        )
    else:
        yield Words(f"{largest}を超えるファイルは遮断します。", f"Files over {largest} are blocked.")
    yield _failure(one.failure)


def _sandbox(policy) -> Iterator[Words]:
    one = policy.sandbox
    if one.mode == "alert_later":
        yield Words(
            "未知のファイルは通し、後から問題が分かった場合にお知らせします。",
            "Unknown files pass; you hear later if one is bad.",
        )
    elif one.mode == "hold":
        seconds = one.hold_seconds_max
        yield Words(
            f"未知のファイルを最大{seconds}秒待たせて確認します。", f"Unknown files are held for up to {seconds} s."
        )


def _tls(policy) -> Iterator[Words]:
    if policy.tls.mode != "inspect":
        return
    zones = _names(policy.tls.zones)
    yield Words(
        f"次の区画の暗号化された通信の中身を検査します: {zones}",
        f"The contents of encrypted traffic are read in: {zones}",
    )
    if exempt := [*policy.tls.exempt_categories, *policy.tls.exempt_domains]:
        yield Words(f"検査しないもの: {_names(exempt)}", f"Not read: {_names(exempt)}")


def _mail(policy) -> Iterator[Words]:
    one = policy.mail
    if one.spam != "off":
        done = Words("件名に印を付けて届けます", "are marked in their subject") if one.spam == "tag" else _DELETED
        yield Words(f"迷惑メールは{done.ja}。", f"Unwanted mails {done.en}.")
    if one.virus != "off":
        done = _VIRUS[one.virus]
        yield Words(f"ウイルスの付いたメールは{done.ja}。", f"Infected mails {done.en}.")


def _failure(failure) -> Words:
    if failure == "open":
        return Words(
            "この機能が止まったときは、検査せずに通信を通します。",
            "If this function fails, traffic passes uninspected.",
        )
    return Words("この機能が止まったときは、通信を止めます。", "If this function fails, traffic is stopped.")


def _names(names) -> str:
    shown = [str(name) for name in names[:NAMES_SHOWN_MAX]]
    more = len(names) - len(shown)
    return ", ".join(shown) + (f" (+{more})" if more > 0 else "")


_ACTIONS = {
    "allow": Words("許可", "allowed"),
    "drop": Words("遮断", "refused"),
    "reject": Words("遮断(相手に通知)", "refused, and told so"),
}
_DELETED = Words("削除します", "are deleted")
_VIRUS = {
    "tag": Words("件名に印を付けて届けます", "are marked in their subject"),
    "remove": Words("感染した部分を除いて届けます", "are delivered without the infected part"),
    "delete": Words("削除します", "are deleted"),
}
