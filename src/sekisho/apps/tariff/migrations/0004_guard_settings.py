"""What was settled stays as it was settled; a change is a new row."""

from django.db import migrations

from sekisho.apps.row_security import append_only


class Migration(migrations.Migration):
    dependencies = [("tariff", "0003_carrier_settings"), ("audit", "0002_append_only")]

    operations = [append_only("tariff_carriersettings")]
