"""Clocks that run and verdicts that were given."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from sekisho.apps.incidents import queries

from ..entering import enters


@require_safe
@enters
def clocks(request: HttpRequest) -> HttpResponse:
    page = {
        "place": "clocks",
        "running": queries.running_clocks(request.scope),
        "judged": queries.latest_verdicts(request.scope),
    }
    return render(request, "console/clocks.html", page)
