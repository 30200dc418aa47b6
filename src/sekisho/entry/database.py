"""The platform's database in a PostgreSQL server, embedded or not: its roles, and who may do what with it.

Safe to repeat at every start. No role can bypass row-level security, and only ``sekisho_owner`` owns what the
apps keep.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

import psycopg
from psycopg import sql

ROLES = ("sekisho_owner", "sekisho_app", "sekisho_lake", "sekisho_lake_reader")


@dataclass(frozen=True)
class DatabaseUrls:
    """One database, four roles: who migrates, who serves, who writes the lake, who reads it."""

    owner_url: str
    app_url: str
    lake_url: str
    lake_reader_url: str


def provision_database(admin_url: str, name: str, password_of: dict[str, str]) -> DatabaseUrls:
    """Make the database and its roles, or bring them up to date; safe to repeat.

    ``admin_url`` may create roles and databases. ``password_of`` has a password for each of ROLES.
    No role can bypass row-level security, and only ``sekisho_owner`` owns tables of the apps.
    """
    with psycopg.connect(admin_url, autocommit=True) as admin:
        for role in ROLES:
            _ensure_role(admin, role, password_of[role])
        admin.execute(sql.SQL("GRANT sekisho_owner, sekisho_lake TO CURRENT_USER"))
        if admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
            admin.execute(sql.SQL("CREATE DATABASE {} OWNER sekisho_owner").format(sql.Identifier(name)))
        admin.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(name)))
        for role in ROLES:
            admin.execute(
                sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}").format(
                    sql.Identifier(name), sql.Identifier(role)
                )
            )
    with psycopg.connect(_with_database(admin_url, name), autocommit=True) as admin:
        _grant_schemas(admin)
    urls = {role: _with_login(_with_database(admin_url, name), role, password_of[role]) for role in ROLES}
    return DatabaseUrls(*(urls[role] for role in ROLES))


def _ensure_role(admin: psycopg.Connection, role: str, password: str) -> None:
    verb = "ALTER" if admin.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone() else "CREATE"
    admin.execute(
        sql.SQL(verb + " ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD {}").format(
            sql.Identifier(role), sql.Literal(password)
        )
    )


def _grant_schemas(admin: psycopg.Connection) -> None:
    """The app may use what the owner makes but never owns it; the lake's catalogue has its own schema."""
    for statement in (
        "ALTER SCHEMA public OWNER TO sekisho_owner",
        "REVOKE ALL ON SCHEMA public FROM PUBLIC",
        "GRANT USAGE ON SCHEMA public TO sekisho_app",
        "CREATE SCHEMA IF NOT EXISTS lake AUTHORIZATION sekisho_lake",
        "GRANT USAGE ON SCHEMA lake TO sekisho_lake_reader",
        "ALTER DEFAULT PRIVILEGES FOR ROLE sekisho_lake IN SCHEMA lake GRANT SELECT ON TABLES TO sekisho_lake_reader",
        *(
            f"ALTER DEFAULT PRIVILEGES FOR ROLE sekisho_owner IN SCHEMA public GRANT {privileges} TO sekisho_app"
            for privileges in (
                "SELECT, INSERT, UPDATE, DELETE ON TABLES",
                "USAGE, SELECT ON SEQUENCES",
                "EXECUTE ON FUNCTIONS",
                "USAGE ON TYPES",
            )
        ),
    ):
        admin.execute(statement)


def _with_database(url: str, name: str) -> str:
    head, _, tail = url.rpartition("/")
    _, mark, query = tail.partition("?")
    return f"{head}/{quote(name, safe='')}{mark}{query}"


def _with_login(url: str, role: str, password: str) -> str:
    scheme, _, rest = url.partition("://")
    _, _, place = rest.rpartition("@")
    return f"{scheme}://{role}:{quote(password, safe='')}@{place}"
