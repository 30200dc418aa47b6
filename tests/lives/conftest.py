"""The house of these stories: a real database with real commits, real mail, real sockets, and a clock to move."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connections

from sekisho.entry.database import DatabaseUrls

from ..django_database import _empty
from .chapters import Signed, signed
from .stage import Stage, stage

BEGINNING = "2025-03-03 10:00"


@pytest.fixture
def our_stage(committed_db: None) -> Iterator[Stage]:
    """A story of its own, from its beginning."""
    with stage(BEGINNING) as opened:
        yield opened


@pytest.fixture(scope="module")
def running(django_db_setup: None, django_db_blocker, database_urls: DatabaseUrls) -> Iterator[Signed]:
    """A contract in service, for tests of a module that leave it as it is."""
    with django_db_blocker.unblock():
        try:
            with stage(BEGINNING) as opened:
                yield signed(opened)
        finally:
            connections.close_all()
            _empty(database_urls.owner_url)
