"""A token's scope of its own for kept documents: names of choices only, nothing in the database changes."""

import django.contrib.postgres.fields
from django.db import migrations, models

SCOPES = [
    ("applications:read", "Applications Read"),
    ("applications:write", "Applications Write"),
    ("charges:read", "Charges Read"),
    ("contracts:read", "Contracts Read"),
    ("contracts:write", "Contracts Write"),
    ("documents:read", "Documents Read"),
    ("invoices:read", "Invoices Read"),
    ("receipts:read", "Receipts Read"),
    ("receipts:write", "Receipts Write"),
    ("tariff:read", "Tariff Read"),
]


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_invitations")]

    operations = [
        migrations.AlterField(
            model_name="apitoken",
            name="scopes",
            field=django.contrib.postgres.fields.ArrayField(base_field=models.TextField(choices=SCOPES), size=None),
        ),
    ]
