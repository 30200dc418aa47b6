"""The first screen: is the service keeping its promises right now?"""

from __future__ import annotations

import datetime as dt

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from sekisho.apps.fleet.queries import device_board
from sekisho.apps.incidents import queries
from sekisho.apps.notices.queries import failed_notices, unclear_notices

from ..entering import enters

SILENT_AFTER_SECONDS = 900
DEVICES_SHOWN, CLOCKS_SHOWN = 20, 10


@require_safe
@enters
def overview(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    clocks = queries.running_clocks(request.scope)
    late = sum(clock.due_at < now for clock in clocks)
    near = sum(clock.warn_at <= now <= clock.due_at for clock in clocks)
    devices = device_board(request.scope, now - dt.timedelta(seconds=SILENT_AFTER_SECONDS), DEVICES_SHOWN)
    unclear, failed = unclear_notices(request.scope), failed_notices(request.scope)
    page = {
        "place": "overview",
        "clocks": clocks,
        "clocks_next": clocks[:CLOCKS_SHOWN],
        "clocks_late": late,
        "clocks_near": near,
        "calls": queries.calls_to_make(request.scope),
        "numbers": queries.queue_numbers(request.scope),
        "devices": devices,
        "unclear": unclear,
        "failed": failed,
        "well": not (late or near or devices.silent or unclear or failed),
    }
    return render(request, "console/overview.html", page)
