"""The security functions: settings that contradict each other, or that nothing could enforce, with the reason."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sekisho_wire.policy.addresses import wrong_address
from sekisho_wire.policy.check_objects import address_problems, service_problems, taken_names, unknown
from sekisho_wire.policy.check_rules import Names
from sekisho_wire.policy.powers import Powers
from sekisho_wire.policy.words import Problem, Words, problem

ACCESS_KBPS: dict[str, int] = {
    "best_effort_100m": 100_000,
    "best_effort_1g": 1_000_000,
    "guaranteed_10m": 10_000,
    "guaranteed_30m": 30_000,
    "guaranteed_50m": 50_000,
    "guaranteed_100m": 100_000,
}
"""Capacity of the access items by their code in the contract; a custom design has none that is known here."""

_DOMAIN = re.compile(r"(?=.{1,253}(?:/|\Z))(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
_PATH = re.compile(r"/[\x21-\x7e]{0,1024}")


def function_setting_problems(policy, names: Names, powers: Powers) -> Iterator[Problem]:
    yield from _intrusion_problems(policy.intrusion, names)
    yield from _url_problems(policy, powers)
    yield from _tls_problems(policy, names, powers)
    yield from _malware_problems(policy)
    yield from _mail_problems(policy.mail)
    yield from _bandwidth_problems(policy.bandwidth, names)
    yield from _logging_problems(policy.logging)


def _intrusion_problems(intrusion, names):
    yield from taken_names("/intrusion/exceptions", intrusion.exceptions, Words("例外", "exception"))
    for i, exception in enumerate(intrusion.exceptions):
        pointer = f"/intrusion/exceptions/{i}"
        yield from address_problems(f"{pointer}/source", exception.source, names.addresses)
        yield from address_problems(f"{pointer}/destination", exception.destination, names.addresses)
        if exception.action == "drop" and intrusion.mode == "detect":
            yield problem(
                f"{pointer}/action", "検知のみのモードでは遮断できません", "can't drop while intrusion.mode is 'detect'"
            )


def _url_problems(policy, powers):
    url = policy.url
    stated = url.categories or url.allowed or url.blocked
    if stated and not url.layers:
        yield problem(
            "/url/layers",
            "判定する場所(dns, sni, http)がありません",
            "nothing would enforce this: no layer (dns, sni, http)",
        )
    yield from taken_names("/url/categories", url.categories, Words("カテゴリの設定", "category rule"))
    yield from _category_problems("/url/categories", [rule.name for rule in url.categories], powers)
    for attribute in ("allowed", "blocked"):
        yield from _url_entry_problems(f"/url/{attribute}", getattr(url, attribute), policy)
    allowed = set(url.allowed)
    for i, entry in enumerate(url.blocked):
        if entry in allowed:
            yield problem(
                f"/url/blocked/{i}", "許可にも同じものがあります", "is also allowed, and allowed beats blocked"
            )


def _category_problems(pointer, codes, powers):
    for i, code in enumerate(codes):
        if powers.categories is not None and code not in powers.categories:
            yield unknown(f"{pointer}/{i}", code, powers.categories, Words("カテゴリ", "category"))


def _url_entry_problems(pointer, entries, policy):
    readable = "http" in policy.url.layers
    for i, entry in enumerate(entries):
        if words := wrong_url_entry(entry):
            yield Problem(f"{pointer}/{i}", words)
        elif "/" in entry and not readable:
            yield problem(
                f"{pointer}/{i}",
                "パスまで見るには層 http が必要です(dnsとsniは名前だけ)",
                "a path needs layer 'http': DNS and TLS show names only",
            )
        elif "/" in entry and policy.tls.mode != "inspect":
            yield problem(
                f"{pointer}/{i}",
                "HTTPSのパスを見るにはTLS検査が必要です",
                "the path of an HTTPS URL can't be seen without TLS inspection (tls.mode)",
            )


def wrong_url_entry(entry: str) -> Words | None:
    """Why an entry is neither a domain nor a domain with a path; None if it is one."""
    domain, slash, path = entry.partition("/")
    if _DOMAIN.fullmatch(domain) and _PATH.fullmatch(slash + path or "/"):
        return None
    meant = _meant_domain(entry)
    if meant is not None and _DOMAIN.fullmatch(meant):
        return Words(f"{entry!r} は {meant!r} と書きます", f"{entry!r} is written {meant!r} here")
    return Words(f"{entry!r} はドメイン名ではありません", f"{entry!r} is no domain name")


def _meant_domain(entry):
    bare = re.sub(r"^[a-z]+://", "", entry.strip(), flags=re.I).removeprefix("*.").lstrip(".").rstrip("./").lower()
    try:
        return bare.encode("idna").decode()
    except UnicodeError:
        return None


def _tls_problems(policy, names, powers):
    tls = policy.tls
    for i, name in enumerate(tls.zones):
        yield from names.zone_problems(f"/tls/zones/{i}", name)
    yield from address_problems("/tls/exempt_addresses", tls.exempt_addresses, names.addresses)
    yield from _category_problems("/tls/exempt_categories", tls.exempt_categories, powers)
    for i, entry in enumerate(tls.exempt_domains):
        if words := wrong_url_entry(entry):
            yield Problem(f"/tls/exempt_domains/{i}", words)
        elif "/" in entry:
            yield problem(
                f"/tls/exempt_domains/{i}", "ここはドメイン名だけです", "only a name is known before TLS is read"
            )
    if tls.mode == "inspect" and not tls.zones:
        yield problem("/tls/zones", "検査するゾーンがありません", "no zone is inspected")
    if tls.mode == "inspect" and tls.quic == "allow":
        yield problem(
            "/tls/quic",
            "QUICは復号できないため、TLS検査を通り抜けます。'block' にしてください",
            "QUIC can't be read and would go around the inspection; say 'block'",
        )


def _malware_problems(policy):
    malware, sandbox = policy.malware, policy.sandbox
    if malware.mode != "off" and not malware.protocols:
        yield problem("/malware/protocols", "検査する通信がありません", "nothing would be scanned")
    if malware.mode != "off" and "https" in malware.protocols and policy.tls.mode != "inspect":
        yield problem(
            "/malware/protocols",
            "HTTPSのファイルを検査するにはTLS検査が必要です",
            "files in HTTPS can't be scanned without TLS inspection",
        )
    if sandbox.mode != "off" and malware.mode == "off":
        yield problem(
            "/sandbox/mode",
            "ファイルを取り出すアンチマルウェアが止まっています",
            "files reach the sandbox through anti-malware, which is off",
        )


def _mail_problems(mail):
    if (mail.spam != "off" or mail.virus != "off") and not mail.protocols:
        yield problem("/mail/protocols", "検査するメールの通信がありません", "no mail protocol is inspected")
    for attribute in ("spam", "virus"):
        if getattr(mail, attribute) == "delete" and "pop3" in mail.protocols:
            yield problem(
                f"/mail/{attribute}",
                "POP3では削除できません(利用者が取りに来るメールのため)。'tag' か 'remove' にしてください",
                "mail that is fetched by POP3 can't be deleted on the way, only changed",
            )
    for attribute in ("spam_subject", "virus_subject"):
        if not getattr(mail, attribute).isprintable():
            yield problem(f"/mail/{attribute}", "制御文字は使えません", "no control characters in a subject")


def _bandwidth_problems(bandwidth, names):
    capacity = ACCESS_KBPS.get(bandwidth.access_item or "")
    yield from taken_names("/bandwidth/classes", bandwidth.classes, Words("クラス", "class"))
    for i, item in enumerate(bandwidth.classes):
        pointer = f"/bandwidth/classes/{i}"
        yield from address_problems(f"{pointer}/source", item.source, names.addresses)
        yield from service_problems(f"{pointer}/services", item.services, names.services)
        if item.limit_kbps is not None and item.limit_kbps < item.guaranteed_kbps:
            yield problem(f"{pointer}/limit_kbps", "上限が確保より小さいです", "the limit is below what is guaranteed")
    total = sum(item.guaranteed_kbps for item in bandwidth.classes)
    if bandwidth.classes and bandwidth.access_item is None:
        yield problem("/bandwidth/access_item", "回線の品目がありません", "classes share a line, and no line is stated")
    elif bandwidth.classes and capacity is None:
        yield problem(
            "/bandwidth/access_item",
            "この品目の帯域は契約ごとに決まるため、確保する帯域を定められません",
            "the capacity of this item is not known, so nothing can be guaranteed on it",
        )
    elif capacity is not None and total > capacity:
        yield problem(
            "/bandwidth/classes",
            f"確保の合計{total}kbpsが回線の{capacity}kbpsを超えます",
            f"{total} kbps guaranteed on a line of {capacity}",
        )


def _logging_problems(logging):
    yield from taken_names("/logging/targets", logging.targets, Words("送り先", "target"))
    for i, target in enumerate(logging.targets):
        if words := wrong_address(target.address):
            yield Problem(f"/logging/targets/{i}/address", words)
