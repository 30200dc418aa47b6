"""The series of contracts goes on after the contracts that are there."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("contracts", "0006_applications"), ("audit", "0004_series")]

    operations = [
        migrations.RunSQL(
            [
                "SELECT set_config('sekisho.scope', '*', true)",
                "INSERT INTO audit_series SELECT 'SK', max(substr(number, 3)::bigint) FROM contracts_contract "
                "HAVING count(*) > 0",
            ],
            migrations.RunSQL.noop,
        )
    ]
