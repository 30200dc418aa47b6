"""How an act on the money is answered."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from sekisho.apps.refusals import Refused

from .. import asked


def acted(request: HttpRequest, act: Callable[[], object], done: str, place: str, *parts: object) -> HttpResponse:
    """Do it, say what came of it, and go on to ``place``."""
    try:
        act()
        messages.success(request, done)
    except Refused as refused:
        messages.error(request, asked.refusal(refused))
    return redirect(place, *parts)
