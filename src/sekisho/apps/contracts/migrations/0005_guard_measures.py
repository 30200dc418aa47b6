"""Measures, parties and erasures only grow; erasure empties their personal columns, and the scope guards each."""

from django.db import migrations

from sekisho.apps.row_security import (
    append_only,
    append_only_but_erasable,
    erasure_of,
    filled_once_but_erasable,
    guard,
)

TABLES = (
    "measure",
    "measurestep",
    "contractparty",
    "partyleaving",
    "representative",
    "partydata",
    "partychange",
    "transfer",
    "followup",
    "carrierassignment",
    "erasure",
    "erasurereport",
)
PARTY = erasure_of("party")


class Migration(migrations.Migration):
    dependencies = [("contracts", "0004_measures"), ("audit", "0003_erasure")]

    operations = [
        *(guard(f"contracts_{table}") for table in TABLES),
        append_only_but_erasable("contracts_measure", PARTY, "fact", "reason", "urgent_reason", "evidence"),
        append_only_but_erasable("contracts_measurestep", PARTY, "note"),
        append_only("contracts_contractparty"),
        append_only("contracts_partyleaving"),
        append_only("contracts_representative"),
        append_only_but_erasable(
            "contracts_partydata", PARTY, "name", "name_en", "address", "representative", "corporate_number"
        ),
        append_only_but_erasable("contracts_partychange", PARTY, "proof"),
        filled_once_but_erasable("contracts_transfer", PARTY, "consent_document", "proof"),
        filled_once_but_erasable("contracts_followup", PARTY, "note"),
        filled_once_but_erasable("contracts_carrierassignment", PARTY, "consent_document"),
        append_only("contracts_erasure"),
        append_only("contracts_erasurereport"),
    ]
