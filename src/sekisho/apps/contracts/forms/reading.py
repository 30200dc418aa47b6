"""A form from JSON and back. A form of the wrong shape is refused whole; what is missing is not a wrong shape."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from sekisho.apps.refusals import Refused

FORM_BYTES_MAX = 4_000_000
_F = TypeVar("_F", bound=msgspec.Struct)


class BadForm(Refused):
    """The form cannot be read; ``pointer`` says where, as msgspec does: "$.devices[0].policy"."""

    def __init__(self, why: str) -> None:
        super().__init__(
            "application.unreadable", f"申込書を読み取れません: {why}", f"The form can't be read: {why}", "10-1"
        )


def read_form(kind: type[_F], document: Any) -> _F:
    """The form in a JSON document. ``BadForm`` for anything that is not of its shape."""
    try:
        return msgspec.convert(document, kind)
    except msgspec.ValidationError as wrong:
        raise BadForm(str(wrong)) from wrong


def as_json(form: msgspec.Struct) -> dict[str, Any]:
    """The form as JSON values; refused when it is larger than what anybody fills in."""
    if len(msgspec.json.encode(form)) > FORM_BYTES_MAX:
        raise BadForm(f"> {FORM_BYTES_MAX} bytes")
    return msgspec.to_builtins(form)
