"""What people wrote about incidents can be emptied once the erasure of the contract's party is on record."""

from django.db import migrations

from sekisho.apps.row_security import append_only_but_erasable, erasure_of

PARTY = erasure_of("party")


class Migration(migrations.Migration):
    dependencies = [("incidents", "0004_guard_breaches"), ("audit", "0003_erasure")]

    operations = [
        append_only_but_erasable("incidents_leveldetermination", PARTY, "note"),
        append_only_but_erasable("incidents_securityevent", PARTY, "summary", "evidence"),
        append_only_but_erasable("incidents_faultreview", PARTY, "reason"),
        append_only_but_erasable("incidents_breachclaim", PARTY, "words"),
    ]
