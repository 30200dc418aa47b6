"""Contracts from before acceptances entered the register: their contractor is a party from the acceptance on."""

from django.db import migrations

ENTER = """
WITH missing AS (
    SELECT c.id AS contract_id, c.contractor_id, o.name, o.name_en,
           (c.accepted_at AT TIME ZONE 'Asia/Tokyo')::date AS since_on
    FROM contracts_contract c JOIN accounts_organisation o ON o.id = c.contractor_id
    WHERE NOT EXISTS (SELECT FROM contracts_contractparty p WHERE p.contract_id = c.id)
), party AS (
    INSERT INTO contracts_contractparty (contract_id, organisation_id, since_on, told_at)
    SELECT contract_id, contractor_id, since_on, now() FROM missing
    RETURNING id, contract_id
), representing AS (
    INSERT INTO contracts_representative (party_id, contract_id, from_on, told_at)
    SELECT party.id, contract_id, since_on, now() FROM party JOIN missing USING (contract_id)
)
INSERT INTO contracts_partydata
    (party_id, contract_id, from_on, name, name_en, address, representative, corporate_number, told_at)
SELECT party.id, contract_id, since_on, name, name_en, '', '', '', now() FROM party JOIN missing USING (contract_id)
"""


class Migration(migrations.Migration):
    dependencies = [("contracts", "0009_guard_application_erasures")]

    operations = [
        migrations.RunSQL(
            [
                "SELECT set_config('sekisho.scope', '*', true)",
                ENTER,
                "SET CONSTRAINTS ALL IMMEDIATE",
                "SELECT set_config('sekisho.scope', '', true)",
            ],
            migrations.RunSQL.noop,
        )
    ]
