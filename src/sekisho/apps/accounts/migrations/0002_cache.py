"""The table of Django's database cache, which `createcachetable` would make as the wrong role."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.RunSQL(
            [
                "CREATE TABLE web_cache (cache_key varchar(255) PRIMARY KEY, value text NOT NULL, "
                "expires timestamptz NOT NULL)",
                "CREATE INDEX web_cache_expires ON web_cache (expires)",
            ],
            ["DROP TABLE web_cache"],
        )
    ]
