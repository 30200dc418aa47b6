"""The search language: a small typed filter, compiled to parameterised SQL. Pure.

    src_endpoint.ip = 10.0.0.5 and (class_uid = 4003 or not http_request.url.hostname ~ "*.example.com")
    dst_endpoint.port in (22, 3389)      src_endpoint.ip in 192.0.2.0/24      tls.sni exists
    raw ~ "*/etc/passwd*"                time >= 2026-11-23T09:00:00+09:00

Operators: ``= != < <= > >=``, ``~`` and ``!~`` (wildcards ``*`` and ``?``, whatever the case), ``in``
(a list, or an IPv4 network), ``exists``. Names come from the table's schema and nothing else; values
only ever become parameters. A row without the field matches no comparison and every negated one.

Errors: FilterError with the place and the reason.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import re
from dataclasses import dataclass
from typing import Any, NamedTuple

import pyarrow as pa

from .errors import FilterError
from .tables import quoted

FILTER_CHARACTERS_MAX = 4_000
DEPTH_MAX = 30
LIST_VALUES_MAX = 500

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<open>\() | (?P<close>\)) | (?P<comma>,)
    | (?P<op>!=|!~|<=|>=|=|<|>|~)
    | "(?P<quoted>(?:[^"\\]|\\.)*)"
    | (?P<word>[^\s()",=<>~!]+)
    )""",
    re.VERBOSE | re.DOTALL,
)
_COMPARISONS = {"=": "=", "!=": "=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_KEYWORDS = {"and", "or", "not", "in", "exists"}
_IPV4_NUMBER = (
    "CASE WHEN regexp_full_match({0}, '[0-9]{{1,3}}(\\.[0-9]{{1,3}}){{3}}') THEN "
    "split_part({0}, '.', 1)::UBIGINT * 16777216 + split_part({0}, '.', 2)::UBIGINT * 65536 "
    "+ split_part({0}, '.', 3)::UBIGINT * 256 + split_part({0}, '.', 4)::UBIGINT END"
)


class Condition(NamedTuple):
    """A condition in SQL with ``?`` for each of ``values``, in order."""

    sql: str
    values: tuple[Any, ...]


EVERYTHING = Condition("true", ())


class _Token(NamedTuple):
    kind: str
    text: str
    at: int


def compile_filter(text: str, schema: pa.Schema) -> Condition:
    """The condition that ``text`` asks for, over a table with ``schema``. Empty text asks for everything."""
    if len(text) > FILTER_CHARACTERS_MAX:
        raise FilterError(f"the filter is longer than {FILTER_CHARACTERS_MAX} characters", FILTER_CHARACTERS_MAX)
    if "\0" in text:
        raise FilterError("a filter can't hold a NUL character", text.index("\0"))
    tokens = _tokens(text)
    if not tokens:
        return EVERYTHING
    parser = _Parser(tokens, len(text), schema)
    condition = parser.either(0)
    left_over = parser.peek()
    if left_over is not None:
        raise FilterError(f"did not expect {left_over.text!r} here", left_over.at)
    return condition


def _tokens(text: str) -> list[_Token]:
    found = []
    at = 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            start = at + len(text[at:]) - len(text[at:].lstrip())
            raise FilterError(f"{text[start]!r} can't stand here", start)
        kind = match.lastgroup
        value = match.group(kind)
        if kind == "quoted":
            value = re.sub(r"\\(.)", r"\1", value, flags=re.DOTALL)
        elif kind == "word" and value.lower() in _KEYWORDS:
            kind = value.lower()
        found.append(_Token(kind, value, match.start(match.lastgroup)))
        at = match.end()
    return found


@dataclass
class _Parser:
    """Recursive descent; each method consumes what it understands and returns its condition."""

    tokens: list[_Token]
    end: int
    schema: pa.Schema
    next: int = 0

    def peek(self) -> _Token | None:
        return self.tokens[self.next] if self.next < len(self.tokens) else None

    def here(self) -> int:
        token = self.peek()
        return token.at if token else self.end

    def take(self, *kinds: str) -> _Token | None:
        token = self.peek()
        if token is None or token.kind not in kinds:
            return None
        self.next += 1
        return token

    def demand(self, what: str, *kinds: str) -> _Token:
        token = self.take(*kinds)
        if token is None:
            raise FilterError(f"{what} is missing", self.here())
        return token

    def either(self, depth: int) -> Condition:
        if depth > DEPTH_MAX:
            raise FilterError(f"more than {DEPTH_MAX} brackets inside each other", self.here())
        parts = [self.both(depth)]
        while self.take("or"):
            parts.append(self.both(depth))
        return _joined(" OR ", parts)

    def both(self, depth: int) -> Condition:
        parts = [self.maybe_not(depth)]
        while self.take("and"):
            parts.append(self.maybe_not(depth))
        return _joined(" AND ", parts)

    def maybe_not(self, depth: int) -> Condition:
        negated = False
        while self.take("not"):
            negated = not negated
        condition = self.single(depth)
        return _negated(condition) if negated else condition

    def single(self, depth: int) -> Condition:
        if self.take("open"):
            condition = self.either(depth + 1)
            self.demand("')'", "close")
            return condition
        name = self.demand("a field name", "word", "quoted")
        if name.text not in self.schema.names:
            raise FilterError(f"there is no field {name.text!r}", name.at)
        return self.comparison(self.schema.field(name.text))

    def comparison(self, field: pa.Field) -> Condition:
        if self.take("exists"):
            return Condition(f"{quoted(field.name)} IS NOT NULL", ())
        if self.take("in"):
            return self.membership(field)
        operator = self.demand("an operator (= != < <= > >= ~ !~ in exists)", "op").text
        value = self.demand("a value", "word", "quoted")
        condition = _like(field, value) if operator in ("~", "!~") else _compared(field, _COMPARISONS[operator], value)
        return _negated(condition) if operator.startswith("!") else condition

    def membership(self, field: pa.Field) -> Condition:
        if not self.take("open"):
            return _in_network(field, self.demand("a list or a network", "word", "quoted"))
        values = [self.demand("a value", "word", "quoted")]
        while self.take("comma"):
            values.append(self.demand("a value", "word", "quoted"))
        if len(values) > LIST_VALUES_MAX:
            raise FilterError(f"more than {LIST_VALUES_MAX} values in one list", values[LIST_VALUES_MAX].at)
        self.demand("')'", "close")
        return _joined(" OR ", [_compared(field, "=", value) for value in values])


def _joined(word: str, parts: list[Condition]) -> Condition:
    if len(parts) == 1:
        return parts[0]
    return Condition("(" + word.join(p.sql for p in parts) + ")", tuple(v for p in parts for v in p.values))


def _negated(condition: Condition) -> Condition:
    return Condition(f"NOT coalesce({condition.sql}, false)", condition.values)


def _compared(field: pa.Field, operator: str, token: _Token) -> Condition:
    if pa.types.is_list(field.type):
        if operator != "=":
            raise FilterError(f"{field.name} is a list: only =, !=, in and ~ work on it", token.at)
        return Condition(f"list_contains({quoted(field.name)}, ?)", (_value(field.type.value_type, token),))
    return Condition(f"{quoted(field.name)} {operator} ?", (_value(field.type, token),))


def _value(kind: pa.DataType, token: _Token) -> Any:
    try:
        if pa.types.is_integer(kind):
            return _bounded(int(token.text), kind)
        if pa.types.is_timestamp(kind):
            return _instant(token.text)
        if pa.types.is_date(kind):
            return dt.date.fromisoformat(token.text)
    except ValueError as error:
        raise FilterError(f"{token.text!r} is no {kind}: {error}", token.at) from None
    return token.text.encode() if pa.types.is_binary(kind) else token.text


def _bounded(number: int, kind: pa.DataType) -> int:
    if not -(2 ** (kind.bit_width - 1)) <= number < 2 ** (kind.bit_width - 1):
        raise ValueError("too large for the field")
    return number


def _instant(text: str) -> dt.datetime:
    instant = dt.datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError("say the time zone, such as Z or +09:00")
    return instant.astimezone(dt.UTC)


def _like(field: pa.Field, token: _Token) -> Condition:
    pattern = _pattern(token.text)
    column = quoted(field.name)
    if pa.types.is_list(field.type) and pa.types.is_string(field.type.value_type):
        return Condition(f"array_to_string({column}, chr(10)) ILIKE ? ESCAPE '\\'", (f"%{pattern}%",))
    if pa.types.is_binary(field.type):
        return Condition(f"CAST({column} AS VARCHAR) ILIKE ? ESCAPE '\\'", (_pattern(_as_shown(token.text)),))
    if not pa.types.is_string(field.type):
        raise FilterError(f"{field.name} is no text: ~ does not work on it", token.at)
    return Condition(f"{column} ILIKE ? ESCAPE '\\'", (pattern,))


def _pattern(text: str) -> str:
    escaped = re.sub(r"([\\%_])", r"\\\1", text)
    return escaped.replace("*", "%").replace("?", "_")


def _as_shown(text: str) -> str:
    """The text as DuckDB shows it inside a BLOB: bytes beyond plain ASCII, quotes and backslash as \\xHH."""
    return "".join(chr(b) if 32 <= b <= 126 and chr(b) not in "\\'\"" else f"\\x{b:02X}" for b in text.encode())


def _in_network(field: pa.Field, token: _Token) -> Condition:
    if not pa.types.is_string(field.type) or not field.name.endswith(".ip"):
        raise FilterError(f"{field.name} is no address: give a list in brackets", token.at)
    try:
        network = ipaddress.ip_network(token.text, strict=False)
    except ValueError as error:
        raise FilterError(str(error), token.at) from None
    if network.version == 6:
        raise FilterError("IPv6 networks can't be searched: use ~ with a wildcard", token.at)
    number = _IPV4_NUMBER.format(quoted(field.name))
    return Condition(f"({number}) BETWEEN ? AND ?", (int(network.network_address), int(network.broadcast_address)))
