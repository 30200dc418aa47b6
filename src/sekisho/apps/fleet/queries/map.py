"""The fleet as a map: how many devices are in which state, and a page of them, the worst first. For 10,000 lines.

States are computed by the database, by the same rule as ``DeviceView.state``, so that counts and pages agree and no
query grows with the fleet.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import NamedTuple

import msgspec
from django.db.models import Case, Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Value, When
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce

from sekisho.apps.scope import Scope
from sekisho_wire.reports import BoxStatus, EngineStatus

from ..alarming import WELL
from ..models import Alarm, DeviceState, DeviceStatus, SecurityDevice

PAGE_DEVICES = 50
STATES = ("alarmed", "pending", "well", "unenrolled")
"""The worst first: the order of the map."""


class MapRow(NamedTuple):
    """One line of the map. ``wanted``, ``running``: revisions, 0 for none; ``down``: engines that are not well."""

    device: SecurityDevice
    state: str
    wanted: int
    running: int
    engines: int
    down: tuple[EngineStatus, ...]
    definitions: str
    definitions_at: dt.datetime | None
    heard_at: dt.datetime | None
    alarms: int

    @property
    def key(self) -> str:
        """Where the page after this row begins."""
        return f"{STATES.index(self.state)}-{self.device.device_id}"


class VersionCount(NamedTuple):
    """How many boxes have a version of the definitions; "" are those that never said."""

    version: str
    boxes: int


def map_counts(scope: Scope) -> dict[str, int]:
    """Devices in service by state; every state is there."""
    rows = _ranked(scope).values("rank").annotate(count=Count("pk")).values_list("rank", "count").order_by()
    found = dict(rows)
    return {state: found.get(rank, 0) for rank, state in enumerate(STATES)}


def map_page(
    scope: Scope, *, state: str = "", words: str = "", after: str = "", limit: int = PAGE_DEVICES
) -> list[MapRow]:
    """Devices by state and id. ``words``: a part of device, contract or contractor; ``after``: a row's ``key``."""
    rows = _ranked(scope)
    if state in STATES:
        rows = rows.filter(rank=STATES.index(state))
    if words:
        named = Q(contract__contractor__name__icontains=words) | Q(contract__number__iexact=words)
        rows = rows.filter(named | Q(device_id__istartswith=words) | Q(serial__iexact=words))
    rank, separator, device_id = after.partition("-")
    if separator and rank.isascii() and rank.isdecimal() and len(rank) == 1:
        rows = rows.filter(Q(rank__gt=int(rank)) | Q(rank=int(rank), device_id__gt=device_id))
    found = rows.select_related("contract__contractor", "status").order_by("rank", "device_id")[:limit]
    shown = list(found)
    return [_row(row, alarms) for row, alarms in zip(shown, _alarms(shown), strict=True)]


def devices_by_ids(scope: Scope, ids: Collection[str]) -> list[SecurityDevice]:
    """Those in scope and in service that have one of these ids."""
    rows = scope.admit(SecurityDevice.objects.exclude(state=DeviceState.RETIRED))
    return list(rows.filter(device_id__in=ids).order_by("device_id"))


def devices_with_template(scope: Scope, template_id: int) -> list[SecurityDevice]:
    """Those in scope and in service whose policy begins with this template."""
    rows = scope.admit(SecurityDevice.objects.exclude(state=DeviceState.RETIRED))
    return list(rows.filter(template_id=template_id).order_by("device_id"))


def definitions_on_boxes(scope: Scope) -> list[VersionCount]:
    """Versions of the definitions in force on boxes, the newest first."""
    rows = scope.admit(DeviceStatus.objects.exclude(device__state=DeviceState.RETIRED))
    rows = rows.annotate(version=KeyTextTransform("definitions_version", "said")).values("version")
    counted = rows.annotate(count=Count("pk")).values_list("version", "count").order_by("-version")
    return [VersionCount(version or "", count) for version, count in counted]


def box_status(row: DeviceStatus | None) -> BoxStatus:
    """What the box said of itself; nothing at all where it has said nothing, or nothing that can be read."""
    try:
        return msgspec.convert(row.said, BoxStatus, strict=False) if row and row.said else BoxStatus(0.0)
    except msgspec.ValidationError:
        return BoxStatus(0.0)


def _ranked(scope: Scope) -> QuerySet[SecurityDevice]:
    """Devices in service with ``rank``: the index of their state in STATES."""
    alarmed = Exists(Alarm.objects.filter(device=OuterRef("pk"), closed_at=None))
    rows = scope.admit(SecurityDevice.objects.exclude(state=DeviceState.RETIRED))
    rows = rows.annotate(
        wanted=Coalesce(F("delivery__wanted"), 0), running=Coalesce(F("status__confirmed_revision"), 0)
    )
    ranks = {state: Value(rank) for rank, state in enumerate(STATES)}
    return rows.annotate(
        rank=Case(
            When(state=DeviceState.PREPARED, then=ranks["unenrolled"]),
            When(alarmed, then=ranks["alarmed"]),
            When(~Q(wanted=F("running")), then=ranks["pending"]),
            default=ranks["well"],
            output_field=IntegerField(),
        )
    )


def _alarms(shown: list[SecurityDevice]) -> list[int]:
    rows = Alarm.objects.filter(device__in=shown, closed_at=None).values("device").annotate(count=Count("pk"))
    found = dict(rows.values_list("device", "count"))
    return [found.get(row.pk, 0) for row in shown]


def _row(device: SecurityDevice, alarms: int) -> MapRow:
    status = box_status(getattr(device, "status", None))
    at = status.definitions_at
    return MapRow(
        device,
        STATES[device.rank],
        device.wanted,
        device.running,
        len(status.engines),
        tuple(engine for engine in status.engines if engine.state not in WELL),
        status.definitions_version,
        dt.datetime.fromtimestamp(at, dt.UTC) if at is not None and 0 <= at < 4e9 else None,
        device.last_seen_at,
        alarms,
    )
