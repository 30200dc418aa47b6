"""Whom a quote was for goes when the law lets the quote go."""

from django.db import migrations

from sekisho.apps.row_security import append_only_but_erasable, books_over


class Migration(migrations.Migration):
    dependencies = [("tariff", "0004_guard_settings"), ("audit", "0006_guard_words")]

    operations = [append_only_but_erasable("tariff_quote", books_over("issued_at"), "customer", "note")]
