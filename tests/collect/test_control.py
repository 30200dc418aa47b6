"""The control desk when what it stands on goes away: the bus restarts, or loses what it held."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from sekisho.entry.engines import free_port
from sekisho.gateways.desired_states import MemoryDesiredStates
from sekisho.gateways.desired_states_jetstream import JetStreamDesiredStates
from sekisho.pipeline.collect.control import ControlDesk, Word
from sekisho_wire.control import NotRenewed, Renewal, Report, State, Status
from sekisho_wire.logs import Hello, WireError

from ..engines import nats_server

DEVICE = "UTM100001"
PATIENCE_SECONDS = 30.0


class NoBooks:
    def take(self, words: Sequence[Word]) -> None:
        self.taken = list(words)

    def renew(self, device: str, csr_pem: str) -> NotRenewed:
        return NotRenewed("not here")


class Listener:
    """A box's end of a link, without the wire."""

    def __init__(self) -> None:
        self.sent: list = []
        self.says: asyncio.Queue = asyncio.Queue()

    async def send(self, message) -> None:
        self.sent.append(message)

    def states(self) -> list[bytes]:
        return [message.signed for message in self.sent if isinstance(message, State)]


async def until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "waited in vain"
        await asyncio.sleep(0.02)


async def end(*tasks: asyncio.Task) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@pytest.mark.parametrize("loses_everything", [False, True])
def test_a_bus_that_restarts_under_the_desk_is_asked_again(tmp_path: Path, loses_everything: bool):
    port = free_port()

    async def story():
        with nats_server(tmp_path / "nats", port) as engine:
            states = await JetStreamDesiredStates.connect(engine.url)
            desk, box = ControlDesk(states, NoBooks(), look_seconds=0.05), Listener()
            running = asyncio.create_task(desk.run())
            attending = asyncio.create_task(desk.attend(DEVICE, box.says.get, box.send))
            for n in range(3):
                await states.put(DEVICE, "policy", b"before %d" % n)
            await until(lambda: b"before 2" in box.states())
        if loses_everything:
            shutil.rmtree(tmp_path / "nats" / "store")
        with nats_server(tmp_path / "nats", port) as engine:
            worker = await JetStreamDesiredStates.connect(engine.url)
            await worker.put(DEVICE, "policy", b"after")
            await until(lambda: b"after" in box.states())
            await end(attending, running)
            await worker.close()
            await states.close()

    asyncio.run(story())


def test_a_box_hears_only_what_is_its_own_and_the_newest_of_it():
    async def story():
        states = MemoryDesiredStates()
        desk, box, other = ControlDesk(states, NoBooks(), look_seconds=0.01), Listener(), Listener()
        running = asyncio.create_task(desk.run())
        links = [
            asyncio.create_task(desk.attend(DEVICE, box.says.get, box.send)),
            asyncio.create_task(desk.attend("UTM100002", other.says.get, other.send)),
        ]
        await until(lambda: desk.present == 2)
        await states.put(DEVICE, "blocks", b"mine")
        await until(lambda: box.states() == [b"mine"])
        assert other.states() == []
        await end(*links)
        assert desk.present == 0
        await end(running)

    asyncio.run(story())


def test_what_does_not_belong_on_a_control_link_ends_it():
    async def story():
        desk, box = ControlDesk(MemoryDesiredStates(), NoBooks()), Listener()
        box.says.put_nowait(Hello(1, ()))
        with pytest.raises(WireError):
            await desk.attend(DEVICE, box.says.get, box.send)
        assert desk.present == 0

    asyncio.run(story())


def test_statuses_that_wait_are_one_and_certificates_are_not_asked_for_at_every_moment():
    async def story():
        books = NoBooks()
        desk, box = ControlDesk(MemoryDesiredStates(), books), Listener()
        for message in (Status(b"old"), Status(b"new"), Report(b"\xff"), Renewal("csr"), Renewal("csr")):
            box.says.put_nowait(message)
        attending = asyncio.create_task(desk.attend(DEVICE, box.says.get, box.send))
        await until(lambda: [m.reason for m in box.sent] == ["not here", "asked again too soon"])
        running = asyncio.create_task(desk.run())
        await until(lambda: hasattr(books, "taken"))
        assert sorted(books.taken) == [(DEVICE, "report", b"\xff"), (DEVICE, "status", b"new")]
        await end(attending, running)

    asyncio.run(story())
