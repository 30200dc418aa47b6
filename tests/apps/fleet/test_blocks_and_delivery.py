"""Blocks by consent, what is signed for a device, and the way onto a real bus."""

from __future__ import annotations

import asyncio
import datetime as dt

import pytest
import zstandard
from cryptography.hazmat.primitives import serialization

from sekisho.apps.fleet import actions, jobs, queries
from sekisho.apps.fleet.actions.blocks import BLOCK_DAYS
from sekisho.apps.fleet.models import Block, Delivery
from sekisho.apps.refusals import Refused
from sekisho.gateways.clock import StandingClock
from sekisho.gateways.desired_states_jetstream import JetStreamDesiredStates
from sekisho.gateways.signing import public_keys
from sekisho_wire.desired import BLOCKS, POLICY, read_blocks, read_desired, read_signed, signed_bytes

from ..world import EVERYTHING, NOW, World
from .conftest import Fleet


def block(fleet: Fleet, address: str = "203.0.113.9", **more) -> Block:
    said = {"why": "calls home", "consent": "proposal:7", **more}
    return actions.add_block(fleet.admin, device=fleet.device, address=address, **said)


def contents(due: actions.signing.Due, settings) -> dict[str, bytes]:
    """Kind -> the text below a signature that the boxes' own key proves."""
    key = serialization.load_pem_public_key(public_keys(settings.CA_DIR).encode())
    found = {}
    for state in due.states:
        signed = read_signed(state.text)
        key.verify(signed.signature, signed_bytes(signed.payload))
        desired = read_desired(signed.payload)
        found[desired.kind] = zstandard.decompress(desired.body)
    return found


def test_nothing_is_blocked_without_the_contractors_consent(fleet: Fleet) -> None:
    with pytest.raises(Refused, match=r"block\.no_consent") as refused:
        block(fleet, consent=" ")
    assert refused.value.article == "3"
    assert not Block.objects.exists()


def test_a_consented_block_is_signed_for_its_device_with_its_end(fleet: Fleet, settings) -> None:
    block(fleet)
    block(fleet, "198.51.100.0/24", until_at=NOW + dt.timedelta(hours=1))
    (due,) = [actions.states_due(device) for device in actions.devices_due()]
    entries = read_blocks(contents(due, settings)[BLOCKS]).entries
    assert [(entry.address, entry.until - NOW.timestamp()) for entry in entries] == [
        ("198.51.100.0/24", 3_600.0), ("203.0.113.9", BLOCK_DAYS * 86_400.0),
    ]  # fmt: skip
    assert actions.states_due("UTM100002") is None


def test_a_lifted_or_ended_block_leaves_the_set_and_can_be_made_anew(
    fleet: Fleet, hand: StandingClock, settings
) -> None:
    first = block(fleet)
    with pytest.raises(Refused, match=r"block\.exists"):
        block(fleet)
    actions.lift_block(fleet.admin, block=first, why="a mistake")
    with pytest.raises(Refused, match=r"block\.lifted"):
        actions.lift_block(fleet.admin, block=first, why="again")
    assert read_blocks(contents(actions.states_due("UTM100001"), settings)[BLOCKS]).entries == ()
    block(fleet, until_at=NOW + dt.timedelta(minutes=1))
    assert len(queries.blocks_in_force(EVERYTHING, fleet.device)) == 1
    hand.advance(minutes=2)
    assert queries.blocks_in_force(EVERYTHING, fleet.device) == []
    block(fleet)
    assert len(queries.blocks_of(EVERYTHING, fleet.device)) == 3
    assert Delivery.objects.get(device=fleet.device).blocks_wanted == 4


@pytest.mark.parametrize("address", ["", "fe80::1", "0.0.0.0", "10.0.0.0/7", "127.0.0.1", "10.0.0.1/8", "example.com"])  # noqa: S104
def test_what_is_no_address_to_block_is_refused(fleet: Fleet, address: str) -> None:
    with pytest.raises(Refused, match=r"block\.address"):
        block(fleet, address)


def test_a_block_ends_and_only_who_may_blocks(fleet: Fleet, world: World) -> None:
    for until_at in (NOW, NOW + dt.timedelta(days=400)):
        with pytest.raises(Refused, match=r"block\.until"):
            block(fleet, until_at=until_at)
    with pytest.raises(Refused, match="not_permitted"):
        actions.add_block(world.owner, device=fleet.device, address="203.0.113.1", why="-", consent="proposal:1")


def test_what_is_published_is_due_until_it_was_put_and_again_before_it_expires(
    fleet: Fleet, hand: StandingClock
) -> None:
    actions.publish_policy(fleet.admin, device=fleet.device, why="taken into service")
    assert actions.devices_due() == ["UTM100001"]
    actions.note_put(actions.states_due("UTM100001"))
    assert actions.devices_due() == []
    hand.advance(days=3)
    assert actions.devices_due() == []
    hand.advance(days=1)
    assert actions.devices_due() == ["UTM100001"]


def test_a_wish_that_came_while_the_one_before_was_put_is_still_due(fleet: Fleet) -> None:
    actions.publish_policy(fleet.admin, device=fleet.device, why="taken into service")
    due = actions.states_due("UTM100001")
    block(fleet)
    actions.note_put(due)
    assert actions.devices_due() == ["UTM100001"]


@pytest.mark.usefixtures("committed_db")
def test_the_worker_puts_signed_states_on_the_bus_and_notices_what_the_bus_lost(nats_url: str, settings, tmp_path):
    from sekisho.apps.scope import entered

    from ..world import build_world
    from .conftest import make_fleet

    settings.NATS_URL = nats_url
    with entered(EVERYTHING):
        fleet = make_fleet(build_world(), settings, tmp_path)
        actions.publish_policy(fleet.admin, device=fleet.other, why="taken into service")
        name = fleet.other.device_id

    async def story() -> tuple[bytes | None, bytes | None]:
        await jobs.hand_over(device_id=name)
        states = await JetStreamDesiredStates.connect(nats_url)
        try:
            first = await states.get(name, POLICY)
            await states._js.purge_stream("KV_DESIRED")
            await jobs.compare_bus(timestamp=0)
            return first, await states.get(name, POLICY)
        finally:
            await states.close()

    first, again = asyncio.run(story())
    assert read_desired(read_signed(first).payload).device == name
    assert read_desired(read_signed(again).payload).revision == 1
    assert actions.devices_due() == []
