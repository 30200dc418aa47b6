"""When a contract is in service with security operations, derived from its facts by the database itself.

The partner's sight rests on it (``contracts.queries.scopes``). The rows of a contract are made anew with every fact
of either kind that is told, from the last word of each thread, as ``History.in_force`` reads them; facts of one
contract are told in turns, so no two tellings do this at once.

A database from before this migration has neither the table nor policies that ask it: both are made up for here.
"""

import re

from django.db import migrations

from sekisho.apps.row_security import OPERATED, SCOPE_FUNCTIONS, guard_operated, in_scope

# Of a transaction that may not see all: the trigger widens the scope for itself.
FOLLOW = """
CREATE FUNCTION contracts_follow_operations() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    scope text := coalesce(current_setting('sekisho.scope', true), '');
    concerned bigint[];
BEGIN
    SELECT array_agg(DISTINCT contract_id) INTO concerned FROM told WHERE kind IN ('operations', 'service');
    IF concerned IS NOT NULL THEN
        PERFORM set_config('sekisho.scope', '*', true);
        PERFORM contracts_derive_operated(concerned);
        PERFORM set_config('sekisho.scope', scope, true);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER follow_operations AFTER INSERT ON contracts_contractfact
REFERENCING NEW TABLE AS told FOR EACH STATEMENT EXECUTE FUNCTION contracts_follow_operations();
"""
DERIVE = """
CREATE FUNCTION contracts_derive_operated(concerned bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM sekisho_operated WHERE contract_id = ANY (concerned);
    WITH last_words AS (
        SELECT DISTINCT ON (kind, contract_id, thread) kind, contract_id, void, from_at,
            coalesce(until_at, 'infinity') AS until_at
        FROM contracts_contractfact WHERE kind IN ('operations', 'service') AND contract_id = ANY (concerned)
        ORDER BY kind, contract_id, thread, number DESC
    )
    INSERT INTO sekisho_operated (contract_id, from_at, until_at)
    SELECT DISTINCT contract_id, greatest(operated.from_at, served.from_at), least(operated.until_at, served.until_at)
    FROM last_words operated JOIN last_words served USING (contract_id)
    WHERE operated.kind = 'operations' AND served.kind = 'service' AND NOT operated.void AND NOT served.void
        AND greatest(operated.from_at, served.from_at) < least(operated.until_at, served.until_at);
END
$$;
"""
DERIVE_ALL = """
SELECT set_config('sekisho.scope', '*', true);
SELECT contracts_derive_operated(array_agg(id)) FROM contracts_contract;
SELECT set_config('sekisho.scope', '', true);
"""
# Nobody but the trigger writes: neither an action nor a person at the prompt.
DERIVED_ALONE = """
CREATE FUNCTION sekisho_derived_alone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION '% is derived: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER derived_alone BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON sekisho_operated
FOR EACH STATEMENT EXECUTE FUNCTION sekisho_derived_alone();
"""
NOT_DERIVED_ALONE = "DROP TRIGGER derived_alone ON sekisho_operated; DROP FUNCTION sekisho_derived_alone();"
FOLLOW_NO_MORE = """
DROP TRIGGER follow_operations ON contracts_contractfact;
DROP FUNCTION contracts_follow_operations();
DROP FUNCTION contracts_derive_operated(bigint[]);
"""
OLDER_POLICIES = """
SELECT tablename, policyname, qual, with_check FROM pg_policies
WHERE concat(qual, with_check) LIKE '%sekisho_scope()%' AND concat(qual, with_check) NOT LIKE '%sekisho_operated%'
"""
OLDER_CONDITION = re.compile(r"\((?:\w+\.)?(\w+) IN \( SELECT sekisho_scope\(\) AS sekisho_scope\)\)")


def make_up_for_older(apps, schema_editor):
    """Nothing to do in a database that was made after this migration was written."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('sekisho_operated') IS NULL")
        if not cursor.fetchone()[0]:
            return
        cursor.execute(SCOPE_FUNCTIONS)
        cursor.execute(OPERATED)
        for statement in guard_operated().sql:
            cursor.execute(statement)
        cursor.execute(OLDER_POLICIES)
        for table, policy, read, added in cursor.fetchall():
            using, check = (_asking_more(table, condition) for condition in (read, added))
            cursor.execute(
                f"ALTER POLICY {policy} ON {table}"
                + (f" USING ({using})" if using else "")
                + (f" WITH CHECK ({check})" if check else "")
            )


def _asking_more(table: str, condition: str | None) -> str:
    return OLDER_CONDITION.sub(lambda found: f"({in_scope(table, found[1])})", condition or "")


class Migration(migrations.Migration):
    dependencies = [("contracts", "0010_register_of_parties"), ("audit", "0002_append_only")]

    operations = [
        migrations.RunPython(make_up_for_older, migrations.RunPython.noop),
        migrations.RunSQL([DERIVE, FOLLOW, DERIVE_ALL], FOLLOW_NO_MORE),
        migrations.RunSQL(DERIVED_ALONE, NOT_DERIVED_ALONE),
    ]
