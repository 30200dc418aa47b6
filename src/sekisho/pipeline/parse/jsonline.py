"""One JSON object a line, of any product: bytes -> its fields. Pure; EVE has a parser of its own."""

from __future__ import annotations

from typing import Any

import msgspec

from sekisho.pipeline.parse import NESTING_LEVELS_MAX, ParseError
from sekisho.pipeline.parse.eve import check_depth

_decoder = msgspec.json.Decoder()


def parse(message: str) -> dict[str, Any]:
    """The members of the object, or ParseError. Whole numbers become their digits, as other formats have them."""
    try:
        fields = _decoder.decode(message)
    except RecursionError:
        raise ParseError(f"nested deeper than {NESTING_LEVELS_MAX} levels") from None
    except (msgspec.MsgspecError, UnicodeError):
        raise ParseError("not JSON") from None
    if type(fields) is not dict:
        raise ParseError("not a JSON object")
    if message.count("{") + message.count("[") > NESTING_LEVELS_MAX:
        check_depth(fields)
    return {key: plain(value) for key, value in fields.items()}


def plain(value: Any) -> Any:
    """A scalar as text where text says the same; containers as they are; null as None."""
    if type(value) is bool:
        return "true" if value else "false"
    return str(value) if type(value) is int or type(value) is float else value
