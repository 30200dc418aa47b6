"""Blocks by the contractor's consent: decided here, enforced by the box within seconds."""

from __future__ import annotations

import datetime as dt
import ipaddress

from django.db import transaction

from sekisho.apps.accounts.models import Person
from sekisho.apps.accounts.permissions import require
from sekisho.apps.audit.actions import record
from sekisho.apps.refusals import Refused
from sekisho.apps.turns import take_turn
from sekisho.gateways import clock
from sekisho_wire.desired import BLOCKS_MAX

from ..models import Block, SecurityDevice
from .handing_over import want_blocks

BLOCK_DAYS = 30
BLOCK_DAYS_MAX = 366
PREFIX_MIN = 8
"""A wider network is nothing that anybody blocks on purpose."""
WHY_CHARS_MAX = 2_000


@transaction.atomic
def add_block(
    actor: Person, *, device: SecurityDevice, address: str, why: str, consent: str, until_at: dt.datetime | None = None
) -> Block:
    """Have the device refuse an address or a network, for BLOCK_DAYS unless ``until_at`` says otherwise.

    Refused: ``block.no_consent`` (``consent`` names what the contractor agreed to: R009), ``block.address``,
    ``block.until``, ``block.exists``, ``block.too_many``.
    """
    require(actor, "blocks.manage")
    now = clock.now()
    until_at = until_at or now + dt.timedelta(days=BLOCK_DAYS)
    if not consent.strip():
        raise Refused("block.no_consent", "お客さまの承諾がありません。", "The contractor has not agreed to this.", "3")
    if not now < until_at <= now + dt.timedelta(days=BLOCK_DAYS_MAX):
        raise Refused("block.until", "期限が正しくありません。", f"A block ends within {BLOCK_DAYS_MAX} days.")
    network = _network(address)
    take_turn("blocks", device.pk)
    _end_what_is_over(device, now)
    _check_room(device, network)
    block = Block.objects.create(
        device=device, contract_id=device.contract_id, address=network, why=_text(why), consent=consent.strip(),
        at=now, who_id=actor.pk, until_at=until_at,
    )  # fmt: skip
    _record(actor, "fleet.add_block", block, {"consent": block.consent, "until": until_at.isoformat()})
    want_blocks(device)
    return block


@transaction.atomic
def lift_block(actor: Person, *, block: Block, why: str) -> Block:
    """The device lets the address through again. Refused ``block.lifted`` when that is so already."""
    require(actor, "blocks.manage")
    block = Block.objects.select_for_update(of=("self",)).select_related("device").get(pk=block.pk)
    if block.lifted_at is not None:
        raise Refused("block.lifted", "この遮断は解除済みです。", "This block is lifted already.")
    block.lifted_at, block.lifted_by_id, block.lifted_why = clock.now(), actor.pk, _text(why)
    block.save(update_fields=("lifted_at", "lifted_by", "lifted_why"))
    _record(actor, "fleet.lift_block", block, {})
    want_blocks(block.device)
    return block


def _network(address: str) -> str:
    try:
        network = ipaddress.IPv4Network(address.strip())
    except ValueError as error:
        raise Refused(
            "block.address", f"IPv4のアドレスではありません: {address}", f"Not an IPv4 address or network: {address}"
        ) from error
    if network.prefixlen < PREFIX_MIN or network.is_loopback or network.is_unspecified:
        raise Refused("block.address", "広すぎるか、遮断できないアドレスです。", "Too wide, or nothing to block.")
    return str(network).removesuffix("/32")


def _end_what_is_over(device, now):
    """A block whose time is over makes room for a new one of the same address."""
    over = Block.objects.filter(device=device, lifted_at=None, until_at__lte=now)
    for block in over.select_for_update(of=("self",)):
        block.lifted_at = block.until_at
        block.save(update_fields=("lifted_at",))


def _check_room(device, network):
    rows = Block.objects.filter(device=device, lifted_at=None)
    if rows.filter(address=network).exists():
        raise Refused("block.exists", "既に遮断しています。", "This is blocked already.")
    if rows.count() >= BLOCKS_MAX:
        raise Refused("block.too_many", f"遮断は{BLOCKS_MAX}件までです。", f"At most {BLOCKS_MAX} blocks a device.")


def _text(text: str) -> str:
    return text.replace("\0", "").strip()[:WHY_CHARS_MAX]


def _record(actor, act, block, details):
    record(
        actor,
        act=act,
        object=f"device:{block.device.device_id}",
        contract_id=block.contract_id,
        details={"block": block.pk, "address": block.address, **details},
    )
