"""Django on the session's PostgreSQL: migrated by the owner, used by the app's role, like everywhere else.

``db`` (pytest-django) rolls each test back. ``committed_db`` is for tests whose other processes must see
what they wrote: it commits, and empties every table afterwards, as the owner.
"""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from psycopg import sql

from sekisho.entry.database import DatabaseUrls

SECRET_KEY = "only-for-tests-0123456789-0123456789-0123456789"
KEPT_TABLES = ("django_migrations", "django_content_type")


def pytest_configure() -> None:
    settings.SECRET_KEY = SECRET_KEY
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # the real one is slow on purpose


@pytest.fixture(scope="session")
def django_db_setup(database_urls: DatabaseUrls, django_db_blocker) -> Iterator[None]:
    """Both aliases point at the session's database, which is migrated once."""
    from sekisho.web.settings import database

    for alias, url in (("default", database_urls.app_url), ("owner", database_urls.owner_url)):
        found = {name: value for name, value in database(url).items() if name != "OPTIONS"}
        connections.databases[alias].update(found)
    with django_db_blocker.unblock():
        call_command("migrate", database="owner", verbosity=0)
        connections["owner"].close()
        yield
        connections.close_all()


@pytest.fixture
def committed_db(django_db_setup: None, django_db_blocker, database_urls: DatabaseUrls) -> Iterator[None]:
    """The real database, with real commits; every table is empty again afterwards."""
    with django_db_blocker.unblock():
        try:
            yield
        finally:
            connections.close_all()
            _empty(database_urls.owner_url)


def _empty(owner_url: str) -> None:
    with psycopg.connect(owner_url) as owner:
        rows = owner.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        tables = [sql.Identifier(name) for (name,) in rows if name not in KEPT_TABLES]
        for table in tables:
            owner.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(table))
        owner.execute(sql.SQL("TRUNCATE {} RESTART IDENTITY CASCADE").format(sql.SQL(", ").join(tables)))
        for table in tables:
            owner.execute(sql.SQL("ALTER TABLE {} ENABLE TRIGGER USER").format(table))
