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
    return enters_with("console.enter")(view)


def enters_with(permission: str) -> Callable[[View], View]:
    """As ``enters``, for pages that only some of those inside may see: for the others they don't exist."""

    def guarded(view: View) -> View:
        @wraps(view)
        @login_required
        def inside(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not (allowed(request.user, "console.enter") and allowed(request.user, permission)):
                raise Http404
            return view(request, *args, **kwargs)

        return inside

    return guarded
