"""What a contract has moves from columns into dated facts; the row keeps who it is, and the line gets its own table."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from sekisho.apps.row_security import append_only, guard, guard_by

# The owner of the tables is bound by row-level security too.
SEE_ALL = migrations.RunSQL("SELECT set_config('sekisho.scope', '*', true)", migrations.RunSQL.noop)

LINE_KINDS = ("lan_network_service", "ip_network_service", "other")
FACT_KINDS = (
    "state", "service", "billing", "notice", "plan", "functions", "access_item", "operations", "retention_years",
    "extra_accounts", "monitoring_report", "report_meeting", "interrupted", "restricted", "suspended", "fee",
    "parameter", "resale", "ancillary", "line",
)  # fmt: skip
MOVED = (
    "line", "plan", "functions", "access_item", "operations", "operations_started_on", "retention_years",
    "extra_accounts", "monitoring_report", "report_meeting", "started_on", "ended_on",
)  # fmt: skip

MOVE_LINES = """
INSERT INTO contracts_line (identifier, kind, active, holder_id)
SELECT DISTINCT ON (line) line, 'ip_network_service', true, contractor_id
FROM contracts_contract ORDER BY line, ended_on DESC NULLS FIRST;
UPDATE contracts_contract SET
    under_id = (SELECT id FROM contracts_line WHERE identifier = line),
    line_from_at = least(accepted_at, started_on::timestamp AT TIME ZONE 'Asia/Tokyo'),
    line_until_at = (ended_on + 1)::timestamp AT TIME ZONE 'Asia/Tokyo';
"""

# Tokyo has no summer time: a day there begins at 15:00 UTC of the day before.
MOVE_FACTS = """
CREATE FUNCTION pg_temp.day_begins(day date) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS
    $$ SELECT day::timestamp AT TIME ZONE 'Asia/Tokyo' $$;
WITH old AS (
    SELECT *, least(accepted_at, pg_temp.day_begins(started_on)) AS agreed_at,
        coalesce(pg_temp.day_begins(coalesce(operations_started_on, started_on)), accepted_at) AS operated_at,
        coalesce(pg_temp.day_begins(started_on), accepted_at) AS served_at,
        pg_temp.day_begins(ended_on + 1) AS over_at
    FROM contracts_contract
), told AS (
    SELECT id, 1 AS turn, 'state' AS kind, '"accepted"'::jsonb AS value, agreed_at AS from_at,
        NULL::timestamptz AS until_at FROM old
    UNION ALL SELECT id, 2, 'line', to_jsonb(line), agreed_at, NULL FROM old
    UNION ALL SELECT id, 3, 'plan', to_jsonb(plan), agreed_at, NULL FROM old
    UNION ALL SELECT id, 4, 'functions', to_jsonb(functions), agreed_at, NULL FROM old
    UNION ALL SELECT id, 5, 'access_item', to_jsonb(access_item), agreed_at, NULL FROM old
    UNION ALL SELECT id, 6, 'operations', 'null', operated_at, NULL FROM old WHERE operations
    UNION ALL SELECT id, 7, 'retention_years', to_jsonb(retention_years), served_at, NULL FROM old
        WHERE retention_years > 1
    UNION ALL SELECT id, 8, 'extra_accounts', to_jsonb(extra_accounts), served_at, NULL FROM old
        WHERE extra_accounts > 0
    UNION ALL SELECT id, 9, 'monitoring_report', 'null', served_at, NULL FROM old
        WHERE monitoring_report
    UNION ALL SELECT id, 10, 'report_meeting', 'null', served_at, NULL FROM old
        WHERE report_meeting
    UNION ALL SELECT id, 11, 'service', 'null', served_at, over_at FROM old WHERE started_on IS NOT NULL
    UNION ALL SELECT id, 12, 'billing', 'null', served_at, over_at FROM old WHERE started_on IS NOT NULL
), numbered AS (
    SELECT *, row_number() OVER (PARTITION BY id ORDER BY turn) AS number FROM told
)
INSERT INTO contracts_contractfact
    (contract_id, number, thread, kind, value, from_at, until_at, recorded_at, void, actor_name)
SELECT id, number, CASE WHEN kind IN ('service', 'billing') THEN kind ELSE kind || '.' || number END, kind, value,
    from_at, until_at, (SELECT accepted_at FROM contracts_contract AS c WHERE c.id = numbered.id), false, 'migration'
FROM numbered;
SET CONSTRAINTS ALL IMMEDIATE;
"""

# The end of service, and a withdrawal before it, set the line free; nothing else may say so.
FOLLOW_LINE = """
CREATE FUNCTION contracts_follow_line() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE contracts_contract SET line_until_at = CASE
        WHEN NEW.kind = 'state' THEN greatest(line_from_at, NEW.from_at)
        WHEN NEW.void OR NEW.until_at IS NULL THEN NULL
        ELSE greatest(line_from_at, NEW.until_at) END
    WHERE id = NEW.contract_id;
    RETURN NULL;
END
$$;
CREATE TRIGGER follow_line AFTER INSERT ON contracts_contractfact FOR EACH ROW
WHEN (NEW.kind = 'service' OR (NEW.kind = 'state' AND NEW.value = '"withdrawn"' AND NOT NEW.void))
EXECUTE FUNCTION contracts_follow_line();
"""
KEEP_IDENTITY = """
CREATE TRIGGER keep_identity BEFORE UPDATE ON contracts_contract FOR EACH ROW
WHEN ((OLD.number, OLD.accepted_at, OLD.terms_version, OLD.price_list)
    IS DISTINCT FROM (NEW.number, NEW.accepted_at, NEW.terms_version, NEW.price_list)
    OR (OLD.line_until_at IS DISTINCT FROM NEW.line_until_at AND pg_trigger_depth() = 0))
EXECUTE FUNCTION sekisho_refuse_change();
CREATE TRIGGER keep_contract BEFORE DELETE ON contracts_contract
FOR EACH ROW EXECUTE FUNCTION sekisho_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("contracts", "0002_guards"),
        ("accounts", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Line",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("identifier", models.TextField(unique=True)),
                ("kind", models.TextField(choices=[(kind, kind) for kind in LINE_KINDS])),
                ("active", models.BooleanField(default=True)),
                (
                    "holder",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="lines", to="accounts.organisation"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ContractFact",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("thread", models.TextField()),
                ("kind", models.TextField(choices=[(kind, kind) for kind in FACT_KINDS])),
                ("value", models.JSONField(null=True)),
                ("from_at", models.DateTimeField()),
                ("until_at", models.DateTimeField(null=True)),
                ("recorded_at", models.DateTimeField()),
                ("void", models.BooleanField(default=False)),
                ("actor_name", models.TextField()),
                (
                    "actor",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "contract",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="told", to="contracts.contract"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["kind", "contract", "thread", "-number"], name="fact_by_kind")],
                "constraints": [
                    models.UniqueConstraint(fields=("contract", "number"), name="fact_by_number"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("until_at__isnull", True), ("until_at__gte", models.F("from_at")), _connector="OR"
                        ),
                        name="fact_ends_after_it_begins",
                    ),
                ],
            },
        ),
        migrations.RemoveConstraint(model_name="contract", name="contract_one_a_line"),
        migrations.AddField(
            model_name="contract",
            name="under",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="contracts",
                to="contracts.line",
            ),
        ),
        migrations.AddField(model_name="contract", name="line_from_at", field=models.DateTimeField(null=True)),
        migrations.AddField(model_name="contract", name="line_until_at", field=models.DateTimeField(null=True)),
        migrations.AddField(model_name="contract", name="price_list", field=models.TextField(blank=True, default="")),
        SEE_ALL,
        migrations.RunSQL(MOVE_LINES, migrations.RunSQL.noop),
        migrations.RunSQL(MOVE_FACTS, migrations.RunSQL.noop),
        *(migrations.RemoveField(model_name="contract", name=name) for name in MOVED),
        migrations.RenameField(model_name="contract", old_name="under", new_name="line"),
        migrations.AlterField(
            model_name="contract",
            name="line",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="contracts", to="contracts.line"
            ),
        ),
        migrations.AlterField(model_name="contract", name="line_from_at", field=models.DateTimeField()),
        migrations.AlterField(model_name="contract", name="price_list", field=models.TextField(blank=True)),
        migrations.AddConstraint(
            model_name="contract",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[
                    (
                        models.Func(
                            models.F("line"),
                            models.F("line"),
                            models.Value("[]"),
                            function="int8range",
                            output_field=django.contrib.postgres.fields.ranges.BigIntegerRangeField(),
                        ),
                        "&&",
                    ),
                    (
                        models.Func(
                            models.F("line_from_at"),
                            models.F("line_until_at"),
                            function="tstzrange",
                            output_field=django.contrib.postgres.fields.ranges.DateTimeRangeField(),
                        ),
                        "&&",
                    ),
                ],
                name="contract_one_a_line",
            ),
        ),
        guard("contracts_contractfact"),
        append_only("contracts_contractfact"),
        guard_by("contracts_line", "EXISTS (SELECT FROM contracts_contract c WHERE c.line_id = contracts_line.id)"),
        migrations.RunSQL(
            FOLLOW_LINE,
            "DROP TRIGGER follow_line ON contracts_contractfact; DROP FUNCTION contracts_follow_line()",
        ),
        migrations.RunSQL(
            KEEP_IDENTITY,
            "DROP TRIGGER keep_identity ON contracts_contract; DROP TRIGGER keep_contract ON contracts_contract",
        ),
    ]
