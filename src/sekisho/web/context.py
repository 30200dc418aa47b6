"""What every page is told besides its own view's words: which door, which theme, what time it is."""

from __future__ import annotations

import datetime as dt
from functools import cache

from django.http import HttpRequest
from django.utils import timezone

from sekisho.apps.accounts.models import OrganisationKind
from sekisho.apps.contracts.models import Contract
from sekisho.apps.contracts.queries import contracts_of
from sekisho.web.fonts import font_directories
from sekisho.web.tokyo import is_night

THEMES = ("light", "dark")
THEME_COOKIE = "sekisho_theme"
CONTRACTS_LISTED_MAX = 20
"""In the header of every page; whoever has more writes the number of the one they want."""


def page(request: HttpRequest) -> dict[str, object]:
    """``door`` ("portal", "console" or ""), its frame, ``theme``, ``now``, ``own_fonts``, and ``contracts`` lazily."""
    now = timezone.now()
    door = door_of(request)
    return {
        "door": door,
        "frame": f"{door}_base.html" if door else "gate.html",
        "theme": theme(request, door, now),
        "now": now,
        "own_fonts": bool(font_directories()),
        "contracts": _contracts(request),
        "contract_chosen": request.GET.get("contract", ""),
    }


def door_of(request: HttpRequest) -> str:
    """The door that the page belongs to; pages of neither, such as the account's, show the person's own."""
    namespace = request.resolver_match.namespace if request.resolver_match else ""
    if namespace in ("portal", "console"):
        return namespace
    person = getattr(request, "user", None)
    if person is None or not person.is_authenticated:
        return ""
    return "portal" if person.organisation.kind == OrganisationKind.CONTRACTOR else "console"


def theme(request: HttpRequest, door: str, now: dt.datetime) -> str:
    """The person's choice; else the console is dark at night and everything else is paper."""
    chosen = request.COOKIES.get(THEME_COOKIE)
    if chosen in THEMES:
        return chosen
    return "dark" if door == "console" and is_night(now) else "light"


def _contracts(request: HttpRequest) -> object:
    """A callable that the header calls when it is drawn, so that pages without a header ask nothing."""

    @cache
    def seen() -> list[Contract]:
        scope = getattr(request, "scope", None)
        return contracts_of(scope, CONTRACTS_LISTED_MAX) if scope is not None else []

    return seen
