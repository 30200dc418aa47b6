"""Who may come to the money, and how an act is answered."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from sekisho.apps.accounts.permissions import allowed
from sekisho.apps.refusals import Refused

from ...entering import View, enters
from .. import asked


def needs(permission: str) -> Callable[[View], View]:
    """Without the permission the page does not exist (R001: the partner sees no billing)."""

    def gate(view: View) -> View:
        @wraps(view)
        def inside(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.user.is_authenticated and not allowed(request.user, permission):
                raise Http404
            return view(request, *args, **kwargs)

        return enters(inside)

    return gate


def acted(request: HttpRequest, act: Callable[[], object], done: str, place: str, *parts: object) -> HttpResponse:
    """Do it, say what came of it, and go on to ``place``."""
    try:
        act()
        messages.success(request, done)
    except Refused as refused:
        messages.error(request, asked.refusal(refused))
    return redirect(place, *parts)
