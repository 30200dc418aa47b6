import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("audit", "0004_series")]

    operations = [
        migrations.CreateModel(
            name="ActWords",
            fields=[
                (
                    "row",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="said",
                        serialize=False,
                        to="audit.auditrow",
                    ),
                ),
                ("contract_id", models.BigIntegerField()),
                ("words", models.JSONField(default=dict)),
            ],
            options={"indexes": [models.Index(fields=["contract_id"], name="words_by_contract")]},
        ),
    ]
