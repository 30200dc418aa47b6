"""How devices are: what each should enforce, what it says that it does, and every report of it."""

from __future__ import annotations

from typing import NamedTuple

from django.db.models import F, Prefetch

from sekisho.apps.contracts.models import Contract
from sekisho.apps.scope import Scope

from ..models import Alarm, Delivery, DeviceReport, DeviceState, DeviceStatus, PolicyRevision, SecurityDevice

DEVICES_MAX = 500


class DeviceView(NamedTuple):
    """One device as a map or a page shows it. ``wanted`` is the newest published revision, 0 for none."""

    device: SecurityDevice
    wanted: int
    delivery: Delivery | None
    status: DeviceStatus | None
    report: DeviceReport | None
    alarms: tuple[Alarm, ...]

    @property
    def running(self) -> int:
        """The revision that the box last called confirmed; 0 while it has said nothing."""
        return self.status.confirmed_revision if self.status else 0

    @property
    def converged(self) -> bool:
        return self.wanted == self.running

    @property
    def state(self) -> str:
        """For a map: unenrolled, alarmed, pending (has not what it should have) or well."""
        if self.device.state == DeviceState.PREPARED:
            return "unenrolled"
        if self.alarms:
            return "alarmed"
        return "well" if self.converged else "pending"


def device_views(scope: Scope, limit: int = DEVICES_MAX) -> list[DeviceView]:
    """Every device in service with how it is, those with alarms first."""
    rows = scope.admit(SecurityDevice.objects.exclude(state=DeviceState.RETIRED)).order_by("device_id")
    found = [_view(row) for row in _with_everything(rows)[:limit]]
    return sorted(found, key=lambda view: (not view.alarms, view.converged, view.device.device_id))


def device_view(scope: Scope, device: SecurityDevice) -> DeviceView | None:
    """One device with how it is; None when it is out of scope."""
    row = _with_everything(scope.admit(SecurityDevice.objects.filter(pk=device.pk))).first()
    return _view(row) if row else None


def views_of_contract(scope: Scope, contract: Contract) -> list[DeviceView]:
    """The devices in service on one contract with how they are."""
    rows = scope.admit(SecurityDevice.objects.filter(contract=contract).exclude(state=DeviceState.RETIRED))
    return [_view(row) for row in _with_everything(rows.order_by("device_id"))]


def policies_in_force(scope: Scope, contract: Contract) -> dict[int, PolicyRevision]:
    """Device's key -> the published revision that the box itself called confirmed; devices without one are left out."""
    rows = PolicyRevision.objects.filter(contract=contract, device__status__confirmed_revision=F("number"))
    return {row.device_id: row for row in scope.admit(rows)}


def reports_of(scope: Scope, device: SecurityDevice, limit: int = 100) -> list[DeviceReport]:
    """What the box reported about desired states, newest first."""
    return list(scope.admit(DeviceReport.objects.filter(device=device)).order_by("-received_at", "-number")[:limit])


def _with_everything(rows):
    newest = DeviceReport.objects.filter(kind="policy").order_by("device_id", "-pk").distinct("device_id")
    return rows.select_related("contract__contractor", "delivery", "status", "template").prefetch_related(
        Prefetch("alarms", Alarm.objects.filter(closed_at=None).order_by("opened_at"), to_attr="open_alarms"),
        Prefetch("reports", newest, to_attr="newest_reports"),
    )


def _view(row: SecurityDevice) -> DeviceView:
    delivery, status = getattr(row, "delivery", None), getattr(row, "status", None)
    report = row.newest_reports[0] if row.newest_reports else None
    return DeviceView(row, delivery.wanted if delivery else 0, delivery, status, report, tuple(row.open_alarms))
