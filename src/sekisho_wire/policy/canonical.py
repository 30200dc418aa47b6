"""One writing for each meaning: what is equal for every engine has equal bytes here, and so one content hash.

Sets are sorted, addresses and ports merged to the fewest that say the same, defaults left out. The order of rules of
any kind, source translation and bandwidth classes stays: there the first match decides. The revision's number and
the schema's are no content. Works for a policy without ``problems``.
"""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from sekisho_wire.policy.addresses import collapsed, is_object_name
from sekisho_wire.policy.check_objects import port_range
from sekisho_wire.policy.model import SecurityPolicy, upgraded

HASH_PREFIX = "sha256:"
ORDERED = frozenset({"rules", "source_nat", "classes"})
"""Keys of lists whose order means something: the first match decides."""

_ADDRESS_KEYS = frozenset({"source", "destination", "networks", "to_addresses", "exempt_addresses"})
_PORT_KEYS = frozenset({"ports", "source_ports"})


def canonical(policy: SecurityPolicy) -> dict[str, Any]:
    """The policy's content as plain values in their one writing."""
    document = msgspec.json.decode(msgspec.json.encode(upgraded(policy)))
    content = _section(document)
    del content["schema"], content["revision"]
    return content


def content_bytes(content: dict[str, Any]) -> bytes:
    """What is hashed."""
    return msgspec.json.encode(content, order="sorted")


def content_hash(policy: SecurityPolicy) -> str:
    """``sha256:`` and 64 hexadecimal digits; equal for policies that mean the same."""
    return HASH_PREFIX + hashlib.sha256(content_bytes(canonical(policy))).hexdigest()


def _section(section: dict) -> dict:
    """Empty lists and sections say nothing that leaving them out does not say."""
    whole = {key: _value(key, value) for key, value in section.items()}
    return {key: value for key, value in whole.items() if value not in ([], {})}


def _value(key, value):
    if isinstance(value, dict):
        return _section(value)
    if not isinstance(value, list):
        return value
    if key in _ADDRESS_KEYS:
        return _addresses(value)
    if key in _PORT_KEYS:
        return _ports(value)
    return _list(key, value)


def _list(key, value):
    items = [_section(item) if isinstance(item, dict) else item for item in value]
    if key == "entries" and all(isinstance(item, str) for item in items) and not all(map(is_object_name, items)):
        return _addresses(items)
    if key in ORDERED:
        return items
    return sorted(_once(items), key=_order)


def _once(items):
    return list({msgspec.json.encode(item, order="sorted"): item for item in items}.values())


def _order(item):
    return (
        item["name"]
        if isinstance(item, dict) and "name" in item
        else msgspec.json.encode(item, order="sorted").decode()
    )


def _addresses(entries):
    names = sorted({entry for entry in entries if is_object_name(entry)})
    return names + collapsed(entry for entry in entries if not is_object_name(entry))


def _ports(entries):
    merged: list[list[int]] = []
    for first, last in sorted(map(port_range, entries)):
        if merged and first <= merged[-1][1] + 1:
            merged[-1][1] = max(merged[-1][1], last)
        else:
            merged.append([first, last])
    return [first if first == last else f"{first}-{last}" for first, last in merged]
