"""Root's side of the bandwidth: lines for ``tc`` checked in a network namespace of their own, then loaded.

Only lines of the forms in ``_FORMS`` are taken. Only queueing disciplines with our number and our intermediate devices
are ever removed. tc knows no transactions: when a line fails, everything of ours goes, and the line is not shaped.
Standard library only.
"""

from __future__ import annotations

import contextlib
import json
import re
from pathlib import Path

from sekisho_edge.helper.door import Refused, run

SECONDS_MAX = 30.0
LINES_MAX = 400
OURS = "5ec:"
DEVICES = ("sk-up", "sk-down")
QUEUE_PACKETS = 1_000
LEAVES = ("fq_codel", "sfq perturb 10", "pfifo limit 200")
"""Queues inside a class, best first. The last one every kernel has."""

_NAME = r"dev (?P<name>[A-Za-z0-9][A-Za-z0-9._-]{0,14})"
_KIND = rf"{OURS}[0-9a-f]{{0,4}}"
_FORMS = tuple(
    re.compile(form)
    for form in (
        rf"device (?P<name>{'|'.join(DEVICES)})",
        rf"qdisc add {_NAME} root handle {OURS} htb",
        rf"class add {_NAME} parent {_KIND} classid {_KIND} htb [a-z0-9 ]+",
        rf"qdisc add {_NAME} parent {_KIND} leaf",
        rf"filter add {_NAME} parent {OURS} protocol all u32 match u32 0 0 action mirred egress redirect dev "
        rf"({'|'.join(DEVICES)})",
    )
)
_SCRATCH = """
printf '%s' "$1" | ip -batch -
printf '%s' "$2" | tc -batch -
"""


def check(text: str) -> None:
    """Load it into a namespace with interfaces of the same names: tc and this kernel say whether they can."""
    if not text:
        return
    names = _names(text)
    links = [f"link add {name} type {'ifb' if name in DEVICES else 'bridge'}\n" for name in sorted(names)]
    argv = ["unshare", "--net", "sh", "-ec", _SCRATCH, "sh", "".join(links), _tc(text)]
    run(argv, "", SECONDS_MAX)


def apply(text: str, noted: Path) -> None:
    """Shape this network namespace as ``text`` says; empty: not at all. ``noted`` remembers what is loaded."""
    _names(text)
    if noted.exists() and noted.read_text() == text and bool(_ours()) is bool(text):
        return
    noted.unlink(missing_ok=True)
    clear()
    try:
        for name in _made(text):
            run(["ip", "link", "add", name, "type", "ifb"], "", SECONDS_MAX)
            run(["ip", "link", "set", name, "up", "txqueuelen", str(QUEUE_PACKETS)], "", SECONDS_MAX)
        if text:
            run(["tc", "-batch", "-"], _tc(text), SECONDS_MAX)
    except Refused:
        clear()
        raise
    noted.write_text(text)


def clear() -> None:
    """Remove everything of ours; quiet when there is nothing."""
    for name in _ours():
        run(["tc", "qdisc", "del", "dev", name, "root"], "", SECONDS_MAX)
    for name in DEVICES:
        with contextlib.suppress(Refused):
            run(["ip", "link", "del", name], "", SECONDS_MAX)


def leaf() -> str:
    """The best queue that this kernel has."""
    for candidate in LEAVES[:-1]:
        argv = ["unshare", "--net", "tc", "qdisc", "add", "dev", "lo", "root", *candidate.split()]
        with contextlib.suppress(Refused):
            run(argv, "", SECONDS_MAX)
            return candidate
    return LEAVES[-1]


def _names(text):
    """Interfaces that the text speaks of; Refused for any line that is not of a known form."""
    lines = text.splitlines()
    if len(lines) > LINES_MAX:
        raise Refused(f"{len(lines)} lines of bandwidth are over the limit")
    names = set()
    for line in lines:
        found = next((match for form in _FORMS if (match := form.fullmatch(line))), None)
        if found is None:
            raise Refused(f"no line of bandwidth: {line[:200]!r}")
        names.add(found["name"])
    return names


def _made(text):
    return [line.removeprefix("device ") for line in text.splitlines() if line.startswith("device ")]


def _tc(text):
    queue = leaf()
    lines = [line for line in text.splitlines() if not line.startswith("device ")]
    return "".join(f"{line.removesuffix('leaf')}{queue if line.endswith('leaf') else ''}\n" for line in lines)


def _ours():
    """Interfaces that carry a discipline of ours at their root."""
    found = json.loads(run(["tc", "-json", "qdisc", "show"], "", SECONDS_MAX) or "[]")
    return [one["dev"] for one in found if one["handle"] == OURS and one.get("root")]
