"""What may follow a filter after ``|``: one way to sum up what it found. Pure.

    outcome = blocked | count by src_endpoint.ip, dst_endpoint.port
    class_uid = 4003 | top 10 query.hostname
    tls.sni exists | timeline 1h by outcome

``count by`` gives every combination with its number, most first; ``top N`` the N most frequent values of one field
and their share; ``timeline`` how many there were in each span of time (so many seconds, minutes, hours or days of
Tokyo; chosen by itself when not said), also per value of a field. A missing value is a group of its own.

Errors: FilterError with the place and the reason.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import NamedTuple

import pyarrow as pa

from .errors import FilterError
from .tables import quoted

FIELDS_MAX = 4
TOP_MAX = 1_000
TOP_DEFAULT = 10
GROUPS_MAX = 10_000
BUCKETS_WANTED = 60
BUCKETS_MAX = 2_000
_SPANS_SECONDS = (1, 5, 15, 60, 300, 900, 3_600, 21_600, 86_400, 604_800)
_SPAN = re.compile(r"(\d{1,4})([smhd])")
_UNIT_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_QUOTED_OR_BAR = re.compile(r'"(?:[^"\\]|\\.)*"|(\|)', re.DOTALL)
_WORD = re.compile(r"\s*(,|[^\s,]+)")
# A Monday's beginning in Tokyo: from there every span that divides a day, and days and weeks, fall as people count.
_ORIGIN = f"make_timestamptz({(4 * 86_400 - 9 * 3_600) * 1_000_000})"


class Stage(NamedTuple):
    """``kind`` is count, top or timeline; ``seconds`` is the timeline's span, 0 for one that fits."""

    kind: str
    fields: tuple[str, ...]
    limit: int = GROUPS_MAX
    seconds: int = 0


class Summed(NamedTuple):
    """A statement's parts: what is selected, by what it is grouped and ordered, and the names of its columns."""

    select: str
    tail: str
    names: tuple[str, ...]


def split(text: str) -> tuple[str, str, int]:
    """(filter, stage, where the stage begins); no stage is an empty text. A bar in quotes is a part of its value."""
    for found in _QUOTED_OR_BAR.finditer(text):
        if found[1]:
            return text[: found.start()], text[found.end() :], found.end()
    return text, "", len(text)


def read_stage(text: str, at: int, schema: pa.Schema) -> Stage | None:
    """The stage that begins at ``at`` of the whole question; None when nothing is summed up."""
    words = [(found[1], at + found.start(1)) for found in _WORD.finditer(text)]
    if not words:
        return None
    (verb, place), rest = words[0], words[1:]
    if verb == "count":
        if not rest or rest[0][0] != "by":
            raise FilterError("'by' and a field are missing after 'count'", rest[0][1] if rest else at + len(text))
        return Stage("count", _fields(rest[1:], at + len(text), schema))
    if verb == "top":
        number = _whole(rest[0][0]) if rest else None
        if number is not None and not 0 < number <= TOP_MAX:
            raise FilterError(f"top takes 1 to {TOP_MAX}", rest[0][1])
        fields = _fields(rest if number is None else rest[1:], at + len(text), schema)
        if len(fields) > 1:
            raise FilterError("top takes one field; 'count by' takes more", rest[-1][1])
        return Stage("top", fields, number or TOP_DEFAULT)
    if verb == "timeline":
        return _timeline(rest, at + len(text), schema)
    raise FilterError("after | comes count by, top or timeline", place)


def summed(stage: Stage, moment: str, since: dt.datetime, until: dt.datetime) -> Summed:
    """The stage as SQL over the rows that the filter leaves; ``moment`` is their time column."""
    if stage.kind == "timeline":
        seconds = stage.seconds or fitting(until - since)
        if (until - since) / dt.timedelta(seconds=seconds) > BUCKETS_MAX:
            raise FilterError(f"more than {BUCKETS_MAX} spans: choose longer ones, or less time", 0)
        bucket = f"time_bucket(INTERVAL {seconds} SECOND, {quoted(moment)}, {_ORIGIN})"
        columns = [f"{bucket} AS span", *map(quoted, stage.fields), "count(record) AS count"]
        places = ", ".join(str(n + 1) for n in range(len(stage.fields) + 1))
        tail = f"GROUP BY {places} ORDER BY {places} LIMIT {GROUPS_MAX}"
        return Summed(", ".join(columns), tail, ("span", *stage.fields, "count"))
    names = (*stage.fields, "count")
    columns = [*map(quoted, stage.fields), "count(record) AS count"]
    if stage.kind == "top":
        names = (*names, "percent")
        columns.append("100.0 * count(record) / sum(count(record)) OVER () AS percent")
    places = ", ".join(str(n + 1) for n in range(len(stage.fields)))
    order = ", ".join(f"{n + 1} NULLS LAST" for n in range(len(stage.fields)))
    tail = f"GROUP BY {places} ORDER BY count DESC, {order} LIMIT {min(stage.limit, GROUPS_MAX)}"
    return Summed(", ".join(columns), tail, names)


def fitting(span: dt.timedelta) -> int:
    """Seconds of a span that divides so much time into some BUCKETS_WANTED."""
    return next((each for each in _SPANS_SECONDS if span.total_seconds() / each <= BUCKETS_WANTED), _SPANS_SECONDS[-1])


def _timeline(words: list[tuple[str, int]], end: int, schema: pa.Schema) -> Stage:
    seconds = 0
    if words and (span := _SPAN.fullmatch(words[0][0])):
        seconds = int(span[1]) * _UNIT_SECONDS[span[2]]
        if not 0 < seconds <= _SPANS_SECONDS[-1] * 52:
            raise FilterError("a span of time is at least a second and at most a year", words[0][1])
        words = words[1:]
    if not words:
        return Stage("timeline", (), seconds=seconds)
    if words[0][0] != "by":
        raise FilterError("a span such as 5m, 1h or 1d, or 'by' and a field, comes after 'timeline'", words[0][1])
    fields = _fields(words[1:], end, schema)
    if len(fields) > 1:
        raise FilterError("a timeline takes one field", words[-1][1])
    return Stage("timeline", fields, seconds=seconds)


def _fields(words: list[tuple[str, int]], end: int, schema: pa.Schema) -> tuple[str, ...]:
    found: list[str] = []
    for number, (word, at) in enumerate(words):
        if (word == ",") != (number % 2 == 1):
            raise FilterError("field names have commas between them", at)
        if word == ",":
            continue
        if word not in schema.names:
            raise FilterError(f"there is no field {word!r}", at)
        if word == "raw" or pa.types.is_list(schema.field(word).type):
            raise FilterError(f"{word} has too many different values to be grouped by", at)
        found.append(word)
    if not found or len(words) % 2 == 0:
        raise FilterError("a field name is missing", end)
    if len(found) > FIELDS_MAX:
        raise FilterError(f"at most {FIELDS_MAX} fields", end)
    return tuple(dict.fromkeys(found))


def _whole(word: str) -> int | None:
    return int(word) if word.isascii() and word.isdigit() and len(word) < 8 else None
