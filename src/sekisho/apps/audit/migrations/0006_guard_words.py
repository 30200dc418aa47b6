"""Words of acts go with the erasure of their contract's party; and books may be emptied when the law lets them go."""

from django.db import migrations

from sekisho.apps.row_security import (
    BOOKS_FUNCTION,
    DROP_BOOKS_FUNCTION,
    ERASURE_FUNCTION,
    append_only_but_erasable,
    erasure_of,
    guard,
)


class Migration(migrations.Migration):
    dependencies = [("audit", "0005_act_words")]

    operations = [
        # Once more, since it also takes no bytes for nothing now.
        migrations.RunSQL(
            [ERASURE_FUNCTION.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")], migrations.RunSQL.noop
        ),
        migrations.RunSQL([BOOKS_FUNCTION], [DROP_BOOKS_FUNCTION]),
        guard("audit_actwords"),
        append_only_but_erasable("audit_actwords", erasure_of("party"), "words"),
    ]
