"""The database's own guard, as SQL for migrations.

``guard`` binds a table to the scope of the transaction: rows of other contracts don't exist for the
app's role, to read or to write, and without a scope there are none. ``append_only`` makes a table
refuse every change, to whoever asks; the ``..._but_erasable`` ones let one change through: emptying the
personal columns of a contract whose erasure is on record (Art. 38-5), or of a book whose years of keeping are over.

The scope is the setting ``sekisho.scope``: '*' for all, contract keys with commas between them, or 'operated@' and an
instant for the contracts that were in service with security operations then. Those are thousands, and every query
would hash their keys; so the last kind names none, and each row asks ``sekisho_operated``, a narrow table that a
trigger derives from the contracts' facts (``contracts.migrations.0011_operated``).
The policies ask for the scope in sub-selects, so that a query pays for it once and not for every row.
"""

from __future__ import annotations

from django.db.migrations import RunSQL

SCOPE_FUNCTIONS = """
CREATE OR REPLACE FUNCTION sekisho_sees_all() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce(current_setting('sekisho.scope', true), '') = '*'
$$;
CREATE OR REPLACE FUNCTION sekisho_scope() RETURNS SETOF bigint LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT part::bigint
    FROM unnest(string_to_array(nullif(coalesce(current_setting('sekisho.scope', true), ''), '*'), ',')) AS part
    WHERE part <> '' AND part NOT LIKE 'operated@%'
$$;
CREATE OR REPLACE FUNCTION sekisho_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;
"""
# When each contract is in service with security operations; without an end: 'infinity'.
OPERATED = """
CREATE FUNCTION sekisho_operated_at() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT substring(coalesce(current_setting('sekisho.scope', true), '') FROM '^operated@(.+)$')::timestamptz
$$;
CREATE TABLE sekisho_operated (
    contract_id bigint NOT NULL, from_at timestamptz NOT NULL, until_at timestamptz NOT NULL,
    PRIMARY KEY (contract_id, from_at, until_at)
);
"""
DROP_OPERATED = "DROP TABLE sekisho_operated; DROP FUNCTION sekisho_operated_at();"
_AT = "(SELECT sekisho_operated_at())"
_HELD = "SELECT FROM sekisho_operated held WHERE held.contract_id"
DROP_SCOPE_FUNCTIONS = """
DROP FUNCTION sekisho_sees_all();
DROP FUNCTION sekisho_scope();
DROP FUNCTION sekisho_refuse_change();
"""

# Arguments: 'kept' or 'filled' (an empty column may be filled, once), a condition on the row $1 that says whether its
# erasure is on record, the personal columns.
ERASURE_FUNCTION = """
CREATE FUNCTION sekisho_refuse_change_but_erasure() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    may_fill CONSTANT boolean := TG_ARGV[0] = 'filled';
    personal CONSTANT text[] := TG_ARGV[2:];
    nothing CONSTANT jsonb[] := ARRAY['""', '[]', '{}', 'null', '"\\\\x"']::jsonb[];
    was CONSTANT jsonb := to_jsonb(OLD);
    erased boolean;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        EXECUTE 'SELECT ' || TG_ARGV[1] INTO erased USING OLD;
        IF NOT EXISTS (
            SELECT FROM jsonb_each(to_jsonb(NEW)) AS becomes
            WHERE becomes.value IS DISTINCT FROM was -> becomes.key
              AND NOT CASE WHEN erased AND becomes.key = ANY (personal) THEN becomes.value = ANY (nothing)
                           ELSE may_fill AND was -> becomes.key = ANY (nothing) END)
        THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;
"""
# terms.books.books_kept_until as SQL, for fiscal years that end in March. By the database's own day and not the
# application's: a clock that was set forward must not open the books.
BOOKS_FUNCTION = """
CREATE FUNCTION sekisho_books_kept_until(dated date) RETURNS date LANGUAGE sql IMMUTABLE AS $$
    SELECT make_date(extract(year FROM dated + interval '9 months')::int + 7, 5, 31)
$$;
CREATE FUNCTION sekisho_books_over(dated date) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT sekisho_books_kept_until(dated) < (now() AT TIME ZONE 'Asia/Tokyo')::date
$$;
"""
DROP_BOOKS_FUNCTION = """
DROP FUNCTION sekisho_books_over(date);
DROP FUNCTION sekisho_books_kept_until(date);
"""
DROP_ERASURE_FUNCTION = "DROP FUNCTION sekisho_refuse_change_but_erasure()"


def guard(table: str, column: str = "contract_id", *, writes_without_contract: bool = False) -> RunSQL:
    """Row-level security on ``table``. ``writes_without_contract`` lets anybody add rows that name none."""
    inside = f"(SELECT sekisho_sees_all()) OR {in_scope(table, column)}"
    return _policies(table, inside, f"{inside} OR {column} IS NULL" if writes_without_contract else inside)


def in_scope(table: str, column: str = "contract_id") -> str:
    """The condition that ``column`` names a contract in a scope that doesn't see all."""
    named = f"{table}.{column}"
    return f"{named} IN (SELECT sekisho_scope()) OR {_AT} IS NOT NULL AND EXISTS ({_HELD} = {named})"


def guard_operated() -> RunSQL:
    """Row-level security on the table that the others ask: it shows what is operated then, and nobody else's rows.

    It is asked once a row of theirs, so it has no sub-select that is dear to begin.
    """
    whole = "(SELECT sekisho_sees_all())"
    return _policies("sekisho_operated", f"{whole} OR from_at <= {_AT} AND until_at > {_AT}", whole, whole)


def guard_whole(table: str) -> RunSQL:
    """Row-level security on a table whose rows belong to no single contract: who doesn't see all sees none."""
    return _policies(table, "(SELECT sekisho_sees_all())", "(SELECT sekisho_sees_all())")


def guard_by(table: str, inside: str) -> RunSQL:
    """Row-level security on ``table`` by a condition of its own; who sees all sees these too."""
    whole = f"(SELECT sekisho_sees_all()) OR {inside}"
    return _policies(table, whole, whole)


def _policies(table: str, inside: str, added: str, changed: str | None = None) -> RunSQL:
    changed = changed or inside
    return RunSQL(
        [
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
            f"CREATE POLICY scope_read ON {table} FOR SELECT USING ({inside})",
            f"CREATE POLICY scope_add ON {table} FOR INSERT WITH CHECK ({added})",
            f"CREATE POLICY scope_change ON {table} FOR UPDATE USING ({changed}) WITH CHECK ({changed})",
            f"CREATE POLICY scope_remove ON {table} FOR DELETE USING ({changed})",
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


def erasure_of(*categories: str) -> str:
    """That an erasure of one of these categories is on record for the contract of the row $1.

    Late-bound: the table of erasures stands in an app above whoever guards a table with this.
    """
    wanted = _quoted(*categories)
    return (
        f"EXISTS (SELECT FROM contracts_erasure e WHERE e.contract_id = ($1).contract_id AND e.category IN ({wanted}))"
    )


def books_over(dated: str) -> str:
    """That tax law lets go of the row $1: the years of keeping since its column ``dated`` are over."""
    return f"sekisho_books_over((($1).{dated})::date)"


def append_only_but_erasable(table: str, erased: str, *columns: str) -> RunSQL:
    """As ``append_only``; ``columns`` can be emptied where ``erased`` holds, such as ``erasure_of("party")``."""
    return _growing_but_erasable(table, "kept", erased, *columns)


def filled_once_but_erasable(table: str, erased: str, *columns: str) -> RunSQL:
    """As ``append_only_but_erasable``; besides, a column without a value can be given one, which is then final."""
    return _growing_but_erasable(table, "filled", erased, *columns)


def settled_once_but_erasable(table: str, column: str, erased: str, *columns: str) -> RunSQL:
    """As ``settled_once``; ``columns`` can be emptied where ``erased`` holds, such as ``erasure_of("mail")``."""
    return RunSQL(
        [
            f"DROP TRIGGER IF EXISTS settled_once ON {table}",
            f"CREATE TRIGGER settled_once BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW "
            f"WHEN (OLD.{column} IS NOT NULL) "
            f"EXECUTE FUNCTION sekisho_refuse_change_but_erasure({_quoted('kept', erased, *columns)})",
        ],
        f"DROP TRIGGER settled_once ON {table}",
    )


def _growing_but_erasable(table: str, mode: str, erased: str, *columns: str) -> RunSQL:
    return RunSQL(
        [
            f"DROP TRIGGER IF EXISTS refuse_change ON {table}",
            f"DROP TRIGGER IF EXISTS refuse_truncate ON {table}",
            f"CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION sekisho_refuse_change_but_erasure({_quoted(mode, erased, *columns)})",
            f"CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION sekisho_refuse_change()",
        ],
        [f"DROP TRIGGER refuse_change ON {table}", f"DROP TRIGGER refuse_truncate ON {table}"],
    )


def _quoted(*words: str) -> str:
    """The words as SQL's text constants, with commas between them."""
    return ", ".join("'" + word.replace("'", "''") + "'" for word in words)


def settled_once(table: str, column: str) -> RunSQL:
    """A row of ``table`` is final as soon as ``column`` is no longer NULL."""
    return RunSQL(
        f"CREATE TRIGGER settled_once BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW "
        f"WHEN (OLD.{column} IS NOT NULL) EXECUTE FUNCTION sekisho_refuse_change()",
        f"DROP TRIGGER settled_once ON {table}",
    )
