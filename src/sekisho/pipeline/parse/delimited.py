"""Comma-separated values with quoting, one record a line. Pure.

RFC 4180 quoting, and the backslash before a quote that some relays add. A line without quotes, which
is most of them, is split without further ado.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from sekisho.pipeline.parse import ParseError
from sekisho.pipeline.parse.text import TEXT_BYTES_MAX

csv.field_size_limit(TEXT_BYTES_MAX)


def parse(message: str, delimiter: str = ",") -> list[str]:
    """The values of one record, or ParseError."""
    if '"' not in message:
        return message.split(delimiter)
    if '\\"' in message:
        message = message.replace('\\"', '"')
    try:
        rows = list(csv.reader(io.StringIO(message, newline=""), delimiter=delimiter))
    except csv.Error:
        raise ParseError("broken quoting in comma-separated values") from None
    return [value for row in rows for value in row]


def serialise(values: Sequence[str], delimiter: str = ",") -> str:
    """A record that ``parse`` reads as ``values``, if none has a line end or a backslash before a quote."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="").writerow(values)
    return text.getvalue()
