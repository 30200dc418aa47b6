"""Notices and every attempt to get them through.

A notice's own row says how it stands; its attempts say how it came to that. ``contract_id`` is no
foreign key here, because contracts stand above this app; row-level security guards it all the same.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Channel(models.TextChoices):
    MAIL = "mail"
    PHONE = "phone"


class NoticeState(models.TextChoices):
    """``handing_over``: the mail server is being given it, or was when we died. ``unclear``: a person must say.

    For a telephone notice ``waiting`` means that nobody has been reached yet.
    """

    WAITING = "waiting"
    HANDING_OVER = "handing_over"
    DONE = "done"
    UNCLEAR = "unclear"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"


class Notice(models.Model):
    contract_id = models.BigIntegerField()
    subject_of = models.TextField()
    """What it is about, as "kind:identifier", such as "incident:IN20261123-0001"."""
    channel = models.TextField(choices=Channel)
    level = models.TextField(blank=True)
    addresses = ArrayField(models.TextField(), default=list)
    language = models.TextField(default="ja")
    subject = models.TextField(blank=True)
    body = models.TextField(blank=True)
    message_id = models.TextField(blank=True)
    state = models.TextField(choices=NoticeState, default=NoticeState.WAITING)
    created_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (
            models.Index(fields=["contract_id", "subject_of"], name="notice_by_subject"),
            models.Index(
                fields=["created_at"], condition=models.Q(state__in=["waiting", "unclear"]), name="notice_open"
            ),
        )


class CallResult(models.TextChoices):
    ANSWERED = "answered"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    VOICEMAIL = "voicemail"
    REFUSED = "refused"


class NoticeAttempt(models.Model):
    """One try. ``result`` NULL: begun and not yet known. ``reply`` is the server's own line, or the caller's words.

    ``handed_over_at`` is when the accepting reply arrived: the instant that stops a mail clock.
    """

    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="attempts")
    contract_id = models.BigIntegerField()
    number = models.PositiveIntegerField()
    channel = models.TextField(choices=Channel)
    address = models.TextField()
    contact_name = models.TextField(blank=True)
    operator = models.TextField(blank=True)
    operator_organisation = models.TextField(blank=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    handed_over_at = models.DateTimeField(null=True)
    result = models.TextField(null=True)  # NULL says that the end is not known
    reply = models.TextField(blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["notice", "number"], name="attempt_by_number"),)
