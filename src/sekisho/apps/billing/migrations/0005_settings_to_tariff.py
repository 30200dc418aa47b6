"""The carrier's settings of the terms move to the tariff, where whoever reckons can ask them; here stays who it is."""

from __future__ import annotations

from django.db import migrations


def move(apps, schema_editor) -> None:
    """One row for each profile that settled something else than the one before it."""
    settings, last = apps.get_model("tariff", "CarrierSettings"), {}
    for profile in apps.get_model("billing", "IssuerProfile").objects.order_by("valid_from", "pk"):
        if profile.switches != last:
            settings.objects.create(
                valid_from=profile.valid_from,
                switches=profile.switches,
                recorded_at=profile.recorded_at,
                recorded_by=profile.recorded_by,
            )
        last = profile.switches


class Migration(migrations.Migration):
    dependencies = [("billing", "0004_guard_receipts"), ("tariff", "0004_guard_settings")]

    operations = [
        migrations.RunPython(move, migrations.RunPython.noop, elidable=True),
        migrations.RemoveField("issuerprofile", "switches"),
    ]
