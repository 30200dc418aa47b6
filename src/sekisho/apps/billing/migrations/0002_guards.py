"""The database's own guards: entries balance, invoices add up without gaps, and what is on paper never changes."""

from django.db import migrations

from sekisho.apps.row_security import append_only, guard, settled_once

# Each function widens the scope for itself: at the end of a transaction the caller's has gone already.
BALANCE = """
CREATE FUNCTION billing_check_entry(the_entry bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    total numeric;
    found bigint;
    stated smallint;
    scope text := coalesce(current_setting('sekisho.scope', true), '');
BEGIN
    PERFORM set_config('sekisho.scope', '*', true);
    SELECT coalesce(sum(yen), 0), count(*) INTO total, found FROM billing_posting WHERE entry_id = the_entry;
    SELECT legs INTO stated FROM billing_journalentry WHERE id = the_entry;
    PERFORM set_config('sekisho.scope', scope, true);
    IF total <> 0 OR found < 2 OR found <> stated THEN
        RAISE EXCEPTION 'journal entry % does not balance: % of % legs, % yen', the_entry, found, stated, total
            USING ERRCODE = 'check_violation';
    END IF;
END
$$;
CREATE FUNCTION billing_entry_balances() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM billing_check_entry(NEW.id);
    RETURN NULL;
END
$$;
CREATE FUNCTION billing_posting_balances() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM billing_check_entry(NEW.entry_id);
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER entry_balances AFTER INSERT ON billing_journalentry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billing_entry_balances();
CREATE CONSTRAINT TRIGGER posting_balances AFTER INSERT ON billing_posting
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billing_posting_balances();
"""
DROP_BALANCE = """
DROP TRIGGER posting_balances ON billing_posting;
DROP TRIGGER entry_balances ON billing_journalentry;
DROP FUNCTION billing_posting_balances();
DROP FUNCTION billing_entry_balances();
DROP FUNCTION billing_check_entry(bigint);
"""

INVOICES = """
CREATE FUNCTION billing_check_invoice(the_invoice bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    invoice billing_invoice%ROWTYPE;
    taxable numeric;
    outside numeric;
    found bigint;
    gap boolean;
    scope text := coalesce(current_setting('sekisho.scope', true), '');
BEGIN
    PERFORM set_config('sekisho.scope', '*', true);
    SELECT * INTO invoice FROM billing_invoice WHERE id = the_invoice;
    SELECT coalesce(sum(yen) FILTER (WHERE tax = 'taxable'), 0), coalesce(sum(yen) FILTER (WHERE tax <> 'taxable'), 0),
           count(*)
        INTO taxable, outside, found FROM billing_invoiceline WHERE invoice_id = the_invoice;
    gap := invoice.serial > 1 AND NOT EXISTS (SELECT 1 FROM billing_invoice WHERE serial = invoice.serial - 1);
    PERFORM set_config('sekisho.scope', scope, true);
    IF found = 0 OR found <> invoice.line_count OR taxable <> invoice.net_yen OR outside <> invoice.nontax_yen THEN
        RAISE EXCEPTION 'invoice % does not add up', invoice.number USING ERRCODE = 'check_violation';
    END IF;
    IF gap THEN
        RAISE EXCEPTION 'invoice % leaves a gap before it', invoice.number USING ERRCODE = 'check_violation';
    END IF;
END
$$;
CREATE FUNCTION billing_invoice_adds_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM billing_check_invoice(NEW.id);
    RETURN NULL;
END
$$;
CREATE FUNCTION billing_line_adds_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM billing_check_invoice(NEW.invoice_id);
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER invoice_is_whole AFTER INSERT ON billing_invoice
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billing_invoice_adds_up();
CREATE CONSTRAINT TRIGGER line_is_whole AFTER INSERT ON billing_invoiceline
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billing_line_adds_up();
"""
DROP_INVOICES = """
DROP TRIGGER line_is_whole ON billing_invoiceline;
DROP TRIGGER invoice_is_whole ON billing_invoice;
DROP FUNCTION billing_line_adds_up();
DROP FUNCTION billing_invoice_adds_up();
DROP FUNCTION billing_check_invoice(bigint);
"""

RELEASES = """
CREATE FUNCTION billing_release_only_cancelled() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Whoever sees the row sees its invoice's cancellation: they belong to one contract.
    IF TG_OP = 'DELETE' AND EXISTS (SELECT 1 FROM billing_invoicecancellation WHERE invoice_id = OLD.invoice_id) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'a charge stays on its invoice until that is cancelled' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER release_only_cancelled BEFORE UPDATE OR DELETE ON billing_billedcharge
    FOR EACH ROW EXECUTE FUNCTION billing_release_only_cancelled();
CREATE FUNCTION billing_number_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.name = OLD.name AND NEW.last >= OLD.last THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a number is never given back' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER number_only_grows BEFORE UPDATE OR DELETE ON billing_numberseries
    FOR EACH ROW EXECUTE FUNCTION billing_number_only_grows();
"""
DROP_RELEASES = """
DROP TRIGGER number_only_grows ON billing_numberseries;
DROP FUNCTION billing_number_only_grows();
DROP TRIGGER release_only_cancelled ON billing_billedcharge;
DROP FUNCTION billing_release_only_cancelled();
"""

OF_CONTRACTS = (
    "journalentry",
    "posting",
    "charge",
    "credit",
    "credituse",
    "goodwillproposal",
    "invoice",
    "invoiceline",
    "billedcharge",
    "invoicecancellation",
    "payout",
    "runresult",
)
ONLY_GROWING = (
    "journalentry",
    "posting",
    "charge",
    "credit",
    "credituse",
    "issuerprofile",
    "invoice",
    "invoiceline",
    "invoicecancellation",
    "payout",
)


class Migration(migrations.Migration):
    dependencies = [("billing", "0001_initial"), ("audit", "0002_append_only")]

    operations = [
        *(guard(f"billing_{name}") for name in OF_CONTRACTS),
        *(append_only(f"billing_{name}") for name in ONLY_GROWING),
        settled_once("billing_goodwillproposal", "decided_at"),
        migrations.RunSQL([BALANCE], [DROP_BALANCE]),
        migrations.RunSQL([INVOICES], [DROP_INVOICES]),
        migrations.RunSQL([RELEASES], [DROP_RELEASES]),
    ]
