"""The database's own guard, as SQL for migrations.

``guard`` binds a table to the scope of the transaction: rows of other contracts don't exist for the
app's role, to read or to write, and without a scope there are none. ``append_only`` makes a table
refuse every change, to whoever asks.

The scope is the setting ``sekisho.scope``: '*' for all, or contract keys with commas between them.
The policies ask for it in sub-selects, so that a query pays for it once and not for every row.
"""

from __future__ import annotations

from django.db.migrations import RunSQL

SCOPE_FUNCTIONS = """
CREATE FUNCTION sekisho_sees_all() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce(current_setting('sekisho.scope', true), '') = '*'
$$;
CREATE FUNCTION sekisho_scope() RETURNS SETOF bigint LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT part::bigint
    FROM unnest(string_to_array(nullif(coalesce(current_setting('sekisho.scope', true), ''), '*'), ',')) AS part
    WHERE part <> ''
$$;
CREATE FUNCTION sekisho_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;
"""
DROP_SCOPE_FUNCTIONS = """
DROP FUNCTION sekisho_sees_all();
DROP FUNCTION sekisho_scope();
DROP FUNCTION sekisho_refuse_change();
"""


def guard(table: str, column: str = "contract_id", *, writes_without_contract: bool = False) -> RunSQL:
    """Row-level security on ``table``. ``writes_without_contract`` lets anybody add rows that name none."""
    inside = f"(SELECT sekisho_sees_all()) OR {column} IN (SELECT sekisho_scope())"
    added = f"{inside} OR {column} IS NULL" if writes_without_contract else inside
    return RunSQL(
        [
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
            f"CREATE POLICY scope_read ON {table} FOR SELECT USING ({inside})",
            f"CREATE POLICY scope_add ON {table} FOR INSERT WITH CHECK ({added})",
            f"CREATE POLICY scope_change ON {table} FOR UPDATE USING ({inside}) WITH CHECK ({inside})",
            f"CREATE POLICY scope_remove ON {table} FOR DELETE USING ({inside})",
        ],
        [
            *(f"DROP POLICY scope_{act} ON {table}" for act in ("read", "add", "change", "remove")),
            f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
        ],
    )


def append_only(table: str) -> RunSQL:
    """Rows of ``table`` are added and read, nothing else."""
    return RunSQL(
        [
            f"CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION sekisho_refuse_change()",
            f"CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION sekisho_refuse_change()",
        ],
        [f"DROP TRIGGER refuse_change ON {table}", f"DROP TRIGGER refuse_truncate ON {table}"],
    )


def settled_once(table: str, column: str) -> RunSQL:
    """A row of ``table`` is final as soon as ``column`` is no longer NULL."""
    return RunSQL(
        f"CREATE TRIGGER settled_once BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW "
        f"WHEN (OLD.{column} IS NOT NULL) EXECUTE FUNCTION sekisho_refuse_change()",
        f"DROP TRIGGER settled_once ON {table}",
    )
