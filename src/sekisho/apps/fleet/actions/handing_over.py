"""From the database to the bus: what a device should have is noted here, and a worker signs and puts it.

The note is made in the transaction of the act. Whatever is lost afterwards, a job or the whole bus, the sweep finds by
comparing the notes with what was put.
"""

from __future__ import annotations

from procrastinate.contrib.django import app as queue

from ..models import Delivery, SecurityDevice

HAND_OVER_JOB = "fleet.hand_over"


def want_policy(device: SecurityDevice, number: int) -> None:
    """The box should have this revision."""
    row = _delivery(device)
    row.wanted = number
    row.save(update_fields=("wanted",))
    _queue(device)


def want_blocks(device: SecurityDevice) -> None:
    """The box should have the blocks as they are now."""
    row = _delivery(device)
    row.blocks_wanted += 1
    row.save(update_fields=("blocks_wanted",))
    _queue(device)


def _delivery(device: SecurityDevice) -> Delivery:
    row, _ = Delivery.objects.get_or_create(device=device, defaults={"contract_id": device.contract_id})
    return Delivery.objects.select_for_update().get(pk=row.pk)


def _queue(device: SecurityDevice) -> None:
    """In this transaction: the job is there if and only if the act is. One waits at a time for each device."""
    job = queue.configure_task(HAND_OVER_JOB, priority=10, lock=f"hand-over-{device.pk}")
    job.defer(device_id=device.device_id)
