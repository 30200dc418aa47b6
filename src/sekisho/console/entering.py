"""Who may come in here: the people of carrier and partner. Everybody else finds nothing."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse

from sekisho.apps.accounts.permissions import allowed

View = Callable[..., HttpResponse]


def enters(view: View) -> View:
    """Log in first; without the permission the page does not exist."""

    @wraps(view)
    @login_required
    def inside(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not allowed(request.user, "console.enter"):
            raise Http404
        return view(request, *args, **kwargs)

    return inside
