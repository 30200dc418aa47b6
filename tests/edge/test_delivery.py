"""From a signed state over a real bus, the collector and mutual TLS to the box's files, and its word back."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import pytest
from msgspec.structs import replace

from sekisho.gateways.desired_states import MemoryDesiredStates
from sekisho.gateways.desired_states_jetstream import JetStreamDesiredStates
from sekisho.gateways.signing import create_signing_key
from sekisho_edge.blocks import Blocks, standing, stored_blocks
from sekisho_edge.delivery import Delivery
from sekisho_edge.lab.policy import lab_policy
from sekisho_edge.privileged import HelperGone
from sekisho_edge.reports import Outbox
from sekisho_edge.rollout import PolicyKeeper
from sekisho_edge.trial import Trials
from sekisho_wire.desired import BLOCKS, POLICY, BlockEntry, BlockSet
from sekisho_wire.policy import ApplicationFilter, ApplicationRule, read_policy, write_policy
from sekisho_wire.reports import EngineStatus

from .steered import DEVICE, blocks, connected, make_steered_site, play, signed, until

BLOCK_SECONDS_MAX = 5.0
"""What is promised between the consent and the kernel."""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return make_steered_site(tmp_path)


def test_a_signed_policy_goes_over_a_real_bus_to_the_box_and_its_word_comes_back(site: Path, nats_url: str):
    async def story():
        states = await JetStreamDesiredStates.connect(nats_url)
        await states.put(DEVICE, POLICY, signed(site, 1))
        try:
            async with connected(site, states) as (centre, box):
                await until(lambda: box.desired() == 1)  # what was desired before it came
                await states.put(DEVICE, POLICY, signed(site, 2))
                await until(lambda: box.desired() == 2)  # what is desired while it is here
                box.outbox.add(POLICY, 2, "confirmed", content="sha256:x")
                await until(lambda: not box.outbox.waiting())
                (report,) = centre.books.reports()
                assert (report.revision, report.state, report.content) == (2, "confirmed", "sha256:x")
                assert centre.books.words[0].device == DEVICE
        finally:
            await states.close()

    play(story)


@pytest.mark.parametrize("twin", ["memory", "jetstream"])
def test_both_twins_of_the_bucket_tell_the_same(twin: str, nats_url: str):
    async def story():
        states = MemoryDesiredStates() if twin == "memory" else await JetStreamDesiredStates.connect(nats_url)
        try:
            start = await states.last()
            assert await states.get("UTM200001", POLICY) is None
            await states.put("UTM200001", POLICY, b"one")
            await states.put("UTM200002", BLOCKS, b"two")
            await states.put("UTM200001", POLICY, b"three")
            assert await states.get("UTM200001", POLICY) == b"three"
            changes = await states.changes(start)
            assert changes.keys == (("UTM200002", BLOCKS), ("UTM200001", POLICY))
            assert changes.upto == await states.last()
            assert (await states.changes(changes.upto)).keys == ()
            # A bucket that was made anew is younger than what the collector knows: everything is told again.
            assert {"UTM200001", "UTM200002"} <= {key[0] for key in (await states.changes(10**12)).keys}
            assert {"UTM200001", "UTM200002"} <= await states.devices()
        finally:
            await states.close()

    play(story)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"device": "UTM100002"}, "it is for UTM100002"),
        ({"days": 1.0, "age": 2.0}, "it expired"),
        ({"age": -1.0}, "ahead of this box's clock"),
        ({"text": b"{}"}, "missing"),
        ({"text": write_policy(lab_policy())}, "holds a policy that says it is 1"),
    ],
)
def test_what_is_not_for_this_box_now_is_refused_with_its_reason_and_changes_nothing(
    site: Path, change: dict, why: str
):
    outbox = Outbox(site / "box")
    delivery = Delivery(site / "box", DEVICE, outbox)
    delivery.take(signed(site, 5, **change))
    delivery.take(signed(site, 5, **change))
    reports = outbox.waiting()
    assert {(one.kind, one.revision, one.state) for one in reports} == {(POLICY, 5, "refused")}
    assert why in reports[0].reason
    assert not (site / "box" / "desired.json").exists()


def test_what_is_older_than_the_newest_taken_is_refused_also_after_a_restart(site: Path):
    box = site / "box"
    Delivery(box, DEVICE, Outbox(box)).take(signed(site, 7))
    outbox = Outbox(box)
    again = Delivery(box, DEVICE, outbox)
    again.take(signed(site, 6))
    assert "older than 7" in outbox.waiting()[0].reason
    again.take(signed(site, 7, write_policy(lab_policy()) + b" "))
    assert "with another content" in outbox.waiting()[1].reason
    assert json.loads((box / "desired.json").read_text())["revision"] == 7


def test_the_same_state_signed_anew_is_no_news(site: Path):
    outbox = Outbox(site / "box")
    delivery = Delivery(site / "box", DEVICE, outbox)
    delivery.take(signed(site, 1))
    before = (site / "box" / "desired.json").stat()
    delivery.take(signed(site, 1, days=30.0))
    assert (site / "box" / "desired.json").stat().st_ino == before.st_ino
    assert outbox.waiting() == []


def test_what_the_centre_did_not_sign_is_not_even_looked_at(site: Path, tmp_path: Path):
    stranger = tmp_path / "stranger"
    create_signing_key(stranger)
    outbox = Outbox(site / "box")
    delivery = Delivery(site / "box", DEVICE, outbox)
    delivery.take(signed(stranger, 1))
    assert "does not know as its centre's key" in delivery.last_refusal
    good = bytearray(signed(site, 1))
    good[-1] ^= 1
    delivery.take(bytes(good))
    assert "signature is wrong" in delivery.last_refusal
    delivery.take(b"\xc1 nonsense")
    assert "not a Signed" in delivery.last_refusal
    assert outbox.waiting() == [] and not (site / "box" / "desired.json").exists()


def test_reports_wait_for_books_that_are_away_and_come_once(site: Path):
    async def story():
        async with connected(site, MemoryDesiredStates()) as (centre, box):
            centre.books.away = True
            box.outbox.add(POLICY, 1, "trying")
            box.outbox.add(POLICY, 1, "rolled-back", reason="it cut the line off")
            await until(lambda: centre.books.asked)
            assert len(box.outbox.waiting()) == 2
            centre.books.away, centre.books.fails_after_keeping = False, 1
            await centre.close()  # the connection ends, the box comes again
            await centre.open()
            await until(lambda: not box.outbox.waiting(), 60)
            assert [(one.number, one.state) for one in centre.books.reports()] == [(1, "trying"), (2, "rolled-back")]

    play(story)


def test_an_engine_that_goes_down_is_told_at_once(site: Path):
    async def story():
        async with connected(site, MemoryDesiredStates()) as (centre, box):
            await until(lambda: centre.books.statuses())
            box.engines = (EngineStatus("suricata", "bypassed", detail="killed"),)
            await until(lambda: centre.books.statuses()[-1].engines == box.engines, 5)

    play(story)


def test_a_block_reaches_the_box_within_the_promised_seconds(site: Path, nats_url: str):
    """To the box's helper; that the kernel then drops is shown in test_whole_way.py."""

    async def story():
        states = await JetStreamDesiredStates.connect(nats_url)
        applied: list = []

        async def apply(entries):
            applied.append((time.monotonic(), entries))

        try:
            async with connected(site, states) as (_, box):
                await until(lambda: box.link.state.connected)
                kernel = Blocks(box.folder, box.delivery.blocks_changed, apply, box.outbox)
                task = asyncio.create_task(kernel.run())
                began = time.monotonic()
                await states.put(DEVICE, BLOCKS, signed(site, 1, blocks("203.0.113.9"), BLOCKS))
                await until(lambda: applied, BLOCK_SECONDS_MAX)
                assert applied[0][1][0][0] == "203.0.113.9"
                assert applied[0][0] - began < BLOCK_SECONDS_MAX
                await until(lambda: kernel.revision == 1)
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
        finally:
            await states.close()

    play(story)


def test_blocks_are_brought_again_after_a_restart_and_while_the_helper_is_away(site: Path):
    async def story():
        box = site / "box"
        outbox = Outbox(box)
        Delivery(box, DEVICE, outbox).take(signed(site, 4, blocks("203.0.113.9", "127.0.0.1", "10.0.0.0/8"), BLOCKS))
        calls = []

        async def apply(entries):
            calls.append(sorted(entry[0] for entry in entries))
            if len(calls) == 1:
                raise HelperGone("not yet")

        kernel = Blocks(box, asyncio.Event(), apply, outbox, spared=["127.0.0.1"])
        task = asyncio.create_task(kernel.run())
        await until(lambda: kernel.revision == 4)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert calls == [["10.0.0.0/8", "203.0.113.9"]] * 2
        (report,) = outbox.waiting()
        assert (report.kind, report.state) == (BLOCKS, "confirmed") and "127.0.0.1" in report.reason

    play(story)


def test_networks_inside_others_and_blocks_that_are_over_stay_out_of_the_kernel():
    entries = [BlockEntry("10.0.0.0/8", 100.0), BlockEntry("10.1.0.0/16", 300.0), BlockEntry("10.1.2.3", 50.0)]
    assert [entry.address for entry in standing(entries, 10.0)] == ["10.0.0.0/8"]
    assert [entry.address for entry in standing(entries, 200.0)] == ["10.1.0.0/16"]
    assert standing(entries, 400.0) == []


def test_a_box_without_blocks_has_none(tmp_path: Path):
    assert stored_blocks(tmp_path / "blocks.json") == (0, BlockSet())


class Untouchable:
    """A line on which nothing may be tried."""

    async def arm(self, seconds):
        raise AssertionError("a trial was begun")

    async def objection(self, policy):
        raise AssertionError("a trial was begun")

    def failure(self, policy):
        return ""


def test_what_means_the_same_under_another_number_is_kept_without_a_trial_and_boots(site: Path):
    box = site / "box"
    outbox = Outbox(box)
    keeper = PolicyKeeper(Trials(box, outbox.tell), lab_policy())

    async def story():
        Delivery(box, DEVICE, outbox).take(signed(site, 5))
        task = asyncio.create_task(keeper.run(Untouchable()))
        await until(lambda: keeper.confirmed_revision == 5 or task.done())
        await until(outbox.waiting)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    play(story)
    assert [(one.revision, one.state) for one in outbox.waiting()] == [(5, "confirmed")]
    assert read_policy((box / "policy.json").read_bytes()).revision == 5


def test_a_policy_that_this_box_can_not_enforce_is_refused_under_its_own_number(site: Path):
    box = site / "box"
    outbox = Outbox(box)
    keeper = PolicyKeeper(Trials(box, outbox.tell), lab_policy())
    unknown = ApplicationFilter((ApplicationRule("nobody-knows-this", "block"),))
    text = write_policy(replace(lab_policy(), schema=2, revision=6, applications=unknown))

    async def story():
        Delivery(box, DEVICE, outbox).take(signed(site, 6, text))
        task = asyncio.create_task(keeper.run(Untouchable()))
        await until(outbox.waiting)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    play(story)
    (report,) = outbox.waiting()
    assert (report.revision, report.state) == (6, "refused")
    assert "nobody-knows-this" in report.reason
    assert keeper.confirmed_revision == 1
