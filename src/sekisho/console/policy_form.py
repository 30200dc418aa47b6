"""A layer of a policy as a form: every plain setting of every function, with what it says and where that comes from.

The fields come from the policy's own types, so a new setting is a field without a line here. What has names (rules,
objects, categories) is edited as text. An empty answer says nothing: the layer below, or the default, then counts.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from msgspec import inspect

from sekisho_wire.policy import PolicyError, SecurityPolicy
from sekisho_wire.policy.diff_words import FIELD_WORDS, SECTION_WORDS
from sekisho_wire.policy.model import read_document
from sekisho_wire.policy.overlay import DEFAULT, Effective
from sekisho_wire.policy.shape import type_of
from sekisho_wire.policy.words import Words, problem

SECTIONS = ("intrusion", "url", "malware", "sandbox", "tls", "mail", "bandwidth", "logging")
TEXT_CHARACTERS_MAX = 4 * 1024 * 1024
LINES_SHOWN_MAX = 5_000

MORE_WORDS: Mapping[str, Words] = {
    "inspect_bytes_max": Words("検査を終える通信量(バイト、0は無制限)", "end of inspection (bytes, 0: never)"),
    "profile": Words("シグネチャの範囲", "profile of signatures"),
    "layers": Words("調べる場所", "where names are looked at"),
    "allowed": Words("許可するサイト", "allowed sites"),
    "blocked": Words("遮断するサイト", "blocked sites"),
    "message": Words("遮断画面の文", "words on the block page"),
    "protocols": Words("プロトコル", "protocols"),
    "file_bytes_max": Words("検査するファイルの上限(バイト)", "largest file (bytes)"),
    "archive_depth_max": Words("圧縮ファイルの深さの上限", "deepest archive"),
    "unscanned": Words("検査できないファイル", "files that can't be scanned"),
    "hold_seconds_max": Words("待たせる上限(秒)", "longest hold (seconds)"),
    "at_deadline": Words("上限に達したとき", "at the deadline"),
    "zones": Words("対象のゾーン", "zones"),
    "exempt_categories": Words("検査しないカテゴリ", "exempt categories"),
    "exempt_domains": Words("検査しないドメイン", "exempt domains"),
    "exempt_addresses": Words("検査しないアドレス", "exempt addresses"),
    "quic": Words("QUIC", "QUIC"),
    "spam": Words("迷惑メール", "spam"),
    "spam_subject": Words("迷惑メールの件名の印", "mark in the subject of spam"),
    "virus": Words("ウイルスメール", "infected mail"),
    "virus_subject": Words("ウイルスメールの件名の印", "mark in the subject of infected mail"),
    "access_item": Words("アクセス品目", "access item"),
    "firewall": Words("ファイアウォールのログ", "log of the firewall"),
    "metadata": Words("通信の記録", "record of connections"),
}

VALUE_WORDS: Mapping[str, Words] = {
    "off": Words("使わない", "off"),
    "detect": Words("検知のみ", "detect"),
    "prevent": Words("検知して防御", "detect and prevent"),
    "inspect": Words("検査する", "inspect"),
    "open": Words("通す(無検査)", "open: pass uninspected"),
    "closed": Words("止める", "closed: stop"),
    "light": Words("重大なもののみ", "light: the severe ones"),
    "balanced": Words("標準", "balanced"),
    "full": Words("すべて", "full"),
    "allow": Words("許可", "allow"),
    "block": Words("遮断", "block"),
    "alert_later": Words("通して後で警告", "let through, alert later"),
    "hold": Words("判定まで待たせる", "hold until the verdict"),
    "tag": Words("件名に印を付ける", "tag the subject"),
    "delete": Words("削除", "delete"),
    "remove": Words("感染部分を除く", "remove the infected part"),
    "none": Words("記録しない", "none"),
    "refused": Words("拒否のみ", "refused only"),
    "all": Words("すべて", "all"),
    "drop": Words("破棄", "drop"),
    "reject": Words("拒否", "reject"),
    "true": Words("はい", "yes"),
    "false": Words("いいえ", "no"),
}


@dataclass(frozen=True)
class Field:
    """One setting. ``kind``: choice, number, text or lines. ``own``: what this layer says, "" for nothing.

    ``inherits`` is what counts without this layer's word, ``layer`` who says what counts now.
    """

    pointer: str
    words: Words
    kind: str
    own: str
    inherits: str
    layer: str
    options: tuple[tuple[str, Words], ...] = ()

    @property
    def id(self) -> str:
        return "f" + self.pointer.replace("/", "-")

    @property
    def inherits_words(self) -> Words:
        return value_words(self.inherits)


@dataclass(frozen=True)
class Section:
    """One function and its settings."""

    name: str
    words: Words
    fields: tuple[Field, ...]

    @property
    def own_count(self) -> int:
        """How many of its settings this layer sets."""
        return sum(bool(field.own) for field in self.fields)


def sections(document: dict[str, Any], below: dict[str, Any], found: Effective | None) -> list[Section]:
    """The form of a layer that says ``document`` over what the layers ``below`` it say."""
    return [
        Section(name, SECTION_WORDS[name], tuple(_fields(name, document, below, found)))
        for name in SECTIONS
        if (document.get(name) is None or isinstance(document[name], dict))
    ]


def with_answers(document: dict[str, Any], answers: Mapping[str, str]) -> dict[str, Any]:
    """The document as the form's answers (pointer -> text) make it; what has no field stays as it is."""
    whole = deepcopy(document)
    for name in SECTIONS:
        for field in type_of(_section_type(name)).fields:
            pointer = f"/{name}/{field.encode_name}"
            if pointer in answers and _kind(field.type):
                _put(whole, name, field.encode_name, _value(field.type, answers[pointer]))
    return {key: value for key, value in whole.items() if value != {} or key not in SECTIONS}


def with_rule(document: dict[str, Any], answers: Mapping[str, str]) -> dict[str, Any]:
    """The document with one more firewall rule at the top, from the answers ``rule:...``."""
    said = {key: answers.get(f"rule:{key}", "").strip() for key in ("name", "from_zone", "to_zone", "action")}
    if not said["name"]:
        return document
    rule: dict[str, Any] = {key: value for key, value in said.items() if value}
    for key in ("source", "destination"):
        if entries := answers.get(f"rule:{key}", "").replace(",", " ").split():
            rule[key] = entries
    if protocol := answers.get("rule:protocol", ""):
        ports = answers.get("rule:ports", "").replace(",", " ").split()
        rule["services"] = [{"protocol": protocol} | ({"ports": [_port(port) for port in ports]} if ports else {})]
    if answers.get("rule:log"):
        rule["log"] = True
    return {**document, "rules": [rule, *_rules(document, said["name"])]}


def without_rule(document: dict[str, Any], name: str) -> dict[str, Any]:
    """The document without the rule: its own is left out, one of a layer below is taken away by name."""
    rules = _rules(document, name)
    own = len(rules) < len(rules_of(document))
    kept = rules if own else [*rules, {"name": name, "removed": True}]
    return {key: value for key, value in {**document, "rules": kept}.items() if key != "rules" or value}


def rules_of(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The layer's own rules, as far as they are any."""
    rules = document.get("rules")
    return [rule for rule in rules if isinstance(rule, dict)] if isinstance(rules, list) else []


def _rules(document, without):
    return [rule for rule in rules_of(document) if rule.get("name") != without]


def _port(text):
    return int(text) if text.isascii() and text.isdecimal() else text


def read_text(text: str) -> dict[str, Any]:
    """The document that a person typed, or PolicyError. An empty text is an empty document."""
    document = read_document((text.strip() or "{}")[:TEXT_CHARACTERS_MAX].encode())
    if not isinstance(document, dict):
        raise PolicyError([problem("", "JSONのオブジェクトではありません", "not a JSON object")])
    return document


def written(document: dict[str, Any]) -> str:
    """The document as people read and edit it."""
    return json.dumps(document, ensure_ascii=False, indent=2)


def value_words(value: Any) -> Words:
    """A setting's value in words, where it has any."""
    text = _text(value)
    return VALUE_WORDS.get(text, Words(text, text))


def _fields(section, document, below, found) -> Iterator[Field]:
    own = document.get(section) or {}
    for field in type_of(_section_type(section)).fields:
        kind = _kind(field.type)
        if not kind:
            continue
        name, pointer = field.encode_name, f"/{section}/{field.encode_name}"
        inherited = (below.get(section) or {}).get(name, field.default)
        words = MORE_WORDS.get(name) or FIELD_WORDS.get(name) or Words(name, name)
        layer = found.layer_of(pointer) if found else DEFAULT
        said = _text(own[name]) if name in own else ""
        options = tuple((option, VALUE_WORDS.get(option, Words(option, option))) for option in _options(field.type))
        yield Field(pointer, words, kind, said, _text(inherited), layer, options)


def _section_type(name):
    return next(field.type.cls for field in type_of(SecurityPolicy).fields if field.encode_name == name)


def _plain(kind):
    """The type without its limits, and without "or nothing"."""
    if isinstance(kind, inspect.Metadata):
        return _plain(kind.type)
    if isinstance(kind, inspect.UnionType):
        rest = [one for one in kind.types if not isinstance(one, inspect.NoneType)]
        return _plain(rest[0]) if len(rest) == 1 else kind
    return kind


def _kind(kind) -> str:
    match _plain(kind):
        case inspect.LiteralType() | inspect.BoolType():
            return "choice"
        case inspect.IntType():
            return "number"
        case inspect.StrType():
            return "text"
        case inspect.VarTupleType(item_type=item) if isinstance(
            _plain(item), inspect.StrType | inspect.LiteralType | inspect.IntType
        ):
            return "lines"
    return ""


def _options(kind) -> tuple[str, ...]:
    match _plain(kind):
        case inspect.LiteralType(values=values):
            return tuple(map(str, values))
        case inspect.BoolType():
            return ("true", "false")
    return ()


def _value(kind, text: str) -> Any:
    """The answer as the document says it; None for nothing. What can't be read stays text, and the check tells."""
    text = text.strip()
    if not text:
        return None
    plain = _plain(kind)
    match plain:
        case inspect.BoolType():
            return {"true": True, "false": False}.get(text, text)
        case inspect.IntType():
            return int(text) if text.isascii() and text.isdecimal() else text
        case inspect.VarTupleType(item_type=item):
            lines = [line.strip() for line in text.splitlines() if line.strip()]
            return [_value(item, line) for line in lines]
    return text


def _put(document, section, name, value):
    if not isinstance(document.setdefault(section, {}), dict):
        return  # no section at all: the check tells
    if value is None:
        document[section].pop(name, None)
    else:
        document[section][name] = value


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return "\n".join(map(str, value[:LINES_SHOWN_MAX]))
    return "" if value is None or value is inspect.NODEFAULT else str(value)
