"""The loop: what goes into the stream is in the lake once, and nothing that goes wrong loses any of it."""

from __future__ import annotations

import asyncio
import collections
import dataclasses
import json
import time
from collections.abc import Callable, Sequence

import pyarrow as pa
import pytest

from sekisho.gateways.bus import Bus, Delivery
from sekisho.gateways.bus_jetstream import JetStreamBus
from sekisho.gateways.bus_memory import MemoryBus
from sekisho.lake import Commit, Lake, LakeUnavailable, LakeWriter
from sekisho.ocsf.device import DeviceContext
from sekisho.ocsf.finding import DetectionFinding
from sekisho.pipeline.batch import StreamBatch, batch_id, encode, pack_lines, pack_octets
from sekisho.pipeline.counting import Counting
from sekisho.pipeline.detect import Detector
from sekisho.pipeline.normalise import normalise
from sekisho.pipeline.run import STRIKES_MAX, Pipeline

from ..lake.rows import ALL_TIME

DAY = 1_795_400_000.0


def alert(number: int) -> bytes:
    return json.dumps(
        {
            "timestamp": "2026-11-23T03:00:00.000000+0000",
            "event_type": "alert",
            "src_ip": "203.0.113.9",
            "src_port": 40_000 + number,
            "dest_ip": "10.0.0.5",
            "dest_port": 80,
            "proto": "TCP",
            "alert": {
                "action": "allowed",
                "gid": 1,
                "signature_id": 1,
                "signature": "t",
                "category": "c",
                "severity": 1,
            },
        }
    ).encode()


class Site:
    """One device of one contract with its bus, pipeline and what the sink was given."""

    def __init__(self, contract: str, writer, bus: Bus | None = None) -> None:
        self.contract = contract
        self.device = f"UTM{contract[2:]}"
        self.bus = bus or MemoryBus()
        self.writer = writer
        self.findings: list[DetectionFinding] = []
        self.normalise: Callable = normalise
        self.sink: Callable[[Sequence[DetectionFinding]], None] = self.findings.extend
        self.pipeline: Pipeline | None = None
        self.detector = Detector()
        self.counting: Counting | None = None

    def directory(self, device: str) -> DeviceContext | None:
        known = DeviceContext(device=self.device, contract=self.contract, product="suricata", retention_years=1)
        return known if device == self.device else None

    async def send(self, lines: Sequence[bytes], first: int = 0, *, device: str = "", source: str = "eve") -> str:
        device = device or self.device
        identity = batch_id(device, source, f"0:{first}")
        framing = "octets" if source.startswith("syslog") else "lines"
        body = pack_octets(list(lines)) if framing == "octets" else pack_lines(b"".join(n + b"\n" for n in lines))
        batch = StreamBatch(identity, device, source, "auto", f"0:{first}", DAY, len(lines), framing, body)
        await self.bus.publish(device, source, encode(batch), message_id=identity)
        return identity

    async def work(self, until: Callable[[Pipeline], bool], seconds_max: float = 60) -> Pipeline:
        """Run the loop until ``until`` holds and nothing is left in the stream."""
        stop = asyncio.Event()
        self.pipeline = pipeline = Pipeline(
            bus=self.bus,
            lake=self.writer,
            directory=self.directory,
            normalise=lambda batch, device: self.normalise(batch, device),
            detector=self.detector,
            counting=self.counting,
            sink=lambda findings: self.sink(findings),
            strike_delay_seconds=0.01,
        )
        running = asyncio.create_task(pipeline.run(stop))
        deadline = time.monotonic() + seconds_max
        try:
            while not until(pipeline):
                assert time.monotonic() < deadline, f"not in time: {pipeline.status}"
                if running.done():
                    await running
                await asyncio.sleep(0.02)
        finally:
            stop.set()
            await running
        return pipeline


def batches_in(lake: Lake, contract: str, table: str = "events") -> dict[str, int]:
    rows = lake.search(contracts={contract}, **ALL_TIME, limit=10_000, columns=["batch"], table=table).rows
    return dict(collections.Counter(rows["batch"].to_pylist()))


def done(messages: int) -> Callable[[Pipeline], bool]:
    return lambda pipeline: pipeline.status.messages >= messages


def test_lines_become_rows_and_findings_and_the_stream_is_empty(lake, writer, contract):
    site = Site(contract, writer)

    async def scenario() -> None:
        one = await site.send([alert(1), b"not json"])
        two = await site.send([alert(2)], 100)
        pipeline = await site.work(done(2))
        assert batches_in(lake, contract) == {one: 1, two: 1}
        assert batches_in(lake, contract, "unparsed") == {one: 1}
        assert len({f.key for f in site.findings}) == 2
        assert (pipeline.status.events, pipeline.status.unparsed, pipeline.status.quarantined) == (2, 1, 0)
        assert (await site.bus.counts()).done_sequence == 2

    asyncio.run(scenario())


def test_over_jetstream_everything_arrives_once_though_the_loop_is_stopped_in_the_middle(
    lake, writer, contract, nats_url
):
    async def scenario() -> None:
        bus = await JetStreamBus.connect(nats_url, ack_wait_seconds=5)
        site = Site(contract, writer, bus)
        names = [await site.send([alert(i)] * 3, i) for i in range(200)]
        await site.work(done(1))
        written = sum(batches_in(lake, contract).values())
        await site.work(lambda p: p.status.lag_messages == 0)
        assert written > 0
        assert batches_in(lake, contract) == dict.fromkeys(names, 3)
        await bus.close()

    asyncio.run(scenario())


def test_a_batch_that_is_delivered_again_after_its_commit_counts_once_and_its_findings_come_again(
    lake, writer, contract
):
    """The process died between the commit and the sink: the sink must get what it never had."""
    site = Site(contract, writer)

    async def scenario() -> None:
        name = await site.send([alert(1)])
        rows = normalise_first(site, name)
        writer.append([rows])
        pipeline = await site.work(done(1))
        assert pipeline.status.skipped == 1
        assert batches_in(lake, contract) == {name: 1}
        assert len(site.findings) == 1

    asyncio.run(scenario())


def normalise_first(site: Site, name: str) -> Commit:
    batch = StreamBatch(name, site.device, "eve", "auto", "0:0", DAY, 1, "lines", pack_lines(alert(1) + b"\n"))
    return Commit(name, *normalise(batch, site.directory(site.device)))


def test_what_is_no_batch_is_kept_whole_with_the_reason(lake, writer, contract):
    site = Site(contract, writer)

    async def scenario() -> None:
        junk = b"\x00\xffnot msgpack " + contract.encode()
        await site.bus.publish("x", "y", junk, message_id=f"junk/{contract}")
        await site.work(done(1))
        rows = lake.search(contracts={""}, **ALL_TIME, table="unparsed", where=f"batch = junk/{contract}").rows
        assert rows["raw"].to_pylist() == [junk]
        assert "not a batch" in rows["reason"][0].as_py()

    asyncio.run(scenario())


def test_lines_of_a_device_that_nobody_knows_are_kept_out_of_every_contract(lake, writer, contract):
    site = Site(contract, writer)

    async def scenario() -> None:
        name = await site.send([b"one", b"two"], device=f"ghost{contract}")
        await site.work(done(1))
        rows = lake.search(contracts={""}, **ALL_TIME, table="unparsed", where=f'batch = "{name}"').rows
        assert sorted(rows["raw"].to_pylist()) == [b"one", b"two"]
        assert set(rows["device"].to_pylist()) == {"unknown"}
        assert f"ghost{contract}" in rows["reason"][0].as_py()

    asyncio.run(scenario())


def test_syslog_records_are_parsed_without_their_header_and_kept_with_it(lake, writer, contract):
    site = Site(contract, writer)

    async def scenario() -> None:
        record = b"<13>Nov 23 12:00:00 fw suricata: " + alert(1)
        await site.send([b"<13>Nov 23 12:00:00 fw app: hello", record], source="syslog-tcp")
        await site.work(done(1))
        (row,) = lake.search(contracts={contract}, **ALL_TIME).rows.to_pylist()
        assert (row["raw"], row["record"], row["src_endpoint.ip"]) == (record, 1, "203.0.113.9")
        (kept,) = lake.search(contracts={contract}, **ALL_TIME, table="unparsed").rows.to_pylist()
        assert kept["raw"] == b"<13>Nov 23 12:00:00 fw app: hello"

    asyncio.run(scenario())


def test_one_batch_that_keeps_failing_is_put_aside_and_the_others_go_on(lake, writer, contract):
    site = Site(contract, writer)

    def fragile(batch: StreamBatch, device: DeviceContext) -> tuple[pa.Table, pa.Table]:
        if batch.first == "0:2":
            raise RuntimeError("a parser's fault")
        return normalise(batch, device)

    site.normalise = fragile

    async def scenario() -> None:
        names = [await site.send([alert(i)], i) for i in range(5)]
        pipeline = await site.work(done(5))
        poison = names.pop(2)
        assert batches_in(lake, contract) == dict.fromkeys(names, 1)
        (kept,) = lake.search(contracts={contract}, **ALL_TIME, table="unparsed").rows.to_pylist()
        assert kept["batch"] == poison
        assert "a parser's fault" in kept["reason"]
        assert pipeline.status.quarantined == 1
        assert pipeline.status.retried == STRIKES_MAX - 1
        assert (await site.bus.counts()).done_sequence == 5

    asyncio.run(scenario())


class WornBus(MemoryBus):
    """A bus whose first message has been delivered again and again, as after many deaths of the process."""

    async def pull(self, **limits) -> list[Delivery]:
        found = await super().pull(**limits)
        return [dataclasses.replace(each, delivered=99) if each.sequence == 1 else each for each in found]


def test_a_message_that_must_have_killed_the_process_is_put_aside_without_another_look(lake, writer, contract):
    site = Site(contract, writer, WornBus())
    looked_at = []

    def look(batch, device):
        looked_at.append(batch.batch_id)
        return normalise(batch, device)

    site.normalise = look

    async def scene() -> None:
        deadly = await site.send([alert(1)])
        harmless = await site.send([alert(2)], first=1)
        pipeline = await site.work(done(2))
        assert looked_at == [harmless]
        assert pipeline.status.quarantined == 1
        rows = lake.search(contracts=[contract], **ALL_TIME, table="unparsed").rows.to_pylist()
        assert [(row["batch"], "99 times" in row["reason"]) for row in rows] == [(deadly, True)]

    asyncio.run(scene())


def test_one_finding_that_the_sink_cannot_take_stops_nothing_else(lake, writer, contract):
    site = Site(contract, writer)

    def picky(findings: Sequence[DetectionFinding]) -> None:
        if any(f.src_port == 40_001 for f in findings):
            raise ValueError("can't store this")
        site.findings.extend(findings)

    site.sink = picky

    async def scenario() -> None:
        names = [await site.send([alert(i)], i) for i in range(3)]
        pipeline = await site.work(done(3))
        assert batches_in(lake, contract) == dict.fromkeys(names, 1)
        assert batches_in(lake, contract, "unparsed") == {names[1]: 1}
        assert sorted({f.src_port for f in site.findings}) == [40_000, 40_002]
        assert pipeline.status.quarantined == 1

    asyncio.run(scenario())


class AwayAtFirst:
    """A lake that is away for its first calls."""

    def __init__(self, writer: LakeWriter, times: int) -> None:
        self._writer, self.left = writer, times

    def append(self, commits):
        if self.left:
            self.left -= 1
            raise LakeUnavailable("the catalogue did not answer")
        return self._writer.append(commits)

    def maintain(self, now):
        return self._writer.maintain(now)


def test_while_the_lake_or_the_sinks_database_is_away_the_loop_waits_and_says_so(lake, writer, contract):
    site = Site(contract, AwayAtFirst(writer, 3))
    troubles: list[str | None] = []

    def away_at_first(findings: Sequence[DetectionFinding]) -> None:
        troubles.append(site.pipeline.status.trouble if site.pipeline else None)
        if len(troubles) < 3:
            raise ConnectionError("database away")
        site.findings.extend(findings)

    site.sink = away_at_first

    async def scenario() -> None:
        name = await site.send([alert(1)])
        pipeline = await site.work(done(1))
        assert batches_in(lake, contract) == {name: 1}
        assert "catalogue" in (troubles[0] or "")
        assert "database away" in (troubles[-1] or "")
        assert pipeline.status.trouble is None
        assert (pipeline.status.quarantined, pipeline.status.retried) == (0, 0)

    asyncio.run(scenario())


def test_stopping_while_the_lake_is_away_leaves_the_batch_to_the_stream(writer, contract):
    site = Site(contract, AwayAtFirst(writer, 10**9), MemoryBus(ack_wait_seconds=0.05))

    async def scenario() -> None:
        await site.send([alert(1)])
        await site.work(lambda p: p.status.trouble is not None)
        assert (await site.bus.counts()).done_sequence == 0
        site.writer = writer
        await site.work(done(1))

    asyncio.run(scenario())


def test_a_fault_that_a_person_must_see_ends_the_loop(writer, contract):
    from sekisho.lake import LakeHeld

    class Held(AwayAtFirst):
        def append(self, commits):
            raise LakeHeld("another process writes to this lake")

    site = Site(contract, Held(writer, 0))

    async def scenario() -> None:
        await site.send([alert(1)])
        with pytest.raises(ExceptionGroup) as caught:
            await site.work(done(1))
        assert caught.group_contains(LakeHeld)

    asyncio.run(scenario())
