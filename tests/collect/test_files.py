"""Files: imported once whatever is repeated, followed without loss through rotation and restarts."""

from __future__ import annotations

import asyncio
import gzip
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.gateways.bus import BusUnavailable
from sekisho.gateways.bus_memory import MemoryBus
from sekisho.pipeline.batch import decode, records
from sekisho.pipeline.collect.files import Tail, import_file


async def lines_in(bus: MemoryBus) -> list[bytes]:
    found = []
    while deliveries := await bus.pull(messages_max=100, bytes_max=10**9, seconds_max=0):
        for delivery in deliveries:
            found += records(decode(delivery.data))
            await delivery.ack()
    return found


def test_a_file_is_imported_whole_and_only_once(tmp_path: Path):
    async def scenario() -> None:
        lines = [b"line %d " % i + b"x" * 3_000 for i in range(500)]
        path = tmp_path / "eve.json.gz"
        path.write_bytes(gzip.compress(b"\n".join(lines)))
        bus = MemoryBus()
        assert await import_file(bus, path, "UTM1") == (500, 500)
        assert await import_file(bus, path, "UTM1") == (500, 0)
        assert await lines_in(bus) == lines

    asyncio.run(scenario())


@given(st.lists(st.binary(max_size=50).map(lambda line: line.replace(b"\n", b"")), max_size=30))
@settings(max_examples=30)
def test_any_bytes_come_through_as_they_are(tmp_path_factory: pytest.TempPathFactory, lines: list[bytes]):
    path = tmp_path_factory.mktemp("any") / "log"
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    bus = MemoryBus()
    assert asyncio.run(import_file(bus, path, "UTM1"))[0] == len(lines)
    assert asyncio.run(lines_in(bus)) == lines


def test_a_line_too_long_for_a_message_comes_in_pieces(tmp_path: Path):
    path = tmp_path / "log"
    path.write_bytes(b"a" * 2_000_000 + b"\nshort\n")
    bus = MemoryBus()
    asyncio.run(import_file(bus, path, "UTM1"))
    found = asyncio.run(lines_in(bus))
    assert b"".join(found[:-1]) == b"a" * 2_000_000
    assert found[-1] == b"short"


def test_a_growing_file_is_followed_through_rotation_truncation_and_restarts(tmp_path: Path):
    async def scenario() -> None:
        path, bookmark = tmp_path / "eve.json", tmp_path / "bookmark"
        bus = MemoryBus()

        def tail() -> Tail:
            return Tail(bus, path, bookmark, "UTM1")

        first = tail()
        assert await first.step() == 0
        path.write_bytes(b"1\n2\nhal")
        assert await first.step() == 2
        with path.open("ab") as log:
            log.write(b"f\n3\n")
            log.flush()
            first.close()
            second = tail()
            assert await second.step() == 2
            path.rename(tmp_path / "eve.json.1")
            path.write_bytes(b"new 1\n")
            log.write(b"late\ncut off")
            log.flush()
        assert await second.step() == 2
        assert await second.step() == 1
        path.write_bytes(b"t\n")
        await second.step()
        await second.step()
        second.close()
        third = tail()
        assert await third.step() == 0
        third.close()
        assert await lines_in(bus) == [b"1", b"2", b"half", b"3", b"late", b"cut off", b"new 1", b"t"]

    asyncio.run(scenario())


def test_the_bookmark_stays_while_the_stream_refuses(tmp_path: Path):
    class Away(MemoryBus):
        away = True

        async def publish(self, *args, **kwargs) -> bool:
            if self.away:
                raise BusUnavailable("away")
            return await super().publish(*args, **kwargs)

    async def scenario() -> None:
        path = tmp_path / "log"
        path.write_bytes(b"1\n")
        bus = Away()
        tail = Tail(bus, path, tmp_path / "bookmark", "UTM1")
        with pytest.raises(BusUnavailable):
            await tail.step()
        assert not (tmp_path / "bookmark").exists()
        bus.away = False
        assert await tail.step() == 1
        tail.close()

    asyncio.run(scenario())
