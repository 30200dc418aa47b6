"""The first screen: is the service keeping its promises right now?"""

from __future__ import annotations

import datetime as dt

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from sekisho.apps.fleet.models import SecurityDevice
from sekisho.apps.fleet.queries import devices_of
from sekisho.apps.incidents import queries
from sekisho.apps.notices.queries import failed_notices, unclear_notices

from ..entering import enters

SILENT_AFTER_SECONDS = 900


@require_safe
@enters
def overview(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    clocks = queries.running_clocks(request.scope)
    late = sum(clock.due_at < now for clock in clocks)
    near = sum(clock.warn_at <= now <= clock.due_at for clock in clocks)
    devices = devices_of(request.scope)
    silent = [device for device in devices if _is_silent(device, now)]
    unclear, failed = unclear_notices(request.scope), failed_notices(request.scope)
    page = {
        "place": "overview",
        "clocks": clocks,
        "clocks_late": late,
        "clocks_near": near,
        "calls": queries.calls_to_make(request.scope),
        "numbers": queries.queue_numbers(request.scope),
        "devices": devices,
        "silent": silent,
        "unclear": unclear,
        "failed": failed,
        "well": not (late or near or silent or unclear or failed),
    }
    return render(request, "console/overview.html", page)


def _is_silent(device: SecurityDevice, now: dt.datetime) -> bool:
    """A device that has spoken once and has not for SILENT_AFTER_SECONDS."""
    return device.last_seen_at is not None and (now - device.last_seen_at).total_seconds() > SILENT_AFTER_SECONDS
