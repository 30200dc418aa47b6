"""Invitations: a link that works once, for a person who has no password yet."""

from __future__ import annotations

from django.db import models

from .people import Person


class Invitation(models.Model):
    """``nonce`` is a part of what the link signs; the link itself is never kept (``actions.inviting``).

    The latest one of a person is the only one that works, until ``expires_at`` and only if ``used_at`` is empty.
    ``sent_at`` is when our mail server took the mail; ``trouble`` its last word if it did not.
    """

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="invitations")
    nonce = models.TextField()
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    trouble = models.TextField(blank=True)
