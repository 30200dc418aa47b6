"""What boxes say of themselves: reports are kept once each, the newest status stands, alarms follow.

Called by the collector with everything that came in a second, in one transaction; a report is acknowledged to its box
only after that. What can't be read, or comes from a device that nobody knows, is logged and not asked for again.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

import msgspec
from django.db import DataError
from django.db.models import Exists, OuterRef, Q

from sekisho.apps.accounts.models import Person
from sekisho.apps.accounts.permissions import require
from sekisho.apps.audit.actions import record
from sekisho.apps.audit.models import SystemActor
from sekisho.apps.refusals import Refused
from sekisho.apps.scope import entered, system_scope
from sekisho.gateways import clock
from sekisho_wire.logs import WireError
from sekisho_wire.reports import SILENT_SECONDS, BoxStatus, StateReport, read_report, read_status

from ..alarming import Known, due_alarms
from ..models import (
    Alarm,
    AlarmKind,
    DeviceKind,
    DeviceReport,
    DeviceState,
    DeviceStatus,
    ReportState,
    SecurityDevice,
)

log = logging.getLogger(__name__)

LOG_SOURCE_SILENT_SECONDS = 3_600
WATCHED_AT_ONCE = 1_000
WATCH = SystemActor("device watch")


class Told(NamedTuple):
    """One message of a box, by the name in its certificate. ``what`` is "report" or "status"."""

    device: str
    what: str
    body: bytes


def take_reports(told: Sequence[Told]) -> None:
    """Keep everything and raise or close what alarms it calls for.

    One box's words that the database can't hold must not keep out all others': then each is kept by itself.
    """
    try:
        _take(told)
    except (DataError, ValueError):
        for one in told:
            try:
                _take([one])
            except (DataError, ValueError) as error:
                log.warning("%s said something that can't be kept: %s", one.device, error)


def _take(told: Sequence[Told]) -> None:
    now = clock.now()
    with entered(system_scope("collector")):
        rows = SecurityDevice.objects.filter(device_id__in={one.device for one in told})
        devices = {row.device_id: row for row in rows.exclude(state=DeviceState.RETIRED)}
        known = [(devices[one.device], one) for one in told if one.device in devices]
        _keep_reports([(device, one.body) for device, one in known if one.what == "report"], now)
        _keep_statuses({one.device: (device, one.body) for device, one in known if one.what == "status"}, now)
        heard = SecurityDevice.objects.filter(pk__in=[row.pk for row in devices.values()])
        heard.update(last_seen_at=now)
        review_alarms([row.pk for row in devices.values()])


def watch_devices() -> int:
    """Look for silence, which is what nobody reports; how many devices fell silent. All else comes with a status."""
    now = clock.now()
    with entered(system_scope("timers")):
        known = Alarm.objects.filter(device=OuterRef("pk"), kind=AlarmKind.SILENT, closed_at=None)
        rows = SecurityDevice.objects.filter(~Exists(known), state=DeviceState.ENROLLED)
        keys = list(rows.filter(_silent(now)).order_by("pk").values_list("pk", flat=True)[:WATCHED_AT_ONCE])
        review_alarms(keys)
    return len(keys)


def _silent(now: dt.datetime) -> Q:
    boxes = Q(kind=DeviceKind.UTM, last_seen_at__lt=now - dt.timedelta(seconds=SILENT_SECONDS))
    sources = ~Q(kind=DeviceKind.UTM) & Q(last_seen_at__lt=now - dt.timedelta(seconds=LOG_SOURCE_SILENT_SECONDS))
    return boxes | sources


def take_alarm(actor: Person, *, alarm: Alarm) -> Alarm:
    """Somebody looks after it. It stays open for as long as it lasts. Refused ``alarm.taken``."""
    require(actor, "alarms.take")
    if alarm.taken_at is not None:
        raise Refused("alarm.taken", "この警報は対応中です。", "Somebody looks after this alarm already.")
    alarm.taken_at, alarm.taken_by_id = clock.now(), actor.pk
    alarm.save(update_fields=("taken_at", "taken_by"))
    details = {"alarm": alarm.pk, "kind": alarm.kind}
    object = f"device:{alarm.device.device_id}"
    record(actor, act="fleet.take_alarm", object=object, contract_id=alarm.contract_id, details=details)
    return alarm


def review_alarms(keys: Collection[int]) -> None:
    """Open what should be open, close what is over, for these devices."""
    now = clock.now()
    devices = list(SecurityDevice.objects.filter(pk__in=keys).select_related("status"))
    failed = _failed(keys)
    standing: dict[int, dict] = {}
    for alarm in Alarm.objects.filter(device__in=keys, closed_at=None):
        standing.setdefault(alarm.device_id, {})[AlarmKind(alarm.kind), alarm.about] = alarm
    for device in devices:
        known = Known(device.last_seen_at, _said(device), failed.get(device.pk, ""))
        _settle(device, due_alarms(known, now, _silent_seconds(device)), standing.get(device.pk, {}), now)


def _settle(device, due, standing, now):
    for (kind, about), alarm in standing.items():
        if (kind, about) not in due:
            alarm.closed_at = now
            alarm.save(update_fields=("closed_at",))
            _record("fleet.alarm_over", device, kind, about)
    for (kind, about), detail in due.items():
        if (kind, about) not in standing:
            Alarm.objects.create(
                device=device, contract_id=device.contract_id, kind=kind, about=about, detail=detail, opened_at=now
            )
            _record("fleet.alarm", device, kind, about)


def _keep_reports(told: Iterable[tuple[SecurityDevice, bytes]], now: dt.datetime) -> None:
    rows = []
    for device, body in told:
        if (report := _read(device, body, read_report)) is not None:
            rows.append(_row(device, report, now))
    # One that was kept before, whose acknowledgement was lost, changes nothing.
    DeviceReport.objects.bulk_create(rows, ignore_conflicts=True)


def _keep_statuses(told: dict[str, tuple[SecurityDevice, bytes]], now: dt.datetime) -> None:
    """All in one statement: a fleet of ten thousand sends three hundred a second."""
    rows = []
    for device, body in told.values():
        if (status := _read(device, body, read_status)) is not None:
            rows.append(
                DeviceStatus(
                    device=device,
                    contract_id=device.contract_id,
                    at=_instant(status.at, now),
                    received_at=now,
                    confirmed_revision=status.confirmed_revision,
                    features=list(status.features),
                    said=msgspec.to_builtins(status),
                )
            )
    news = ("at", "received_at", "confirmed_revision", "features", "said")
    DeviceStatus.objects.bulk_create(rows, update_conflicts=True, unique_fields=["device"], update_fields=news)


def _row(device: SecurityDevice, report: StateReport, now: dt.datetime) -> DeviceReport:
    return DeviceReport(
        device=device,
        contract_id=device.contract_id,
        series=report.series,
        number=report.number,
        kind=report.kind,
        revision=report.revision,
        content=report.content,
        state=report.state,
        reason=report.reason.replace("\0", ""),
        at=_instant(report.at, now),
        received_at=now,
    )


def _failed(keys: Collection[int]) -> dict[int, str]:
    """Devices whose last decided policy is not in force, with the reason."""
    rows = DeviceReport.objects.filter(device__in=keys, kind="policy").exclude(state=ReportState.TRYING)
    last = rows.order_by("device_id", "-pk").distinct("device_id")
    return {
        row.device_id: f"revision {row.revision} {row.state}: {row.reason}"
        for row in last
        if row.state != ReportState.CONFIRMED
    }


def _said(device: SecurityDevice) -> BoxStatus | None:
    status = getattr(device, "status", None)
    return msgspec.convert(status.said, BoxStatus, strict=False) if status else None


def _silent_seconds(device: SecurityDevice) -> int:
    return SILENT_SECONDS if device.kind == DeviceKind.UTM else LOG_SOURCE_SILENT_SECONDS


def _read(device, body, read):
    try:
        return read(body)
    except WireError as error:
        log.warning("%s said something that can't be read: %s", device.device_id, error)
        return None


def _instant(seconds: float, now: dt.datetime) -> dt.datetime:
    """A box's clock may be anywhere; what no calendar has is taken for now."""
    try:
        return dt.datetime.fromtimestamp(seconds, dt.UTC)
    except (OverflowError, ValueError, OSError):
        return now


def _record(act, device, kind, about):
    details = {"kind": str(kind), "about": about}
    record(WATCH, act=act, object=f"device:{device.device_id}", contract_id=device.contract_id, details=details)
