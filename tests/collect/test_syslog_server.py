"""Syslog over real sockets: every record arrives once, under its device, byte for byte."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable

from sekisho.gateways.bus import BusUnavailable
from sekisho.gateways.bus_memory import MemoryBus
from sekisho.pipeline.batch import StreamBatch, decode, records
from sekisho.pipeline.collect.listen import Endpoint
from sekisho.pipeline.collect.spool import Spool
from sekisho.pipeline.collect.syslog_server import Sender, SyslogCollector

from .certificates import TestAuthority


class Site:
    """A collector with its spool on a bus in memory."""

    def __init__(self, bus: MemoryBus, identify, context=None, bytes_max: int = 10_000_000) -> None:
        self.bus = bus
        self.spool = Spool(bus, bytes_max)
        self.collector = SyslogCollector(self.spool, identify, context)

    async def found(self, count: int, seconds_max: float = 10) -> list[StreamBatch]:
        """Batches until they hold ``count`` records."""
        batches: list[StreamBatch] = []
        deadline = time.monotonic() + seconds_max
        while sum(b.records for b in batches) < count:
            assert time.monotonic() < deadline, f"{sum(b.records for b in batches)} of {count} records came"
            for delivery in await self.bus.pull(messages_max=100, bytes_max=10**9, seconds_max=0.1):
                batches.append(decode(delivery.data))
                await delivery.ack()
        return batches


def everyone(_: Sender) -> str | None:
    return "UTM1"


def play(site: Site, scenario: Callable[[Site], Awaitable[None]]) -> None:
    async def run() -> None:
        publishing = asyncio.create_task(site.spool.run())
        try:
            await scenario(site)
        finally:
            await site.collector.close()
            publishing.cancel()
            await asyncio.gather(publishing, return_exceptions=True)
            await site.spool.close()

    asyncio.run(run())


async def send_tcp(port: int, data: bytes, ssl=None) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=ssl)
    writer.write(data)
    await writer.drain()
    writer.close()
    await writer.wait_closed()


def all_records(batches: list[StreamBatch]) -> list[bytes]:
    return [record for batch in batches for record in records(batch)]


def test_datagrams_arrive_as_they_were_sent():
    async def scenario(site: Site) -> None:
        port = await site.collector.listen(Endpoint("udp", "127.0.0.1", 0))
        sent = [b"<13>Nov 23 09:00:00 fw a: %d\nsecond line" % i for i in range(200)]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for record in sent:
                sender.sendto(record + b"\n", ("127.0.0.1", port))
        found = await site.found(len(sent))
        assert all_records(found) == sent
        assert {(b.device, b.source) for b in found} == {("UTM1", "syslog-udp")}

    play(Site(MemoryBus(), everyone), scenario)


def test_tcp_takes_both_framings_on_one_connection_and_the_cut_off_tail():
    async def scenario(site: Site) -> None:
        port = await site.collector.listen(Endpoint("tcp", "127.0.0.1", 0))
        await send_tcp(port, b"<13>line\n9 <13>a\nb c<13>tail")
        assert all_records(await site.found(3)) == [b"<13>line", b"<13>a\nb c", b"<13>tail"]

    play(Site(MemoryBus(), everyone), scenario)


def test_over_tls_the_certificate_tells_the_device(tmp_path):
    authority = TestAuthority(tmp_path)

    async def scenario(site: Site) -> None:
        port = await site.collector.listen(Endpoint("tls", "127.0.0.1", 0))
        await send_tcp(port, b"<13>x\n", authority.client("UTM7"))
        (batch,) = await site.found(1)
        assert (batch.device, batch.source) == ("UTM7", "syslog-tls")

    play(Site(MemoryBus(), lambda s: s.certificate, authority.server()), scenario)


def test_senders_are_told_apart_by_host_name_and_strangers_are_kept():
    devices = {"fw1": "UTM1", "fw2": "UTM2"}

    async def scenario(site: Site) -> None:
        port = await site.collector.listen(Endpoint("tcp", "127.0.0.1", 0))
        await send_tcp(port, b"".join(b"<13>Nov 23 09:00:00 %s a: x\n" % h for h in (b"fw1", b"fw2", b"evil")))
        found = await site.found(3)
        assert sorted(b.device for b in found) == ["UTM1", "UTM2", "unknown"]

    play(Site(MemoryBus(), lambda s: devices.get(s.host)), scenario)


def test_batches_of_one_source_have_positions_that_follow_each_other():
    async def scenario(site: Site) -> None:
        port = await site.collector.listen(Endpoint("tcp", "127.0.0.1", 0))
        await send_tcp(port, b"".join(b"<13>%d %s\n" % (i, b"x" * 10_000) for i in range(150)))
        found = await site.found(150)
        assert len(found) > 1
        at = 0
        for batch in found:
            generation, _, offset = batch.first.partition(":")
            assert int(generation) > 0 and int(offset) == at
            at += batch.records

    play(Site(MemoryBus(), everyone), scenario)


class AwayBus(MemoryBus):
    away = True

    async def publish(self, *args, **kwargs) -> bool:
        if self.away:
            raise BusUnavailable("away")
        return await super().publish(*args, **kwargs)


def test_while_the_stream_is_away_tcp_is_slowed_and_nothing_is_lost():
    bus = AwayBus()
    sent = [b"<13>%d %s" % (i, b"x" * 10_000) for i in range(2_000)]

    async def scenario(site: Site) -> None:
        port = await site.collector.listen(Endpoint("tcp", "127.0.0.1", 0))
        sending = asyncio.create_task(send_tcp(port, b"".join(r + b"\n" for r in sent)))
        deadline = time.monotonic() + 10
        while site.spool.counts.waiting_bytes < 400_000:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.01)
        done, _ = await asyncio.wait([sending], timeout=0.5)
        assert not done, "the sender should be waiting"
        assert site.spool.counts.waiting_bytes < 1_000_000
        bus.away = False
        found = await site.found(len(sent), 30)
        await sending
        assert all_records(found) == sent
        assert site.spool.counts.dropped == 0

    play(Site(bus, everyone, bytes_max=1_000_000), scenario)


def test_datagrams_that_find_no_room_are_counted():
    bus = AwayBus()

    async def scenario(site: Site) -> None:
        port = await site.collector.listen(Endpoint("udp", "127.0.0.1", 0))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for i in range(100):
                sender.sendto(b"<13>%d %s" % (i, b"x" * 1_000), ("127.0.0.1", port))
        deadline = time.monotonic() + 10
        while site.spool.counts.dropped + site.spool.counts.records < 100:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.01)
        assert site.spool.counts.dropped > 0
        bus.away = False
        assert len(all_records(await site.found(site.spool.counts.records))) == site.spool.counts.records

    play(Site(bus, everyone, bytes_max=20_000), scenario)
