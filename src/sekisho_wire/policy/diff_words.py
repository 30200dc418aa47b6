"""A change of a policy in words, for the person who must agree to it."""

from __future__ import annotations

from typing import Any

from sekisho_wire.policy.diff import Change
from sekisho_wire.policy.words import Words

VALUE_CHARS_MAX = 160

SECTION_WORDS: dict[str, Words] = {
    "": Words("ポリシー", "policy"),
    "zones": Words("ゾーン", "zone"),
    "addresses": Words("アドレス", "address"),
    "services": Words("サービス", "service"),
    "schedules": Words("スケジュール", "schedule"),
    "rules": Words("ファイアウォールのルール", "firewall rule"),
    "port_forwards": Words("ポート転送", "port forward"),
    "source_nat": Words("送信元アドレスの変換", "source translation"),
    "static_nat": Words("1対1のアドレス変換", "static translation"),
    "intrusion": Words("IDS/IPS", "intrusion prevention"),
    "intrusion.exceptions": Words("シグネチャの例外", "signature exception"),
    "url": Words("URLフィルタリング", "URL filter"),
    "url.categories": Words("URLカテゴリ", "URL category"),
    "applications": Words("アプリケーションフィルタリング", "application filter"),
    "applications.rules": Words("アプリケーション", "application"),
    "malware": Words("アンチマルウェア", "anti-malware"),
    "sandbox": Words("サンドボックス", "sandbox"),
    "tls": Words("TLS検査", "TLS inspection"),
    "mail": Words("メール", "mail"),
    "bandwidth": Words("帯域", "bandwidth"),
    "bandwidth.classes": Words("帯域のクラス", "bandwidth class"),
    "logging": Words("ログ", "logging"),
    "logging.targets": Words("ログの送り先", "log target"),
}

FIELD_WORDS: dict[str, Words] = {
    "action": Words("動作", "action"),
    "comment": Words("備考", "comment"),
    "destination": Words("宛先", "destination"),
    "enabled": Words("有効", "enabled"),
    "entries": Words("内容", "entries"),
    "failure": Words("障害時の動作", "behaviour at failure"),
    "from_zone": Words("送信元ゾーン", "from zone"),
    "interface": Words("インターフェース", "interface"),
    "log": Words("ログ", "log"),
    "masquerade_zones": Words("送信元を隠すゾーン", "masquerading zones"),
    "mode": Words("モード", "mode"),
    "networks": Words("ネットワーク", "networks"),
    "schedule": Words("スケジュール", "schedule"),
    "services": Words("サービス", "services"),
    "silenced_sids": Words("止めたシグネチャ", "silenced signatures"),
    "source": Words("送信元", "source"),
    "title": Words("名称", "title"),
    "to_zone": Words("宛先ゾーン", "to zone"),
}

_UNSET = Words("(既定値)", "(default)")


def change_words(change: Change) -> Words:
    """One sentence in each language."""
    section = SECTION_WORDS.get(change.section, Words(change.section, change.section))
    thing = Words(f"{section.ja}「{change.name}」", f"{section.en} {change.name!r}")
    match change.kind:
        case "added":
            place = _place(change)
            return Words(f"{thing.ja}を追加{place.ja}", f"{thing.en} added{place.en}")
        case "removed":
            return Words(f"{thing.ja}を削除", f"{thing.en} removed")
        case "renamed":
            return Words(f"{thing.ja}の名前を「{change.after}」に変更", f"{thing.en} renamed to {change.after!r}")
        case "moved":
            place = _place(change)
            return Words(f"{thing.ja}を移動{place.ja}", f"{thing.en} moved{place.en}")
    if change.field:
        said = _setting(change.field, change.before, change.after)
        return Words(f"{section.ja}: {said.ja}", f"{section.en}: {said.en}")
    fields = [_setting(*difference) for difference in _differences(change.before, change.after)]
    return Words(
        f"{thing.ja}を変更: " + "、".join(said.ja for said in fields),
        f"{thing.en} changed: " + ", ".join(said.en for said in fields),
    )


def _place(change):
    if change.section not in ("rules", "source_nat", "applications.rules", "bandwidth.classes"):
        return Words("", "")
    if change.behind is None:
        return Words("(先頭)", " at the top")
    return Words(f"(「{change.behind}」の次)", f" behind {change.behind!r}")


def _differences(before, after):
    return [
        (key, before.get(key), after.get(key)) for key in sorted({*before, *after}) if before.get(key) != after.get(key)
    ]


def _setting(field, before, after):
    name = FIELD_WORDS.get(field, Words(field, field))
    if isinstance(before or after, list) and None not in (before, after):
        return _list_setting(name, before, after)
    old, new = _value(before), _value(after)
    return Words(f"{name.ja} {old.ja} → {new.ja}", f"{name.en} {old.en} -> {new.en}")


def _list_setting(name, before, after):
    more = [_text(entry) for entry in after if entry not in before]
    less = [_text(entry) for entry in before if entry not in after]
    said = _shortened(", ".join([*(f"+{entry}" for entry in more), *(f"-{entry}" for entry in less)]))
    return Words(f"{name.ja} {said}", f"{name.en} {said}")


def _value(value: Any) -> Words:
    if value is None:
        return _UNSET
    text = _shortened(_text(value))
    return Words(text, text)


def _text(value: Any) -> str:
    if isinstance(value, dict):
        ports = ",".join(map(str, value.get("ports", ())))
        if "protocol" in value:
            return "/".join(filter(None, [str(value["protocol"]), ports]))
        return " ".join(f"{key}={_text(entry)}" for key, entry in value.items())
    if isinstance(value, list):
        return ", ".join(map(_text, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _shortened(text):
    return text if len(text) <= VALUE_CHARS_MAX else f"{text[: VALUE_CHARS_MAX - 1]}…"
