"""Taking turns: what must not happen twice at the same moment, in any process, waits for its turn here.

PostgreSQL's advisory locks, held to the end of the transaction. They guard what no row can stand for yet; a series of
numbers has a row of its own.
"""

from __future__ import annotations

from django.db import connection

FIRST_NUMBER = 100_001


def next_number(prefix: str) -> str:
    """The next "SK100001" of a series, without gaps: others wait until this transaction has ended.

    Needs no scope: a contractor's own form takes the number after everybody else's.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_series VALUES (%s, %s) "
            "ON CONFLICT (prefix) DO UPDATE SET last = audit_series.last + 1 RETURNING last",
            [prefix, FIRST_NUMBER],
        )
        return f"{prefix}{cursor.fetchone()[0]}"


def take_turn(what: str, key: int = 0) -> None:
    """Wait until nobody else is at ``what`` (a name) and ``key``, then hold the turn to the transaction's end."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s), %s)", [f"sekisho.{what}", key % 2**31])
