"""A log line taken apart for reading: JSON becomes a flat list of names and values, anything else stays raw.

Everything here is the attacker's text; it is cut to limits and made inert where it is rendered.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

FIELDS_SHOWN_MAX = 120
DEPTH_MAX = 12


def fields(line: str) -> list[tuple[str, str]]:
    """``[("src_ip", "203.0.113.5"), ("alert.signature", …)]`` of a JSON object, empty for anything else."""
    try:
        parsed = json.loads(line)
    except (ValueError, RecursionError):
        return []
    if not isinstance(parsed, dict) or not parsed:
        return []
    found = []
    for pair in _walk("", parsed, DEPTH_MAX):
        found.append(pair)
        if len(found) == FIELDS_SHOWN_MAX:
            break
    return found


def _walk(path: str, value: object, depth: int) -> Iterator[tuple[str, str]]:
    if depth and isinstance(value, dict) and value:
        for key, child in value.items():
            yield from _walk(f"{path}.{key}" if path else str(key), child, depth - 1)
    elif depth and isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
        for index, child in enumerate(value):
            yield from _walk(f"{path}[{index}]", child, depth - 1)
    else:
        yield path, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
