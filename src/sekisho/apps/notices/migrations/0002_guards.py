"""Rows belong to contracts, and the database guards them."""

from django.db import migrations

from sekisho.apps.row_security import guard, settled_once


class Migration(migrations.Migration):
    dependencies = [("notices", "0001_initial"), ("audit", "0002_append_only")]

    operations = [
        guard("notices_notice"),
        guard("notices_noticeattempt"),
        settled_once("notices_noticeattempt", "ended_at"),
    ]
