"""Nothing in the chain changes; contents and names go when their time is over, and the database knows that time."""

from django.db import connections, migrations

from sekisho.apps.row_security import append_only, guard

# The database's own day and not the application's: a clock that was set forward must not open the books.
KEPT_UNTIL = """
CREATE FUNCTION documents_refuse_early_removal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM documents_document d
        WHERE CASE TG_TABLE_NAME
            WHEN 'documents_content' THEN d.position = (to_jsonb(OLD)->>'document_id')::bigint
            ELSE d.counterparty_id = (to_jsonb(OLD)->>'id')::bigint
        END AND d.keep_until >= (now() AT TIME ZONE 'Asia/Tokyo')::date
    ) THEN
        RAISE EXCEPTION '% must still be kept', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN OLD;
END
$$;
"""
TABLES = ("documents_content", "documents_counterparty")


def removed_only_late(table: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        [
            f"CREATE TRIGGER refuse_change BEFORE UPDATE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION sekisho_refuse_change()",
            f"CREATE TRIGGER refuse_early_removal BEFORE DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION documents_refuse_early_removal()",
            f"CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION sekisho_refuse_change()",
        ],
        [f"DROP TRIGGER {name} ON {table}" for name in ("refuse_change", "refuse_early_removal", "refuse_truncate")],
    )


def take_back_grants(apps, schema_editor):
    role = schema_editor.quote_name(connections["default"].settings_dict["USER"])
    schema_editor.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON documents_document FROM {role}")
    for table in TABLES:
        schema_editor.execute(f"REVOKE UPDATE, TRUNCATE ON {table} FROM {role}")


class Migration(migrations.Migration):
    dependencies = [("documents", "0001_initial"), ("audit", "0002_append_only")]

    operations = [
        append_only("documents_document"),
        migrations.RunSQL(KEPT_UNTIL, "DROP FUNCTION documents_refuse_early_removal()"),
        *(removed_only_late(table) for table in TABLES),
        *(guard(table) for table in ("documents_document", *TABLES)),
        # A PDF is compressed already: trying again would cost time and save nothing.
        migrations.RunSQL(
            "ALTER TABLE documents_content ALTER COLUMN content SET STORAGE EXTERNAL", migrations.RunSQL.noop
        ),
        migrations.RunPython(take_back_grants, migrations.RunPython.noop),
    ]
