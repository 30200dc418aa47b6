"""A day without the centre: the box goes on as it was, and afterwards no log is missing, none is there twice."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
import zstandard

from sekisho.gateways.bus_jetstream import JetStreamBus
from sekisho.gateways.desired_states_jetstream import JetStreamDesiredStates
from sekisho.pipeline.batch import decode
from sekisho.pipeline.collect.control import ControlDesk
from sekisho.pipeline.collect.edge import EdgeCollector
from sekisho.pipeline.collect.listen import server_context
from sekisho_edge.lab.policy import lab_policy
from sekisho_edge.link import Link, Source, client_context
from sekisho_edge.spool import Spool
from sekisho_wire.desired import POLICY
from sekisho_wire.policy import write_policy

from .conftest import LogWriter
from .steered import DEVICE, Box, Notebook, make_steered_site, signed, until

HOURS = 24
LINES_AN_HOUR = 1_500
RESTARTS_AT = (5, 13, 14)
DRAIN_SECONDS_MAX = 60.0


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return make_steered_site(tmp_path)


class Agent:
    """The box's two links over its own files, as often started anew as a story wants."""

    def __init__(self, site: Path, log: LogWriter, port: int) -> None:
        self.box = Box(site / "box", port)
        self.spool = Spool(log.path, site / "box" / "bookmark.json")
        source = Source("eve", "suricata", self.spool)
        context = client_context(site / "ca.pem", site / "box" / "device.pem", site / "box" / "device.key")
        self.link = Link([source], "127.0.0.1", port, context, pause_seconds_max=0.2)
        self._tasks = [asyncio.create_task(self.link.run()), asyncio.create_task(self.box.link.run())]

    def drained(self) -> bool:
        """The centre has everything; what it has is deleted, as the agent's housekeeping does."""
        self.spool.delete_confirmed()
        return self.spool.backlog_bytes() == 0 and not self.box.outbox.waiting()

    async def die(self) -> None:
        """All that kill -9 leaves is on disk."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.spool.close()


class Platform:
    """The collector on its real bus; ``open`` again at the same port."""

    def __init__(self, site: Path, nats_url: str) -> None:
        self._site, self._nats_url = site, nats_url
        self.books = Notebook(site)
        self.port = 0

    async def open(self) -> None:
        site = self._site
        self.bus = await JetStreamBus.connect(self._nats_url)
        self.states = await JetStreamDesiredStates.connect(self._nats_url)
        desk = ControlDesk(self.states, self.books, look_seconds=0.05)
        context = server_context(site / "ca.pem", site / "collector.pem", site / "collector.key")
        self._collector = EdgeCollector(self.bus, context, desk=desk)
        self.port = await self._collector.listen("127.0.0.1", self.port)
        self._running = asyncio.create_task(desk.run())

    async def close(self) -> None:
        self._running.cancel()
        await asyncio.gather(self._running, return_exceptions=True)
        await self._collector.close()
        await self.bus.close()
        await self.states.close()

    async def lines(self) -> bytes:
        """Every line of our device in the stream, in its order."""
        found = []
        while deliveries := await self.bus.pull(messages_max=200, bytes_max=1 << 26, seconds_max=1.0):
            for delivery in deliveries:
                batch = decode(delivery.data)
                if batch.device == DEVICE and batch.source == "eve":
                    found.append(zstandard.decompress(batch.body))
                await delivery.ack()
        return b"".join(found)


def test_a_day_away_loses_nothing_doubles_nothing_and_leaves_the_line_as_it_was(site: Path, log: LogWriter, nats_url):
    async def story():
        platform = Platform(site, nats_url)
        await platform.open()
        await platform.lines()  # what other tests left
        await platform.states.put(DEVICE, POLICY, signed(site, 1))
        (site / "box" / "policy.json").write_bytes(write_policy(lab_policy()))
        agent = Agent(site, log, platform.port)
        log.write(LINES_AN_HOUR)
        await until(lambda: agent.spool.acked.offset == log.path.stat().st_size and agent.box.desired() == 1)
        first = await platform.lines()

        log.write(LINES_AN_HOUR)  # some of these are on their way when the centre goes
        await platform.close()
        for hour in range(HOURS):
            log.write(LINES_AN_HOUR, padding=100)
            if hour % 3 == 0:
                log.rotate(f"{time.time_ns():020d}")
            if hour in RESTARTS_AT:
                await agent.die()
                agent = Agent(site, log, platform.port)
            agent.spool.delete_confirmed()
            agent.spool.keep_share()
            agent.box.outbox.add(POLICY, 1, "confirmed" if hour % 2 else "trying")
            await asyncio.sleep(0)
        assert agent.spool.dropped_bytes == 0
        assert agent.box.desired() == 1 and (site / "box" / "policy.json").exists(), "the line keeps what it has"
        assert len(agent.box.outbox.waiting()) == HOURS

        states = await JetStreamDesiredStates.connect(nats_url)
        for revision in (2, 3, 4):
            await states.put(DEVICE, POLICY, signed(site, revision))
        await states.close()
        await platform.open()
        await until(agent.drained, DRAIN_SECONDS_MAX)
        await until(lambda: agent.box.desired() == 4)
        arrived = first + await platform.lines()
        await agent.die()
        await platform.close()

        assert arrived.splitlines(keepends=True) == log.written
        assert len(arrived.splitlines()) == LINES_AN_HOUR * (HOURS + 2)
        assert [report.number for report in platform.books.reports()] == list(range(1, HOURS + 1))

    asyncio.run(story())


@pytest.mark.parametrize("days", [8.0, 40.0])
def test_a_policy_signed_long_ago_stays_in_force_and_only_taking_it_anew_is_refused(site: Path, days: float):
    box = Box(site / "box", 1)
    box.delivery.take(signed(site, 1))
    text = (site / "box" / "desired.json").read_bytes()
    box.delivery.take(signed(site, 2, age=days))
    assert (site / "box" / "desired.json").read_bytes() == text
    assert "expired" in box.outbox.waiting()[0].reason
