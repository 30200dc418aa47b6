"""The fleet as a map: how many devices are in which state, and a page of them, the worst first. For 10,000 lines.

States are computed by the database, by the same rule as ``DeviceView.state``, so that counts and pages agree and no
query grows with the fleet.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import NamedTuple

import msgspec
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
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
    rows = _with_revisions(scope)
    counted = rows.aggregate(total=Count("pk"), unenrolled=Count("pk", filter=_PREPARED))
    alarmed = rows.filter(_CONDITIONS["alarmed"]).count()
    pending = rows.filter(_CONDITIONS["pending"]).count()
    well = counted["total"] - counted["unenrolled"] - alarmed - pending
    return {"alarmed": alarmed, "pending": pending, "well": well, "unenrolled": counted["unenrolled"]}


def map_page(
    scope: Scope, *, state: str = "", words: str = "", after: str = "", limit: int = PAGE_DEVICES
) -> list[MapRow]:
    """Devices by state and id. ``words``: a part of device, contract or contractor; ``after``: a row's ``key``.

    One question a state, until the page is full: the worst states are few, and the database stops at the last row.
    """
    begun, last = _after(after)
    found: list[tuple[SecurityDevice, str]] = []
    for rank, name in enumerate(STATES):
        if rank < begun or (state in STATES and name != state) or len(found) >= limit:
            continue
        rows = _named(_with_revisions(scope).filter(_CONDITIONS[name]), words)
        rows = rows.filter(device_id__gt=last) if rank == begun else rows
        rows = rows.select_related("contract__contractor", "status").order_by("device_id")
        found += [(row, name) for row in rows[: limit - len(found)]]
    alarms = _alarms([row for row, _ in found])
    return [_row(row, name, count) for (row, name), count in zip(found, alarms, strict=True)]


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


def _with_revisions(scope: Scope) -> QuerySet[SecurityDevice]:
    """Devices in service with the revisions that they should have and have."""
    rows = scope.admit(SecurityDevice.objects.exclude(state=DeviceState.RETIRED))
    return rows.annotate(
        wanted=Coalesce(F("delivery__wanted"), 0), running=Coalesce(F("status__confirmed_revision"), 0)
    )


def _named(rows, words):
    if not words:
        return rows
    named = Q(contract__contractor__name__icontains=words) | Q(contract__number__iexact=words)
    return rows.filter(named | Q(device_id__istartswith=words) | Q(serial__iexact=words))


def _after(key: str) -> tuple[int, str]:
    """(index of a state, id of a device) behind which a page begins."""
    rank, separator, device_id = key.partition("-")
    return (int(rank), device_id) if separator and rank in map(str, range(len(STATES))) else (0, "")


_PREPARED = Q(state=DeviceState.PREPARED)
_ALARMED = Q(Exists(Alarm.objects.filter(device=OuterRef("pk"), closed_at=None)))
_CONVERGED = Q(wanted=F("running"))
_CONDITIONS = {
    "alarmed": ~_PREPARED & _ALARMED,
    "pending": ~_PREPARED & ~_ALARMED & ~_CONVERGED,
    "well": ~_PREPARED & ~_ALARMED & _CONVERGED,
    "unenrolled": _PREPARED,
}
"""The rule of ``DeviceView.state``, for the database."""


def _alarms(shown: list[SecurityDevice]) -> list[int]:
    rows = Alarm.objects.filter(device__in=shown, closed_at=None).values("device").annotate(count=Count("pk"))
    found = dict(rows.values_list("device", "count"))
    return [found.get(row.pk, 0) for row in shown]


def _row(device: SecurityDevice, state: str, alarms: int) -> MapRow:
    status = box_status(getattr(device, "status", None))
    at = status.definitions_at
    return MapRow(
        device,
        state,
        device.wanted,
        device.running,
        len(status.engines),
        tuple(engine for engine in status.engines if engine.state not in WELL),
        status.definitions_version,
        dt.datetime.fromtimestamp(at, dt.UTC) if at is not None and 0 <= at < 4e9 else None,
        device.last_seen_at,
        alarms,
    )
