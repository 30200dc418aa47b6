"""Blocks: what a device refuses by the contractor's consent."""

from __future__ import annotations

import datetime as dt

from sekisho.apps.scope import Scope
from sekisho.gateways import clock

from ..models import Block, SecurityDevice


def blocks_of(scope: Scope, device: SecurityDevice, limit: int = 500) -> list[Block]:
    """Every block of the device, newest first, also those that are over."""
    rows = Block.objects.filter(device=device).select_related("who", "lifted_by")
    return list(scope.admit(rows).order_by("-at", "-pk")[:limit])


def blocks_in_force(scope: Scope, device: SecurityDevice, at: dt.datetime | None = None) -> list[Block]:
    """What the device should refuse now, or at ``at``."""
    rows = Block.objects.filter(device=device, lifted_at=None, until_at__gt=at or clock.now())
    return list(scope.admit(rows).order_by("address"))


def block_by_id(scope: Scope, block_id: int) -> Block | None:
    return scope.admit(Block.objects.filter(pk=block_id).select_related("device")).first()
