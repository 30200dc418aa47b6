"""The collector process: takes log links from edges and syslog from anybody, hands everything to the stream."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from pathlib import Path

import django

from sekisho.definitions.repository import Repository
from sekisho.gateways.bus import BusError
from sekisho.gateways.bus_jetstream import JetStreamBus
from sekisho.gateways.desired_states_jetstream import JetStreamDesiredStates
from sekisho.pipeline.collect.control import ControlDesk
from sekisho.pipeline.collect.edge import EdgeCollector
from sekisho.pipeline.collect.listen import endpoint, server_context
from sekisho.pipeline.collect.repository import RepositoryFiles
from sekisho.pipeline.collect.spool import Spool
from sekisho.pipeline.collect.syslog_server import Sender, SyslogCollector
from sekisho.pipeline.status import write_status
from sekisho_wire.definitions import DefinitionsError

FORGET_SENDERS_SECONDS = 60.0
REPORT_SECONDS = 1.0
RENEW_SECONDS = 3_600.0

log = logging.getLogger(__name__)


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    django.setup()
    asyncio.run(work())


async def work() -> None:
    from sekisho.entry.books import FleetBooks

    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    ca = Path(os.environ["SEKISHO_CA_DIR"])
    certificate = ca / "ca.pem", ca / "collector.pem", ca / "collector.key"
    try:
        bus = await JetStreamBus.connect(os.environ["SEKISHO_NATS_URL"])
        states = await JetStreamDesiredStates.connect(os.environ["SEKISHO_NATS_URL"])
    except BusError as error:
        # The supervisor shows these words to whoever starts the platform: what to do, not where in the code.
        raise SystemExit(f"the log stream can't be used: {error}") from error
    spool = Spool(bus)
    definitions = Repository(Path(os.environ["SEKISHO_VAR"]) / "definitions")
    files = RepositoryFiles(definitions.folder / "repository")
    desk = ControlDesk(states, FleetBooks(ca))
    edges = EdgeCollector(bus, server_context(*certificate), files=files, desk=desk)
    syslog = SyslogCollector(spool, identify, server_context(*certificate, client_certificate=False))
    spooling, attending = asyncio.create_task(spool.run()), asyncio.create_task(desk.run())
    for at in _listed("SEKISHO_SYSLOG_LISTEN"):
        await syslog.listen(endpoint(at))
    # Edges last: an open edge port is what the supervisor takes for "ready".
    for at in _listed("SEKISHO_EDGE_LISTEN"):
        host, _, port = at.rpartition(":")
        await edges.listen(host, int(port))
    housekeeping = asyncio.create_task(_keep_house(spool, syslog))
    renewing = asyncio.create_task(_keep_signed(definitions))
    await stop.wait()
    await edges.close()
    await syslog.close()
    await spool.close()
    for task in (spooling, attending, housekeeping, renewing):
        task.cancel()
    await states.close()
    await bus.close()


def identify(sender: Sender) -> str | None:
    """The device that a syslog sender is: by its certificate's name, else nobody known.

    An address is no proof of who sends; boxes that log by address are registered in the fleet with it
    when vendors' boxes come in.
    """
    return sender.certificate


async def _keep_house(spool: Spool, syslog: SyslogCollector) -> None:
    status_file = Path(os.environ["SEKISHO_VAR"]) / "run" / "syslog.json"
    loop = asyncio.get_running_loop()
    forgotten_at = loop.time()
    while True:
        write_status(spool.counts, status_file)
        if loop.time() - forgotten_at > FORGET_SENDERS_SECONDS:
            syslog.forget_senders()
            forgotten_at = loop.time()
        await asyncio.sleep(REPORT_SECONDS)


async def _keep_signed(definitions: Repository) -> None:
    """Sign the definitions anew long before their signature runs out; a failure is told, and tried again."""
    while True:
        try:
            if definitions.exists():
                await asyncio.to_thread(_renew, definitions)
        except (DefinitionsError, OSError) as error:
            log.error("the definitions can't be signed anew: %s", error)
        await asyncio.sleep(RENEW_SECONDS)


def _renew(definitions: Repository) -> None:
    with definitions.held():
        definitions.renew()


def _listed(name: str) -> list[str]:
    return [part.strip() for part in os.environ.get(name, "").split(",") if part.strip()]


if __name__ == "__main__":
    main()
