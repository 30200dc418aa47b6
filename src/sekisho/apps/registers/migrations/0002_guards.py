"""The registers only grow; erasure empties the words that may speak of people, and the scope guards each table."""

from django.db import migrations

from sekisho.apps.row_security import (
    append_only,
    append_only_but_erasable,
    erasure_of,
    filled_once_but_erasable,
    guard,
)

TABLES = (
    "enduser",
    "enforcementcase",
    "caseentry",
    "casemeasure",
    "damageclaim",
    "dispute",
    "disputeentry",
    "secret",
    "secretpassage",
    "disclosure",
)
PARTY = erasure_of("party")


class Migration(migrations.Migration):
    dependencies = [("registers", "0001_initial"), ("contracts", "0005_guard_measures")]

    operations = [
        *(guard(f"registers_{table}") for table in TABLES),
        filled_once_but_erasable("registers_enduser", PARTY, "name"),
        append_only_but_erasable("registers_enforcementcase", PARTY, "facts"),
        append_only_but_erasable("registers_caseentry", PARTY, "text"),
        append_only("registers_casemeasure"),
        filled_once_but_erasable("registers_damageclaim", PARTY, "text", "caused_by", "decision"),
        append_only_but_erasable("registers_dispute", PARTY, "matter"),
        append_only_but_erasable("registers_disputeentry", PARTY, "present", "text"),
        filled_once_but_erasable("registers_secret", PARTY, "title"),
        append_only_but_erasable("registers_secretpassage", PARTY, "recipient_name", "purpose"),
        append_only_but_erasable("registers_disclosure", PARTY, "recipient", "items", "reference"),
    ]
