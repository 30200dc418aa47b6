"""Two hundred browsers without a screen: each asks for a page, reads it for a while, and asks for the next.

    python -m bench.web.load SPEC.json

Standard library alone, one thread, connections kept open, so that little of the machine goes to the asking. SPEC:
{"host", "port", "warm_up_seconds", "seconds", "think_seconds": [least, most], "visitors": [{"door", "session",
"pages": [[name, path], ...]}], "seed"}. Prints {"pages": {name: [milliseconds, ...]}, "errors": {what: how often},
"requests", "seconds", "cpu_seconds", "bytes"} as JSON. A page's time is from the first byte sent to the last received.
"""

from __future__ import annotations

import asyncio
import json
import random
import resource
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path

SECONDS_FOR_AN_ANSWER_MAX = 30.0


class Meter:
    """What is counted, from ``begins`` on."""

    def __init__(self, begins: float) -> None:
        self.begins = begins
        self.pages: dict[str, list[float]] = defaultdict(list)
        self.errors: Counter[str] = Counter()
        self.size = 0

    def count(self, name: str, asked_at: float, status: int, size: int) -> None:
        if asked_at < self.begins:
            return
        self.pages[name].append((time.perf_counter() - asked_at) * 1000)
        self.size += size
        if status != 200:
            self.errors[f"{name}: {status}"] += 1


async def visit(spec: dict, visitor: dict, meter: Meter, until: float, chosen: random.Random) -> None:
    """One person until the end; the first click comes somewhere within the first think time."""
    least, most = spec["think_seconds"]
    await asyncio.sleep(chosen.uniform(0, most))
    reader, writer = await asyncio.open_connection(spec["host"], spec["port"])
    while time.perf_counter() < until:
        name, path = chosen.choice(visitor["pages"])
        asked_at = time.perf_counter()
        try:
            asking = _get(reader, writer, spec["host"], path, visitor["session"])
            status, size = await asyncio.wait_for(asking, SECONDS_FOR_AN_ANSWER_MAX)
            meter.count(name, asked_at, status, size)
        except (OSError, asyncio.IncompleteReadError, TimeoutError) as broken:
            meter.errors[f"{name}: {type(broken).__name__}"] += 1
            writer.close()
            reader, writer = await asyncio.open_connection(spec["host"], spec["port"])
        await asyncio.sleep(chosen.uniform(least, most))
    writer.close()


async def _get(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, path: str, session: str
) -> tuple[int, int]:
    """Status and size of a page over a connection that stays open."""
    head = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nCookie: session={session}\r\nAccept-Language: ja\r\n\r\n"
    writer.write(head.encode("ascii"))
    answer = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    status = int(answer.split(" ", 2)[1])
    if "transfer-encoding: chunked" in answer:
        return status, await _chunks(reader)
    size = int(answer.partition("content-length:")[2].partition("\r\n")[0] or 0)
    await reader.readexactly(size)
    return status, size


async def _chunks(reader: asyncio.StreamReader) -> int:
    total = 0
    while size := int((await reader.readuntil(b"\r\n")).strip(), 16):
        await reader.readexactly(size + 2)
        total += size
    await reader.readexactly(2)
    return total


async def load(spec: dict) -> dict:
    begins = time.perf_counter() + spec["warm_up_seconds"]
    until = begins + spec["seconds"]
    meter, chosen = Meter(begins), random.Random(spec["seed"])
    await asyncio.gather(*(visit(spec, one, meter, until, random.Random(chosen.random())) for one in spec["visitors"]))
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "pages": meter.pages,
        "errors": meter.errors,
        "requests": sum(map(len, meter.pages.values())),
        "seconds": spec["seconds"],
        "cpu_seconds": used.ru_utime + used.ru_stime,
        "bytes": meter.size,
    }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(load(json.loads(Path(sys.argv[1]).read_text())))))
