"""A call of every operation that is well formed: for tests that ask all of them."""

from __future__ import annotations

from sekisho.api.v1.operation import Operation

QUERIES: dict[str, str] = {"read_standing": "?on=2026-05-04"}
BODIES: dict[str, dict] = {}


def sample_path(operation: Operation, things: dict[str, str]) -> str:
    """The operation's path, about these things."""
    return operation.path.format(**{name: things[name] for name in operation.parameters})
