"""A DuckDB with the lake attached: the only place that loads extensions, attaches and locks down.

Extensions come from their wheels by path; nothing is ever installed from a network. The catalogue's
password is kept in DuckDB's list of databases, so no text of a person may ever become SQL.

Errors: LakeUnavailable when PostgreSQL or the folder is away.
"""

from __future__ import annotations

import importlib.resources
import importlib.util
from collections.abc import Mapping

import duckdb
from psycopg.conninfo import conninfo_to_dict

from .errors import LakeUnavailable
from .settings import CATALOGUE_SCHEMA, LakeSettings

DUCKDB_VERSION = "v1.5.5"
COMMIT_RETRIES_MAX = 100
"""DuckLake's own metadata retries; its default of 10 runs out under maintenance."""
CATALOGUE_CONNECT_SECONDS_MAX = 5
_EXTENSIONS = {"ducklake": "duckdb_extension_ducklake", "postgres_scanner": "duckdb_extension_postgres_scanner"}


def open_writer(settings: LakeSettings) -> duckdb.DuckDBPyConnection:
    """A connection that may append and maintain. The catalogue is made when it is missing."""
    settings.path.mkdir(parents=True, exist_ok=True)
    return _open(settings, read_only=False)


def open_reader(settings: LakeSettings) -> duckdb.DuckDBPyConnection:
    """A connection that can read the lake and reach nothing else; its settings can't be changed again."""
    connection = _open(settings, read_only=True)
    connection.execute(f"SET allowed_directories = [{_quoted(_data_path(settings))}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def _open(settings: LakeSettings, *, read_only: bool) -> duckdb.DuckDBPyConnection:
    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "allow_community_extensions": False,
        "memory_limit": f"{settings.memory_bytes_max}B",
        "threads": settings.threads_max,
        "preserve_insertion_order": False,
    }
    connection = duckdb.connect(":memory:", config=config)
    try:
        for name, wheel in _EXTENSIONS.items():
            connection.execute(f"LOAD {_quoted(_extension_file(name, wheel))}")
        connection.execute(f"SET ducklake_max_retry_count = {COMMIT_RETRIES_MAX}")
        connection.execute(_attach(settings, read_only=read_only))
    except (duckdb.Error, OSError) as error:
        connection.close()
        raise LakeUnavailable(f"the lake can't be opened: {_without_password(error, settings)}") from None
    return connection


def _extension_file(name: str, wheel: str) -> str:
    root = importlib.resources.files(wheel)
    return str(root / "extensions" / DUCKDB_VERSION / f"{name}.duckdb_extension")


def _attach(settings: LakeSettings, *, read_only: bool) -> str:
    options = [
        f"DATA_PATH {_quoted(_data_path(settings))}",
        f"METADATA_SCHEMA {_quoted(CATALOGUE_SCHEMA)}",
        "DATA_INLINING_ROW_LIMIT 0",
        *(["READ_ONLY"] if read_only else []),
    ]
    target = _quoted(f"ducklake:postgres:{_libpq(settings)}")
    return f"ATTACH {target} AS lake ({', '.join(options)})"


def _data_path(settings: LakeSettings) -> str:
    return f"{settings.path.absolute()}/"


def _libpq(settings: LakeSettings) -> str:
    """The URL as libpq's keywords and values, which is what the extension takes."""
    words: Mapping[str, object] = {
        "connect_timeout": CATALOGUE_CONNECT_SECONDS_MAX,
        **conninfo_to_dict(settings.database_url),
    }
    return " ".join(f"{key}='{_escaped(str(value))}'" for key, value in words.items())


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "\\'")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _without_password(error: Exception, settings: LakeSettings) -> str:
    password = conninfo_to_dict(settings.database_url).get("password")
    return str(error).replace(str(password), "***") if password else str(error)
