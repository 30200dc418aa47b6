"""The last number of every series. No contract's data, so that who sees one contract still gets the next number."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_erasure")]

    operations = [
        migrations.RunSQL(
            "CREATE TABLE audit_series (prefix text PRIMARY KEY, last bigint NOT NULL)", "DROP TABLE audit_series"
        )
    ]
