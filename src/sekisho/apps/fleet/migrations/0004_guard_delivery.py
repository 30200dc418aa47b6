"""What is decided and reported only grows; erasure empties people's words; the scope guards each table."""

from django.db import migrations
from django.db.migrations import RunSQL

from sekisho.apps.row_security import (
    append_only,
    append_only_but_erasable,
    erasure_of,
    guard,
    guard_by,
    in_scope,
    settled_once_but_erasable,
)

PARTY = erasure_of("party")
ALL = "(SELECT sekisho_sees_all())"
# The contracts' own guard narrows this to the scope.
CONTRACTORS = "fleet_policylayer.organisation_id IN (SELECT contractor_id FROM contracts_contract)"
OURS = f"{in_scope('fleet_policylayer')} OR {CONTRACTORS}"
READ_LAYER = f"{ALL} OR {OURS} OR kind = 'template' AND coalesce(current_setting('sekisho.scope', true), '') <> ''"
READ_REVISION = f"{ALL} OR EXISTS (SELECT FROM fleet_policylayer layer WHERE layer.id = layer_id)"


def guard_layers(table: str, read: str, write: str) -> RunSQL:
    """Templates are read by everybody who has a scope at all, and written by who sees all contracts."""
    return RunSQL(
        [
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
            f"CREATE POLICY scope_read ON {table} FOR SELECT USING ({read})",
            f"CREATE POLICY scope_add ON {table} FOR INSERT WITH CHECK ({write})",
            f"CREATE POLICY scope_change ON {table} FOR UPDATE USING ({write}) WITH CHECK ({write})",
            f"CREATE POLICY scope_remove ON {table} FOR DELETE USING ({write})",
        ],
        [f"DROP POLICY scope_{act} ON {table}" for act in ("read", "add", "change", "remove")],
    )


class Migration(migrations.Migration):
    dependencies = [("fleet", "0003_delivery"), ("audit", "0003_erasure"), ("contracts", "0005_guard_measures")]

    operations = [
        guard_layers("fleet_policylayer", READ_LAYER, f"{ALL} OR {OURS}"),
        guard_layers("fleet_layerrevision", READ_REVISION, f"{ALL} OR {in_scope('fleet_layerrevision')}"),
        guard("fleet_policyrevision"),
        guard("fleet_block"),
        guard("fleet_delivery"),
        guard("fleet_devicereport"),
        guard("fleet_devicestatus"),
        guard("fleet_alarm"),
        guard("fleet_rolloutmember"),
        guard_by("fleet_rollout", "EXISTS (SELECT FROM fleet_rolloutmember m WHERE m.rollout_id = fleet_rollout.id)"),
        append_only_but_erasable("fleet_layerrevision", PARTY, "why", "ticket"),
        append_only_but_erasable("fleet_policyrevision", PARTY, "why", "ticket"),
        append_only("fleet_devicereport"),
        settled_once_but_erasable("fleet_block", "lifted_at", PARTY, "why", "lifted_why"),
    ]
