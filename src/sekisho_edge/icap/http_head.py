"""The head of an HTTP message, as ICAP carries it: the first line and the fields, in order. Pure.

HeadError: what was sent is no head; the transaction is refused.
"""

from __future__ import annotations

from dataclasses import dataclass

FIELDS_MAX = 500


class HeadError(ValueError):
    """Not the head of a message."""


@dataclass(frozen=True)
class Head:
    """``first`` is the request line or the status line; names of ``fields`` are as they were sent."""

    first: str
    fields: tuple[tuple[str, str], ...] = ()

    def get(self, name: str, default: str = "") -> str:
        """The value of the first field of that name, whatever its case."""
        wanted = name.lower()
        return next((value for field, value in self.fields if field.lower() == wanted), default)

    def without(self, *names: str) -> Head:
        """The same head without some fields."""
        gone = {name.lower() for name in names}
        return Head(self.first, tuple(pair for pair in self.fields if pair[0].lower() not in gone))

    def encode(self) -> bytes:
        lines = [self.first, *(f"{name}: {value}" for name, value in self.fields), "", ""]
        return "\r\n".join(lines).encode("latin-1")


def read_head(text: bytes) -> Head:
    """A head from its bytes, without the blank line at its end or with it. HeadError if it is none."""
    lines = text.decode("latin-1").rstrip("\r\n").split("\r\n")
    if not lines[0].strip() or len(lines) > FIELDS_MAX + 1:
        raise HeadError("no first line, or too many fields")
    fields: list[tuple[str, str]] = []
    for line in lines[1:]:
        if line[:1] in (" ", "\t") and fields:  # a folded line continues the field before it
            name, value = fields[-1]
            fields[-1] = (name, f"{value} {line.strip()}")
            continue
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip():
            raise HeadError("a field without a name")
        fields.append((name, value.strip()))
    return Head(lines[0], tuple(fields))
