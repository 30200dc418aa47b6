"""Documents as the electronic books law wants them kept: nothing changes, and every row vouches for the one before.

Three tables, because duties end. ``Document`` is for ever and holds no personal data: what was kept, when, by whom,
and hashes. ``Content`` (the file) and ``Counterparty`` (the name) can be removed when the time of keeping is over, and
the database lets nobody remove them earlier (migration 0002). The chain stands without them.

Files lie in the database and not in a folder: a document and its row are there together or not at all after a power
cut, one backup holds both, and row-level security guards both.
"""

from __future__ import annotations

from django.db import models

from .kinds import DocumentKind


class Counterparty(models.Model):
    """A name as documents of one contract state it. ``key`` is what searches compare; ``salt`` keeps a hash secret."""

    contract_id = models.BigIntegerField(null=True)
    name = models.TextField()
    key = models.TextField()
    salt = models.BinaryField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["contract_id", "name"], name="counterparty_once_a_contract", nulls_distinct=False
            ),
        )

    def __str__(self) -> str:
        return self.name


class Document(models.Model):
    """One version of one document. ``position`` is its place in the chain: 1, 2, 3 without a gap.

    ``replaces``: the version or document that this one corrects, with ``reason`` and ``requested_on`` for the log of
    corrections. ``yen``: the amount with tax, None for a document without one. ``hash`` covers all columns and the
    ``hash`` before (``chain.link``).
    """

    position = models.BigIntegerField(primary_key=True)
    kind = models.TextField(choices=DocumentKind)
    number = models.TextField()
    version = models.PositiveSmallIntegerField(default=1)
    language = models.TextField()
    contract_id = models.BigIntegerField(null=True)
    dated = models.DateField()
    yen = models.BigIntegerField(null=True)
    counterparty = models.ForeignKey(
        Counterparty, null=True, on_delete=models.DO_NOTHING, related_name="documents", db_constraint=False,
        db_index=False,
    )  # fmt: skip
    counterparty_hash = models.BinaryField()
    media_type = models.TextField()
    content_hash = models.BinaryField()
    content_bytes = models.PositiveIntegerField()
    kept_at = models.DateTimeField()
    kept_by = models.TextField()
    keep_until = models.DateField()
    replaces = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="replaced_by", db_constraint=False
    )
    requested_on = models.DateField(null=True)
    reason = models.TextField(blank=True)
    hash = models.BinaryField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["kind", "number", "language", "version"], name="document_once_a_version"),
        )
        # Newest first, within what each search starts from.
        indexes = (
            models.Index(fields=["dated", "position"], name="document_by_date"),
            models.Index(fields=["yen", "dated", "position"], name="document_by_amount"),
            models.Index(fields=["counterparty", "dated", "position"], name="document_by_counterparty"),
            models.Index(fields=["contract_id", "dated", "position"], name="document_by_contract"),
            models.Index(fields=["kind", "dated", "position"], name="document_by_kind"),
        )

    def __str__(self) -> str:
        return f"{self.number} v{self.version}"


class Content(models.Model):
    """The file of a document."""

    document = models.OneToOneField(Document, primary_key=True, on_delete=models.PROTECT)
    contract_id = models.BigIntegerField(null=True)
    content = models.BinaryField()


class Paperwork(models.Model):
    """A paper that an act calls for, waiting until it is made; or as it was made, and then final.

    ``news`` is the act's outbox row, so no act gives its papers twice. ``problem``: why the last of ``attempts`` went
    wrong; it is tried again at ``next_try_at``. ``made``: [{"position", "kind", "bytes", "typeset_ms"}], one a paper;
    empty where the act, looked at closely, called for none.
    """

    reader = models.TextField()
    news = models.UUIDField()
    topic = models.TextField()
    contract_id = models.BigIntegerField(null=True)
    acted_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    problem = models.TextField(blank=True)
    next_try_at = models.DateTimeField()
    made = models.JSONField(default=list)
    kept_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["reader", "news"], name="paperwork_once_an_act"),)
        indexes = (
            models.Index(fields=["reader", "next_try_at"], condition=models.Q(kept_at=None), name="paperwork_to_do"),
        )

    def __str__(self) -> str:
        return f"{self.reader} {self.topic} {self.news}"
