"""What only the real server can show: safety at the start, and what survives its death."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import pytest

from sekisho.entry.engines import Nats, free_port
from sekisho.gateways.bus import BusUnavailable, BusUnsafe
from sekisho.gateways.bus_jetstream import JetStreamBus

from ..engines import nats_server, running


def start(engine: Nats, folder: Path):
    return running(engine.argv(), engine.ready, folder / "log", stop=signal.SIGKILL)


def connect_error(url: str) -> BaseException:
    async def attempt() -> None:
        await (await JetStreamBus.connect(url)).close()

    with pytest.raises((BusUnsafe, BusUnavailable)) as caught:
        asyncio.run(attempt())
    return caught.value


@pytest.mark.parametrize("setting", ["", "sync_interval: 1s,"])
def test_a_server_that_syncs_now_and_then_is_refused(tmp_path: Path, setting: str):
    engine = Nats(tmp_path, free_port())
    engine.lay()
    config = tmp_path / "nats.conf"
    config.write_text(config.read_text().replace("sync_interval: always,", setting))
    with start(engine, tmp_path):
        error = connect_error(engine.url)
    assert isinstance(error, BusUnsafe)
    assert "sync_interval: always" in str(error)


def test_a_server_that_does_not_say_is_refused(tmp_path: Path):
    engine = Nats(tmp_path, free_port())
    engine.lay()
    (tmp_path / "nats.conf").write_text(
        f'listen: "127.0.0.1:{engine.port}"\njetstream {{ store_dir: "{tmp_path / "s"}", sync_interval: always }}\n'
    )
    with start(engine, tmp_path):
        error = connect_error(f"nats://127.0.0.1:{engine.port}")
    assert isinstance(error, BusUnsafe)
    assert "system account" in str(error)


@pytest.mark.parametrize("name", ["with a blank", "関所", 'quote " and \\ backslash', "$HOME", "# {no} [map],"])
def test_a_store_may_lie_in_a_folder_of_any_name(name: str, tmp_path: Path):
    engine = Nats(tmp_path / name, free_port())
    engine.lay()
    with start(engine, tmp_path):
        assert (tmp_path / name / "store").is_dir()


def test_a_server_that_is_not_there_is_unavailable():
    error = connect_error(f"nats://127.0.0.1:{free_port()}")
    assert isinstance(error, BusUnavailable)
    assert not str(error).rstrip().endswith(":"), "it does not say why"


def test_what_was_acknowledged_survives_kill_9(tmp_path: Path):
    engine = Nats(tmp_path, free_port())
    engine.lay()

    async def fill() -> None:
        bus = await JetStreamBus.connect(engine.url)
        for i in range(20):
            await bus.publish("UTM1", "eve", b"x" * 10_000, message_id=str(i), next=f"0:{i}")
        await bus.close()

    async def look() -> tuple[int, str | None, bool]:
        bus = await JetStreamBus.connect(engine.url)
        found = await bus.pull(messages_max=100, bytes_max=10**9, seconds_max=5)
        position = await bus.position("UTM1", "eve")
        new = await bus.publish("UTM1", "eve", b"x", message_id="19")
        await bus.close()
        return len(found), position, new

    with start(engine, tmp_path):
        asyncio.run(fill())
    with start(engine, tmp_path):
        assert asyncio.run(look()) == (20, "0:19", False)


def test_publishing_goes_on_after_the_server_came_back(tmp_path: Path):
    async def scenario() -> None:
        engine = Nats(tmp_path, free_port())
        engine.lay()
        with start(engine, tmp_path):
            bus = await JetStreamBus.connect(engine.url)
            await bus.publish("UTM1", "eve", b"1", message_id="1")
        with start(engine, tmp_path):
            for _ in range(100):
                try:
                    await bus.publish("UTM1", "eve", b"2", message_id="2")
                    break
                except BusUnavailable:
                    await asyncio.sleep(0.1)
            assert len(await bus.pull(messages_max=10, bytes_max=100, seconds_max=5)) == 2
            await bus.close()

    asyncio.run(scenario())


def test_two_connections_may_lay_the_same_stream(tmp_path: Path):
    async def scenario(url: str) -> None:
        buses = [await JetStreamBus.connect(url) for _ in range(2)]
        assert await buses[0].publish("UTM1", "eve", b"1", message_id="1")
        assert not await buses[1].publish("UTM1", "eve", b"1", message_id="1")
        for bus in buses:
            await bus.close()

    with nats_server(tmp_path) as server:
        asyncio.run(scenario(server.url))
