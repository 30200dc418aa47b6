"""What was done, what was said about it, and what others should hear of: tables that only grow.

The database refuses to change or remove a row (migrations 0002 and 0006), whoever asks; what was said can be emptied.
Keys are made here and not by the database, because a writer may not be allowed to read back what it wrote.
"""

from __future__ import annotations

import os
import time
import uuid
from typing import NamedTuple

from django.conf import settings
from django.db import models


def ordered_uuid() -> uuid.UUID:
    """An identifier that sorts by when it was made: nanoseconds since 1970, then 64 random bits."""
    return uuid.UUID(bytes=time.time_ns().to_bytes(8, "big") + os.urandom(8))


class SystemActor(NamedTuple):
    """A part of the platform that acts by itself, such as the pipeline or a timer."""

    name: str
    pk: None = None


def kept_name(pk: int | None, name: str) -> str:
    """How an actor is written into rows that are for ever: a person by key, a part of the platform by its name."""
    return name if pk is None else f"person:{pk}"


class AuditRow(models.Model):
    """One act. ``contract_id`` is no foreign key: contracts stand above this app, and rows outlive them.

    A row is for ever, so nothing in it may be personal data: a person stands in it by key, and ``who`` looks the
    name up for as long as there is one (ADR 0009).
    """

    id = models.UUIDField(primary_key=True, default=ordered_uuid, editable=False)
    at = models.DateTimeField()
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    actor_name = models.TextField()
    act = models.TextField()
    object = models.TextField()
    contract_id = models.BigIntegerField(null=True)
    terms_version = models.TextField(blank=True)
    details = models.JSONField(default=dict)

    class Meta:
        indexes = (
            models.Index(fields=["contract_id", "id"], name="audit_by_contract"),
            models.Index(fields=["object", "id"], name="audit_by_object"),
        )

    @property
    def who(self) -> str:
        """The actor's name, to be shown."""
        return self.actor.name if self.actor else self.actor_name


class ActWords(models.Model):
    """What people wrote about an act under a contract: name -> text. Kept apart, because an erasure empties it."""

    row = models.OneToOneField(AuditRow, primary_key=True, on_delete=models.PROTECT, related_name="said")
    contract_id = models.BigIntegerField()
    words = models.JSONField(default=dict)

    class Meta:
        indexes = (models.Index(fields=["contract_id"], name="words_by_contract"),)


class OutboxRow(models.Model):
    """One piece of news for apps above the one that wrote it."""

    id = models.UUIDField(primary_key=True, default=ordered_uuid, editable=False)
    at = models.DateTimeField()
    topic = models.TextField()
    contract_id = models.BigIntegerField(null=True)
    payload = models.JSONField(default=dict)

    class Meta:
        indexes = (models.Index(fields=["topic", "id"], name="outbox_by_topic"),)


class OutboxReading(models.Model):
    """A reader has taken a row; a row is taken once by each reader."""

    reader = models.TextField()
    row = models.ForeignKey(OutboxRow, on_delete=models.PROTECT)
    at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["reader", "row"], name="outbox_taken_once"),)
