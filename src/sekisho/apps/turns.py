"""Taking turns: what must not happen twice at the same moment, in any process, waits for its turn here.

PostgreSQL's advisory locks, held to the end of the transaction. They guard what no row can stand for yet,
such as the next number of a series.
"""

from __future__ import annotations

from django.db import connection, models

FIRST_NUMBER = 100_001


def next_number(model: type[models.Model], prefix: str) -> str:
    """The next "SK100001" of a table's ``number``. Needs a scope that sees all rows: what is taken must be seen."""
    take_turn(f"{model._meta.db_table} numbers")
    last = model.objects.order_by("-pk").values_list("number", flat=True).first()  # type: ignore[attr-defined]
    return f"{prefix}{int(last.removeprefix(prefix)) + 1 if last else FIRST_NUMBER}"


def take_turn(what: str, key: int = 0) -> None:
    """Wait until nobody else is at ``what`` (a name) and ``key``, then hold the turn to the transaction's end."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s), %s)", [f"sekisho.{what}", key % 2**31])
