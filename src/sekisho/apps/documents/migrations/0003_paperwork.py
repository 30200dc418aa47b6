"""Papers that acts call for; what was made is final."""

from django.db import migrations, models

from sekisho.apps.documents.kinds import DocumentKind
from sekisho.apps.row_security import guard, settled_once


class Migration(migrations.Migration):
    dependencies = [("documents", "0002_guards")]

    operations = [
        migrations.AlterField("document", "kind", models.TextField(choices=DocumentKind.choices)),
        migrations.CreateModel(
            name="Paperwork",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reader", models.TextField()),
                ("news", models.UUIDField()),
                ("topic", models.TextField()),
                ("contract_id", models.BigIntegerField(null=True)),
                ("acted_at", models.DateTimeField()),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("problem", models.TextField(blank=True)),
                ("next_try_at", models.DateTimeField()),
                ("made", models.JSONField(default=list)),
                ("kept_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("kept_at", None)),
                        fields=["reader", "next_try_at"],
                        name="paperwork_to_do",
                    )
                ],
                "constraints": [models.UniqueConstraint(fields=("reader", "news"), name="paperwork_once_an_act")],
            },
        ),
        guard("documents_paperwork"),
        settled_once("documents_paperwork", "kept_at"),
    ]
