"""The application catalogue of the definitions, for inspected traffic. CatalogueError if it can't be read."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sekisho_edge.icap.writes import WRITING_METHODS, WriteRule


class CatalogueError(Exception):
    """The catalogue is not of its form; the message says where."""


@dataclass(frozen=True)
class Application:
    """``pinned``: its own clients refuse the line's CA, so it can't be read. ``writes``: the requests that write."""

    code: str
    domains: tuple[str, ...]
    pinned: bool = False
    writes: tuple[WriteRule, ...] = ()


def read_catalogue(definitions: Path) -> Mapping[str, Application]:
    """Applications by their code, of every file in ``applications/``; empty without a catalogue."""
    found: dict[str, Application] = {}
    for file in sorted((definitions / "applications").glob("*.toml")):
        try:
            items = tomllib.loads(file.read_text())["application"]
            found |= {item["code"]: _application(item) for item in items}
        except (ValueError, KeyError, TypeError, AttributeError, re.error) as error:
            raise CatalogueError(f"{file.name}: {error!r}") from error
    return found


def _application(item):
    writes = tuple(_rule(rule, item.get("domains", ())) for rule in item.get("writes", ()))
    return Application(item["code"], tuple(item.get("domains", ())), item.get("pinned", False), writes)


def _rule(rule, domains):
    return WriteRule(
        hosts=tuple(rule.get("hosts") or domains),
        methods=frozenset(rule.get("methods", ())) or WRITING_METHODS,
        path=re.compile(rule["path"]) if rule.get("path") else None,
        content_types=tuple(rule.get("content_types", ())),
        bytes_min=rule.get("bytes_min", 0),
    )
