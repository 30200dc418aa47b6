"""The application catalogue of the definitions, as far as ICAP needs it: where an application is written to."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

from sekisho_edge.icap.settings import SettingsError
from sekisho_edge.icap.writes import WRITING_METHODS, WriteRule


def read_catalogue(definitions: Path) -> dict[str, Sequence[WriteRule]]:
    """Write rules by the application's code; empty without a catalogue. SettingsError for one that can't be read."""
    file = definitions / "applications.json"
    if not file.exists():
        return {}
    try:
        document = json.loads(file.read_text())
        return {code: [_rule(rule) for rule in rules] for code, rules in _write_rules(document)}
    except (ValueError, KeyError, TypeError, AttributeError, re.error) as error:
        raise SettingsError(f"{file}: {error!r}") from error


def _write_rules(document):
    for item in document["applications"]:
        if rules := item.get("writes"):
            yield item["code"], rules


def _rule(rule):
    return WriteRule(
        hosts=tuple(rule["hosts"]),
        methods=frozenset(rule.get("methods", ())) or WRITING_METHODS,
        path=re.compile(rule["path"]) if rule.get("path") else None,
        content_types=tuple(rule.get("content_types", ())),
        bytes_min=rule.get("bytes_min", 0),
    )
