"""Rows belong to contracts, and the database guards them."""

from django.db import migrations

from sekisho.apps.row_security import guard


class Migration(migrations.Migration):
    dependencies = [("contracts", "0001_initial"), ("audit", "0002_append_only")]

    operations = [
        guard("contracts_contract", "id"),
        guard("contracts_contact"),
    ]
