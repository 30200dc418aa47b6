"""The database's own guards of receipts: money is neither made nor lost, and what was confirmed never changes."""

from django.db import migrations

from sekisho.apps.row_security import append_only, guard, settled_once

# Sets the scope for itself: at the end of a transaction the caller's has gone already. Within the body, because
# PostgreSQL lets only superusers attach a setting of ours to a function.
CONSERVES = """
CREATE FUNCTION billing_check_receipt(the_receipt bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    used numeric;
    received bigint;
    scope text := coalesce(current_setting('sekisho.scope', true), '');
BEGIN
    PERFORM set_config('sekisho.scope', '*', true);
    SELECT coalesce(sum(yen), 0) INTO used FROM billing_allocation WHERE receipt_id = the_receipt;
    SELECT CASE WHEN EXISTS (SELECT 1 FROM billing_receiptreturn WHERE receipt_id = the_receipt) THEN 0 ELSE yen END
        INTO received FROM billing_receipt WHERE id = the_receipt;
    IF used < 0 OR used > received THEN
        RAISE EXCEPTION 'receipt %: % of % yen used', the_receipt, used, received USING ERRCODE = 'check_violation';
    END IF;
    PERFORM set_config('sekisho.scope', scope, true);
END
$$;
CREATE FUNCTION billing_return_conserves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM billing_check_receipt(NEW.receipt_id);
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER return_conserves AFTER INSERT ON billing_receiptreturn
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billing_return_conserves();
CREATE FUNCTION billing_check_allocation(the_allocation bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    allocation billing_allocation%ROWTYPE;
    left_open numeric;
    scope text := coalesce(current_setting('sekisho.scope', true), '');
BEGIN
    PERFORM set_config('sekisho.scope', '*', true);
    SELECT * INTO allocation FROM billing_allocation WHERE id = the_allocation;
    IF allocation.receipt_id IS NOT NULL THEN
        PERFORM billing_check_receipt(allocation.receipt_id);
    END IF;
    IF allocation.invoice_id IS NOT NULL AND allocation.yen > 0 THEN
        SELECT coalesce(sum(yen), 0) INTO left_open FROM billing_posting
            WHERE invoice_id = allocation.invoice_id AND account = 'receivable';
        IF left_open < 0 THEN
            RAISE EXCEPTION 'invoice % overpaid by % yen', allocation.invoice_id, -left_open
                USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    IF allocation.reverses_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM billing_allocation AS taken_back
        WHERE taken_back.id = allocation.reverses_id AND taken_back.yen = -allocation.yen
          AND taken_back.kind = allocation.kind AND taken_back.contract_id = allocation.contract_id
          AND taken_back.receipt_id IS NOT DISTINCT FROM allocation.receipt_id
          AND taken_back.invoice_id IS NOT DISTINCT FROM allocation.invoice_id
    ) THEN
        RAISE EXCEPTION 'allocation % takes back another one than it names', the_allocation
            USING ERRCODE = 'check_violation';
    END IF;
    PERFORM set_config('sekisho.scope', scope, true);
END
$$;
CREATE FUNCTION billing_allocation_conserves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM billing_check_allocation(NEW.id);
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER allocation_conserves AFTER INSERT ON billing_allocation
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billing_allocation_conserves();
"""
DROP_CONSERVES = """
DROP TRIGGER allocation_conserves ON billing_allocation;
DROP FUNCTION billing_allocation_conserves();
DROP FUNCTION billing_check_allocation(bigint);
DROP TRIGGER return_conserves ON billing_receiptreturn;
DROP FUNCTION billing_return_conserves();
DROP FUNCTION billing_check_receipt(bigint);
"""

LINES = """
CREATE FUNCTION billing_line_seen_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.seen_at IS NULL AND NEW.seen_at IS NOT NULL
       AND to_jsonb(NEW) - '{receipt_id,seen_at,seen_by_id,note}'::text[]
         = to_jsonb(OLD) - '{receipt_id,seen_at,seen_by_id,note}'::text[] THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'what a file said never changes' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER line_seen_once BEFORE UPDATE OR DELETE ON billing_receiptfileline
    FOR EACH ROW EXECUTE FUNCTION billing_line_seen_once();
"""
DROP_LINES = """
DROP TRIGGER line_seen_once ON billing_receiptfileline;
DROP FUNCTION billing_line_seen_once();
"""

# Nobody's yet: only those who see every contract see these.
OF_THE_CARRIER = ("receiptfile", "receiptfileline", "receipt", "receiptreturn", "payername")


def carrier_only(table: str) -> migrations.RunSQL:
    """Row-level security on a table without contracts: all of it in the scope of everything, else nothing."""
    seen = "(SELECT sekisho_sees_all())"
    acts = {
        "read": f"FOR SELECT USING ({seen})",
        "add": f"FOR INSERT WITH CHECK ({seen})",
        "change": f"FOR UPDATE USING ({seen}) WITH CHECK ({seen})",
        "remove": f"FOR DELETE USING ({seen})",
    }
    return migrations.RunSQL(
        [
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
            *(f"CREATE POLICY scope_{act} ON {table} {how}" for act, how in acts.items()),
        ],
        [
            *(f"DROP POLICY scope_{act} ON {table}" for act in acts),
            f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
        ],
    )


FIRST_LEVELS = """
INSERT INTO billing_dunninglevel (level, days_late, pay_within_days, automatic)
VALUES (1, 7, 10, false), (2, 21, 10, false), (3, 35, 7, false)
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0003_receipts")]

    operations = [
        *(guard(f"billing_{name}") for name in ("allocation", "virtualaccount", "dunningletter", "suspensionproposal")),
        *(carrier_only(f"billing_{name}") for name in OF_THE_CARRIER),
        *(append_only(f"billing_{name}") for name in ("receiptfile", "receipt", "receiptreturn", "allocation")),
        settled_once("billing_virtualaccount", "released_at"),
        settled_once("billing_dunningletter", "decided_at"),
        settled_once("billing_suspensionproposal", "decided_at"),
        migrations.RunSQL([CONSERVES], [DROP_CONSERVES]),
        migrations.RunSQL([LINES], [DROP_LINES]),
        migrations.RunSQL([FIRST_LEVELS], ["DELETE FROM billing_dunninglevel"]),
    ]
