"""What a device should have, as signed states for the bus; and the note that they lie there.

The worker calls ``states_due`` and ``note_put`` around the bus. Signed anew: what is wanted and not put, and what
expires within half its time. The same revision signed again is the same to a box.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import zstandard
from django.conf import settings
from django.db.models import F, Q

from sekisho.apps.scope import entered, system_scope
from sekisho.gateways import clock
from sekisho.gateways.signing import Signer
from sekisho_wire.desired import BLOCKS, POLICY, VALID_DAYS, BlockEntry, BlockSet, Desired, digest_of, write_blocks

from ..models import Block, Delivery, DeviceState, PolicyRevision, SecurityDevice

VALID = dt.timedelta(days=VALID_DAYS)
SIGN_ANEW = VALID / 2
DUE_DEVICES_MAX = 500
ZSTD_LEVEL = 10


@dataclass(frozen=True)
class SignedState:
    """One state for the bus."""

    device: str
    kind: str
    revision: int
    text: bytes


@dataclass(frozen=True)
class Due:
    """The states of one device, and until when they may be taken."""

    device_id: str
    states: tuple[SignedState, ...]
    expires_at: dt.datetime


def states_due(device_id: str) -> Due | None:
    """Every state of the device, freshly signed; None for one that has nothing to enforce, or is retired."""
    with entered(system_scope("delivery")):
        row = Delivery.objects.select_related("device").filter(device__device_id=device_id).first()
        if row is None or row.device.state == DeviceState.RETIRED:
            return None
        now = clock.now()
        texts = {(POLICY, row.wanted): _policy_text(row.device, row.wanted)} if row.wanted else {}
        if row.blocks_wanted:
            texts[BLOCKS, row.blocks_wanted] = _blocks_text(row.device, now)
    states = (_signed(device_id, kind, number, text, now) for (kind, number), text in texts.items())
    return Due(device_id, tuple(states), now + VALID)


def note_put(due: Due) -> None:
    """These states lie on the bus. A newer wish that came meanwhile stays one."""
    numbers = {state.kind: state.revision for state in due.states}
    with entered(system_scope("delivery")):
        Delivery.objects.filter(device__device_id=due.device_id).update(
            put=numbers.get(POLICY, 0), blocks_put=numbers.get(BLOCKS, 0), put_at=clock.now(), expires_at=due.expires_at
        )


def devices_due(limit: int = DUE_DEVICES_MAX) -> list[str]:
    """Devices whose states are not on the bus, or not for much longer: what a lost job left behind."""
    behind = Q(wanted__gt=F("put")) | Q(blocks_wanted__gt=F("blocks_put"))
    old = Q(expires_at__lt=clock.now() + SIGN_ANEW)
    with entered(system_scope("delivery")):
        rows = Delivery.objects.filter(behind | old).exclude(device__state=DeviceState.RETIRED)
        return list(rows.order_by("expires_at").values_list("device__device_id", flat=True)[:limit])


def devices_with_states() -> dict[str, tuple[int, int]]:
    """Device -> (policy, blocks) revisions that should lie on the bus: for who checks whether they do."""
    with entered(system_scope("delivery")):
        rows = Delivery.objects.exclude(device__state=DeviceState.RETIRED)
        return {name: (put, blocks) for name, put, blocks in rows.values_list("device__device_id", "put", "blocks_put")}


def packed(text: bytes) -> bytes:
    """A state's text as it travels."""
    return zstandard.compress(text, ZSTD_LEVEL)


def _policy_text(device: SecurityDevice, number: int) -> bytes:
    return bytes(PolicyRevision.objects.get(device=device, number=number).document)


def _blocks_text(device: SecurityDevice, now: dt.datetime) -> bytes:
    """In one order and without what is over, so that the same blocks are the same bytes."""
    rows = Block.objects.filter(device=device, lifted_at=None, until_at__gt=now).order_by("address")
    return write_blocks(BlockSet(tuple(BlockEntry(row.address, row.until_at.timestamp()) for row in rows)))


def _signed(device_id: str, kind, number: int, text: bytes, now: dt.datetime) -> SignedState:
    body = packed(text)
    desired = Desired(
        device=device_id, kind=kind, revision=number, issued_at=now.timestamp(), expires_at=(now + VALID).timestamp(),
        digest=digest_of(body), body=body,
    )  # fmt: skip
    return SignedState(device_id, kind, number, _signer(Path(settings.CA_DIR)).sign(desired))


@lru_cache(maxsize=4)
def _signer(folder: Path) -> Signer:
    return Signer.of(folder)
