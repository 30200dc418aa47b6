"""Reads a packet capture with the very sensor that guards a line: same configuration, same signatures, no line.

For people who were sent a capture, and for machines where no line can be guarded. Needs Suricata, no root.
Errors: CommandFailed, for a file that is no capture or with Suricata's own words.
"""

from __future__ import annotations

from pathlib import Path

from sekisho_edge.command import CommandFailed, run
from sekisho_edge.converge import DEFINITIONS
from sekisho_edge.render.nftables import Attach
from sekisho_edge.render.signatures import render_rules
from sekisho_edge.render.suricata import SensorPaths, render_config
from sekisho_wire.policy import SecurityPolicy

READ_SECONDS_MAX = 600.0
CAPTURE_MARKS = frozenset(bytes.fromhex(mark) for mark in ("d4c3b2a1", "a1b2c3d4", "4d3cb2a1", "a1b23c4d", "0a0d0d0a"))
"""First bytes of a pcap (either byte order, micro- or nanoseconds) or a pcapng file."""


def inspect_capture(capture: Path, out: Path, policy: SecurityPolicy, outside_addresses: tuple[str, ...] = ()) -> Path:
    """Write ``eve.json`` and Suricata's own logs into ``out``; the path of ``eve.json``."""
    with capture.open("rb") as file:
        # Suricata itself ends well on a file that it could not read.
        if file.read(4) not in CAPTURE_MARKS:
            raise CommandFailed(f"{capture} is no packet capture (pcap or pcapng)")
    out = out.absolute()
    out.mkdir(parents=True, exist_ok=True)
    paths = SensorPaths(out, out / "sekisho.rules", out / "command.socket")
    paths.rule_file.write_text(render_rules(policy, DEFINITIONS.read_text()))
    config = out / "suricata.yaml"
    config.write_text(render_config(policy, Attach.XTABLES_QUEUE, paths, outside_addresses=outside_addresses))
    run(["suricata", "-r", str(capture), "-c", str(config), "-l", str(out)], seconds_max=READ_SECONDS_MAX)
    return out / "eve.json"
