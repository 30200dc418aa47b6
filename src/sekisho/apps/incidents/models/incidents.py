"""Log, event, incident (R004): what the pipeline found, what an analyst made of it, and what followed.

Events, determinations and settled clocks never change; the database sees to it (migration 0002).
Whatever came from a log is hostile text in every column that holds it.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models

from sekisho.apps.contracts.models import Contract


class Level(models.TextChoices):
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFORMATIONAL = "informational"


class GroupState(models.TextChoices):
    OPEN = "open"
    DETERMINED = "determined"
    ARCHIVED = "archived"


class IncidentState(models.TextChoices):
    """Whose move it is: the SOC's, the contractor's, nobody's."""

    WITH_SOC = "with_soc"
    WITH_CONTRACTOR = "with_contractor"
    CLOSED = "closed"


class SecurityIncident(models.Model):
    """An event that an analyst judged to need early response."""

    number = models.TextField(unique=True)
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="incidents")
    level = models.TextField(choices=Level)
    state = models.TextField(choices=IncidentState, default=IncidentState.WITH_SOC)
    kind = models.TextField()
    title_ja = models.TextField()
    title_en = models.TextField()
    detected_at = models.DateTimeField()
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closing_note = models.TextField(blank=True)

    class Meta:
        indexes = (models.Index(fields=["contract", "-opened_at"], name="incident_by_contract"),)

    def __str__(self) -> str:
        return self.number

    def title(self, language: str) -> str:
        return self.title_en if language.startswith("en") else self.title_ja


class EventGroup(models.Model):
    """Events that are one thing, as one row of the triage queue. ``key`` begins with the contract (see triage)."""

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="groups")
    key = models.TextField()
    device = models.TextField()
    rule_source = models.TextField()
    rule_id = models.TextField()
    rule_title = models.TextField()
    rule_family = models.TextField()
    rule_level = models.TextField()
    tactic = models.TextField(blank=True)
    technique = models.TextField(blank=True)
    success = models.BooleanField(default=False)
    outcome = models.TextField()
    direction = models.TextField()
    internal = models.TextField(blank=True)
    external = models.TextField(blank=True)
    intel_confidence = models.FloatField(default=0)
    count = models.PositiveIntegerField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    received_at = models.DateTimeField()
    """When the platform had the first line of it: detection-to-decision time counts from here."""
    score = models.FloatField()
    factors = models.JSONField(default=list)
    """The reasons of the score: [{"name", "multiplier", "points", "ja", "en"}]."""
    proposed_level = models.TextField(choices=Level)
    proposed_reasons = models.JSONField(default=list)
    """Why this level and no other: [{"ja", "en"}]."""
    samples = models.JSONField(default=list)
    """Keys of a few of its events, the first ones seen."""
    state = models.TextField(choices=GroupState, default=GroupState.OPEN)
    determined_level = models.TextField(choices=Level, blank=True)
    incident = models.ForeignKey(SecurityIncident, null=True, on_delete=models.PROTECT, related_name="groups")
    archived_at = models.DateTimeField(null=True)
    archived_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    archive_note = models.TextField(blank=True)

    class Meta:
        indexes = (
            models.Index(fields=["contract", "key", "-last_at"], name="group_by_key"),
            models.Index(fields=["-score", "-id"], condition=models.Q(state="open"), name="group_queue"),
            models.Index(fields=["contract", "internal", "-last_at"], name="group_by_host"),
        )

    def __str__(self) -> str:
        return f"{self.rule_title} ({self.count})"


class SecurityEvent(models.Model):
    """One finding, once (``key``). ``batch`` and ``record`` say which line of the lake it is."""

    key = models.TextField(unique=True)
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="events")
    group = models.ForeignKey(EventGroup, on_delete=models.PROTECT, related_name="events")
    device = models.TextField()
    batch = models.TextField()
    record = models.IntegerField()
    time = models.DateTimeField()
    received_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    rule_source = models.TextField()
    rule_id = models.TextField()
    rule_title = models.TextField()
    rule_family = models.TextField()
    level = models.TextField()
    score = models.FloatField()
    tactic = models.TextField(blank=True)
    technique = models.TextField(blank=True)
    success = models.BooleanField(default=False)
    outcome = models.TextField()
    direction = models.TextField()
    internal = models.TextField(blank=True)
    external = models.TextField(blank=True)
    src_ip = models.TextField(blank=True)
    src_port = models.PositiveIntegerField(null=True)
    dst_ip = models.TextField(blank=True)
    dst_port = models.PositiveIntegerField(null=True)
    protocol = models.TextField(blank=True)
    summary = models.TextField(blank=True)
    evidence = models.TextField(blank=True)

    class Meta:
        indexes = (
            models.Index(fields=["group", "time"], name="event_by_group"),
            models.Index(fields=["contract", "-time"], name="event_by_contract"),
        )


class LevelDetermination(models.Model):
    """An analyst's judgement: immutable, and the start of the notice clock (R028).

    ``at`` is the server's clock, to the microsecond. What the machine had proposed is kept beside it.
    """

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="+")
    group = models.ForeignKey(EventGroup, null=True, on_delete=models.PROTECT, related_name="determinations")
    incident = models.ForeignKey(SecurityIncident, null=True, on_delete=models.PROTECT, related_name="determinations")
    level = models.TextField(choices=Level)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    note = models.TextField(blank=True)
    proposed_level = models.TextField(blank=True)
    proposed_score = models.FloatField(null=True)
    proposed_reasons = models.JSONField(default=list)
    terms_version = models.TextField()

    class Meta:
        indexes = (models.Index(fields=["incident", "at"], name="determination_by_incident"),)


class Clock(models.Model):
    """A notice clock. ``verdict`` NULL: it runs. A verdict is stored once, with the rule that gave it."""

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="+")
    incident = models.ForeignKey(SecurityIncident, on_delete=models.PROTECT, related_name="clocks")
    determination = models.ForeignKey(LevelDetermination, on_delete=models.PROTECT, related_name="clocks")
    level = models.TextField(choices=Level)
    channel = models.TextField()
    started_at = models.DateTimeField()
    warn_at = models.DateTimeField()
    due_at = models.DateTimeField()
    warned_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)
    verdict = models.TextField(null=True)
    superseded = models.BooleanField(default=False)
    judged_at = models.DateTimeField(null=True)
    contact_stale = models.BooleanField(default=False)
    rule = models.TextField()
    terms_version = models.TextField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["incident", "level", "started_at"], name="clock_once"),)
        indexes = (models.Index(fields=["due_at"], condition=models.Q(verdict=None), name="clock_running"),)


class Answer(models.TextChoices):
    ACCEPTED = "accepted"
    DECLINED = "declined"
    ON_HOLD = "on_hold"


class Performer(models.TextChoices):
    CONTRACTOR = "contractor"
    SOC = "soc"


class Urgency(models.TextChoices):
    IMMEDIATE = "immediate"
    SOON = "soon"
    PLANNED = "planned"


class CountermeasureProposal(models.Model):
    """What we recommend, and what the contractor says to it. Texts in both languages."""

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="+")
    incident = models.ForeignKey(SecurityIncident, on_delete=models.PROTECT, related_name="proposals")
    target = models.TextField()
    recommendation_ja = models.TextField()
    recommendation_en = models.TextField()
    reason_ja = models.TextField()
    reason_en = models.TextField()
    performer = models.TextField(choices=Performer)
    urgency = models.TextField(choices=Urgency)
    impact_ja = models.TextField()
    impact_en = models.TextField()
    answer_due_at = models.DateTimeField(null=True)
    proposed_at = models.DateTimeField()
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    answer = models.TextField(choices=Answer, blank=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    answer_note = models.TextField(blank=True)
    result = models.TextField(blank=True)
    result_at = models.DateTimeField(null=True)

    def in_language(self, field: str, language: str) -> str:
        """``field`` is "recommendation", "reason" or "impact"."""
        return getattr(self, f"{field}_{'en' if language.startswith('en') else 'ja'}")


class IncidentCounter(models.Model):
    """The last incident number given on a Tokyo day."""

    day = models.DateField(primary_key=True)
    last = models.PositiveIntegerField()
