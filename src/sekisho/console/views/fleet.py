"""The fleet: how every line is, one device with everything about it, and who looks after its alarms."""

from __future__ import annotations

import datetime as dt

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from sekisho.apps.accounts.permissions import allowed
from sekisho.apps.fleet import actions, queries
from sekisho.apps.fleet.models import AlarmKind, ReportState, SecurityDevice
from sekisho.apps.fleet.queries.map import PAGE_DEVICES
from sekisho_wire.reports import BoxStatus

from ..entering import enters_with
from . import ranges
from .money.answering import acted

STATE_WORDS = {
    "alarmed": gettext_lazy("Alarm"),
    "pending": gettext_lazy("Not as it should be"),
    "well": gettext_lazy("As it should be"),
    "unenrolled": gettext_lazy("Not connected yet"),
}
ALARM_WORDS = {
    AlarmKind.SILENT: gettext_lazy("It is silent"),
    AlarmKind.ENGINE_DOWN: gettext_lazy("An engine is down"),
    AlarmKind.FAIL_OPEN: gettext_lazy("Traffic goes by uninspected"),
    AlarmKind.ROLLED_BACK: gettext_lazy("It went back to its last policy"),
    AlarmKind.DEFINITIONS_OLD: gettext_lazy("Its definitions are old"),
    AlarmKind.CERTIFICATE_ENDS: gettext_lazy("Its certificate ends soon"),
    AlarmKind.LOGS_LOST: gettext_lazy("Logs were lost"),
}
REPORT_WORDS = {
    ReportState.TRYING: gettext_lazy("Trying it"),
    ReportState.CONFIRMED: gettext_lazy("Confirmed"),
    ReportState.ROLLED_BACK: gettext_lazy("Gone back"),
    ReportState.REFUSED: gettext_lazy("Refused"),
}
REVISIONS_SHOWN, ALARMS_SHOWN, REPORTS_SHOWN, BLOCKS_SHOWN = 20, 20, 20, 100


@require_safe
@enters_with("devices.view")
def fleet(request: HttpRequest) -> HttpResponse:
    """A page of lines, the worst first."""
    state, after = request.GET.get("state", ""), request.GET.get("before", "")
    state = state if state in queries.STATES else ""
    words = ranges.words(request)
    rows = queries.map_page(request.scope, state=state, words=words, after=after, limit=PAGE_DEVICES + 1)
    counts = queries.map_counts(request.scope)
    shown = rows[:PAGE_DEVICES]
    page = {
        "place": "fleet",
        "tab": "lines",
        "rows": shown,
        "counts": [(name, STATE_WORDS[name], counts[name]) for name in queries.STATES],
        "total": sum(counts.values()),
        "state": state,
        "q": words,
        "state_words": STATE_WORDS,
        "first": bool(after),
        "following": shown[-1].key if len(rows) > len(shown) else "",
    }
    return render(request, "console/fleet.html", page)


@require_safe
@enters_with("devices.view")
def device(request: HttpRequest, device_id: str) -> HttpResponse:
    """One device: is it as it should be, what is wrong, and what was done."""
    found = device_or_404(request, device_id)
    view = queries.device_view(request.scope, found)
    if view is None:
        raise Http404
    status = _said(view)
    page = {
        "place": "fleet",
        "device": found,
        "view": view,
        "state": view.state,
        "status": status,
        "definitions_at": _instant(status.definitions_at) if status else None,
        "definitions": (status.facts.get("definitions") or {}) if status else {},
        "certificate_ends_at": _instant(status.certificate_ends_at) if status else None,
        "alarms": [
            (one, ALARM_WORDS.get(one.kind, one.kind)) for one in queries.alarms_of(request.scope, found, ALARMS_SHOWN)
        ],
        "revisions": queries.revisions_of(request.scope, found, REVISIONS_SHOWN),
        "reports": [
            (one, REPORT_WORDS.get(one.state, one.state))
            for one in queries.reports_of(request.scope, found, REPORTS_SHOWN)
        ],
        "blocks": queries.blocks_in_force(request.scope, found)[:BLOCKS_SHOWN],
        "may_take": allowed(request.user, "alarms.take"),
    }
    return render(request, "console/device.html", page)


@require_POST
@enters_with("alarms.take")
def take_alarm(request: HttpRequest, alarm_id: int) -> HttpResponse:
    alarm = queries.alarm_by_id(request.scope, alarm_id)
    if alarm is None:
        raise Http404
    device_id = alarm.device.device_id
    return acted(
        request,
        lambda: actions.take_alarm(request.user, alarm=alarm),
        _("You look after this alarm now."),
        "console:device",
        device_id,
    )


def device_or_404(request: HttpRequest, device_id: str) -> SecurityDevice:
    found = queries.device_by_id(request.scope, device_id)
    if found is None:
        raise Http404
    return found


def _said(view: queries.DeviceView) -> BoxStatus | None:
    return queries.box_status(view.status) if view.status else None


def _instant(seconds: float | None) -> dt.datetime | None:
    """A box's own clock: what no calendar has is nothing."""
    return dt.datetime.fromtimestamp(seconds, dt.UTC) if seconds is not None and 0 <= seconds < 4e9 else None
