"""Applications as they came, their steps, and screenings; received forms stay as they are."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from sekisho.apps.row_security import append_only, guard_by, guard_whole, in_scope, settled_once

OF_MY_CONTRACT = (
    f"{in_scope('contracts_application')} OR EXISTS "
    "(SELECT FROM contracts_contract c WHERE c.application_id = contracts_application.id)"
)
OF_MY_APPLICATION = "EXISTS (SELECT FROM contracts_application a WHERE a.id = contracts_applicationstep.application_id)"


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("contracts", "0005_guard_measures"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Application",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.TextField(unique=True)),
                ("kind", models.TextField(choices=[("new", "New"), ("change", "Change")])),
                ("office", models.TextField()),
                ("form", models.JSONField(default=dict)),
                ("drafted_at", models.DateTimeField()),
                ("received_at", models.DateTimeField(null=True)),
                (
                    "applicant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="applications",
                        to="accounts.organisation",
                    ),
                ),
                (
                    "contract",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="changes_asked",
                        to="contracts.contract",
                    ),
                ),
                (
                    "line",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="contracts.line"
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="contract",
            name="application",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="made_contract",
                to="contracts.application",
            ),
        ),
        migrations.CreateModel(
            name="ApplicationStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "act",
                    models.TextField(
                        choices=[
                            ("drafted", "Drafted"),
                            ("edited", "Edited"),
                            ("consented", "Consented"),
                            ("received", "Received"),
                            ("accepted", "Accepted"),
                            ("refused", "Refused"),
                            ("withdrawn", "Withdrawn"),
                            ("as_built", "As Built"),
                        ]
                    ),
                ),
                ("at", models.DateTimeField()),
                ("actor_name", models.TextField()),
                ("details", models.JSONField(default=dict)),
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
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="steps", to="contracts.application"
                    ),
                ),
            ],
            options={
                "ordering": ("id",),
            },
        ),
        migrations.CreateModel(
            name="Screening",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("checked_on", models.DateField()),
                ("looks_back_to", models.DateField()),
                ("valid_until", models.DateField()),
                ("subjects", models.JSONField()),
                ("source", models.TextField()),
                ("result", models.TextField(choices=[("clear", "clear"), ("grey", "grey"), ("hit", "hit")])),
                ("evidence", models.TextField(blank=True)),
                ("recorded_at", models.DateTimeField()),
                ("reviewer_name", models.TextField()),
                (
                    "applicant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organisation"
                    ),
                ),
                (
                    "reviewer",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ScreeningReview",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("verdict", models.TextField(choices=[("cleared", "Cleared"), ("confirmed", "Confirmed")])),
                ("reason", models.TextField()),
                ("at", models.DateTimeField()),
                ("approver_name", models.TextField()),
                (
                    "approver",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "screening",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="review", to="contracts.screening"
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="application",
            index=models.Index(fields=["office", "received_at"], name="application_queue"),
        ),
        migrations.AddConstraint(
            model_name="applicationstep",
            constraint=models.UniqueConstraint(
                condition=models.Q(("act__in", ("accepted", "refused", "withdrawn"))),
                fields=("application",),
                name="application_decided_once",
            ),
        ),
        guard_by("contracts_application", OF_MY_CONTRACT),
        guard_by("contracts_applicationstep", OF_MY_APPLICATION),
        guard_whole("contracts_screening"),
        guard_whole("contracts_screeningreview"),
        settled_once("contracts_application", "received_at"),
        append_only("contracts_applicationstep"),
        append_only("contracts_screening"),
        append_only("contracts_screeningreview"),
    ]
