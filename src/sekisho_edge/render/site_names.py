"""The URL filter's names: what a policy and the definitions say about sites, ready for every layer that knows names.

Order of strength: allowed, then blocked, then categories; of several categories the one that blocks. A name means
itself and everything below it. Deterministic; reads the category files of the definitions and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from sekisho_edge.applications import SHIPPED, read_catalogue
from sekisho_wire.policy import SecurityPolicy

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
    """The names of a category, shortest form: as these definitions have it, else as the package does.

    A family of applications is a category too: all sites of all of them.
    """
    for folder in (definitions, SHIPPED):
        file = folder / "categories" / f"{code}.txt"
        if file.exists():
            return _read(file, file.stat().st_mtime_ns)
    catalogue = read_catalogue(definitions).values()
    return shortest(domain for one in catalogue if one.family == code for domain in one.domains)


def categories(definitions: Path) -> frozenset[str]:
    """Codes of all categories that a policy may name under these definitions."""
    files = {file.stem for folder in (definitions, SHIPPED) for file in (folder / "categories").glob("*.txt")}
    return frozenset(files | {one.family for one in read_catalogue(definitions).values() if one.family})


@lru_cache(maxsize=64)
def _read(file: Path, _changed_ns: int) -> tuple[str, ...]:
    entries = (line.partition("#")[0].strip() for line in file.read_text().splitlines())
    return shortest(entry for entry in entries if entry)


def shortest(names: Iterable[str]) -> tuple[str, ...]:
    """Sorted, without those that lie below another one."""
    every = set(names)
    return tuple(sorted(name for name in every if not any(above in every for above in _above(name))))


def _above(name: str) -> Iterator[str]:
    while (name := name.partition(".")[2]) and "." in name:
        yield name


def _sites(entries, *, with_paths):
    """Names of entries. An allowed part of a site needs its name; a blocked part must not block the whole site."""
    return shortest(entry.partition("/")[0] for entry in entries if with_paths or "/" not in entry)
