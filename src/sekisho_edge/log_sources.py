"""The logs of this box that go to the centre: which file, under which name, and what reads it there."""

from __future__ import annotations

from pathlib import Path

from sekisho_edge.link import Source
from sekisho_edge.spool import Spool, rotate

ENGINE_LOGS = {"unbound": "unbound", "squid": "squid", "icap": "sekisho-icap", "mail": "sekisho-mail"}
"""Engine -> product. Their log keeper looks for itself whether its file was renamed."""


def sources_of(state: Path) -> tuple[Source, ...]:
    """The sensor's events, the firewall's log, then one an engine, whether it runs or not."""
    logs = state / "log"
    engines = [
        Source(name, product, Spool(logs / f"{name}.log", state / f"bookmark.{name}.json"))
        for name, product in ENGINE_LOGS.items()
    ]
    return (
        Source("eve", "suricata", Spool(logs / "eve.json", state / "bookmark.json")),
        Source("firewall", "netfilter", Spool(logs / "firewall.log", state / "bookmark.firewall.json")),
        *engines,
    )


def rotate_plain(logs: Path) -> None:
    """Rename what has grown among those whose writers look for themselves."""
    for name in ("firewall", *ENGINE_LOGS):
        rotate(logs / f"{name}.log")
