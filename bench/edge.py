"""The edge's engines. ``python -m bench.edge --apply``: a large policy, from the document to the kernel.
``--bandwidth``: what each class and access item carries under contention. ``--web``: what web inspection costs.

Root: it works in a network namespace of its own. Beside it, in the same run, ``nft`` alone on the rendered text: what
is left is ours.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator

from bench import edge_bandwidth, edge_web

from sekisho_edge.render import RENDERED, nftables
from sekisho_edge.render.nftables import Attach
from sekisho_wire.policy import (
    AddressObject,
    FirewallRule,
    SecurityPolicy,
    Service,
    Zone,
    problems,
    read_policy,
    write_policy,
)

RULES = 5_000
ELEMENTS = 50_000
SECONDS_MAX = 2.0
RUNS = 5


def large_policy(rules: int = RULES, elements: int = ELEMENTS) -> SecurityPolicy:
    """Rules on single hosts and ports, every tenth on one list of scattered addresses."""
    listed = tuple(f"{20 + n // 16384}.{n // 64 % 256}.{n % 64 * 4}.1" for n in range(elements))
    return SecurityPolicy(
        schema=2,
        revision=1,
        zones=(Zone("lan", "eth1", ("10.0.0.0/8",), inside=True), Zone("wan", "eth0")),
        addresses=(AddressObject("listed", listed),),
        rules=tuple(_rule(n) for n in range(rules)),
    )


def _rule(n):
    destination = ("listed",) if n % 10 == 0 else (f"198.51.{n // 250}.{n % 250}",)
    source = (f"10.{n % 200}.0.0/16",)
    service = Service("tcp", (1024 + n,))
    return FirewallRule(f"rule-{n}", "lan", "wan", "allow", source=source, destination=destination, services=(service,))


def measure_apply(runs: int) -> dict[str, list[float]]:
    """Seconds of each step, for each run."""
    text = write_policy(large_policy())
    steps: dict[str, list[float]] = {
        name: [] for name in ("read", "check", "render", "dry_run", "apply", "apply_again")
    }
    for _ in range(runs):
        with namespace() as inside, _timed(steps) as timed:
            policy = timed("read", lambda: read_policy(text))
            assert timed("check", lambda p=policy: problems(p, RENDERED)) == []
            script = timed("render", lambda p=policy: nftables.render(p, Attach.XTABLES_QUEUE))
            timed("dry_run", lambda s=script: nft(inside, s, "-c"))
            timed("apply", lambda s=script: nft(inside, s))
            timed("apply_again", lambda s=script: nft(inside, s))  # over the same policy, as every change is
    return steps


@contextlib.contextmanager
def _timed(steps) -> Iterator:
    def timed(name, work):
        began = time.perf_counter()
        done = work()
        steps[name].append(time.perf_counter() - began)
        return done

    yield timed


@contextlib.contextmanager
def namespace() -> Iterator[str]:
    name = f"bench-{os.getpid()}"
    subprocess.run(["ip", "netns", "add", name], check=True)
    try:
        yield name
    finally:
        subprocess.run(["ip", "netns", "del", name], check=True)


def nft(inside: str, script: str, *options: str) -> None:
    argv = ["ip", "netns", "exec", inside, "nft", "-j", *options, "-f", "-"]
    subprocess.run(argv, input=script, text=True, check=True, env=os.environ | {"TZ": "UTC"})


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--apply", action="store_true", help="policy document to kernel")
    what.add_argument("--bandwidth", action="store_true", help="classes and access items under contention")
    what.add_argument("--web", action="store_true", help="Squid with the scanner beside Squid alone")
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if options.bandwidth:
        return edge_bandwidth.main(options.runs)
    if options.web:
        return edge_web.main(options.runs, as_json=options.json)
    medians = {name: statistics.median(seconds) for name, seconds in measure_apply(options.runs).items()}
    result = {"rules": RULES, "elements": ELEMENTS, "runs": options.runs, "seconds": medians}
    if options.json:
        sys.stdout.write(json.dumps(result) + "\n")
        return 0
    sys.stdout.write(f"{RULES} rules, {ELEMENTS} set elements; median of {options.runs} runs, seconds; ")
    sys.stdout.write(f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}\n")
    for name, seconds in medians.items():
        sys.stdout.write(f"{name:12} {seconds:6.3f}\n")
    seconds = medians["apply_again"]
    sys.stdout.write(f"loaded over a policy in force: {seconds:.3f} (the promise: under {SECONDS_MAX})\n")
    return 0 if seconds < SECONDS_MAX else 1


if __name__ == "__main__":
    sys.exit(main())
