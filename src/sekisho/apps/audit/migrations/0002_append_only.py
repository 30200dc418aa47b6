"""The scope's SQL functions, and tables that only grow: refused by trigger, and not granted in the first place."""

from django.db import connections, migrations

from sekisho.apps.row_security import (
    DROP_OPERATED,
    DROP_SCOPE_FUNCTIONS,
    OPERATED,
    SCOPE_FUNCTIONS,
    append_only,
    guard,
    guard_operated,
)


def take_back_grants(apps, schema_editor):
    role = schema_editor.quote_name(connections["default"].settings_dict["USER"])
    for table in ("audit_auditrow", "audit_outboxrow", "audit_outboxreading"):
        schema_editor.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {role}")


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [
        migrations.RunSQL([SCOPE_FUNCTIONS, OPERATED], [DROP_OPERATED, DROP_SCOPE_FUNCTIONS]),
        guard_operated(),
        append_only("audit_auditrow"),
        append_only("audit_outboxrow"),
        append_only("audit_outboxreading"),
        guard("audit_auditrow", writes_without_contract=True),
        guard("audit_outboxrow", writes_without_contract=True),
        migrations.RunPython(take_back_grants, migrations.RunPython.noop),
    ]
