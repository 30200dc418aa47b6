"""Web inspection, for ``python -m bench.edge --web``: bare forwarding, Squid alone, and Squid with our scanner.

Root: it makes a lab of its own; client, box, scanner and origin share this machine's cores, so only ratios say
something. The origin is a small Python server; what it alone can do is the first column.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import sys
import tempfile
from pathlib import Path

from tests.edge.line import line_in
from tests.edge.web import ADDRESS, READ, Web, policy, web_on

from sekisho_edge.daemons.places import squid_version
from sekisho_edge.lab import Lab
from sekisho_wire.policy import AntiMalware, SecurityPolicy, UrlFilter

LARGE_BYTES, SMALL_BYTES = 50_000_000, 10_000
REQUESTS, CONNECTIONS = 200, 40
SCANNED = AntiMalware(mode="prevent", protocols=("http", "https"))
PASSING = UrlFilter(layers=("http",), blocked=("nothing.test",))
"""A list that nothing is on: plain HTTP goes through Squid too, and Squid does what it does for everybody."""

# One client: seconds for a large file, for small ones over one connection, and for as many new connections.
_CLIENT = """
import http.client, json, ssl, sys, time
scheme, name, address, ca, kind, large, small, requests, connections = sys.argv[1:]
context = ssl.create_default_context(cafile=ca)
def connected():
    if scheme == "http":
        return http.client.HTTPConnection(address, 80, timeout=60)
    made = http.client.HTTPSConnection(name, 443, timeout=60, context=context)
    made._create_connection = lambda _, *rest: __import__("socket").create_connection((address, 443), *rest)
    return made
def get(peer, path):
    peer.request("GET", path, headers={"Host": name})
    answer = peer.getresponse()
    body = answer.read()
    assert answer.status == 200, (answer.status, body[:300])
def timed(work):
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
def keep_alive():
    peer = connected()
    for _ in range(int(requests)):
        get(peer, f"/{kind}/{small}")
def anew():
    for _ in range(int(connections)):
        get(connected(), f"/{kind}/{small}")
get(connected(), f"/{kind}/{small}")
print(json.dumps([timed(lambda: get(connected(), f"/{kind}/{large}")), timed(keep_alive), timed(anew)]))
"""

WAYS: tuple[tuple[str, SecurityPolicy, str], ...] = (
    ("no proxy", policy(), "bytes"),
    ("Squid alone", policy(tls=READ, url=PASSING), "bytes"),
    ("Squid and scanner, file known", policy(tls=READ, url=PASSING, malware=SCANNED), "bytes"),
    ("Squid and scanner, file new", policy(tls=READ, url=PASSING, malware=SCANNED), "unique"),
)


def measure(runs: int) -> dict[str, dict[str, list[float]]]:
    """For each way and scheme: medians of Mbit/s, requests/s over one connection, and new connections/s."""
    with (
        Lab(f"bw{os.getpid() % 100_000}") as lab,
        tempfile.TemporaryDirectory() as folder,
        line_in(lab) as line,
        web_on(line, Path(folder)) as web,
    ):
        return {name: _way(web, wanted, kind, runs) for name, wanted, kind in WAYS}


def _way(web: Web, wanted: SecurityPolicy, kind: str, runs: int) -> dict[str, list[float]]:
    web.line.enforce(wanted)
    inspected = wanted.tls.mode == "inspect"
    ca = web.line.state / "inspection" / "ca.pem" if inspected else web.folder / "ca.pem"
    found = {}
    for scheme in ("http", "https"):
        sizes = [str(value) for value in (LARGE_BYTES, SMALL_BYTES, REQUESTS, CONNECTIONS)]
        argv = [sys.executable, "-c", _CLIENT, scheme, "files.test", ADDRESS, str(ca), kind, *sizes]
        times = []
        for _ in range(runs):
            done = web.lab.run("pc1", argv, timeout=300)
            if done.returncode != 0:
                raise SystemExit(done.stderr.decode()[-2000:])
            times.append(json.loads(done.stdout))
        large, kept, anew = (statistics.median(column) for column in zip(*times, strict=True))
        found[scheme] = [LARGE_BYTES * 8 / large / 1e6, REQUESTS / kept, CONNECTIONS / anew]
    return found


def main(runs: int, *, as_json: bool) -> int:
    figures = measure(runs)
    if as_json:
        sys.stdout.write(json.dumps({"squid": squid_version(), "runs": runs, "figures": figures}) + "\n")
        return 0
    version = ".".join(map(str, squid_version()))
    sys.stdout.write(f"Squid {version}; median of {runs} runs; {platform.machine()}, {os.cpu_count()} cores, ")
    sys.stdout.write(f"load {os.getloadavg()[0]:.1f}\n{'':32}{'50 MB':>10}{'10 KB':>12}{'new':>14}\n")
    for name, by_scheme in figures.items():
        for scheme, (mbits, requests, connections) in by_scheme.items():
            label = f"{name}, {scheme}"
            sys.stdout.write(f"{label:38}{mbits:7.0f} Mbit/s{requests:8.0f}/s{connections:8.0f} conn/s\n")
    return 0
