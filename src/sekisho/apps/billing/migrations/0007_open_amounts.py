"""What is open on each invoice, added up as postings arrive: lists of debts need not add up the whole ledger.

The database derives it and nobody writes it; two postings at once wait for each other on the invoice's row. An invoice
on which nothing is open has no row.
"""

import django.db.models.deletion
from django.db import migrations, models

from sekisho.apps.row_security import guard

# Of a transaction that may not see all: the trigger widens the scope for itself.
FOLLOW = """
CREATE FUNCTION billing_follow_open() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    scope text := coalesce(current_setting('sekisho.scope', true), '');
BEGIN
    IF EXISTS (SELECT FROM added WHERE account = 'receivable' AND invoice_id IS NOT NULL) THEN
        PERFORM set_config('sekisho.scope', '*', true);
        INSERT INTO billing_openamount AS known (invoice_id, contract_id, due_on, yen)
        SELECT added.invoice_id, invoice.contract_id, invoice.due_on, sum(added.yen)
        FROM added LEFT JOIN billing_invoice invoice ON invoice.id = added.invoice_id
        WHERE added.account = 'receivable' AND added.invoice_id IS NOT NULL
        GROUP BY added.invoice_id, invoice.contract_id, invoice.due_on ORDER BY added.invoice_id
        ON CONFLICT (invoice_id) DO UPDATE SET yen = known.yen + excluded.yen;
        DELETE FROM billing_openamount known USING added WHERE known.invoice_id = added.invoice_id AND known.yen = 0;
        PERFORM set_config('sekisho.scope', scope, true);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER follow_open AFTER INSERT ON billing_posting
REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION billing_follow_open();
"""
FOLLOW_NO_MORE = "DROP TRIGGER follow_open ON billing_posting; DROP FUNCTION billing_follow_open();"
ADD_UP = """
SELECT set_config('sekisho.scope', '*', true);
INSERT INTO billing_openamount (invoice_id, contract_id, due_on, yen)
SELECT invoice.id, invoice.contract_id, invoice.due_on, sum(posting.yen)
FROM billing_posting posting JOIN billing_invoice invoice ON invoice.id = posting.invoice_id
WHERE posting.account = 'receivable' GROUP BY invoice.id HAVING sum(posting.yen) <> 0;
SELECT set_config('sekisho.scope', '', true);
"""
DERIVED_ALONE = """
CREATE TRIGGER derived_alone BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON billing_openamount
FOR EACH STATEMENT EXECUTE FUNCTION sekisho_derived_alone();
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0006_erasable"), ("contracts", "0011_operated")]

    operations = [
        migrations.CreateModel(
            name="OpenAmount",
            fields=[
                (
                    "invoice",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="open_amount",
                        serialize=False,
                        to="billing.invoice",
                    ),
                ),
                ("due_on", models.DateField()),
                ("yen", models.BigIntegerField()),
                (
                    "contract",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="contracts.contract",
                    ),
                ),
            ],
        ),
        guard("billing_openamount"),
        migrations.RunSQL([FOLLOW, ADD_UP], FOLLOW_NO_MORE),
        migrations.RunSQL(DERIVED_ALONE, "DROP TRIGGER derived_alone ON billing_openamount"),
    ]
