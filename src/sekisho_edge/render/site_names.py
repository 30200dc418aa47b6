"""The URL filter's names: what a policy and the definitions say about sites, ready for every layer that knows names.

Order of strength: allowed, then blocked, then categories; of several categories the one that blocks. A name means
itself and everything below it. Deterministic; reads the category files of the definitions and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from sekisho_wire.policy import SecurityPolicy

SHIPPED = Path(__file__).parent.parent / "definitions"
RESOLVERS = "encrypted_dns"
"""The category of public resolvers that answer inside TLS: who asks them asks past the filter."""
URL_BLOCKED, URL_ALLOWED = "url.blocked", "url.allowed"


@dataclass(frozen=True)
class NameList:
    """Names under one label, such as ``category.gambling``. ``action`` is allow, log or block."""

    label: str
    action: str
    names: tuple[str, ...]


def name_lists(policy: SecurityPolicy, definitions: Path) -> list[NameList]:
    """Every list that names something, strongest first."""
    lists = [
        NameList(URL_ALLOWED, "allow", _sites(policy.url.allowed, with_paths=True)),
        NameList(URL_BLOCKED, "block", _sites(policy.url.blocked, with_paths=False)),
    ]
    actions = {rule.name: rule.action for rule in policy.url.categories}
    if {"dns", "sni"} & set(policy.url.layers):
        actions.setdefault(RESOLVERS, "block")
    for action in ("block", "log"):
        codes = sorted(code for code, stated in actions.items() if stated == action)
        lists += [NameList(f"category.{code}", action, category(definitions, code)) for code in codes]
    return [one for one in lists if one.names]


def category(definitions: Path, code: str) -> tuple[str, ...]:
    """The names of a category, shortest form: as these definitions have it, else as the package does, else none."""
    for folder in (definitions, SHIPPED):
        file = folder / "categories" / f"{code}.txt"
        if file.exists():
            return _read(file, file.stat().st_mtime_ns)
    return ()


def categories(definitions: Path) -> frozenset[str]:
    """Codes of the categories that the definitions have."""
    return frozenset(file.stem for file in (definitions / "categories").glob("*.txt"))


@lru_cache(maxsize=64)
def _read(file: Path, _changed_ns: int) -> tuple[str, ...]:
    entries = (line.partition("#")[0].strip() for line in file.read_text().splitlines())
    return shortest(entry for entry in entries if entry)


def shortest(names: Iterable[str]) -> tuple[str, ...]:
    """Sorted, without those that lie below another one."""
    every = set(names)
    return tuple(sorted(name for name in every if not any(above in every for above in _above(name))))


def covers(names: set[str] | frozenset[str], name: str) -> bool:
    """Whether a set means this name: it or one above it is in the set."""
    return name in names or any(above in names for above in _above(name))


def _above(name: str) -> Iterator[str]:
    while (name := name.partition(".")[2]) and "." in name:
        yield name


def _sites(entries, *, with_paths):
    """Names of entries. An allowed part of a site needs its name; a blocked part must not block the whole site."""
    return shortest(entry.partition("/")[0] for entry in entries if with_paths or "/" not in entry)
