"""The way to the box and back: what was handed to the bus, what the box reported, how it says it is, what alarms."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from sekisho.apps.contracts.models import Contract

from .devices import SecurityDevice


class ReportState(models.TextChoices):
    """What a box says of a desired state; ``sekisho_wire.reports`` has the same words."""

    TRYING = "trying"
    CONFIRMED = "confirmed"
    ROLLED_BACK = "rolled-back"
    REFUSED = "refused"


class Delivery(models.Model):
    """What lies on the bus for one device. ``wanted`` is ahead of ``put`` as long as a worker has not signed it.

    ``blocks_wanted`` and ``blocks_put`` count the states of the block set likewise. ``expires_at``: until when a box
    takes what was put; it is put anew well before. ``powers_known``: what the contract included when the policy was
    last held against it.
    """

    device = models.OneToOneField(SecurityDevice, on_delete=models.PROTECT, related_name="delivery")
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="+")
    wanted = models.PositiveIntegerField(default=0)
    put = models.PositiveIntegerField(default=0)
    blocks_wanted = models.PositiveIntegerField(default=0)
    blocks_put = models.PositiveIntegerField(default=0)
    put_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    powers_known = models.TextField(blank=True)

    class Meta:
        indexes = (models.Index(fields=["expires_at"], name="delivery_by_expiry"),)


class DeviceReport(models.Model):
    """One word of a box about one desired state. ``number`` is the box's own count: the same report comes once."""

    device = models.ForeignKey(SecurityDevice, on_delete=models.PROTECT, related_name="reports")
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="+")
    series = models.TextField()
    number = models.PositiveBigIntegerField()
    kind = models.TextField()
    revision = models.PositiveIntegerField()
    content = models.TextField(blank=True)
    state = models.TextField(choices=ReportState)
    reason = models.TextField(blank=True)
    at = models.DateTimeField()
    received_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["device", "series", "number"], name="report_once"),)
        indexes = (models.Index(fields=["device", "kind", "revision"], name="report_by_revision"),)


class DeviceStatus(models.Model):
    """The last heartbeat of a box: what it enforces and how its engines are. ``said`` is the box's own report."""

    device = models.OneToOneField(SecurityDevice, on_delete=models.PROTECT, related_name="status")
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    received_at = models.DateTimeField()
    confirmed_revision = models.PositiveIntegerField(default=0)
    features = models.JSONField(default=list)
    said = models.JSONField(default=dict)


class AlarmKind(models.TextChoices):
    SILENT = "silent"
    ENGINE_DOWN = "engine_down"
    FAIL_OPEN = "fail_open"
    ROLLED_BACK = "rolled_back"
    DEFINITIONS_OLD = "definitions_old"
    CERTIFICATE_ENDS = "certificate_ends"
    LOGS_LOST = "logs_lost"


class Alarm(models.Model):
    """Something that a person should see, for as long as it lasts; ``about`` tells engines apart."""

    device = models.ForeignKey(SecurityDevice, on_delete=models.PROTECT, related_name="alarms")
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="+")
    kind = models.TextField(choices=AlarmKind)
    about = models.TextField(blank=True)
    detail = models.TextField(blank=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    taken_at = models.DateTimeField(null=True)
    taken_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["device", "kind", "about"], condition=models.Q(closed_at=None), name="alarm_once_open"
            ),
        )
        indexes = (models.Index(fields=["opened_at"], condition=models.Q(closed_at=None), name="alarm_open"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.about}".strip()
