"""What every bus promises; the twin in memory and JetStream pass the same sentences."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from sekisho.gateways.bus import Bus, BusFull, Delivery
from sekisho.gateways.bus_jetstream import JetStreamBus
from sekisho.gateways.bus_memory import MemoryBus

from ..engines import nats_server

ACK_WAIT_SECONDS = 1.0
STREAM_BYTES_MAX = 4_000_000

Scenario = Callable[[Bus], Awaitable[None]]


@pytest.fixture(params=["memory", "jetstream"])
def play(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[Scenario], None]:
    """Runs a scenario against an empty bus of one kind."""
    if request.param == "memory":
        return lambda scenario: asyncio.run(
            scenario(MemoryBus(stream_bytes_max=STREAM_BYTES_MAX, ack_wait_seconds=ACK_WAIT_SECONDS))
        )
    return lambda scenario: _on_jetstream(scenario, tmp_path)


def _on_jetstream(scenario: Scenario, folder: Path) -> None:
    async def connected(url: str) -> None:
        bus = await JetStreamBus.connect(url, stream_bytes_max=STREAM_BYTES_MAX, ack_wait_seconds=ACK_WAIT_SECONDS)
        try:
            await scenario(bus)
        finally:
            await bus.close()

    with nats_server(folder) as server:
        asyncio.run(connected(server.url))


async def pull(bus: Bus, count: int = 100, seconds: float = 0.3) -> list[Delivery]:
    return await bus.pull(messages_max=count, bytes_max=10_000_000, seconds_max=seconds)


async def pull_some(bus: Bus, seconds_max: float = 10) -> list[Delivery]:
    deadline = time.monotonic() + seconds_max
    while not (found := await pull(bus)):
        assert time.monotonic() < deadline, "no message was delivered in time"
    return found


def test_messages_arrive_in_order_with_their_ids(play):
    async def scenario(bus: Bus) -> None:
        for i in range(5):
            assert await bus.publish("UTM1", "eve", b"m%d" % i, message_id=f"UTM1/eve/{i}")
        found = await pull_some(bus)
        assert [(d.data, d.message_id, d.delivered) for d in found] == [
            (b"m%d" % i, f"UTM1/eve/{i}", 1) for i in range(5)
        ]

    play(scenario)


def test_a_repeated_id_is_told_and_dropped(play):
    async def scenario(bus: Bus) -> None:
        assert await bus.publish("UTM1", "eve", b"one", message_id="same") is True
        assert await bus.publish("UTM1", "eve", b"one", message_id="same") is False
        assert len(await pull_some(bus)) == 1

    play(scenario)


def test_the_position_is_that_of_the_last_message_of_this_source(play):
    async def scenario(bus: Bus) -> None:
        assert await bus.position("UTM1", "eve") is None
        await bus.publish("UTM1", "eve", b"x", message_id="a", next="0:10")
        await bus.publish("UTM1", "eve", b"x", message_id="b", next="0:20")
        await bus.publish("UTM1", "eve/2 .>*", b"x", message_id="c", next="7:1")
        await bus.publish("UTM2", "eve", b"x", message_id="d", next="0:99")
        assert await bus.position("UTM1", "eve") == "0:20"
        assert await bus.position("UTM1", "eve/2 .>*") == "7:1"

    play(scenario)


def test_what_is_not_acknowledged_comes_again_and_what_is_does_not(play):
    async def scenario(bus: Bus) -> None:
        for name in ("kept", "done"):
            await bus.publish("UTM1", "eve", name.encode(), message_id=name)
        for delivery in await pull_some(bus):
            if delivery.message_id == "done":
                await delivery.ack()
        again = await pull_some(bus)
        assert [(d.message_id, d.delivered) for d in again] == [("kept", 2)]

    play(scenario)


def test_retry_later_waits_as_long_as_it_is_told(play):
    async def scenario(bus: Bus) -> None:
        await bus.publish("UTM1", "eve", b"x", message_id="x")
        (first,) = await pull_some(bus)
        started = time.monotonic()
        await first.retry_later(0.5)
        (second,) = await pull_some(bus)
        assert second.delivered == 2
        assert 0.4 < time.monotonic() - started < ACK_WAIT_SECONDS + 5

    play(scenario)


def test_work_in_progress_is_not_delivered_again(play):
    async def scenario(bus: Bus) -> None:
        await bus.publish("UTM1", "eve", b"x", message_id="x")
        (delivery,) = await pull_some(bus)
        until = time.monotonic() + 2.5 * ACK_WAIT_SECONDS
        while time.monotonic() < until:
            await delivery.in_progress()
            assert await pull(bus, seconds=0.2) == []
        await delivery.ack()

    play(scenario)


def test_a_full_stream_refuses_and_keeps_everything(play):
    async def scenario(bus: Bus) -> None:
        with pytest.raises(BusFull):
            for i in range(10):
                await bus.publish("UTM1", "eve", b"x" * 900_000, message_id=str(i))
        counts = await bus.counts()
        assert counts.messages == 4
        assert counts.waiting + counts.unacknowledged == 4
        assert await bus.trim() == 0, "nothing is acknowledged, so nothing may go"

    play(scenario)


def test_trim_makes_room_but_takes_only_what_is_acknowledged(play):
    async def scenario(bus: Bus) -> None:
        for i in range(4):
            await bus.publish("UTM1", "eve", b"x" * 900_000, message_id=str(i))
        for delivery in (await pull_some(bus))[:3]:
            await delivery.ack()
        deadline = time.monotonic() + 10
        while (await bus.counts()).done_sequence < 3:
            assert time.monotonic() < deadline
        removed = await bus.trim()
        assert 1 <= removed <= 3
        assert (await bus.counts()).messages == 4 - removed
        assert await bus.publish("UTM1", "eve", b"x" * 900_000, message_id="new")

    play(scenario)


def test_counts_tell_how_far_behind_the_pipeline_is(play):
    async def scenario(bus: Bus) -> None:
        for i in range(3):
            await bus.publish("UTM1", "eve", b"x", message_id=str(i))
        before = await bus.counts()
        assert (before.messages, before.waiting, before.last_sequence, before.done_sequence) == (3, 3, 3, 0)
        for delivery in await pull_some(bus):
            await delivery.ack()
        deadline = time.monotonic() + 10
        while (after := await bus.counts()).done_sequence < 3:
            assert time.monotonic() < deadline
        assert (after.waiting, after.unacknowledged) == (0, 0)

    play(scenario)
