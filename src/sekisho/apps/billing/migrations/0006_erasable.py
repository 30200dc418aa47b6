"""Books can be emptied of people when tax law lets them go; what staff noted of a debtor, with the party's erasure."""

from django.db import migrations

from sekisho.apps.row_security import (
    append_only_but_erasable,
    books_over,
    erasure_of,
    settled_once_but_erasable,
)

PARTY = erasure_of("party")

LINES = """
CREATE OR REPLACE FUNCTION billing_line_seen_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.seen_at IS NULL AND NEW.seen_at IS NOT NULL
       AND to_jsonb(NEW) - '{receipt_id,seen_at,seen_by_id,note}'::text[]
         = to_jsonb(OLD) - '{receipt_id,seen_at,seen_by_id,note}'::text[] THEN
        RETURN NEW;
    END IF;
    -- The database's own day, as for every book (sekisho_books_over).
    IF TG_OP = 'UPDATE' AND NEW.raw = '' AND NEW.told = '{}' AND NEW.note = ''
       AND to_jsonb(NEW) - '{raw,told,note}'::text[] = to_jsonb(OLD) - '{raw,told,note}'::text[]
       AND EXISTS (SELECT FROM billing_receiptfile f WHERE f.id = OLD.file_id AND sekisho_books_over(f.imported_at::date))
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'what a file said never changes' USING ERRCODE = 'insufficient_privilege';
END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0005_settings_to_tariff"), ("audit", "0006_guard_words")]

    operations = [
        append_only_but_erasable("billing_invoice", books_over("invoiced_on"), "addressee"),
        append_only_but_erasable("billing_invoicecancellation", books_over("cancelled_at"), "reason"),
        append_only_but_erasable("billing_journalentry", books_over('"on"'), "memo"),
        append_only_but_erasable(
            "billing_receipt", books_over("booked_on"), "payer_name", "payer_code", "payer_bank", "text"
        ),
        append_only_but_erasable("billing_receiptreturn", books_over("recorded_at"), "reason"),
        append_only_but_erasable("billing_receiptfile", books_over("imported_at"), "name", "content"),
        append_only_but_erasable("billing_allocation", books_over("confirmed_at"), "reason"),
        settled_once_but_erasable("billing_goodwillproposal", "decided_at", books_over("proposed_at"), "reason"),
        settled_once_but_erasable("billing_dunningletter", "decided_at", PARTY, "note"),
        settled_once_but_erasable("billing_suspensionproposal", "decided_at", PARTY, "reason"),
        migrations.RunSQL([LINES], migrations.RunSQL.noop),
    ]
