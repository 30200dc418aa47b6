"""Several streams at once through the lab's UTM, counted over the same seconds: what each of them got."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sekisho_edge.lab.lab import Lab

PROGRAM = "sekisho_edge.lab.programs.flows"
SETTLE_SECONDS = 2.0
END_SECONDS_MAX = 60.0
FRAME_BYTES, PAYLOAD_BYTES = 1514, 1448
"""A full TCP segment with timestamps: what is on the wire, and what of it the receiver sees."""


@dataclass(frozen=True)
class Stream:
    """``direction``: ``up`` from the host to the server, ``down`` the other way. The host always calls."""

    host: str
    direction: str
    address: str
    port: int


@contextlib.contextmanager
def serving(lab: Lab, host: str, *ports: int) -> Iterator[None]:
    """The other end of streams."""
    argv = [sys.executable, "-u", "-m", PROGRAM, "serve", *map(str, ports)]
    with lab.start(host, argv, stdout=subprocess.PIPE) as server:
        try:
            if server.stdout.readline() != b"ready\n":
                raise RuntimeError(f"{host} does not serve")
            yield
        finally:
            server.kill()


def kbps(lab: Lab, streams: Sequence[Stream], seconds: float) -> list[float]:
    """What each stream carried, in kilobits of frames on the wire a second, while all of them were busy."""
    first = time.monotonic() + SETTLE_SECONDS
    argvs = [
        [sys.executable, "-m", PROGRAM, it.direction, it.address, str(it.port), str(first), str(first + seconds)]
        for it in streams
    ]
    clients = [
        lab.start(stream.host, argv, stdout=subprocess.PIPE) for stream, argv in zip(streams, argvs, strict=True)
    ]
    try:
        counts = [int(client.communicate(timeout=END_SECONDS_MAX)[0]) for client in clients]
    finally:
        for client in clients:
            client.kill()
            client.wait()
            client.stdout.close()
    return [count * 8 / 1000 / seconds * FRAME_BYTES / PAYLOAD_BYTES for count in counts]
