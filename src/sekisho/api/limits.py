"""How often one address may knock at a door of the machine API."""

from __future__ import annotations

import time

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

WINDOW_SECONDS = 60


def within_limit(request: HttpRequest, door: str, calls_max: int) -> bool:
    """Count this call; whether the caller's address is still within ``calls_max`` in the running minute."""
    key = f"limit:{door}:{caller(request)}:{int(time.time()) // WINDOW_SECONDS}"
    cache.add(key, 0, timeout=2 * WINDOW_SECONDS)
    try:
        return cache.incr(key) <= calls_max
    except ValueError:  # culled between the two steps
        return True


def caller(request: HttpRequest) -> str:
    """The caller's address, as the outermost proxy that we trust saw it."""
    forwarded = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    proxies = settings.ALLAUTH_TRUSTED_PROXY_COUNT
    if proxies and len(forwarded) >= proxies:
        return forwarded[-proxies]
    return request.META.get("REMOTE_ADDR", "")
