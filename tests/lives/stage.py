"""Where a story is played: the house, who lives in it, and how each of them comes to its doors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.conf import settings
from django.core.cache import cache

from sekisho.web.translations import compile_catalogues

from ..doors.scenery import TOTP_SECRET
from ..gateways.mail_servers import mail_server
from .desk import Desk
from .house import House, house
from .integrator import Integrator
from .people import ADMIN, OWNER, move_in
from .visitor import Visitor


@dataclass
class Stage:
    """Everybody is known by their mail address; log-ins and tokens are made once."""

    house: House
    _visitors: dict[str, Visitor] = field(default_factory=dict)
    _integrators: dict[str, Integrator] = field(default_factory=dict)

    def visitor(self, email: str) -> Visitor:
        """That person at the pages."""
        if email not in self._visitors:
            self._visitors[email] = self.newcomer(email)
        return self._visitors[email]

    def newcomer(self, email: str) -> Visitor:
        """That person in another browser, logging in now."""
        return Visitor(self.house.url, email, totp_secret="" if email == OWNER else TOTP_SECRET)

    def integrator(self, like: str) -> Integrator:
        """A machine at the REST API, with the role of that person."""
        return self._integrators.setdefault(like, Integrator(self.house.url, like, ADMIN))

    def desk(self, email: str) -> Desk:
        """A person of the carrier at work."""
        return Desk(self.visitor(email))

    def close(self) -> None:
        for one in (*self._visitors.values(), *self._integrators.values()):
            one.close()


@contextmanager
def stage(at: str) -> Iterator[Stage]:
    """A house at an instant of Tokyo, moved into; its database is empty before and committed to from now on."""
    before = settings.SMTP_URL
    compile_catalogues()
    cache.clear()
    with mail_server() as mailbox, house(at, mailbox) as opened:
        settings.SMTP_URL = mailbox.url
        move_in()
        played = Stage(opened)
        try:
            yield played
        finally:
            played.close()
            settings.SMTP_URL = before
