"""The edge's link over real TLS: identity by certificate, positions from the stream, nothing twice."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
import zstandard

from sekisho.gateways.bus import Bus, BusUnavailable
from sekisho.gateways.bus_memory import MemoryBus
from sekisho.pipeline.batch import StreamBatch, decode, records
from sekisho.pipeline.collect.edge import EdgeCollector
from sekisho_wire.logs import (
    PROTOCOL,
    Ack,
    Deframer,
    Hello,
    LogBatch,
    Position,
    Refusal,
    Welcome,
    frame,
    read_from_centre,
)

from .certificates import TestAuthority


class Edge:
    """A device's side of one connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer, self._deframer = reader, writer, Deframer()
        self._waiting: list[bytes] = []

    async def send(self, message: Hello | LogBatch) -> None:
        self._writer.write(frame(message))
        await self._writer.drain()

    async def answer(self) -> Welcome | Ack | Refusal | None:
        while not self._waiting:
            data = await asyncio.wait_for(self._reader.read(65536), 10)
            if not data:
                return None
            self._waiting += self._deframer.feed(data)
        return read_from_centre(self._waiting.pop(0))

    async def ask(self, message: Hello | LogBatch) -> Welcome | Ack | Refusal | None:
        await self.send(message)
        return await self.answer()

    async def close(self) -> None:
        self._writer.close()
        try:
            await self._writer.wait_closed()
        except (OSError, ssl.SSLError):
            return


Dial = Callable[..., Awaitable[Edge]]


@pytest.fixture
def authority(tmp_path: Path) -> TestAuthority:
    return TestAuthority(tmp_path)


def play(authority: TestAuthority, bus: Bus, scenario: Callable[[Dial, EdgeCollector], Awaitable[None]], **more):
    async def run() -> None:
        collector = EdgeCollector(bus, authority.server(), **more)
        port = await collector.listen("127.0.0.1", 0)
        edges: list[Edge] = []

        async def dial(name: str | None = "UTM100001") -> Edge:
            edge = Edge(*await asyncio.open_connection("127.0.0.1", port, ssl=authority.client(name)))
            edges.append(edge)
            return edge

        try:
            await scenario(dial, collector)
        finally:
            for edge in edges:
                await edge.close()
            await collector.close()

    asyncio.run(run())


def batch(first: int, text: bytes, generation: int = 0) -> LogBatch:
    return LogBatch(
        "eve",
        "suricata",
        Position(generation, first),
        Position(generation, first + len(text)),
        text.count(b"\n"),
        zstandard.compress(text),
    )


async def in_stream(bus: Bus) -> list[StreamBatch]:
    return [decode(d.data) for d in await bus.pull(messages_max=100, bytes_max=10**9, seconds_max=0.1)]


HELLO = Hello(PROTOCOL, ("eve",))


def test_a_batch_is_acknowledged_when_the_stream_has_it_under_the_certificates_name(authority):
    bus = MemoryBus()

    async def scenario(dial: Dial, _: EdgeCollector) -> None:
        edge = await dial()
        assert await edge.ask(HELLO) == Welcome(PROTOCOL, {})
        assert await edge.ask(batch(0, b"one\ntwo\n")) == Ack("eve", Position(0, 8))
        (found,) = await in_stream(bus)
        assert (found.device, found.source, found.product, found.records) == ("UTM100001", "eve", "suricata", 2)
        assert records(found) == [b"one", b"two"]

    play(authority, bus, scenario)


def test_the_next_connection_is_told_where_to_go_on_by_the_stream(authority):
    bus = MemoryBus()

    async def scenario(dial: Dial, _: EdgeCollector) -> None:
        edge = await dial()
        await edge.ask(HELLO)
        await edge.ask(batch(0, b"one\n"))
        await edge.ask(batch(0, b"new file\n", generation=1))
        assert await (await dial()).ask(HELLO) == Welcome(PROTOCOL, {"eve": Position(1, 9)})
        assert await (await dial("UTM100002")).ask(HELLO) == Welcome(PROTOCOL, {})

    play(authority, bus, scenario)


def test_a_batch_that_comes_again_is_acknowledged_and_counts_once(authority):
    bus = MemoryBus()

    async def scenario(dial: Dial, collector: EdgeCollector) -> None:
        for _ in range(2):
            edge = await dial()
            await edge.ask(HELLO)
            assert await edge.ask(batch(0, b"one\n")) == Ack("eve", Position(0, 4))
        assert len(await in_stream(bus)) == 1
        assert (collector.batches, collector.repeats) == (1, 1)

    play(authority, bus, scenario)


def test_a_batch_cut_differently_over_known_lines_is_refused_so_that_the_welcome_can_tell(authority):
    async def scenario(dial: Dial, _: EdgeCollector) -> None:
        edge = await dial()
        await edge.ask(HELLO)
        await edge.ask(batch(0, b"one\n"))
        answer = await edge.ask(batch(0, b"one\ntwo\n"))
        assert isinstance(answer, Refusal) and answer.code == "overlap"
        assert await edge.answer() is None

    play(authority, MemoryBus(), scenario)


def test_a_batch_too_large_for_one_message_becomes_several_and_no_byte_is_lost(authority):
    import random

    noise = random.Random(7).randbytes(3_000_000).replace(b"\n", b" ")
    text = noise[:2_500_000] + b"\n" + noise[2_500_000:] + b"\nshort\n"
    bus = MemoryBus()

    async def scenario(dial: Dial, _: EdgeCollector) -> None:
        edge = await dial()
        await edge.ask(HELLO)
        assert await edge.ask(batch(100, text)) == Ack("eve", Position(0, 100 + len(text)))
        found = await in_stream(bus)
        assert len(found) >= 4
        lines = b"".join(zstandard.decompress(b.body) for b in found)
        assert lines == text
        assert await (await dial()).ask(HELLO) == Welcome(PROTOCOL, {"eve": Position(0, 100 + len(text))})

    play(authority, bus, scenario)


def test_without_a_certificate_of_ours_nobody_gets_in(authority, tmp_path):
    (tmp_path / "other").mkdir()
    stranger = TestAuthority(tmp_path / "other")
    bus = MemoryBus()

    async def scenario(dial: Dial, collector: EdgeCollector) -> None:
        with pytest.raises((OSError, ssl.SSLError)):
            edge = await dial(None)
            assert await edge.ask(HELLO) is None
            raise OSError("closed without a word")
        port = collector._servers[0].sockets[0].getsockname()[1]
        context = stranger.client("UTM100001")
        context.load_verify_locations(authority.certificate)
        with pytest.raises((OSError, ssl.SSLError)):
            edge = Edge(*await asyncio.open_connection("127.0.0.1", port, ssl=context))
            assert await edge.ask(HELLO) is None
            raise OSError("closed without a word")
        assert await in_stream(bus) == []

    play(authority, bus, scenario)


def test_a_device_that_is_no_longer_admitted_is_told_so(authority):
    async def scenario(dial: Dial, _: EdgeCollector) -> None:
        answer = await (await dial("UTM100009")).ask(HELLO)
        assert isinstance(answer, Refusal) and answer.code == "device"

    play(authority, MemoryBus(), scenario, admits=lambda device: device != "UTM100009")


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (Hello(99, ("eve",)), "protocol"),
        (Hello(PROTOCOL, ("a b\n",)), "sources"),
        (batch(0, b"x\n"), "protocol"),
    ],
)
def test_a_wrong_hello_is_refused_with_its_reason(authority, message, code):
    async def scenario(dial: Dial, _: EdgeCollector) -> None:
        answer = await (await dial()).ask(message)
        assert isinstance(answer, Refusal) and answer.code == code

    play(authority, MemoryBus(), scenario)


def test_bytes_that_are_no_frame_end_the_connection_and_nothing_else(authority):
    async def scenario(dial: Dial, _: EdgeCollector) -> None:
        edge = await dial()
        edge._writer.write(b"\xff" * 64)
        answer = await edge.answer()
        assert isinstance(answer, Refusal) and answer.code == "wire"
        assert isinstance(await (await dial()).ask(HELLO), Welcome)

    play(authority, MemoryBus(), scenario)


class AwayBus(MemoryBus):
    """A stream that is away until told otherwise."""

    away = True

    async def publish(self, *args, **kwargs) -> bool:
        if self.away:
            raise BusUnavailable("away")
        return await super().publish(*args, **kwargs)


def test_while_the_stream_is_away_nothing_is_acknowledged_and_the_edge_is_told_when_to_come_back(authority):
    bus = AwayBus()

    async def scenario(dial: Dial, _: EdgeCollector) -> None:
        edge = await dial()
        await edge.ask(HELLO)
        answer = await edge.ask(batch(0, b"one\n"))
        assert isinstance(answer, Refusal) and answer.code == "unavailable" and answer.retry_after_seconds > 0
        bus.away = False
        edge = await dial()
        await edge.ask(HELLO)
        assert await edge.ask(batch(0, b"one\n")) == Ack("eve", Position(0, 4))

    play(authority, bus, scenario)


def test_a_full_stream_makes_the_edge_wait(authority):
    async def scenario(dial: Dial, _: EdgeCollector) -> None:
        edge = await dial()
        await edge.ask(HELLO)
        answer = await edge.ask(batch(0, b"one\n"))
        assert isinstance(answer, Refusal) and answer.code == "full"

    play(authority, MemoryBus(stream_bytes_max=10), scenario)


def test_it_listens_on_an_address_that_does_not_exist_yet(authority):
    async def run() -> None:
        collector = EdgeCollector(MemoryBus(), authority.server())
        assert await collector.listen("192.0.2.77", 0) > 0
        await collector.close()

    asyncio.run(run())
