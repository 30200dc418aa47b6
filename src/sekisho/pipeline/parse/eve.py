"""Suricata EVE, one JSON object a line: bytes -> fields and the instant of the event. Pure.

An EVE line is an object with a ``timestamp``; everything else depends on its ``event_type``, which is
not judged here. Numbers keep their value, strings keep NUL, control characters and even the halves
of surrogate pairs that a careless logger writes as escapes. Of a key that occurs twice in one object
the last one counts (the line itself is kept whole elsewhere).
"""

from __future__ import annotations

import datetime as dt
import json
import math
import re
from typing import Any

import msgspec

from sekisho.pipeline.parse import LINE_BYTES_MAX, NESTING_LEVELS_MAX, ParseError

YEAR_MAX = 2200
"""No clock of a security device is right before 1970 or from this year on; a capture from 1999 may be."""

OFFSET_MINUTES_MAX = 18 * 60
SECONDS_REMEMBERED_MAX = 4096

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)
_MINUTE = dt.timedelta(minutes=1)
MICROS_END = (dt.datetime(YEAR_MAX, 1, 1, tzinfo=dt.UTC) - _EPOCH) // _MICROSECOND

_SURROGATE_ESCAPE = re.compile(rb"\\u[dD][89a-fA-F]")
_USUAL_CLOCK = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}")
_USUAL_OFFSET = re.compile(r"\+[0-9]{2}[0-5][0-9]|-(?!0000)[0-9]{2}[0-5][0-9]")

_decoder = msgspec.json.Decoder()


class EveLine(msgspec.Struct, frozen=True, gc=False):
    """What one line says.

    ``micros`` are microseconds since 1970 in UTC, ``offset_minutes`` what the writer's clock was
    ahead of UTC. ``usual_time`` tells that the timestamp had Suricata's own form, so that those two
    numbers give it back letter for letter. ``has_surrogates`` warns that strings may hold lone
    surrogates, which neither UTF-8 nor Arrow can carry.
    """

    fields: dict[str, Any]
    micros: int
    offset_minutes: int
    usual_time: bool
    has_surrogates: bool


def parse(line: bytes) -> EveLine:
    """One line without its line end, or ParseError."""
    fields, has_surrogates = _decoded(line)
    if type(fields) is not dict:
        raise ParseError("not a JSON object")
    timestamp = fields.get("timestamp")
    if type(timestamp) is not str:
        raise ParseError("no timestamp" if timestamp is None else "the timestamp is not a string")
    return EveLine(fields, *instant(timestamp), has_surrogates)


def instant(text: str) -> tuple[int, int, bool]:
    """(microseconds since 1970 UTC, minutes ahead of UTC, whether in Suricata's form), or ParseError.

    Suricata's form is ``2016-07-13T22:42:07.199672-0600``. Other forms of ISO 8601 are read too;
    without an offset the time counts as UTC.
    """
    if len(text) == 31 and text[19] == ".":
        fraction = text[20:26]
        key = (text[:19], text[26:])
        second = _seconds[key] if key in _seconds else _remember_second(key)
        if second is not None and fraction.isdigit() and fraction.isascii():
            return second[0] + int(fraction), second[1], True
    micros, offset_minutes = _any_instant(text)
    return micros, offset_minutes, False


_seconds: dict[tuple[str, str], tuple[int, int] | None] = {}


def _remember_second(key: tuple[str, str]) -> tuple[int, int] | None:
    """A whole second in Suricata's form; the lines of one batch share few of them."""
    if len(_seconds) >= SECONDS_REMEMBERED_MAX:
        _seconds.clear()
    clock, offset = key
    usual = _USUAL_CLOCK.fullmatch(clock) and _USUAL_OFFSET.fullmatch(offset)
    found = _seconds[key] = _any_instant(clock + offset) if usual else None
    return found


def _any_instant(text: str) -> tuple[int, int]:
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        raise ParseError("the timestamp is no time of ISO 8601") from None
    offset = moment.utcoffset()
    if offset is None:
        offset, moment = dt.timedelta(), moment.replace(tzinfo=dt.UTC)
    micros = (moment - _EPOCH) // _MICROSECOND
    if not 0 <= micros < MICROS_END:
        raise ParseError(f"the timestamp is absurd: not between 1970 and {YEAR_MAX}")
    if abs(offset) > OFFSET_MINUTES_MAX * _MINUTE:
        raise ParseError("the timestamp is absurd: more than 18 hours from UTC")
    return micros, offset // _MINUTE


def _decoded(line: bytes) -> tuple[Any, bool]:
    """(the JSON value, whether its strings may hold lone surrogates), or ParseError."""
    if len(line) > LINE_BYTES_MAX:
        raise ParseError(f"longer than {LINE_BYTES_MAX} bytes")
    has_surrogates = False
    try:
        value = _decoder.decode(line)
    except UnicodeDecodeError:
        raise ParseError("not UTF-8") from None
    except RecursionError:
        raise ParseError(f"nested deeper than {NESTING_LEVELS_MAX} levels") from None
    except msgspec.MsgspecError as error:
        value, has_surrogates = _with_surrogates(line, error), True
    if line.count(b"{") + line.count(b"[") > NESTING_LEVELS_MAX:
        check_depth(value)
    return value, has_surrogates


def _with_surrogates(line: bytes, refusal: msgspec.MsgspecError) -> Any:
    """What the strict decoder refused, if the only fault is an escaped half of a surrogate pair."""
    if _SURROGATE_ESCAPE.search(line):
        try:
            return json.loads(line.decode(), parse_constant=_finite, parse_float=_finite)
        except RecursionError:
            raise ParseError(f"nested deeper than {NESTING_LEVELS_MAX} levels") from None
        except ValueError:
            pass
    raise ParseError(_reason(line, refusal))


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("not a finite number")
    return number


def _reason(line: bytes, refusal: msgspec.MsgspecError) -> str:
    if not line.strip():
        return "empty line"
    if "truncated" in str(refusal):
        return "truncated: the JSON text ends too early"
    if isinstance(refusal, msgspec.ValidationError):
        return "a number is out of range"
    return f"not JSON: {str(refusal).removeprefix('JSON is malformed: ')}"


def check_depth(value: Any) -> None:
    """ParseError if containers are nested deeper than NESTING_LEVELS_MAX; without recursion."""
    level = _containers([value])
    for _ in range(NESTING_LEVELS_MAX):
        level = _containers([child for each in level for child in (each.values() if type(each) is dict else each)])
        if not level:
            return
    raise ParseError(f"nested deeper than {NESTING_LEVELS_MAX} levels")


def _containers(values: list[Any]) -> list[Any]:
    return [value for value in values if type(value) is dict or type(value) is list]
