"""The story without a live site: what the lab's UTM logged once is sent again, over the same log link.

The lines are those of a real attack in the lab, with their times moved so that the recording ends now;
nothing else in them is changed. Where Suricata can be run, it also reads the recorded packets, here and
now, and what it writes is sent as well. From the collector on, everything is as live.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
import re
import shutil
import ssl
import subprocess
import tempfile
import time
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import zstandard

from sekisho_wire.logs import PROTOCOL, Ack, Deframer, Hello, LogBatch, Position, Refusal, frame, read_from_centre

from ..site import edge_program
from .narrator import Narrator, StoryError
from .source import Handed

ANSWER_SECONDS_MAX = 30
SENSOR_SECONDS_MAX = 120
ATTACKER = b'"192.0.2.66"'
"""The attacker's address in the recording: documentation range, see the lab's map."""

# Suricata writes times in the zone of the process that starts it.
_INSTANT = re.compile(rb'"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}[+-]\d{4})"')


def replay(narrator: Narrator, source: Handed) -> dt.datetime:
    """Send the recording; the instant at which the attack's lines were handed over."""
    lines = moved_to_now(recording(), dt.datetime.now(dt.UTC))
    start = next(index for index, line in enumerate(lines) if ATTACKER in line)
    with LogLink() as link:
        narrator.chapter("いつもの通信の記録", "Recorded: ordinary traffic")
        link.send(lines[:start])
        narrator.line(f"記録されたログ {start} 行を送りました", f"{start} recorded lines sent over the log link")
        narrator.chapter("攻撃の記録", "Recorded: the attack")
        attacked_at = dt.datetime.now(dt.UTC)
        link.send(lines[start:])
        narrator.line(
            f"攻撃のログ {len(lines) - start} 行を送りました", f"{len(lines) - start} lines of the attack sent"
        )
        source.add(len(lines) + _read_packets(narrator, link))
    return attacked_at


def _read_packets(narrator: Narrator, link: LogLink) -> int:
    """Suricata reads the recorded packets, if it is installed; what it says goes the same way. How many lines."""
    if shutil.which("suricata") is None:
        narrator.line(
            "Suricata がないため、通信の記録は再生しません", "no Suricata here: the packets are not read again"
        )
        return 0
    lines = moved_to_now(sensed(), dt.datetime.now(dt.UTC))
    link.send(lines)
    alerts = sum(b'"event_type":"alert"' in line for line in lines)
    narrator.line(
        f"記録した通信を Suricata が読み直し、{alerts} 件を検知しました",
        f"Suricata read the recorded packets again: {len(lines)} lines, {alerts} alerts",
    )
    return len(lines)


def recording() -> list[bytes]:
    """The lab's log of one attack, a line each."""
    return (_recordings() / "site-attack.eve.json").read_bytes().splitlines()


def sensed() -> list[bytes]:
    """What Suricata with our own signatures says about the recorded packets, now."""
    with tempfile.TemporaryDirectory() as folder:
        argv = [edge_program(), "inspect", str(_recordings() / "site-attack.pcap"), "--out", folder]
        done = subprocess.run(argv, capture_output=True, text=True, timeout=SENSOR_SECONDS_MAX, check=False)
        if done.returncode:
            raise StoryError(f"Suricata could not read the recorded packets: {done.stderr.strip()[-1000:]}")
        return (Path(folder) / "eve.json").read_bytes().splitlines()


def _recordings() -> Path:
    # Found, not imported: the platform and the edge share nothing but the wire.
    spec = find_spec("sekisho_edge")
    if spec is None or not spec.submodule_search_locations:
        raise StoryError("the recordings are missing: run 'make setup'")
    return Path(spec.submodule_search_locations[0]) / "recordings"


def moved_to_now(lines: Sequence[bytes], now: dt.datetime) -> list[bytes]:
    """The same lines with every instant moved by one distance, so that the last event was at ``now``."""
    shift = now - max(_when(line) for line in lines)

    def move(match: re.Match[bytes]) -> bytes:
        at = dt.datetime.fromisoformat(match[1].decode()).astimezone(dt.UTC) + shift
        return f'"{at:%Y-%m-%dT%H:%M:%S.%f}+0000"'.encode()

    return [_INSTANT.sub(move, line) for line in lines]


def _when(line: bytes) -> dt.datetime:
    return dt.datetime.fromisoformat(json.loads(line)["timestamp"])


class LogLink:
    """The edge's side of the log link, for lines at hand: each ``send`` returns once the stream has them.

    Every link is a source of its own, so that a recording that is told again is not taken for a repeat.
    """

    def __init__(self) -> None:
        state = Path(os.environ["SEKISHO_VAR"]) / "edge"
        self._context = ssl.create_default_context(cafile=str(state / "ca.pem"))
        self._context.load_cert_chain(state / "device.pem", state / "device.key")
        self._context.check_hostname = False  # our own authority signs no other server
        self._source = f"replay-{time.time_ns()}"
        self._at = Position(1, 0)
        self._loop = asyncio.new_event_loop()

    def __enter__(self) -> LogLink:
        host, _, port = os.environ["SEKISHO_EDGE_LISTEN"].split(",")[0].rpartition(":")
        self._run(self._open(host, int(port)))
        return self

    def __exit__(self, *_: object) -> None:
        self._writer.close()
        self._loop.close()

    def send(self, lines: Sequence[bytes]) -> None:
        """Hand the lines over; StoryError when the collector refuses them."""
        raw = b"".join(line + b"\n" for line in lines)
        end = Position(1, self._at.offset + len(raw))
        batch = LogBatch(self._source, "suricata", self._at, end, len(lines), zstandard.compress(raw))
        answer = self._run(self._ask(frame(batch)))
        if not isinstance(answer, Ack):
            raise StoryError(f"the collector refused the recording: {answer}")
        self._at = end

    def _run(self, work):
        return self._loop.run_until_complete(asyncio.wait_for(work, ANSWER_SECONDS_MAX))

    async def _open(self, host: str, port: int) -> None:
        self._reader, self._writer = await asyncio.open_connection(host, port, ssl=self._context)
        self._deframer = Deframer()
        answer = await self._ask(frame(Hello(PROTOCOL, (self._source,))))
        if isinstance(answer, Refusal):
            raise StoryError(f"the collector refused the link: {answer.reason}")

    async def _ask(self, message: bytes):
        self._writer.write(message)
        await self._writer.drain()
        while not (payloads := self._deframer.feed(await self._reader.read(65536))):
            if self._reader.at_eof():
                raise StoryError("the collector closed the link")
        return read_from_centre(payloads[0])
