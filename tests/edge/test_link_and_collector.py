"""Both halves of the log link, as they are shipped: the edge's link against the platform's collector and CA."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import zstandard
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from sekisho.gateways import ca
from sekisho.gateways.bus import BusUnavailable
from sekisho.gateways.bus_memory import MemoryBus
from sekisho.pipeline.batch import StreamBatch, decode
from sekisho.pipeline.collect.edge import EdgeCollector
from sekisho.pipeline.collect.listen import server_context
from sekisho_edge.enrol import signing_request
from sekisho_edge.link import Link, Source, client_context
from sekisho_edge.spool import Spool

from .conftest import LogWriter
from .test_link import until


class MoodyBus(MemoryBus):
    """Real but for its mood: every third publication fails, before or after it was kept."""

    def __init__(self, **limits) -> None:
        super().__init__(**limits)
        self.published = 0

    async def publish(self, *args, **kwargs) -> bool:
        self.published += 1
        if self.published % 6 == 3:
            raise BusUnavailable("the stream's disk is away")
        new = await super().publish(*args, **kwargs)
        if self.published % 6 == 0:
            raise BusUnavailable("kept, but the word of it was lost")
        return new


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """The platform's authority, its collector and one device, each with the real code's certificate."""
    ca.create_ca(tmp_path)
    ca.issue_server_certificate(tmp_path, ["127.0.0.1"])
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = ca.sign_device_csr(tmp_path, signing_request(key, "unenrolled"), "UTM100001")
    (tmp_path / "device.pem").write_text(certificate.certificate_pem)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (tmp_path / "device.key").write_bytes(pem)
    return tmp_path


@contextlib.asynccontextmanager
async def linked(site: Path, log: LogWriter, bus: MemoryBus) -> AsyncIterator[Link]:
    context = server_context(site / "ca.pem", site / "collector.pem", site / "collector.key")
    collector = EdgeCollector(bus, context)
    port = await collector.listen("127.0.0.1", 0)
    spool = Spool(log.path, site / "bookmark.json")
    client = client_context(site / "ca.pem", site / "device.pem", site / "device.key")
    link = Link([Source("eve", "suricata", spool)], "127.0.0.1", port, client, pause_seconds_max=0.1)
    task = asyncio.create_task(link.run())
    try:
        yield link
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        spool.close()
        await collector.close()


async def stream(bus: MemoryBus) -> list[StreamBatch]:
    deliveries = await bus.pull(messages_max=10_000, bytes_max=1 << 30, seconds_max=1.0)
    return [decode(delivery.data) for delivery in deliveries]


def content(batches: list[StreamBatch]) -> bytes:
    return b"".join(zstandard.decompress(batch.body) for batch in batches)


def test_lines_go_from_the_file_to_the_stream_under_the_devices_own_name(site: Path, log: LogWriter):
    async def story():
        bus = MemoryBus()
        async with linked(site, log, bus) as link:
            log.write(1_000)
            await until(lambda: link._sources["eve"].spool.acked.offset == log.path.stat().st_size)
        batches = await stream(bus)
        assert {(batch.device, batch.source, batch.product) for batch in batches} == {("UTM100001", "eve", "suricata")}
        assert sum(batch.records for batch in batches) == 1_000
        assert content(batches) == b"".join(log.written)

    asyncio.run(story())


def test_a_stream_that_fails_now_and_then_gets_every_line_once(site: Path, log: LogWriter):
    async def story():
        bus = MoodyBus()
        async with linked(site, log, bus) as link:
            for _ in range(6):
                log.write(1_500, padding=300)
                await asyncio.sleep(0.1)
            await until(lambda: link._sources["eve"].spool.acked.offset == log.path.stat().st_size)
        assert bus.published >= 6, "the mood never came"
        assert content(await stream(bus)) == b"".join(log.written)

    asyncio.run(story())


def test_a_line_too_large_for_one_message_arrives_in_parts_and_once(site: Path, log: LogWriter):
    noise = base64.b64encode(random.Random(1).randbytes(4_000_000)) + b"\n"

    async def story():
        bus = MoodyBus()
        log.path.write_bytes(b"before\n" + noise + b"after\n")
        async with linked(site, log, bus) as link:
            await until(lambda: link._sources["eve"].spool.acked.offset == log.path.stat().st_size)
        assert content(await stream(bus)) == log.path.read_bytes()

    asyncio.run(story())


def test_a_full_stream_makes_the_edge_wait_and_keep_its_lines(site: Path, log: LogWriter):
    async def story():
        bus = MemoryBus(stream_bytes_max=1)
        async with linked(site, log, bus) as link:
            log.write(10)
            await until(lambda: "full" in link.state.last_error)
            assert link._sources["eve"].spool.acked.offset == 0

    asyncio.run(story())
