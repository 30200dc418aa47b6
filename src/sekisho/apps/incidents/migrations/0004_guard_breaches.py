"""Breaches belong to contracts and only grow; what people wrote about them can be erased with their contract."""

from django.db import migrations

from sekisho.apps.row_security import append_only, append_only_but_erasable, guard


class Migration(migrations.Migration):
    dependencies = [("incidents", "0003_breaches"), ("audit", "0003_erasure")]

    operations = [
        guard("incidents_breach"),
        guard("incidents_faultreview"),
        guard("incidents_breachclaim"),
        guard("incidents_breachcredit"),
        append_only("incidents_breach"),
        append_only("incidents_breachcredit"),
        append_only_but_erasable("incidents_faultreview", "party", "reason"),
        append_only_but_erasable("incidents_breachclaim", "party", "words"),
    ]
