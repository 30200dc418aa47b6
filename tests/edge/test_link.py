"""The link over real TLS: every line once, whatever the network and the centre do."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from sekisho_edge.link import Link, Source, client_context
from sekisho_edge.spool import Spool

from .centre import Centre, issue_with_key, make_ca, make_site, server_context
from .conftest import LogWriter

DEADLINE_SECONDS = 20.0


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not condition():
            await asyncio.sleep(0.02)


@contextlib.asynccontextmanager
async def linked(folder: Path, log: LogWriter, centre: Centre, port: int | None = None) -> AsyncIterator[Link]:
    """A link at work; leaving cancels it, which is all that kill -9 leaves of a bookmark too."""
    spool = Spool(log.path, folder / "bookmark.json")
    context = client_context(folder / "ca.pem", folder / "device.pem", folder / "device.key")
    link = Link([Source("eve", "suricata", spool)], "127.0.0.1", port or centre.port, context, pause_seconds_max=0.1)
    task = asyncio.create_task(link.run())
    try:
        yield link
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        spool.close()


@contextlib.asynccontextmanager
async def listening(folder: Path, **manners) -> AsyncIterator[Centre]:
    centre = Centre(server_context(folder), **manners)
    server = await centre.listen()
    try:
        yield centre
    finally:
        server.close()
        for task in list(centre.connections):
            task.cancel()
        await asyncio.gather(*centre.connections, return_exceptions=True)
        await server.wait_closed()


@pytest.fixture
def site(tmp_path: Path) -> Path:
    make_site(tmp_path)
    return tmp_path


def test_lines_reach_the_centre_and_the_bookmark_follows(site: Path, log: LogWriter):
    async def story():
        async with listening(site) as centre, linked(site, log, centre) as link:
            log.write(100)
            await until(lambda: len(centre.lines()) == 100)
            await until(lambda: link._sources["eve"].spool.acked.offset == log.path.stat().st_size)
            assert centre.lines() == log.written
            ((device, source, _), *_) = centre.batches
            assert (device, source) == ("UTM100001", "eve")

    asyncio.run(story())


def test_a_line_takes_less_than_a_second(site: Path, log: LogWriter):
    async def story():
        async with listening(site) as centre, linked(site, log, centre) as link:
            await until(lambda: link.state.connected)
            began = asyncio.get_running_loop().time()
            log.write(1)
            await until(lambda: centre.lines())
            assert asyncio.get_running_loop().time() - began < 1.0

    asyncio.run(story())


@pytest.mark.parametrize(
    "manners",
    [
        {"hang_up_before_ack_every": 2},
        {"hang_up_after_ack_every": 3},
        {"hang_up_before_ack_every": 3, "forgets_positions": True},
    ],
    ids=["before the ack", "after the ack", "before the ack, without memory"],
)
def test_a_centre_that_hangs_up_gets_every_line_once(site: Path, log: LogWriter, manners: dict):
    async def story():
        async with listening(site, **manners) as centre, linked(site, log, centre):
            for turn in range(8):
                log.write(2_000, padding=300)
                if turn == 4:
                    log.rotate()
                await asyncio.sleep(0.05)
            await until(lambda: len(centre.lines()) >= len(log.written))
            assert centre.lines() == log.written
            assert centre.changed == []

    asyncio.run(story())


def test_lives_cut_short_at_any_moment_lose_and_double_nothing(site: Path, log: LogWriter):
    async def story():
        async with listening(site, hang_up_before_ack_every=3, forgets_positions=True) as centre:
            for turn in range(10):
                async with linked(site, log, centre):
                    log.write(500, padding=400)
                    await asyncio.sleep(0.03 * turn)
                    if turn in (3, 6):
                        log.rotate()
            async with linked(site, log, centre):
                await until(lambda: len(centre.lines()) >= len(log.written))
            assert centre.lines() == log.written
            assert centre.changed == []

    asyncio.run(story())


def test_a_centre_that_comes_back_after_long_gets_all_of_it(site: Path, log: LogWriter):
    async def story():
        async with listening(site) as first, linked(site, log, first):
            log.write(10)
            await until(lambda: len(first.lines()) == 10)
        async with listening(site) as away:
            port = away.port
        second = Centre(server_context(site), positions=first.positions)
        async with linked(site, log, second, port=port) as link:
            for _ in range(3):
                log.write(3_000, padding=200)
                log.rotate()
            await until(lambda: link.state.last_error)
            server = await second.listen(port=port)
            await until(lambda: len(second.lines()) == 9_000)
            server.close()
        assert first.lines() + second.lines() == log.written

    asyncio.run(story())


def test_a_very_long_line_arrives(site: Path, log: LogWriter):
    async def story():
        async with listening(site) as centre, linked(site, log, centre):
            log.write(1)
            log.write(1, padding=2_000_000)
            log.write(1)
            await until(lambda: len(centre.lines()) == 3)
            assert centre.lines() == log.written

    asyncio.run(story())


def test_only_the_platforms_own_ca_is_believed(site: Path, log: LogWriter, tmp_path_factory: pytest.TempPathFactory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    make_site(elsewhere)

    async def story():
        async with listening(elsewhere) as impostor, linked(site, log, impostor) as link:
            log.write(1)
            await until(lambda: "certificate verify failed" in link.state.last_error)
            assert impostor.lines() == []

    asyncio.run(story())


def test_another_device_cannot_play_the_collector(tmp_path: Path, log: LogWriter):
    ca = make_ca(tmp_path)
    issue_with_key(ca, tmp_path, "device", "UTM100001")
    issue_with_key(ca, tmp_path, "collector", "UTM100002")

    async def story():
        async with listening(tmp_path) as impostor, linked(tmp_path, log, impostor) as link:
            log.write(1)
            await until(lambda: "purpose" in link.state.last_error)
            assert impostor.lines() == []

    asyncio.run(story())
