"""A lake on the session's PostgreSQL, one for each module; tests keep apart by their contract."""

from __future__ import annotations

import dataclasses
import itertools
import uuid
from collections.abc import Iterator

import pytest

from sekisho.entry.database import DatabaseUrls
from sekisho.entry.engines import Postgres
from sekisho.lake import Lake, LakeSettings, LakeWriter

from ..engines import make_database

_numbers = itertools.count(200_001)


@pytest.fixture(scope="module")
def urls(postgres: Postgres) -> DatabaseUrls:
    return make_database(postgres, f"lake_{uuid.uuid4().hex[:12]}")


@pytest.fixture(scope="module")
def settings(urls: DatabaseUrls, tmp_path_factory: pytest.TempPathFactory) -> LakeSettings:
    return LakeSettings(urls.lake_url, tmp_path_factory.mktemp("lake"), memory_bytes_max=500_000_000)


@pytest.fixture(scope="module")
def the_writer(settings: LakeSettings) -> Iterator[LakeWriter]:
    with LakeWriter(settings) as writer:
        yield writer


@pytest.fixture
def writer(the_writer: LakeWriter) -> Iterator[LakeWriter]:
    """The module's writer. A test may close it: it opens itself again when it is used."""
    yield the_writer


@pytest.fixture(scope="module")
def lake(settings: LakeSettings, urls: DatabaseUrls, the_writer: LakeWriter) -> Iterator[Lake]:
    """A reader in the reader's role, of the lake that ``writer`` writes."""
    with Lake(dataclasses.replace(settings, database_url=urls.lake_reader_url)) as lake:
        yield lake


@pytest.fixture
def contract() -> str:
    """A contract number that no other test has."""
    return f"SK{next(_numbers)}"
