"""What was sent, read strictly: nothing unknown, twice or of another type; each problem with its place."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator
from typing import Any

import msgspec
from django.http import HttpRequest
from django.http.request import RawPostDataException, UnreadablePostError
from msgspec import inspect

from sekisho.terms.words import Words
from sekisho_wire.policy.shape import Object, shape_problems, type_of

from .operation import JSON_BYTES_MAX, File, Operation, Shape
from .problems import Place, Problem

YEAR_MIN, YEAR_MAX = 2000, 2199
"""Days outside are slips of the pen; and the rules count years on from what they are given."""
NUMBER_DIGITS_MAX = 15

_INTEGER = re.compile(rf"-?[0-9]{{1,{NUMBER_DIGITS_MAX}}}")
_TRUTHS = {"true": True, "false": False}


def read_query(request: HttpRequest, of: type[Shape]) -> Shape:
    """The query parameters as ``of``."""
    fields = {field.encode_name: field.type for field in type_of(of).fields}
    repeated = [name for name, values in request.GET.lists() if len(values) > 1]
    document = {name: _plain(text, fields.get(name)) for name, text in request.GET.items()}
    return _converted(document, of, "parameter", [Place(name, "parameter", _TWICE) for name in repeated])


def read_body(request: HttpRequest, operation: Operation) -> Any:
    """The body as the operation takes it: a shape, the bytes of a file, or nothing."""
    if operation.body is None:
        _refuse_body(request)
        return None
    wanted = operation.body.media_type if isinstance(operation.body, File) else "application/json"
    longest = operation.body.bytes_max if isinstance(operation.body, File) else JSON_BYTES_MAX
    content = body_bytes(request, longest)
    if request.content_type != wanted:
        raise Problem("media_type_unknown", places=[Place("Content-Type", "header", Words(wanted, wanted))])
    if isinstance(operation.body, File):
        return content
    return _converted(_document(content), operation.body, "pointer", [])


def body_bytes(request: HttpRequest, longest: int) -> bytes:
    """All that was sent, if it is not longer than it may be."""
    try:
        announced = int(request.META.get("CONTENT_LENGTH") or 0)
        if announced > longest:
            raise Problem("body_too_long")
        content = request.body
    except (ValueError, UnreadablePostError, RawPostDataException) as error:
        raise Problem("body_malformed") from error
    if len(content) > longest:
        raise Problem("body_too_long")
    return content


def _refuse_body(request: HttpRequest) -> None:
    if request.method == "POST" and body_bytes(request, JSON_BYTES_MAX):
        raise Problem("request_malformed", places=[Place("", "pointer", _NO_BODY)])


def _document(content: bytes) -> Any:
    try:
        return json.loads(content.decode(), object_pairs_hook=Object, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Problem("body_malformed") from error


def _converted(document: Any, of: type[Shape], kind: str, found: list[Place]) -> Shape:
    places = found + [Place(p.pointer, "pointer", Words(*_both(p.words))) for p in shape_problems(document, of)]
    places += [Place(pointer, "pointer", _CHARACTERS) for pointer in _unspeakable(document, "")]
    if places:
        raise Problem("request_malformed", places=[_named(place, kind) for place in places])
    value = msgspec.convert(document, of)
    if far := [Place(pointer, "pointer", _CALENDAR) for pointer in _far_away(value, "")]:
        raise Problem("outside_calendar", places=[_named(place, kind) for place in far])
    return value


def _both(words: Any) -> tuple[str, str]:
    return _sentence(words.ja, "。"), _sentence(words.en, ".")


def _sentence(text: str, stop: str) -> str:
    return text[:1].upper() + text[1:] + stop


def _named(place: Place, kind: str) -> Place:
    """A pointer into the query is the name of a parameter."""
    if kind == "parameter" and place.kind == "pointer":
        return Place(place.where.removeprefix("/").replace("~1", "/").replace("~0", "~"), kind, place.words)
    return place


def _plain(text: str, kind: inspect.Type | None) -> Any:
    """A parameter's text as JSON would have it: whole numbers and truths where the field is one."""
    kinds = {type(member) for member in _members(kind)}
    if inspect.IntType in kinds and _INTEGER.fullmatch(text):
        return int(text)
    if inspect.BoolType in kinds:
        return _TRUTHS.get(text, text)
    return text


def _members(kind: inspect.Type | None) -> Iterator[inspect.Type | None]:
    if isinstance(kind, inspect.Metadata):
        yield from _members(kind.type)
    elif isinstance(kind, inspect.UnionType):
        for member in kind.types:
            yield from _members(member)
    else:
        yield kind


def _unspeakable(value: Any, pointer: str) -> Iterator[str]:
    """Where there is text that no database keeps and no page shows: zero characters and halves of characters."""
    if isinstance(value, str) and ("\0" in value or any("\ud800" <= c <= "\udfff" for c in value)):
        yield pointer
    elif isinstance(value, dict):
        for key, entry in value.items():
            yield from _unspeakable(key, pointer)
            yield from _unspeakable(entry, f"{pointer}/{key}")
    elif isinstance(value, list):
        for position, entry in enumerate(value):
            yield from _unspeakable(entry, f"{pointer}/{position}")


def _far_away(value: Any, pointer: str) -> Iterator[str]:
    if isinstance(value, dt.date) and not YEAR_MIN <= value.year <= YEAR_MAX:
        yield pointer
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from _far_away(getattr(value, name), f"{pointer}/{name}")
    elif isinstance(value, list | tuple):
        for position, entry in enumerate(value):
            yield from _far_away(entry, f"{pointer}/{position}")


def _no_constant(text: str) -> None:
    raise ValueError(f"{text} is no JSON")


_TWICE = Words("同じパラメーターが2回あります。", "This parameter is given twice.")
_NO_BODY = Words("本文は不要です。", "No body is expected here.")
_CHARACTERS = Words("使えない文字が含まれています。", "It holds characters that no text may hold.")
_CALENDAR = Words(
    f"{YEAR_MIN}年から{YEAR_MAX}年までの日時です。", f"A time between the years {YEAR_MIN} and {YEAR_MAX} is expected."
)
