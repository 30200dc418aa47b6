"""MITRE ATT&CK names: one spelling for tactics and techniques, whoever wrote them.

Suricata metadata says ``TA0011`` or ``Command_And_Control``, Sigma says ``attack.command-and-control``
(older rules with underscores); here a tactic is its slug and a technique its number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

TACTICS = {
    "TA0043": "reconnaissance",
    "TA0042": "resource-development",
    "TA0001": "initial-access",
    "TA0002": "execution",
    "TA0003": "persistence",
    "TA0004": "privilege-escalation",
    "TA0005": "defense-evasion",
    "TA0006": "credential-access",
    "TA0007": "discovery",
    "TA0008": "lateral-movement",
    "TA0009": "collection",
    "TA0011": "command-and-control",
    "TA0010": "exfiltration",
    "TA0040": "impact",
}
_SLUGS = frozenset(TACTICS.values())
_TECHNIQUE = re.compile(r"t\d{4}(?:\.\d{3})?", re.IGNORECASE)


def tactic(*names: str | None) -> str | None:
    """The slug of the first name that is a tactic's id, name or slug."""
    for name in names:
        slug = TACTICS.get((name or "").upper()) or (name or "").strip().lower().replace("_", "-").replace(" ", "-")
        if slug in _SLUGS:
            return slug
    return None


def technique(*names: str | None) -> str | None:
    """``T1071.001`` of the first name that is a technique's id."""
    return next((name.upper() for name in names if name and _TECHNIQUE.fullmatch(name)), None)


def of_tags(tags: Iterable[str]) -> tuple[str | None, str | None]:
    """(tactic, technique) of a Sigma rule's tags, such as ``attack.initial-access``, ``attack.t1190``."""
    names = [tag.split(".", 1)[1] for tag in tags if tag.startswith("attack.")]
    return tactic(*names), technique(*names)
