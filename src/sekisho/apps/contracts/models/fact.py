"""What was told of a contract, row by row; ``terms.history`` says what the rows come to.

Rows are added and read, nothing else: the database refuses the rest, whoever asks. ``actions.facts`` is the
only writer.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models

from sekisho.terms.history import DatedFact, FactKind

from .contract import Contract

COLUMNS = ("number", "thread", "kind", "value", "from_at", "until_at", "recorded_at", "void")
"""The columns of a fact in the order in which ``dated`` takes them."""


class ContractFact(models.Model):
    """One fact; ``number`` counts within the contract in the order of telling, from 1."""

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="told")
    number = models.PositiveIntegerField()
    thread = models.TextField()
    kind = models.TextField(choices=[(kind.value, kind.value) for kind in FactKind])
    value = models.JSONField(null=True)
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True)
    recorded_at = models.DateTimeField()
    void = models.BooleanField(default=False)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    actor_name = models.TextField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["contract", "number"], name="fact_by_number"),
            models.CheckConstraint(
                condition=models.Q(until_at__isnull=True) | models.Q(until_at__gte=models.F("from_at")),
                name="fact_ends_after_it_begins",
            ),
        )
        indexes = (models.Index(fields=["kind", "contract", "thread", "-number"], name="fact_by_kind"),)

    def __str__(self) -> str:
        return f"{self.contract_id}/{self.number} {self.kind}"


def dated(row: tuple) -> DatedFact:
    """A fact from the values of COLUMNS."""
    number, thread, kind, value, from_at, until_at, recorded_at, void = row
    return DatedFact(
        number=number,
        thread=thread,
        kind=FactKind(kind),
        value=value,
        from_at=from_at,
        until_at=until_at,
        recorded_at=recorded_at,
        void=void,
    )
