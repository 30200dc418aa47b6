"""The security devices: carrier's property on a contractor's line."""

from __future__ import annotations

import ipaddress

from django.contrib.postgres.fields import ArrayField
from django.db import models

from sekisho.apps.contracts.models import Contract
from sekisho.ocsf.device import PRIVATE_NETWORKS, Network


class DeviceKind(models.TextChoices):
    UTM = "utm"
    LOG_SOURCE = "log_source"


class DeviceState(models.TextChoices):
    PREPARED = "prepared"
    ENROLLED = "enrolled"
    RETIRED = "retired"


class SecurityDevice(models.Model):
    """``device_id`` is also the common name of its certificate. ``product`` names the parser of its logs.

    The enrolment code itself is never kept, only its hash; it works once, until it expires.
    ``template`` is the most general layer of its policy, None for a device that has its own only.
    """

    device_id = models.TextField(unique=True)
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="devices")
    kind = models.TextField(choices=DeviceKind, default=DeviceKind.UTM)
    model = models.TextField()
    serial = models.TextField()
    product = models.TextField(default="suricata")
    state = models.TextField(choices=DeviceState, default=DeviceState.PREPARED)
    home_networks = ArrayField(models.TextField(), default=list)
    last_seen_at = models.DateTimeField(null=True)
    enrolment_code_hash = models.TextField(blank=True)
    enrolment_expires_at = models.DateTimeField(null=True)
    enrolled_at = models.DateTimeField(null=True)
    certificate_serial = models.TextField(blank=True)
    certificate_expires_at = models.DateTimeField(null=True)
    template = models.ForeignKey("fleet.PolicyLayer", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = (
            # R010: one device, one contract, for as long as it is in service.
            models.UniqueConstraint(fields=["serial"], condition=~models.Q(state="retired"), name="device_by_serial"),
            models.UniqueConstraint(
                fields=["enrolment_code_hash"], condition=~models.Q(enrolment_code_hash=""), name="device_by_code"
            ),
        )

    def __str__(self) -> str:
        return self.device_id

    @property
    def networks(self) -> tuple[Network, ...]:
        """The contractor's side of the device; the private ranges unless the device names others."""
        return tuple(ipaddress.ip_network(text) for text in self.home_networks) or PRIVATE_NETWORKS
