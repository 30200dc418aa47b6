"""Policies: layers (template, contractor, line) with all their revisions, and what was published to each device.

Revisions are append-only. Who, why and on which ticket stands on each; ``why`` and ``ticket`` are people's words and
can be emptied by an erasure, the content and its hash can't.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models

from sekisho.apps.accounts.models import Organisation
from sekisho.apps.contracts.models import Contract
from sekisho_wire.policy import SecurityPolicy, read_policy

from .devices import SecurityDevice


class LayerKind(models.TextChoices):
    """From the most general to the nearest; the nearer one wins unless something is locked."""

    TEMPLATE = "template"
    CONTRACTOR = "contractor"
    LINE = "line"


class PolicyLayer(models.Model):
    """One layer. A template belongs to nobody, a contractor's to its organisation, a line's to device and contract."""

    kind = models.TextField(choices=LayerKind)
    name = models.TextField()
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+")
    contract = models.ForeignKey(Contract, null=True, on_delete=models.PROTECT, related_name="+")
    device = models.OneToOneField(SecurityDevice, null=True, on_delete=models.PROTECT, related_name="line_layer")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["name"], condition=models.Q(kind="template"), name="layer_template_by_name"
            ),
            models.UniqueConstraint(
                fields=["organisation"], condition=models.Q(kind="contractor"), name="layer_once_a_contractor"
            ),
            models.CheckConstraint(
                condition=models.Q(kind="template", organisation=None, contract=None, device=None)
                | models.Q(kind="contractor", organisation__isnull=False, contract=None, device=None)
                | models.Q(kind="line", organisation=None, contract__isnull=False, device__isnull=False),
                name="layer_belongs_by_kind",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"


class LayerRevision(models.Model):
    """What a layer said from ``at`` on: a part of a policy document, and what later layers may not change."""

    layer = models.ForeignKey(PolicyLayer, on_delete=models.PROTECT, related_name="revisions")
    contract = models.ForeignKey(Contract, null=True, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()
    document = models.JSONField()
    locked = models.JSONField(default=list)
    at = models.DateTimeField()
    who = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    who_name = models.TextField()
    why = models.TextField()
    ticket = models.TextField(blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["layer", "number"], name="layer_revision_by_number"),)

    def __str__(self) -> str:
        return f"{self.layer_id} #{self.number}"


class PolicyRevision(models.Model):
    """The whole policy of one device as it was published. ``content`` is the wire's hash of what it means.

    ``layers`` says of which revisions it was made: ``[{"layer": key, "number": n}, ...]``. ``previous`` is the content
    of the revision before, so that none can be exchanged unnoticed.
    """

    device = models.ForeignKey(SecurityDevice, on_delete=models.PROTECT, related_name="policies")
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()
    content = models.TextField()
    previous = models.TextField(blank=True)
    document = models.BinaryField()
    layers = models.JSONField(default=list)
    at = models.DateTimeField()
    who = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    who_name = models.TextField()
    acting_as = models.TextField()
    why = models.TextField()
    ticket = models.TextField(blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["device", "number"], name="policy_revision_by_number"),)

    def __str__(self) -> str:
        return f"{self.device_id} #{self.number}"

    @property
    def policy(self) -> SecurityPolicy:
        return read_policy(bytes(self.document))
