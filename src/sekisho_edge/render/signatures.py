"""The definitions as a policy wants them: how many, which of them drop, and what is excepted. Pure.

One signature a line, as Suricata reads them. A signature that keeps state for others (``flowbits:set``, ``noalert``) is
never left out and never drops: left out it would blind those that ask for the state, turned into a drop it would cut
ordinary downloads.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from sekisho_wire.policy import SecurityPolicy, SignatureException, resolved

INFORMATIVE_CLASSES = frozenset(
    {"misc-activity", "not-suspicious", "policy-violation", "protocol-command-decode", "tcp-connection", "unknown"}
)
"""What happens on every line all day: only the profile ``full`` looks at it, unless its author stated a severity."""

_SID = re.compile(r"\bsid\s*:\s*(\d+)\s*;")
_CLASS = re.compile(r"\bclasstype\s*:\s*([\w-]+)\s*;")
_SERIOUS = re.compile(r"\bsignature_severity (?:Major|Critical)\b")
_SEVERITY = re.compile(r"\bsignature_severity (\w+)\b")
_KEEPS_STATE = re.compile(r"\bnoalert\s*;|\bflowbits\s*:\s*(?:set|unset|toggle)\b|\bxbits\s*:\s*(?:set|unset|toggle)\b")
_LIST = r"\[[^;(]*?\](?= )|[^\s\[]\S*"
_HEADER = re.compile(rf"\w+ \S+ (?P<source>{_LIST}) (?:{_LIST}) (?P<way>->|<>|=>) (?P<destination>{_LIST}) ")


def render_rules(policy: SecurityPolicy, definitions: str, today: date | None = None) -> str:
    """The rule file. ``today`` is the day in Japan: exceptions that ended before it are over; None asks for no day."""
    plain = resolved(policy)
    exceptions = _in_force(plain, today)
    lines = (_line(plain, line, exceptions) for line in definitions.splitlines())
    return "".join(f"{line}\n" for line in lines if line is not None)


def ends_of(policy: SecurityPolicy) -> set[date]:
    """The last days of exceptions: on the day after one the rules must be rendered anew."""
    return {exception.until for exception in policy.intrusion.exceptions if exception.until is not None}


def _in_force(policy, today) -> dict[int, SignatureException]:
    silenced = {sid: SignatureException("silenced", sid, "silence") for sid in policy.intrusion.silenced_sids}
    current = [one for one in policy.intrusion.exceptions if today is None or one.until is None or one.until >= today]
    return {one.sid: one for one in reversed(current)} | silenced


def _line(policy, line, exceptions):
    """The line as it is to be, or None. Comments stay, so that a file can be compared with its origin."""
    sid = _sid(line)
    if sid is None:
        return line
    exception = exceptions.get(sid)
    if exception is not None:
        return _excepted(policy, line, exception)
    return _with_action(line, "drop") if _prevents(policy, line) else line if _is_wanted(policy, line) else None


def _excepted(policy, line, exception):
    if exception.action != "silence":
        return _with_action(line, exception.action)
    places = {"source": exception.source, "destination": exception.destination}
    if any(places.values()):
        acted = _with_action(line, "drop") if _prevents(policy, line) else line
        return _without(acted, {side: entries for side, entries in places.items() if entries})
    return _quiet(line) if _KEEPS_STATE.search(line) else None


def _is_wanted(policy, line):
    """Whether the profile loads it."""
    profile = policy.intrusion.profile
    if profile == "full" or _KEEPS_STATE.search(line):
        return True
    if profile == "light":
        return bool(_SERIOUS.search(line))
    if stated := _SEVERITY.search(line):
        return stated[1] != "Audit"
    found = _CLASS.search(line)
    return found is None or found[1] not in INFORMATIVE_CLASSES


def _prevents(policy, line):
    return policy.intrusion.mode == "prevent" and bool(_SERIOUS.search(line)) and _is_wanted(policy, line)


def _with_action(line, action):
    if _KEEPS_STATE.search(line):
        return line
    return re.sub(r"^(?:alert|drop|reject)\b", action, line)


def _quiet(line):
    """Keeps its state and says nothing."""
    return line if re.search(r"\bnoalert\s*;", line) else line.rstrip().removesuffix(")") + " noalert;)"


def _without(line, places):
    """The same signature for everybody else. Suricata's own ``suppress`` would hide the alert and still drop."""
    header = _HEADER.match(line)
    if header is None:
        raise ValueError(f"no signature: {line[:200]}")
    if header["way"] == "<>":
        everybody = [entry for entries in places.values() for entry in entries]
        places = {"source": everybody, "destination": everybody}
    for side in sorted(places, key=header.start, reverse=True):
        line = line[: header.start(side)] + _excluding(header[side], places[side]) + line[header.end(side) :]
    return line


def _excluding(stated: str, entries: Iterable[str]):
    excluded = ",".join(f"!{entry}" for entry in entries)
    if stated == "any":
        return f"[{excluded}]"
    inner = stated[1:-1] if stated.startswith("[") else stated
    return f"[{inner},{excluded}]"


def _sid(line):
    found = None if line.lstrip().startswith("#") else _SID.search(line)
    return int(found[1]) if found else None
