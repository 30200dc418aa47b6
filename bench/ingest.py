"""How fast the pipeline is: from bytes in the stream to rows committed, synced and searchable in the lake.

Starts its own PostgreSQL and nats-server, fills the stream with Suricata events, and runs the real
loop (parse, normalise, device alerts, all of SigmaHQ's rules, a million indicators, lake commit,
acknowledge) until the stream is empty. CPU is that of the loop's own process, the lake's included,
without PostgreSQL and nats-server; on a machine with other work it says more than the clock. Beside it,
in the same run on the same machine: DuckDB reading the same file with ``read_json`` into a table, the
floor that nothing that parses this JSON gets under.

usage: python -m bench.ingest [-n 200000] [--runs 3] [--data ../shared/data] [--json]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import random
import resource
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path

import duckdb
from tests.engines import make_database, nats_server, postgres_server

from sekisho.gateways.bus_jetstream import JetStreamBus
from sekisho.lake import Lake, LakeSettings, LakeWriter
from sekisho.ocsf.device import DeviceContext
from sekisho.pipeline.batch import RAW_BYTES_MAX, StreamBatch, batch_id, encode, pack_lines
from sekisho.pipeline.columnar import warm
from sekisho.pipeline.detect import Detector, load, shipped_rules
from sekisho.pipeline.detect.indicators import Indicator, Indicators
from sekisho.pipeline.normalise import normalise
from sekisho.pipeline.run import Pipeline

DEVICE = DeviceContext(device="UTM100001", contract="SK100001", product="suricata", retention_years=1)
SECONDS_MAX = 3_600


def main() -> int:
    arguments = _arguments()
    with tempfile.TemporaryDirectory(prefix="sekisho-bench-") as name:
        folder = Path(name)
        events = folder / "eve.json"
        maker = arguments.data / "make_eve.py"
        if not maker.exists():
            print(f"bench/ingest: {maker} is missing: name the folder that has it with --data", file=sys.stderr)
            return 2
        subprocess.run([sys.executable, str(maker), str(arguments.n), str(events)], check=True)
        with tarfile.open(arguments.data / "definitions" / "sigmahq-rules.tar.gz") as archive:
            archive.extractall(folder / "sigma", filter="data")
        detector = Detector(shipped_rules() + load(folder / "sigma"), indicators=made_indicators(arguments.indicators))
        warm.main()
        runs = [_run(folder / f"run{i}", events, arguments.n, detector) for i in range(arguments.runs)]
        floors = [_bare_read(events) for _ in range(arguments.runs)]
    _print(arguments, _result(arguments.n, runs, floors))
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", type=int, default=200_000, help="events (default 200000)")
    parser.add_argument("--runs", type=int, default=3, help="the figure is their median (default 3)")
    parser.add_argument("--data", type=Path, default=Path(__file__).resolve().parents[2] / "shared" / "data")
    parser.add_argument("--indicators", type=int, default=1_000_000, help="how many (default 1000000)")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    return parser.parse_args()


def made_indicators(count: int) -> Indicators:
    """Domains, addresses, hashes, URLs and networks, always the same: some of them hit by chance."""
    chance = random.Random(7)
    kinds = chance.choices(("domain", "ip", "hash", "url", "network"), (400, 300, 200, 98, 2), k=count)
    return Indicators(Indicator(kind, _value(kind, chance), 0.7) for kind in kinds)


def _value(kind: str, chance: random.Random) -> str:
    number = chance.getrandbits(256)
    if kind == "domain":
        return f"host{number % 10**6}.bad{number % 10**9}.example"
    if kind == "url":
        return f"bad{number % 10**6}.example/{number % 10**9}"
    if kind == "hash":
        return f"{number:064x}"
    address = f"{20 + number % 180}.{number >> 16 & 255}.{number >> 24 & 255}"
    return f"{address}.0/24" if kind == "network" else f"{address}.{1 + (number >> 32) % 254}"


def _run(folder: Path, events: Path, count: int, detector: Detector) -> dict[str, float]:
    """One pass over everything with fresh engines."""
    for part in ("postgres", "nats"):
        (folder / part).mkdir(parents=True)
    with postgres_server(folder / "postgres") as postgres, nats_server(folder / "nats") as nats:
        urls = make_database(postgres, "bench")
        settings = LakeSettings(urls.lake_url, folder / "lake")
        with LakeWriter(settings) as writer:
            seconds, cpu, findings = asyncio.run(_ingest(nats.url, writer, events, detector))
        with Lake(settings) as lake:
            counts = lake.counts()
    if counts.events + counts.unparsed != count:
        raise SystemExit(f"bench/ingest: {count} events went in, {counts} are in the lake")
    stored = sum(path.stat().st_size for path in (folder / "lake").rglob("*.parquet"))
    return {"seconds": seconds, "unparsed": counts.unparsed, "findings": findings, "cpu": cpu, "stored": stored / count}


async def _ingest(nats_url: str, writer: LakeWriter, events: Path, detector: Detector) -> tuple[float, float, int]:
    bus = await JetStreamBus.connect(nats_url)
    messages = await _fill(bus, events)
    found: list[object] = []
    stop = asyncio.Event()
    pipeline = Pipeline(
        bus=bus,
        lake=writer,
        directory=lambda device: DEVICE,
        normalise=normalise,
        detector=detector,
        sink=found.extend,
    )
    started, cpu = time.monotonic(), time.process_time()
    running = asyncio.create_task(pipeline.run(stop))
    while pipeline.status.messages < messages and not running.done():
        await asyncio.sleep(0.005)
        if time.monotonic() - started > SECONDS_MAX:
            raise SystemExit("bench/ingest: this takes too long")
    seconds, cpu = time.monotonic() - started, time.process_time() - cpu
    stop.set()
    await running
    await bus.close()
    return seconds, cpu, len(found)


async def _fill(bus: JetStreamBus, events: Path) -> int:
    """The file as stream messages of up to RAW_BYTES_MAX; how many."""
    messages = offset = 0
    with events.open("rb") as file:
        while lines := b"".join(file.readlines(RAW_BYTES_MAX - 16_000)):
            identity = batch_id(DEVICE.device, "eve", f"0:{offset}")
            batch = StreamBatch(
                identity, DEVICE.device, "eve", "suricata", f"0:{offset}", time.time(), lines.count(b"\n"), "lines",
                pack_lines(lines),
            )  # fmt: skip
            await bus.publish(DEVICE.device, "eve", encode(batch), message_id=identity)
            offset += len(lines)
            messages += 1
    return messages


def _bare_read(events: Path) -> float:
    """Top-level fields as columns, objects left as JSON: reading and splitting, nothing else."""
    read = f"read_json('{events}', format='newline_delimited', maximum_depth=1, sample_size=-1)"
    with duckdb.connect() as connection:
        connection.execute("SET threads = 2")
        started = time.monotonic()
        connection.execute(f"CREATE TABLE t AS SELECT * FROM {read}")  # noqa: S608  our own temporary file
        return time.monotonic() - started


def _result(count: int, runs: list[dict[str, float]], floors: list[float]) -> dict[str, object]:
    seconds = statistics.median(run["seconds"] for run in runs)
    floor = statistics.median(floors)
    return {
        "events": count,
        "runs": len(runs),
        "events_per_second": round(count / seconds),
        "events_per_second_each": [round(count / run["seconds"]) for run in runs],
        "cpu_microseconds_per_event": round(statistics.median(run["cpu"] for run in runs) / count * 1e6, 1),
        "cpu_microseconds_per_event_each": [round(run["cpu"] / count * 1e6, 1) for run in runs],
        "bare_read_json_events_per_second": round(count / floor),
        "times_slower_than_bare_read": round(seconds / floor, 2),
        "bytes_per_event_in_lake": round(runs[-1]["stored"], 1),
        "unparsed": int(runs[-1]["unparsed"]),
        "findings": int(runs[-1]["findings"]),
        "memory_mb_max": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "machine": f"{os.cpu_count()} CPUs, {platform.machine()}, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}, DuckDB {duckdb.__version__}",
        "load_average": os.getloadavg()[0],
    }


def _print(arguments: argparse.Namespace, result: dict[str, object]) -> None:
    if arguments.json:
        print(json.dumps(result))
        return
    width = max(map(len, result))
    for name, value in result.items():
        print(f"{name.replace('_', ' '):<{width}}  {value}")


if __name__ == "__main__":
    sys.exit(main())
