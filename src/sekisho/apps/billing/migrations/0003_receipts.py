import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_api_tokens"),
        ("billing", "0002_guards"),
        ("contracts", "0003_facts"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="DunningLevel",
            fields=[
                ("level", models.PositiveSmallIntegerField(primary_key=True, serialize=False)),
                ("days_late", models.PositiveSmallIntegerField()),
                ("pay_within_days", models.PositiveSmallIntegerField()),
                ("automatic", models.BooleanField(default=False)),
            ],
            options={
                "ordering": ("level",),
            },
        ),
        migrations.CreateModel(
            name="ReceiptFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sha256", models.TextField(unique=True)),
                ("name", models.TextField()),
                ("kind", models.TextField()),
                ("content", models.BinaryField()),
                ("adds_up", models.BooleanField()),
                ("imported_at", models.DateTimeField()),
                ("imported_by", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name="Receipt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.TextField(unique=True)),
                ("source", models.TextField()),
                ("identity", models.TextField(unique=True)),
                ("likeness", models.TextField(db_index=True)),
                ("bank_code", models.TextField(blank=True)),
                ("account", models.TextField(blank=True)),
                ("paid_on", models.DateField()),
                ("booked_on", models.DateField()),
                ("yen", models.BigIntegerField()),
                ("payer_name", models.TextField(blank=True)),
                ("payer_code", models.TextField(blank=True)),
                ("payer_bank", models.TextField(blank=True)),
                ("text", models.TextField(blank=True)),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.TextField()),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=models.Q(("yen__gt", 0)), name="receipt_positive")],
            },
        ),
        migrations.CreateModel(
            name="ReceiptFileLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("line", models.PositiveIntegerField()),
                (
                    "outcome",
                    models.TextField(
                        choices=[
                            ("received", "Received"),
                            ("repeated", "Repeated"),
                            ("withdrawal", "Withdrawal"),
                            ("takes_back", "Takes Back"),
                            ("problem", "Problem"),
                        ]
                    ),
                ),
                ("code", models.TextField(blank=True)),
                ("words_ja", models.TextField(blank=True)),
                ("words_en", models.TextField(blank=True)),
                ("raw", models.BinaryField(default=b"")),
                ("told", models.JSONField(default=dict)),
                ("seen_at", models.DateTimeField(null=True)),
                ("note", models.TextField(blank=True)),
                (
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="lines", to="billing.receiptfile"
                    ),
                ),
                (
                    "receipt",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="billing.receipt",
                    ),
                ),
                (
                    "seen_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("file_id", "line", "id"),
            },
        ),
        migrations.CreateModel(
            name="ReceiptReturn",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.TextField()),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.TextField()),
                (
                    "entry",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="billing.journalentry"
                    ),
                ),
                (
                    "receipt",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="returned", to="billing.receipt"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SuspensionProposal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("due_on", models.DateField()),
                ("eligible_on", models.DateField()),
                ("open_yen", models.BigIntegerField()),
                ("article", models.TextField()),
                ("terms_version", models.TextField()),
                ("proposed_at", models.DateTimeField()),
                (
                    "decision",
                    models.TextField(
                        blank=True, choices=[("announced", "Announced"), ("declined", "Declined"), ("paid", "Paid")]
                    ),
                ),
                ("decided_at", models.DateTimeField(null=True)),
                ("reason", models.TextField(blank=True)),
                ("measure", models.TextField(blank=True)),
                (
                    "contract",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="suspension_proposals",
                        to="contracts.contract",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "oldest",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="suspension_proposal",
                        to="billing.invoice",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="DunningLetter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.TextField(unique=True)),
                ("level", models.PositiveSmallIntegerField()),
                ("joint", models.JSONField(default=list)),
                ("language", models.TextField(default="ja")),
                ("dated", models.DateField()),
                ("items", models.JSONField()),
                ("open_yen", models.BigIntegerField()),
                ("interest_yen", models.BigIntegerField()),
                ("pay_by_on", models.DateField()),
                ("suspends_on", models.DateField(null=True)),
                ("made_at", models.DateTimeField()),
                ("decision", models.TextField(blank=True, choices=[("sent", "Sent"), ("dropped", "Dropped")])),
                ("decided_at", models.DateTimeField(null=True)),
                ("note", models.TextField(blank=True)),
                ("notice_id", models.BigIntegerField(null=True)),
                ("document_id", models.BigIntegerField(null=True)),
                (
                    "addressee",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organisation"
                    ),
                ),
                (
                    "contract",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="dunning_letters",
                        to="contracts.contract",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "oldest",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="billing.invoice"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("oldest", "level", "addressee"), name="dunning_level_reached_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="PayerName",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.TextField()),
                ("registered", models.BooleanField()),
                ("told_at", models.DateTimeField()),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payer_names",
                        to="accounts.organisation",
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("organisation", "name"), name="payer_name_once")],
            },
        ),
        migrations.CreateModel(
            name="Allocation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.TextField(
                        choices=[
                            ("invoice", "Invoice"),
                            ("deposit", "Deposit"),
                            ("refund", "Refund"),
                            ("write_off", "Write Off"),
                        ]
                    ),
                ),
                ("yen", models.BigIntegerField()),
                ("paid_on", models.DateField()),
                ("reason", models.TextField(blank=True)),
                ("score", models.SmallIntegerField(null=True)),
                ("reasons", models.JSONField(default=list)),
                ("confirmed_at", models.DateTimeField()),
                (
                    "confirmed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "contract",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="allocations", to="contracts.contract"
                    ),
                ),
                (
                    "entry",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="billing.journalentry"
                    ),
                ),
                (
                    "invoice",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="allocations",
                        to="billing.invoice",
                    ),
                ),
                (
                    "reverses",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reversed_by",
                        to="billing.allocation",
                    ),
                ),
                (
                    "receipt",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="allocations",
                        to="billing.receipt",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("reverses__isnull", True), ("yen__gt", 0)),
                            models.Q(("reverses__isnull", False), ("yen__lt", 0)),
                            _connector="OR",
                        ),
                        name="allocation_or_its_reversal",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("invoice__isnull", True), ("kind__in", ["deposit", "refund"])),
                            models.Q(("invoice__isnull", False), ("kind__in", ["invoice", "write_off"])),
                            _connector="OR",
                        ),
                        name="allocation_names_what_it_pays",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "write_off"), ("receipt__isnull", True)),
                            models.Q(models.Q(("kind", "write_off"), _negated=True), ("receipt__isnull", False)),
                            _connector="OR",
                        ),
                        name="allocation_of_a_receipt",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="VirtualAccount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("bank_code", models.TextField()),
                ("account", models.TextField()),
                ("assigned_at", models.DateTimeField()),
                ("released_at", models.DateTimeField(null=True)),
                (
                    "contract",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="virtual_accounts",
                        to="contracts.contract",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("released_at", None)),
                        fields=("bank_code", "account"),
                        name="virtual_account_of_one_contract",
                    )
                ],
            },
        ),
    ]
