"""Proposals of disclosures: seen in scope, final once decided, emptied with the erasure of the contract's party."""

from django.db import migrations

from sekisho.apps.row_security import erasure_of, guard, settled_once_but_erasable


class Migration(migrations.Migration):
    dependencies = [("registers", "0003_disclosure_proposals"), ("audit", "0003_erasure")]

    operations = [
        guard("registers_disclosureproposal"),
        settled_once_but_erasable(
            "registers_disclosureproposal", "decided_at", erasure_of("party"), "recipient", "items", "reference"
        ),
    ]
