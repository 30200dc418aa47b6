"""Taking turns: what must not happen twice at the same moment, in any process, waits for its turn here.

PostgreSQL's advisory locks, held to the end of the transaction. They guard what no row can stand for yet,
such as the next number of a series.
"""

from __future__ import annotations

from django.db import connection


def take_turn(what: str, key: int = 0) -> None:
    """Wait until nobody else is at ``what`` (a name) and ``key``, then hold the turn to the transaction's end."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s), %s)", [f"sekisho.{what}", key % 2**31])
