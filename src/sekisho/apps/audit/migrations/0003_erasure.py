"""The one change that a table that only grows lets through: emptying personal columns after an erasure on record."""

from django.db import migrations

from sekisho.apps.row_security import DROP_ERASURE_FUNCTION, ERASURE_FUNCTION


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_append_only")]

    operations = [migrations.RunSQL([ERASURE_FUNCTION], [DROP_ERASURE_FUNCTION])]
