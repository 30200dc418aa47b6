from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tariff", "0002_final_once_published")]

    operations = [
        migrations.CreateModel(
            name="CarrierSettings",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("valid_from", models.DateField()),
                ("switches", models.JSONField(default=dict)),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.TextField()),
            ],
        ),
    ]
