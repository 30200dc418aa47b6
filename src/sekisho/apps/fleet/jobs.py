"""The worker's part: desired states onto the bus, rollouts wave by wave, and an eye on every device.

Every job may run twice, late, or after its worker was killed: each asks the database what is still to be done. The
sweeps make up for whatever was lost, up to the bus's whole bucket.
"""

from __future__ import annotations

import logging

from asgiref.sync import sync_to_async
from django.conf import settings
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app as queue

from sekisho.apps.contracts.actions.after_end import read_erasures
from sekisho.apps.scope import entered, system_scope
from sekisho.gateways.bus import BusUnavailable
from sekisho.gateways.desired_states import DesiredStates
from sekisho.gateways.desired_states_jetstream import JetStreamDesiredStates

from .actions import advance, devices_due, devices_with_states, follow_contracts, note_put, states_due, watch_devices
from .actions.handing_over import HAND_OVER_JOB
from .erasing import PART, erase
from .models import Rollout, RolloutState

SWEEP_CRON = "* * * * * */20"  # the sixth field is seconds
COMPARE_CRON = "*/10 * * * *"
ADVANCE_CRON = "* * * * * */5"
FOLLOW_CRON = "*/2 * * * *"
ERASE_CRON = "0 18 * * *"  # 03:00 in Tokyo
WATCH_CRON = "* * * * * */15"
ATTEMPTS_MAX = 8

log = logging.getLogger(__name__)


@queue.periodic(cron=ERASE_CRON)
@queue.task(name="fleet.answer_erasures", queueing_lock="fleet.answer_erasures")
def answer_erasures(timestamp: int) -> None:
    """Empty what people wrote under contracts whose erasure was asked for, and say so."""
    read_erasures(PART, erase)


@queue.task(
    name=HAND_OVER_JOB,
    retry=RetryStrategy(max_attempts=ATTEMPTS_MAX, exponential_wait=2, retry_exceptions=[BusUnavailable]),
)
async def hand_over(*, device_id: str) -> None:
    """Sign what the device should have now and put it where its collector finds it."""
    states = await JetStreamDesiredStates.connect(settings.NATS_URL)
    try:
        await put_states(states, device_id)
    finally:
        await states.close()


@queue.periodic(cron=SWEEP_CRON)
@queue.task(name="fleet.hand_over_all", queueing_lock="fleet.hand_over_all")
async def hand_over_all(timestamp: int) -> None:
    """What a lost job left behind, and what would expire."""
    await _put_all(await sync_to_async(devices_due)())


@queue.periodic(cron=COMPARE_CRON)
@queue.task(name="fleet.compare_bus", queueing_lock="fleet.compare_bus")
async def compare_bus(timestamp: int) -> None:
    """Put anew what the bus has lost."""
    wanted = await sync_to_async(devices_with_states)()
    if not wanted:
        return
    states = await JetStreamDesiredStates.connect(settings.NATS_URL)
    try:
        lost = sorted(set(wanted) - await states.devices())
    finally:
        await states.close()
    await _put_all(lost)


@queue.periodic(cron=ADVANCE_CRON)
@queue.task(name="fleet.advance_rollouts", queueing_lock="fleet.advance_rollouts", lock="fleet.advance_rollouts")
def advance_rollouts(timestamp: int) -> None:
    """The next bit of every rollout that is under way."""
    with entered(system_scope("rollouts")):
        running = list(Rollout.objects.filter(state=RolloutState.RUNNING).order_by("pk"))
    for rollout in running:
        advance(rollout)


@queue.periodic(cron=FOLLOW_CRON)
@queue.task(name="fleet.follow_contracts", queueing_lock="fleet.follow_contracts", lock="fleet.follow_contracts")
def follow(timestamp: int) -> None:
    """Policies keep within what contracts include."""
    follow_contracts()


@queue.periodic(cron=WATCH_CRON)
@queue.task(name="fleet.watch_devices", queueing_lock="fleet.watch_devices")
def watch(timestamp: int) -> None:
    watch_devices()


async def put_states(states: DesiredStates, device_id: str) -> None:
    """Every state of one device onto the bus, then the note of it."""
    due = await sync_to_async(states_due)(device_id)
    if due is None:
        return
    for state in due.states:
        await states.put(state.device, state.kind, state.text)
    await sync_to_async(note_put)(due)


async def _put_all(device_ids: list[str]) -> None:
    if not device_ids:
        return
    states = await JetStreamDesiredStates.connect(settings.NATS_URL)
    try:
        for device_id in device_ids:
            await put_states(states, device_id)
    finally:
        await states.close()
