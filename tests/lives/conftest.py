"""The house of these stories: a real database with real commits, real mail, real sockets, and a clock to move."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.core.cache import cache

from ..apps.world import PASSWORD  # noqa: F401 - what everybody's password is
from ..doors.scenery import TOTP_SECRET
from ..gateways.mail_servers import Mailbox, mail_server
from .house import House, house
from .integrator import Integrator
from .people import ADMIN, OWNER, People, move_in
from .visitor import Visitor

BEGINNING = "2025-03-03 10:00"


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    before = settings.SMTP_URL
    with mail_server() as taken:
        settings.SMTP_URL = taken.url
        yield taken
    settings.SMTP_URL = before


@pytest.fixture
def our_house(committed_db: None, mailbox: Mailbox) -> Iterator[House]:
    cache.clear()
    with house(BEGINNING, mailbox) as opened:
        yield opened


@pytest.fixture
def people(our_house: House) -> People:
    return move_in()


@pytest.fixture
def visitor(our_house: House, people: People) -> Iterator[Callable[[str], Visitor]]:
    """``visitor(email)``: that person, logged in once."""
    known: dict[str, Visitor] = {}

    def logged_in(email: str, language: str = "ja") -> Visitor:
        if email not in known:
            secret = "" if email == OWNER else TOTP_SECRET
            known[email] = Visitor(our_house.url, email, language=language, totp_secret=secret)
        return known[email]

    yield logged_in
    for one in known.values():
        one.close()


@pytest.fixture
def integrator(our_house: House, people: People) -> Iterator[Callable[[str], Integrator]]:
    """``integrator(email)``: a token with the role of that person."""
    known: dict[str, Integrator] = {}

    def calling(like: str) -> Integrator:
        return known.setdefault(like, Integrator(our_house.url, like, ADMIN))

    yield calling
    for one in known.values():
        one.close()
