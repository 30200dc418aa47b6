"""The database's own guards of receipts: money is neither made nor lost, and what was confirmed never changes."""

from django.db import migrations

from sekisho.apps.row_security import append_only, guard, settled_once

# Sets the scope for itself: at the end of a transaction the caller's has gone already. Within the body, because
# PostgreSQL lets only superusers attach a setting of ours to a function.
CONSERVES = """
CREATE FUNCTION billing_check_allocation(the_allocation bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    allocation billing_allocation%ROWTYPE;
    used numeric;
    received bigint;
    left_open numeric;
    scope text := coalesce(current_setting('sekisho.scope', true), '');
BEGIN
    PERFORM set_config('sekisho.scope', '*', true);
    SELECT * INTO allocation FROM billing_allocation WHERE id = the_allocation;
    IF allocation.receipt_id IS NOT NULL THEN
        SELECT coalesce(sum(yen), 0) INTO used FROM billing_allocation WHERE receipt_id = allocation.receipt_id;
        SELECT yen INTO received FROM billing_receipt WHERE id = allocation.receipt_id;
        IF used < 0 OR used > received THEN
            RAISE EXCEPTION 'receipt %: % of % yen used', allocation.receipt_id, used, received
                USING ERRCODE = 'check_violation';
        END IF;
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
"""

LINES = """
CREATE FUNCTION billing_line_becomes_receipt() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.outcome = 'repeated' AND OLD.receipt_id IS NULL
       AND to_jsonb(NEW) - 'receipt_id' = to_jsonb(OLD) - 'receipt_id' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'what a file said never changes' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER line_becomes_receipt BEFORE UPDATE OR DELETE ON billing_receiptfileline
    FOR EACH ROW EXECUTE FUNCTION billing_line_becomes_receipt();
"""
DROP_LINES = """
DROP TRIGGER line_becomes_receipt ON billing_receiptfileline;
DROP FUNCTION billing_line_becomes_receipt();
"""

# Nobody's yet: only those who see every contract see these.
OF_THE_CARRIER = ("receiptfile", "receiptfileline", "receipt", "payername")


def carrier_only(table: str) -> migrations.RunSQL:
    everything = "(SELECT sekisho_sees_all())"
    return migrations.RunSQL(
        [
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
            f"CREATE POLICY carrier_only ON {table} USING ({everything}) WITH CHECK ({everything})",
        ],
        [
            f"DROP POLICY carrier_only ON {table}",
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
        *(append_only(f"billing_{name}") for name in ("receiptfile", "receipt", "allocation")),
        settled_once("billing_virtualaccount", "released_at"),
        settled_once("billing_dunningletter", "decided_at"),
        settled_once("billing_suspensionproposal", "decided_at"),
        migrations.RunSQL([CONSERVES], [DROP_CONSERVES]),
        migrations.RunSQL([LINES], [DROP_LINES]),
        migrations.RunSQL([FIRST_LEVELS], ["DELETE FROM billing_dunninglevel"]),
    ]
