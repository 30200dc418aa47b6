"""The catalogue of applications: how each is recognised, and what can be done about it. CatalogueError if unreadable.

One TOML file a family in ``applications/`` of the definitions, or ``applications.json`` with the same entries in a set
from the centre; a set without either leaves the package's own in force.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from sekisho_edge.icap.writes import WRITING_METHODS, WriteRule
from sekisho_wire.policy import ApplicationFacts

SHIPPED = Path(__file__).parent / "definitions"


class CatalogueError(Exception):
    """The catalogue is not of its form; the message says where."""


@dataclass(frozen=True)
class Signature:
    """What one packet or stream of the application looks like: ``options`` are Suricata's, without msg and sid."""

    protocol: str
    options: str
    ports: str = "any"


@dataclass(frozen=True)
class Application:
    """``domains`` mean themselves and all below; ``protocols`` are such as the sensor recognises by itself.

    ``pinned``: its own clients refuse the line's CA, so it can't be read. ``writes``: the requests that write.
    """

    code: str
    family: str = ""
    ja: str = ""
    en: str = ""
    domains: tuple[str, ...] = ()
    pinned: bool = False
    protocols: tuple[str, ...] = ()
    signatures: tuple[Signature, ...] = ()
    writes: tuple[WriteRule, ...] = ()


def read_catalogue(definitions: Path) -> Mapping[str, Application]:
    """Applications by their code, as these definitions have them."""
    whole = definitions / "applications.json"
    families = definitions / "applications"
    if whole.exists():
        files = (whole,)
    else:
        files = tuple(sorted((families if families.is_dir() else SHIPPED / "applications").glob("*.toml")))
    return _read(tuple((file, file.stat().st_mtime_ns) for file in files))


def facts(catalogue: Mapping[str, Application]) -> Mapping[str, ApplicationFacts]:
    """What a policy's check asks about each."""
    return {
        code: ApplicationFacts(domains=one.domains, pinned=one.pinned, writes_known=bool(one.writes))
        for code, one in catalogue.items()
    }


@lru_cache(maxsize=8)
def _read(files: tuple[tuple[Path, int], ...]) -> Mapping[str, Application]:
    found: dict[str, Application] = {}
    for file, _ in files:
        try:
            for one in _entries(file):
                if one.code in found:
                    raise CatalogueError(f"{file.name}: {one.code} is there twice")
                found[one.code] = one
        except (ValueError, KeyError, TypeError, AttributeError, re.error) as error:
            raise CatalogueError(f"{file.name}: {error!r}") from error
    return MappingProxyType(found)


def _entries(file: Path) -> Iterator[Application]:
    if file.suffix == ".json":
        yield from (_application(item, item.get("family", "")) for item in json.loads(file.read_text())["applications"])
        return
    document = tomllib.loads(file.read_text())
    yield from (_application(item, document["family"]) for item in document["application"])


def _application(item, family):
    name = item.get("name", {})
    domains = tuple(item.get("domains", ()))
    return Application(
        code=item["code"],
        family=family,
        ja=name.get("ja", item["code"]),
        en=name.get("en", item["code"]),
        domains=domains,
        pinned=item.get("pinned", False),
        protocols=tuple(item.get("protocols", ())),
        signatures=tuple(Signature(**signature) for signature in item.get("signatures", ())),
        writes=tuple(_write(rule, domains) for rule in item.get("writes", ())),
    )


def _write(rule, domains):
    return WriteRule(
        hosts=tuple(rule.get("hosts") or domains),
        methods=frozenset(rule.get("methods", ())) or WRITING_METHODS,
        path=re.compile(rule["path"]) if rule.get("path") else None,
        content_types=tuple(rule.get("content_types", ())),
        bytes_min=rule.get("bytes_min", 0),
    )
