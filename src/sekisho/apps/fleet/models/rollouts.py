"""A rollout: what the layers say now is brought to many devices, the canaries first, then wave by wave."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from sekisho.apps.contracts.models import Contract

from .devices import SecurityDevice
from .policies import PolicyRevision


class RolloutState(models.TextChoices):
    RUNNING = "running"
    STOPPED = "stopped"
    DONE = "done"


class MemberState(models.TextChoices):
    WAITING = "waiting"
    SENT = "sent"
    CONFIRMED = "confirmed"
    FAILED = "failed"
    LEFT_OUT = "left_out"


class Rollout(models.Model):
    """``wave`` is the one under way, 0 the canaries'. More than ``failures_max`` failures since ``judged_from_at``
    stop it; who resumes it looks only at what comes afterwards."""

    title = models.TextField()
    why = models.TextField()
    ticket = models.TextField(blank=True)
    state = models.TextField(choices=RolloutState, default=RolloutState.RUNNING)
    wave = models.PositiveIntegerField(default=0)
    wave_size = models.PositiveIntegerField()
    failures_max = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    judged_from_at = models.DateTimeField()
    stopped_why = models.TextField(blank=True)
    ended_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.title


class RolloutMember(models.Model):
    """One device of a rollout, its wave, and what became of it."""

    rollout = models.ForeignKey(Rollout, on_delete=models.PROTECT, related_name="members")
    device = models.ForeignKey(SecurityDevice, on_delete=models.PROTECT, related_name="+")
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="+")
    wave = models.PositiveIntegerField()
    state = models.TextField(choices=MemberState, default=MemberState.WAITING)
    revision = models.ForeignKey(PolicyRevision, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField(blank=True)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["rollout", "device"], name="member_once_a_rollout"),)
        indexes = (models.Index(fields=["rollout", "wave", "state"], name="member_by_wave"),)
