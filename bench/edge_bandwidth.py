"""Bandwidth classes under contention, for ``python -m bench.edge --bandwidth``. Root: it makes a lab of its own."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass

from msgspec.structs import replace

from sekisho_edge.lab import Lab
from sekisho_edge.lab.contention import Stream, kbps, serving
from sekisho_edge.lab.policy import lab_policy
from sekisho_edge.render import nftables, shaper
from sekisho_edge.render.nftables import Attach
from sekisho_wire.policy import Bandwidth, BandwidthClass, FirewallRule, IntrusionPrevention, Service

WWW = "198.51.100.10"
SECONDS = 5.0
TOLERANCE = 0.05
_PIPES = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
HOSTS = ("pc1", "pc2", "server", "pc1")
PORTS = (5001, 5002, 5003, 5004)
SHARES = (10_000, 30_000, 50_000)
ITEMS = {
    "guaranteed_10m": 10_000,
    "guaranteed_30m": 30_000,
    "guaranteed_50m": 50_000,
    "guaranteed_100m": 100_000,
    "best_effort_100m": 100_000,
    "best_effort_1g": 1_000_000,
}


@dataclass(frozen=True)
class Figure:
    """One promise and what came, in kbit/s of frames."""

    what: str
    promised: float
    got: float

    @property
    def off(self) -> float:
        return abs(self.got - self.promised) / self.promised


def measure(runs: int) -> list[Figure]:
    """Classes of 10, 30 and 50 and a rest of 10 on a line of 100, then each access item with two greedy streams."""
    figures = []
    with (
        Lab(f"bw{os.getpid() % 100_000}") as lab,
        tempfile.TemporaryDirectory() as folder,
        lab.start("utm", [sys.executable, "-m", "sekisho_edge.helper", folder], **_PIPES) as helper,
        serving(lab, "www", *PORTS),
    ):
        apply = _applier(helper)
        for direction in ("up", "down"):
            figures += _classes(lab, apply, direction, runs)
            figures += _items(lab, apply, direction, runs)
        helper.stdin.close()
    return figures


def _classes(lab, apply, direction, runs):
    shares = [
        BandwidthClass(f"c{kbit}", kbit, services=(Service("tcp", (port,)),))
        for kbit, port in zip(SHARES, PORTS, strict=False)
    ]
    apply(Bandwidth("guaranteed_100m", tuple(shares)))
    streams = [Stream(host, direction, WWW, port) for host, port in zip(HOSTS, PORTS, strict=True)]
    rows = [kbps(lab, streams, SECONDS) for _ in range(runs)]
    promised = (*SHARES, 100_000 - sum(SHARES))
    names = [f"{direction:4} class {kbit // 1000:3} of 100 Mbit/s, all greedy" for kbit in promised]
    return [
        Figure(name, kbit, statistics.median(column))
        for name, kbit, column in zip(names, promised, zip(*rows, strict=True), strict=True)
    ]


def _items(lab, apply, direction, runs):
    for item, promised in ITEMS.items():
        apply(Bandwidth(item))
        streams = [Stream("pc1", direction, WWW, PORTS[0]), Stream("server", direction, WWW, PORTS[1])]
        sums = [sum(kbps(lab, streams, SECONDS)) for _ in range(runs)]
        yield Figure(f"{direction:4} {item}, two streams", promised, statistics.median(sums))
    apply(Bandwidth())
    (free,) = kbps(lab, [Stream("pc1", direction, WWW, PORTS[0])], SECONDS)
    sys.stdout.write(f"{direction:4} the same stream with shaping off: {free / 1000:.0f} Mbit/s\n")


def _applier(helper) -> Callable[[Bandwidth], None]:
    rules = (FirewallRule("lan", "lan", "wan", "allow"), FirewallRule("dmz", "dmz", "wan", "allow"))
    base = replace(lab_policy(IntrusionPrevention(mode="off")), schema=2, rules=rules)

    def call(**request):
        helper.stdin.write(json.dumps(request) + "\n")
        helper.stdin.flush()
        answer = json.loads(helper.stdout.readline())
        if not answer["ok"]:
            raise RuntimeError(answer["reason"])

    def apply(bandwidth):
        policy = replace(base, bandwidth=bandwidth)
        off = nftables.render_xtables(policy, Attach.TAP)
        call(do="apply-filter", nft=nftables.render(policy, Attach.TAP, "mgmt"), xtables=off)
        call(do="prepare-forwarding")
        call(do="apply-shaper", text=shaper.render(policy))

    return apply


def main(runs: int) -> int:
    figures = measure(runs)
    for figure in figures:
        sys.stdout.write(
            f"{figure.what:44} {figure.promised / 1000:7.1f} promised {figure.got / 1000:7.1f} Mbit/s "
            f"({figure.off:.1%} off)\n"
        )
    return 0 if all(figure.off <= TOLERANCE for figure in figures) else 1
