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
CREATE CONSTRAINT TRIGGER entry_balances AFTER INSERT ON billing_journalentry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billing_entry_balances();
"""
DROP_BALANCE = """
DROP TRIGGER entry_balances ON billing_journalentry;
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
CREATE CONSTRAINT TRIGGER invoice_is_whole AFTER INSERT ON billing_invoice
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billing_invoice_adds_up();
"""
DROP_INVOICES = """
DROP TRIGGER invoice_is_whole ON billing_invoice;
DROP FUNCTION billing_invoice_adds_up();
DROP FUNCTION billing_check_invoice(bigint);
"""

# One check a statement, not one a row. The parts of a whole never outnumber what it states, and are right as soon as
# all are there; that all are there is checked of the whole itself, at the end of the transaction.
PARTS = """
CREATE FUNCTION billing_check_postings() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    scope text := coalesce(current_setting('sekisho.scope', true), '');
    wrong text;
BEGIN
    PERFORM set_config('sekisho.scope', '*', true);
    SELECT format('%s: %s of %s legs, %s yen', entry.id, count(*), entry.legs, sum(posting.yen)) INTO wrong
        FROM billing_journalentry AS entry JOIN billing_posting AS posting ON posting.entry_id = entry.id
        WHERE entry.id IN (SELECT entry_id FROM added)
        GROUP BY entry.id, entry.legs
        HAVING count(*) > entry.legs OR (count(*) = entry.legs AND sum(posting.yen) <> 0) LIMIT 1;
    PERFORM set_config('sekisho.scope', scope, true);
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'journal entry does not balance: %', wrong USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE FUNCTION billing_check_lines() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    scope text := coalesce(current_setting('sekisho.scope', true), '');
    wrong text;
BEGIN
    PERFORM set_config('sekisho.scope', '*', true);
    SELECT invoice.number INTO wrong
        FROM billing_invoice AS invoice JOIN billing_invoiceline AS line ON line.invoice_id = invoice.id
        WHERE invoice.id IN (SELECT invoice_id FROM added)
        GROUP BY invoice.id
        HAVING count(*) > invoice.line_count OR (count(*) = invoice.line_count AND (
            coalesce(sum(line.yen) FILTER (WHERE line.tax = 'taxable'), 0) <> invoice.net_yen
            OR coalesce(sum(line.yen) FILTER (WHERE line.tax <> 'taxable'), 0) <> invoice.nontax_yen)) LIMIT 1;
    PERFORM set_config('sekisho.scope', scope, true);
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'invoice % does not add up', wrong USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER postings_balance AFTER INSERT ON billing_posting
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION billing_check_postings();
CREATE TRIGGER lines_add_up AFTER INSERT ON billing_invoiceline
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION billing_check_lines();
"""
DROP_PARTS = """
DROP TRIGGER lines_add_up ON billing_invoiceline;
DROP TRIGGER postings_balance ON billing_posting;
DROP FUNCTION billing_check_lines();
DROP FUNCTION billing_check_postings();
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
        migrations.RunSQL([PARTS], [DROP_PARTS]),
        migrations.RunSQL([RELEASES], [DROP_RELEASES]),
    ]
