"""Sigma, read slowly: one rule on one row, straight from the YAML, with nothing shared with the engine
but the table of log sources and fields. What this says is right."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from sekisho.pipeline.detect.expression import Field, Part
from sekisho.pipeline.detect.sigma_fields import KEYWORDS, Logsource, source

STAR, MARK = object(), object()


def fires(rule: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    """Whether the rule matches the row."""
    said = rule["logsource"]
    rows = _source(said.get("category"), said.get("product"), said.get("service"))
    if rows is None or not _routed(rows.route, row):
        return False
    detection = rule["detection"]
    conditions = detection["condition"]
    conditions = conditions if isinstance(conditions, list) else [conditions]
    return any(_Condition(text, detection, rows.fields, row).value() for text in conditions)


@lru_cache
def _source(category: str | None, product: str | None, service: str | None) -> Any:
    return source(Logsource(category, product, service))


def _routed(route: Any, row: Mapping[str, Any]) -> bool:
    if route.classes and row["class_uid"] not in route.classes:
        return False
    if route.products and (row["metadata.product.name"] or "").lower() not in route.products:
        return False
    return not route.having or any(row[name] is not None for name in route.having)


class _Condition:
    """Recursive descent: or, and, not, parentheses, selectors, names."""

    def __init__(self, text: str, detection: Mapping[str, Any], fields: Mapping[str, Field], row: Mapping) -> None:
        self._tokens = re.findall(r"\(|\)|[\w*-]+", text)
        self._detection, self._fields, self._row = detection, fields, row

    def value(self) -> bool:
        found = self._or()
        assert not self._tokens, self._tokens
        return found

    def _or(self) -> bool:
        found = self._and()
        while self._next("or"):
            found = self._and() or found
        return found

    def _and(self) -> bool:
        found = self._not()
        while self._next("and"):
            found = self._not() and found
        return found

    def _not(self) -> bool:
        if self._next("not"):
            return not self._not()
        if self._next("("):
            found = self._or()
            assert self._next(")")
            return found
        return self._operand()

    def _operand(self) -> bool:
        name = self._tokens.pop(0)
        if name in ("1", "any", "all") and self._next("of"):
            wanted = self._tokens.pop(0)
            pattern = ".*" if wanted == "them" else wanted.replace("*", ".*")
            names = [n for n in self._detection if n != "condition" and re.fullmatch(pattern, n)]
            names = [n for n in names if not n.startswith("_")]
            return (all if name == "all" else any)(self._named(n) for n in names)
        return self._named(name)

    def _next(self, token: str) -> bool:
        if self._tokens and self._tokens[0].lower() == token:
            self._tokens.pop(0)
            return True
        return False

    def _named(self, name: str) -> bool:
        return selection(self._detection[name], self._fields, self._row)


def selection(definition: Any, fields: Mapping[str, Field], row: Mapping[str, Any]) -> bool:
    """A mapping needs all of its items, a list any; what has no key is a keyword."""
    if isinstance(definition, Mapping):
        return all(_item(key, value, fields, row) for key, value in definition.items())
    if isinstance(definition, list):
        return any(selection(each, fields, row) for each in definition)
    return _item("", definition, fields, row)


def _item(key: str, value: Any, fields: Mapping[str, Field], row: Mapping[str, Any]) -> bool:
    name, *modifiers = key.split("|")
    if name and name not in fields:
        return False
    seen = values_of(fields[name] if name else KEYWORDS, row)
    wanted = value if isinstance(value, list) else [value]
    if not wanted:
        wanted = [None]
    if not name:
        modifiers = [*modifiers, "contains"]
    link = all if "all" in modifiers else any
    found = link(_value(each, [m for m in modifiers if m not in ("all", "neq")], seen) for each in wanted)
    return not found if "neq" in modifiers else found


def _value(wanted: Any, modifiers: list[str], seen: list[Any]) -> bool:
    if "exists" in modifiers:
        return bool(seen) is wanted
    if wanted is None:
        return not seen
    return any(_one(wanted, modifiers, value) for value in seen)


def _one(wanted: Any, modifiers: list[str], value: Any) -> bool:
    if "cidr" in modifiers:
        return _in_network(str(value), wanted)
    if "re" in modifiers:
        flags = {"i": re.I, "ignorecase": re.I, "m": re.M, "multiline": re.M, "s": re.S, "dotall": re.S}
        chosen = re.ASCII
        for modifier in modifiers:
            chosen |= flags.get(modifier, 0)
        return re.search(wanted, str(value), chosen) is not None
    for name, relation in (("gte", "__ge__"), ("gt", "__gt__"), ("lte", "__le__"), ("lt", "__lt__")):
        if name in modifiers:
            return getattr(value, relation)(wanted)
    pattern = str(wanted).lower() if isinstance(wanted, bool) else str(wanted)
    return like(parse(pattern, tuple(modifiers)), str(value), cased="cased" in modifiers)


def _in_network(value: str, cidr: str) -> bool:
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(cidr)
    except ValueError:
        return False


@lru_cache(maxsize=10_000)
def parse(pattern: str, modifiers: tuple[str, ...] = ()) -> tuple[Any, ...]:
    """Characters, STAR and MARK. A backslash takes the meaning from ``*``, ``?`` and ``\\``, else it is itself."""
    pieces: list[Any] = []
    at = 0
    while at < len(pattern):
        char = pattern[at]
        if char == "\\" and pattern[at + 1 : at + 2] in ("*", "?", "\\"):
            pieces.append(pattern[at + 1])
            at += 2
            continue
        pieces.append({"*": STAR, "?": MARK}.get(char, char))
        at += 1
    if "contains" in modifiers or "endswith" in modifiers:
        pieces.insert(0, STAR)
    if "contains" in modifiers or "startswith" in modifiers:
        pieces.append(STAR)
    return tuple(pieces)


def like(pieces: tuple[Any, ...], value: str, *, cased: bool = False) -> bool:
    """Between stars lie segments: the first starts the value, the last ends it, the others follow each other."""
    segments = _segments(pieces, cased)
    value = value if cased else _lower(value)
    if len(segments) == 1:
        return len(segments[0]) == len(value) and _at(segments[0], value, 0)
    first, *middle, last = segments
    if not _at(first, value, 0):
        return False
    position = len(first)
    for segment in middle:
        found = _find(segment, value, position)
        if found < 0:
            return False
        position = found + len(segment)
    return len(value) - len(last) >= position and _at(last, value, len(value) - len(last))


@lru_cache(maxsize=10_000)
def _segments(pieces: tuple[Any, ...], cased: bool) -> list[list[Any]]:
    """What lies between the stars."""
    segments: list[list[Any]] = [[]]
    for piece in pieces:
        if piece is STAR:
            segments.append([])
        else:
            segments[-1].append(_low(piece) if isinstance(piece, str) and not cased else piece)
    return segments


def _find(segment: list[Any], value: str, start: int) -> int:
    if MARK not in segment:
        return value.find("".join(segment), start)
    return next((at for at in range(start, len(value) + 1) if _at(segment, value, at)), -1)


def _at(segment: list[Any], value: str, start: int) -> bool:
    seen = value[start : start + len(segment)]
    return len(seen) == len(segment) and all(p is MARK or p == c for p, c in zip(segment, seen, strict=True))


def values_of(field: Field, row: Mapping[str, Any]) -> list[Any]:
    """All values of a field: none where it is absent, several for a list."""
    value = row[field.column]
    if field.column == "raw":
        return [(value or b"").decode("utf-8", "replace")]
    if value is None:
        return []
    if isinstance(value, list):
        return [each for each in value if each is not None]
    part = _part(field.part, value)
    return [] if part is None else [part]


def _part(part: Part, value: Any) -> Any:
    if part is Part.WHOLE:
        return value
    if part is Part.IS_BLOCKED:
        return {"blocked": "true", "allowed": "false"}.get(value)
    before_fragment = value.split("#", 1)[0]
    target, mark, query = before_fragment.partition("?")
    if part is Part.URL_QUERY:
        return query if mark else None
    absolute = re.match(r"[A-Za-z][A-Za-z0-9+.-]*://[^/]*", target)
    path = target[absolute.end() :] if absolute else target
    if part is Part.URL_PATH:
        return path
    _, dot, extension = path.rsplit("/", 1)[-1].rpartition(".")
    return extension if dot and extension else None


@lru_cache(maxsize=10_000)
def _lower(value: str) -> str:
    return "".join(map(_low, value))


@lru_cache(maxsize=10_000)
def _low(char: str) -> str:
    """Lower case without change of length (the dotted capital I is the one whose lower() is longer)."""
    lower = char.lower()
    return lower if len(lower) == 1 else "i"
