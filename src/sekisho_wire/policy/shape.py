"""Is a decoded document of the shape of a type? Every problem with its JSON pointer, not only the first.

The types themselves are the schema: this walks ``msgspec.inspect`` and knows nothing about policies; the REST API
reads with it too. With ``partial`` required keys may be missing, which is what a layer of an overlay is.
"""

from __future__ import annotations

import datetime
import re
from functools import lru_cache
from typing import Annotated, Any

import msgspec
from msgspec import inspect

from sekisho_wire.policy.words import Problem, Words, escaped, problem, with_hint

PROBLEMS_MAX = 1_000
"""After so many the text is something else altogether, and a list would help nobody."""


class Object(dict):
    """A JSON object that remembers keys which were written twice: one of the two would be lost silently."""

    def __init__(self, pairs=()):
        pairs = list(pairs)
        super().__init__(pairs)
        self.repeated = () if len(self) == len(pairs) else _repeated(pairs)


def _repeated(pairs):
    keys = [key for key, _ in pairs]
    return tuple(sorted({key for key in keys if keys.count(key) > 1}))


def shape_problems(document: Any, of: type, *, partial: bool = False) -> list[Problem]:
    """Everything about ``document`` that is not of type ``of``; empty when ``msgspec.convert`` would take it."""
    found: list[Problem] = []
    _walk(document, type_of(of), "", partial, found)
    return found[:PROBLEMS_MAX]


@lru_cache(maxsize=64)
def type_of(of: type) -> inspect.Type:
    """The inspected type; msgspec builds it anew at each call."""
    return inspect.type_info(of)


def _walk(value, kind, pointer, partial, found):
    if len(found) >= PROBLEMS_MAX:
        return
    match kind:
        case inspect.Metadata():
            _leaf(value, kind.type, pointer, found, kind.extra)
        case inspect.StructType():
            _struct(value, kind, pointer, partial, found)
        case inspect.VarTupleType() | inspect.ListType():
            _list(value, kind, pointer, partial, found)
        case inspect.DictType():
            _dict(value, kind, pointer, found)
        case inspect.UnionType():
            _walk_union(value, kind, pointer, partial, found)
        case _:
            _leaf(value, kind, pointer, found, None)


def _struct(value, kind, pointer, partial, found):
    if not isinstance(value, dict):
        found.append(problem(pointer, "項目の組({})が必要です", "an object is expected here"))
        return
    fields = {field.encode_name: field for field in kind.fields}
    for key in getattr(value, "repeated", ()):
        found.append(problem(f"{pointer}/{escaped(key)}", "同じ項目が2回あります", "this key is written twice"))
    for key, entry in value.items():
        if field := fields.get(key):
            # Items of lists are whole even in a layer; only sections are partial.
            _walk(entry, field.type, f"{pointer}/{key}", partial, found)
        else:
            said = Words(f"知らない項目 {key!r}", f"unknown field {key!r}")
            found.append(Problem(f"{pointer}/{escaped(str(key))}", with_hint(said, str(key), fields)))
    if not partial:
        for name in (name for name, field in fields.items() if field.required and name not in value):
            found.append(problem(f"{pointer}/{name}", "必須の項目がありません", "this required field is missing"))


def _list(value, kind, pointer, partial, found):
    if not isinstance(value, list | tuple):
        found.append(problem(pointer, "一覧([])が必要です", "a list is expected here"))
        return
    length = len(value)
    if kind.min_length is not None and length < kind.min_length:
        found.append(problem(pointer, f"{kind.min_length}件以上必要です", f"at least {kind.min_length} needed"))
    if kind.max_length is not None and length > kind.max_length:
        found.append(
            problem(pointer, f"{kind.max_length}件までです({length}件)", f"{length} entries, limit {kind.max_length}")
        )
        return
    for i, entry in enumerate(value):
        _walk(entry, kind.item_type, f"{pointer}/{i}", False, found)


def _dict(value, kind, pointer, found):
    """An object whose keys are not known beforehand."""
    if not isinstance(value, dict):
        found.append(problem(pointer, "項目の組({})が必要です", "an object is expected here"))
        return
    for key in getattr(value, "repeated", ()):
        found.append(problem(f"{pointer}/{escaped(key)}", "同じ項目が2回あります", "this key is written twice"))
    if kind.max_length is not None and len(value) > kind.max_length:
        found.append(
            problem(
                pointer,
                f"{kind.max_length}件までです({len(value)}件)",
                f"{len(value)} entries, limit {kind.max_length}",
            )
        )
        return
    for key, entry in value.items():
        _walk(key, kind.key_type, f"{pointer}/{escaped(str(key))}", False, found)
        _walk(entry, kind.value_type, f"{pointer}/{escaped(str(key))}", False, found)


def _walk_union(value, kind, pointer, partial, found):
    """The member that fits; else the complaint of the one that was meant: an object, a number or a text."""
    complaints = []
    for member in kind.types:
        of_member: list[Problem] = []
        _walk(value, member, pointer, partial, of_member)
        if not of_member:
            return
        complaints.append((_meant(value, member), of_member))
    found.extend(max(complaints, key=lambda pair: pair[0])[1])


def _meant(value, member):
    plain = member.type if isinstance(member, inspect.Metadata) else member
    return isinstance(value, _PYTHON.get(type(plain), ())) and not isinstance(value, bool)


_PYTHON: dict[type, type] = {inspect.StructType: dict, inspect.IntType: int, inspect.StrType: str}


def _leaf(value, kind, pointer, found, extra):
    said = _leaf_words(value, kind, extra)
    if said is not None:
        found.append(Problem(pointer, said))


def _leaf_words(value, kind, extra):
    match kind:
        case inspect.IntType():
            return _int_words(value, kind)
        case inspect.StrType():
            return _str_words(value, kind, extra)
        case inspect.LiteralType():
            return _literal_words(value, kind.values)
        case inspect.EnumType():
            return _literal_words(value, [member.value for member in kind.cls])
        case inspect.BoolType():
            return None if isinstance(value, bool) else Words("true か false です", "true or false is expected")
        case inspect.AnyType():
            return None
        case inspect.NoneType():
            return None if value is None else Words("null です", "null is expected")
        case inspect.DateType():
            return _date_words(value)
        case inspect.DateTimeType():
            return _instant_words(value)
    raise NotImplementedError(f"no document has fields of {kind!r}")


def _int_words(value, kind):
    low, high = kind.ge, kind.le
    good = isinstance(value, int) and not isinstance(value, bool)
    if good and (low is None or value >= low) and (high is None or value <= high):
        return None
    if low is None and high is None:
        return Words("整数です", "a whole number is expected")
    if high is None:
        return Words(f"{low}以上の整数です", f"a whole number from {low} is expected")
    return Words(f"{low}から{high}までの整数です", f"a whole number from {low} to {high} is expected")


def _str_words(value, kind, extra):
    if not isinstance(value, str):
        return Words("文字列です", "a text is expected")
    if kind.max_length is not None and len(value) > kind.max_length:
        return Words(f"{kind.max_length}文字までです", f"at most {kind.max_length} characters")
    if kind.min_length is not None and len(value) < kind.min_length:
        return Words("空にはできません", "must not be empty")
    if kind.pattern is not None and not re.search(kind.pattern.replace("$", r"\Z"), value):
        return Words(f"{value!r}: {extra['ja']}が必要です", f"{value!r} is not {extra['en']}")
    return None


def _literal_words(value, values):
    if any(value == known and type(value) is type(known) for known in values):
        return None
    known = ", ".join(map(str, values))
    said = Words(f"{value!r} は使えません。使えるもの: {known}", f"{value!r} is not one of: {known}")
    return with_hint(said, value, map(str, values)) if isinstance(value, str) else said


def _date_words(value):
    try:
        msgspec.convert(value, datetime.date)
    except msgspec.ValidationError:
        return Words("2026-05-01 の形の日付です", "a date such as 2026-05-01 is expected")
    return None


def _instant_words(value):
    """Only with its offset: an instant without one is another instant for everybody who reads it."""
    try:
        msgspec.convert(value, Annotated[datetime.datetime, msgspec.Meta(tz=True)])
    except msgspec.ValidationError:
        return Words("2026-05-01T09:00:00+09:00 の形の時刻です", "an instant such as 2026-05-01T00:00:00Z is expected")
    return None
