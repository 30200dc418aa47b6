"""A settled attempt can be emptied of whom it went to, once the erasure is on record."""

from django.db import migrations

from sekisho.apps.row_security import erasure_of, settled_once_but_erasable


class Migration(migrations.Migration):
    dependencies = [("notices", "0002_guards"), ("audit", "0003_erasure")]

    operations = [
        settled_once_but_erasable(
            "notices_noticeattempt", "ended_at", erasure_of("call_record", "mail"), "address", "contact_name", "reply"
        ),
    ]
