"""Where a policy's content refers to something by name, so that a rename reaches all of it."""

from __future__ import annotations

from typing import Any

REFERRED = ("zones", "addresses", "services", "schedules")
"""Sections whose things are referred to from elsewhere by name."""

_KEYS = {
    "zones": frozenset({"zone", "from_zone", "to_zone", "masquerade_zones", "tls.zones"}),
    "addresses": frozenset({"source", "destination", "exempt_addresses", "addresses.entries"}),
    "services": frozenset({"rules.services", "bandwidth.classes.services", "services.entries"}),
    "schedules": frozenset({"schedule"}),
}


def rename(content: dict[str, Any], section: str, old: str, new: str) -> dict[str, Any]:
    """The canonical content with one thing called ``new``, in its own place and wherever it is referred to."""
    keys = _KEYS[section]
    renamed = {key: _renamed(value, key, keys, old, new) for key, value in content.items()}
    renamed[section] = [item | {"name": new} if item["name"] == old else item for item in renamed.get(section, [])]
    return renamed


def _renamed(value, path, keys, old, new):
    if isinstance(value, dict):
        return {key: _renamed(entry, f"{path}.{key}", keys, old, new) for key, entry in value.items()}
    refers = path in keys or path.rpartition(".")[2] in keys
    if not isinstance(value, list):
        return new if refers and value == old else value
    if refers:
        return _resorted([new if entry == old else entry for entry in value], new)
    return [_renamed(entry, path, keys, old, new) if isinstance(entry, dict) else entry for entry in value]


def _resorted(entries, new):
    """Canonical lists have their names first and sorted; a new name may belong elsewhere among them."""
    if new not in entries:
        return entries
    names = sorted(entry for entry in entries if _is_name(entry))
    rest = [entry for entry in entries if not _is_name(entry)]
    return names + rest


def _is_name(entry):
    return isinstance(entry, str) and entry[:1].isalpha()
