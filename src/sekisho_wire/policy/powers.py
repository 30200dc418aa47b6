"""What may and can be enforced: the plan's functions, the box's engines, the catalogues. All are arguments.

The wire knows no contract. The centre says which functions the plan includes and are not restricted; the edge says
which features it renders; both may leave a question out by saying None.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import msgspec
from msgspec.structs import replace

from sekisho_wire.policy.functions import Bandwidth, Logging
from sekisho_wire.policy.words import Problem, Words, problem


class ApplicationFacts(msgspec.Struct, frozen=True):
    """What the catalogue knows about an application that decides whether it can be view only."""

    domains: tuple[str, ...] = ()
    pinned: bool = False
    """Its own clients refuse a line's CA: such TLS can't be read, only passed or refused."""
    writes_known: bool = True
    """The catalogue knows which requests write."""


class Powers(msgspec.Struct, frozen=True):
    """What a policy may ask for. None means: not asked here."""

    functions: frozenset[str] | None = None
    """Codes of the functions that the plan includes and are not restricted, such as ``url_filter``."""
    access_items: frozenset[str] | None = None
    """Codes of the access items that the plan includes, such as ``guaranteed_10m``."""
    features: frozenset[str] | None = None
    """Codes of FEATURES that the box enforces."""
    applications: Mapping[str, ApplicationFacts] | None = None
    categories: frozenset[str] | None = None


EVERYTHING = Powers()

FUNCTION_WORDS: dict[str, Words] = {
    "firewall": Words("ファイアウォール", "the firewall"),
    "ids_ips": Words("IDS/IPS", "intrusion detection and prevention"),
    "url_filter": Words("URLフィルタリング", "URL filtering"),
    "app_filter": Words("アプリケーションフィルタリング", "application filtering"),
    "anti_malware": Words("アンチマルウェア", "anti-malware"),
    "sandbox": Words("サンドボックス", "the sandbox"),
    "mail_antispam": Words("アンチスパム", "mail anti-spam"),
    "mail_antivirus": Words("メールのアンチウイルス", "mail anti-virus"),
}


def functions_used(policy) -> Iterator[tuple[str, str]]:
    """(code of a function, pointer to what uses it), in the order of the terms."""
    uses = (
        ("firewall", "/rules", bool(policy.rules)),
        ("ids_ips", "/intrusion/mode", policy.intrusion.mode != "off"),
        ("url_filter", "/url", bool(policy.url.categories or policy.url.allowed or policy.url.blocked)),
        ("app_filter", "/applications", bool(policy.applications.rules)),
        ("anti_malware", "/malware/mode", policy.malware.mode != "off"),
        ("sandbox", "/sandbox/mode", policy.sandbox.mode != "off"),
        ("mail_antispam", "/mail/spam", policy.mail.spam != "off"),
        ("mail_antivirus", "/mail/virus", policy.mail.virus != "off"),
    )
    yield from ((code, pointer) for code, pointer, used in uses if used)


def function_problems(policy, powers: Powers) -> Iterator[Problem]:
    """What the plan does not include."""
    if powers.functions is not None:
        for code, pointer in functions_used(policy):
            if code not in powers.functions:
                words = FUNCTION_WORDS[code]
                yield problem(
                    pointer, f"契約プランに{words.ja}は含まれていません", f"the plan does not include {words.en}"
                )
    item = policy.bandwidth.access_item
    if item is not None and powers.access_items is not None and item not in powers.access_items:
        yield problem(
            "/bandwidth/access_item", f"契約プランに {item} は含まれていません", f"the plan does not include {item}"
        )


def _each(pointer: str, items, uses: Callable) -> Iterator[str]:
    return (f"{pointer}/{i}" for i, item in enumerate(items) if uses(item))


def _is_narrow(exception):
    """One signature can leave out one side; acting otherwise for some would need it twice."""
    if exception.action == "silence":
        return exception.source and exception.destination
    return exception.source or exception.destination


def _services(policy):
    for i, rule in enumerate(policy.rules):
        for j, service in enumerate(rule.services):
            if not isinstance(service, str):
                yield f"/rules/{i}/services/{j}", service
    for i, item in enumerate(policy.services):
        for j, service in enumerate(item.entries):
            if not isinstance(service, str):
                yield f"/services/{i}/entries/{j}", service


FEATURES: dict[str, tuple[Words, Callable]] = {
    "schedules": (
        Words("時間帯のあるルール", "rules with a schedule"),
        lambda policy: _each("/rules", policy.rules, lambda rule: rule.schedule is not None),
    ),
    "rule_logs": (
        Words("ルールごとのログ", "logs of a single rule"),
        lambda policy: _each("/rules", policy.rules, lambda rule: rule.log),
    ),
    "negated_addresses": (
        Words("「以外」のアドレス", "addresses other than those named"),
        lambda policy: _each("/rules", policy.rules, lambda rule: rule.source_negated or rule.destination_negated),
    ),
    "source_ports": (
        Words("送信元ポート", "source ports"),
        lambda policy: (place for place, service in _services(policy) if service.source_ports),
    ),
    "icmp_types": (
        Words("ICMPのタイプ", "ICMP types"),
        lambda policy: (place for place, service in _services(policy) if service.icmp_type is not None),
    ),
    "forward_ranges": (
        Words("範囲や送信元を限ったポート転送", "forwards of a range, for some sources only, or switched off"),
        lambda policy: _each(
            "/port_forwards", policy.port_forwards, lambda item: item.port_last or item.source or not item.enabled
        ),
    ),
    "source_nat": (
        Words("送信元アドレスの変換", "source translation"),
        lambda policy: _each("/source_nat", policy.source_nat, bool),
    ),
    "static_nat": (
        Words("1対1のアドレス変換", "static translation"),
        lambda policy: _each("/static_nat", policy.static_nat, bool),
    ),
    "signature_exceptions": (
        Words("シグネチャの例外", "exceptions of signatures"),
        lambda policy: _each("/intrusion/exceptions", policy.intrusion.exceptions, bool),
    ),
    "narrow_exceptions": (
        Words(
            "送信元と宛先の両方に限った例外、または一部のアドレスだけの検知・遮断",
            "exceptions for pairs of addresses, or that alert or drop for some addresses only",
        ),
        lambda policy: _each("/intrusion/exceptions", policy.intrusion.exceptions, _is_narrow),
    ),
    "signature_profiles": (
        Words("シグネチャの量の選択", "a choice of how many signatures"),
        lambda policy: ["/intrusion/profile"] * (policy.intrusion.profile != "balanced"),
    ),
    "dns_filter": (
        Words("DNSでの判定", "filtering of DNS names"),
        lambda policy: ["/url/layers"] * ("dns" in policy.url.layers),
    ),
    "sni_filter": (
        Words("TLSのSNIでの判定", "filtering of TLS names"),
        lambda policy: ["/url/layers"] * ("sni" in policy.url.layers),
    ),
    "http_filter": (
        Words("HTTPのURLでの判定", "filtering of HTTP URLs"),
        lambda policy: ["/url/layers"] * ("http" in policy.url.layers),
    ),
    "applications": (
        Words("アプリケーションの制御", "control of applications"),
        lambda policy: ["/applications"] * bool(policy.applications.rules),
    ),
    "tls_inspection": (
        Words("TLSの復号検査", "TLS inspection"),
        lambda policy: ["/tls/mode"] * (policy.tls.mode == "inspect"),
    ),
    "quic_block": (Words("QUICの遮断", "refusing QUIC"), lambda policy: ["/tls/quic"] * (policy.tls.quic == "block")),
    "malware_scan": (
        Words("ファイルの検査", "scanning of files"),
        lambda policy: ["/malware/mode"] * (policy.malware.mode != "off"),
    ),
    "sandbox": (
        Words("サンドボックスへの送付", "sending files to the sandbox"),
        lambda policy: ["/sandbox/mode"] * (policy.sandbox.mode != "off"),
    ),
    "mail": (
        Words("メールの検査", "inspection of mail"),
        lambda policy: ["/mail"] * (policy.mail.spam != "off" or policy.mail.virus != "off"),
    ),
    "bandwidth": (
        Words("帯域の制御", "shaping of bandwidth"),
        lambda policy: ["/bandwidth"] * (policy.bandwidth != Bandwidth()),
    ),
    "logging": (
        Words("ログの設定", "settings of the logs"),
        lambda policy: ["/logging"] * (replace(policy.logging, targets=()) != Logging()),
    ),
    "log_targets": (
        Words("契約者のログサーバーへの転送", "sending logs to servers of the contractor"),
        lambda policy: _each("/logging/targets", policy.logging.targets, bool),
    ),
}


def feature_problems(policy, powers: Powers) -> Iterator[Problem]:
    """What the box can't enforce. Everything that it would otherwise ignore in silence is in FEATURES."""
    if powers.features is None:
        return
    for code, (words, uses) in FEATURES.items():
        if code not in powers.features:
            for pointer in uses(policy):
                yield problem(
                    pointer, f"この装置は{words.ja}に対応していません", f"this box can't enforce {words.en} ({code})"
                )
