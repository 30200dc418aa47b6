"""Alarms of devices: what a person should see now, and what has been."""

from __future__ import annotations

from sekisho.apps.scope import Scope

from ..models import Alarm, SecurityDevice


def open_alarms(scope: Scope, limit: int = 200) -> list[Alarm]:
    """Everything that lasts, the oldest first."""
    rows = Alarm.objects.filter(closed_at=None).select_related("device__contract__contractor", "taken_by")
    return list(scope.admit(rows).order_by("opened_at", "pk")[:limit])


def alarms_of(scope: Scope, device: SecurityDevice, limit: int = 100) -> list[Alarm]:
    """The device's alarms, newest first."""
    rows = Alarm.objects.filter(device=device).select_related("taken_by")
    return list(scope.admit(rows).order_by("-opened_at", "-pk")[:limit])


def alarm_by_id(scope: Scope, alarm_id: int) -> Alarm | None:
    return scope.admit(Alarm.objects.filter(pk=alarm_id).select_related("device")).first()
