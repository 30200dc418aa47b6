"""A box's half and a centre's half of the control link for tests, each of the real parts, and a clock to wait by."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import json
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

import zstandard
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from msgspec.structs import replace

from sekisho.gateways import ca
from sekisho.gateways.bus_memory import MemoryBus
from sekisho.gateways.clock import standing_at
from sekisho.gateways.desired_states import DesiredStates
from sekisho.gateways.signing import Signer, create_signing_key, public_keys
from sekisho.pipeline.collect.control import ControlDesk, Word
from sekisho.pipeline.collect.edge import EdgeCollector
from sekisho.pipeline.collect.listen import server_context
from sekisho_edge.control_link import ControlLink
from sekisho_edge.delivery import Delivery
from sekisho_edge.enrol import signing_request
from sekisho_edge.lab.policy import lab_policy
from sekisho_edge.link import client_context
from sekisho_edge.reports import Outbox
from sekisho_wire.control import NotRenewed, Renewed
from sekisho_wire.desired import POLICY, BlockEntry, BlockSet, Desired, digest_of, write_blocks
from sekisho_wire.policy import write_policy
from sekisho_wire.reports import BoxStatus, EngineStatus, StateReport, read_report, read_status

DEVICE = "UTM100001"


@dataclass
class Notebook:
    """Books that can be away, and remember what they were told."""

    site: Path
    words: list[Word] = field(default_factory=list)
    away: bool = False
    fails_after_keeping: int = 0
    asked: int = 0

    def take(self, words) -> None:
        self.asked += 1
        if self.away:
            raise OSError("the database is away")
        self.words += words
        if self.fails_after_keeping:
            self.fails_after_keeping -= 1
            raise OSError("kept, but the word of it was lost")

    def renew(self, device: str, csr_pem: str) -> Renewed | NotRenewed:
        made = ca.sign_device_csr(self.site, csr_pem, device)
        return Renewed(made.certificate_pem, made.ca_pem, public_keys(self.site))

    def reports(self) -> list[StateReport]:
        """Once each, as the fleet's table keeps them."""
        found = [read_report(word.body) for word in self.words if word.what == "report"]
        return list({(one.series, one.number): one for one in found}.values())

    def statuses(self) -> list[BoxStatus]:
        return [read_status(word.body) for word in self.words if word.what == "status"]


def make_steered_site(folder: Path, enrolled_at: dt.datetime | None = None) -> Path:
    """The centre's folder (authority, signing key) and the box's, below it."""
    ca.create_ca(folder)
    ca.issue_server_certificate(folder, ["127.0.0.1"])
    create_signing_key(folder)
    box = folder / "box"
    box.mkdir()
    key = ec.generate_private_key(ec.SECP256R1())
    with standing_at(enrolled_at or dt.datetime.now(dt.UTC)):
        certificate = ca.sign_device_csr(folder, signing_request(key, "unenrolled"), DEVICE)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (box / "device.pem").write_text(certificate.certificate_pem)
    (box / "device.key").write_bytes(pem)
    (box / "ca.pem").write_text(certificate.ca_pem)
    (box / "signing.pem").write_text(public_keys(folder))
    return folder


def signed(
    site: Path, revision: int, text: bytes = b"", kind=POLICY, *, device=DEVICE, days: float = 7.0, age: float = 0.0
) -> bytes:
    """A state as the worker signs it; for a policy without ``text`` the lab's own under that number."""
    body = zstandard.compress(text or write_policy(replace(lab_policy(), revision=revision)))
    issued = time.time() - age * 86_400
    desired = Desired(device, kind, revision, issued, issued + days * 86_400, digest_of(body), body)
    return Signer.of(site).sign(desired)


def blocks(*addresses: str, seconds: float = 3_600) -> bytes:
    return write_blocks(BlockSet(tuple(BlockEntry(address, time.time() + seconds) for address in addresses)))


@dataclass
class ControlCentre:
    """A collector at work whose control desk can be taken away and brought back at the same address."""

    site: Path
    states: DesiredStates
    books: Notebook
    port: int = 0
    collector: EdgeCollector | None = None
    desk: ControlDesk | None = None

    async def open(self) -> None:
        context = server_context(self.site / "ca.pem", self.site / "collector.pem", self.site / "collector.key")
        self.desk = ControlDesk(self.states, self.books, look_seconds=0.05)
        self.collector = EdgeCollector(MemoryBus(), context, desk=self.desk)
        self.port = await self.collector.listen("127.0.0.1", self.port)
        self._running = asyncio.create_task(self.desk.run())

    async def close(self) -> None:
        self._running.cancel()
        await asyncio.gather(self._running, return_exceptions=True)
        await self.collector.close()


@dataclass
class Box:
    """The box's half: everything of its agent that listens to the centre."""

    folder: Path
    port: int
    engines: tuple[EngineStatus, ...] = (EngineStatus("suricata", "inspecting"),)

    def __post_init__(self) -> None:
        self.outbox = Outbox(self.folder)
        self.delivery = Delivery(self.folder, DEVICE, self.outbox)
        context = client_context(self.folder / "ca.pem", self.folder / "device.pem", self.folder / "device.key")
        self.context = context
        self.link = ControlLink(
            self.folder, ("127.0.0.1", self.port), context, self.delivery, self.outbox, self.status,
            pause_seconds_max=0.2,
        )  # fmt: skip

    def status(self) -> BoxStatus:
        return BoxStatus(at=time.time(), confirmed_revision=3, engines=self.engines)

    def desired(self) -> int | None:
        with contextlib.suppress(FileNotFoundError):
            return json.loads((self.folder / "desired.json").read_text())["revision"]
        return None


@contextlib.asynccontextmanager
async def connected(
    site: Path, states: DesiredStates, books: Notebook | None = None
) -> AsyncIterator[tuple[ControlCentre, Box]]:
    centre = ControlCentre(site, states, books or Notebook(site))
    await centre.open()
    box = Box(site / "box", centre.port)
    task = asyncio.create_task(box.link.run())
    try:
        yield centre, box
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await centre.close()


async def until(holds: Callable, seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "waited in vain"
        await asyncio.sleep(0.02)


def play(story: Callable) -> None:
    asyncio.run(story())
