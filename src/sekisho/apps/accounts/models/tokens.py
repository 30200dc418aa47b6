"""What a machine acts with: tokens, how often each is used, and the answers that it was given.

Only the hash of a token's secret is kept. Use is counted in a row of its own, because every call writes it and
nobody who reads a token should wait for that.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from .people import Organisation, Person, Role


class TokenScope(models.TextChoices):
    """What a token may be used for, besides what its role allows."""

    APPLICATIONS_READ = "applications:read"
    APPLICATIONS_WRITE = "applications:write"
    CHARGES_READ = "charges:read"
    CONTRACTS_READ = "contracts:read"
    CONTRACTS_WRITE = "contracts:write"
    DOCUMENTS_READ = "documents:read"
    INVOICES_READ = "invoices:read"
    RECEIPTS_READ = "receipts:read"
    RECEIPTS_WRITE = "receipts:write"
    TARIFF_READ = "tariff:read"


class ApiToken(models.Model):
    """``public_id`` stands in front of the secret and finds the row; it is no secret and may be logged."""

    public_id = models.TextField(unique=True)
    secret_hash = models.TextField()
    name = models.TextField()
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="api_tokens")
    role = models.TextField(choices=Role)
    scopes = ArrayField(models.TextField(choices=TokenScope))
    made_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=["organisation", "made_at"], name="token_by_organisation"),)

    def __str__(self) -> str:
        return f"{self.name} ({self.public_id})"


class TokenUse(models.Model):
    """When a token was last used, and how often in the running minute."""

    token = models.OneToOneField(ApiToken, primary_key=True, on_delete=models.CASCADE, related_name="use")
    last_at = models.DateTimeField()
    minute_at = models.DateTimeField()
    calls = models.PositiveIntegerField()


class IdempotentAnswer(models.Model):
    """What was answered to the first request with a key, byte for byte; ``fingerprint`` is that request's."""

    token = models.ForeignKey(ApiToken, on_delete=models.CASCADE, related_name="+")
    key = models.TextField()
    fingerprint = models.TextField()
    status = models.PositiveSmallIntegerField()
    headers = models.JSONField()
    body = models.BinaryField()
    at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["token", "key"], name="answer_by_token_and_key"),)
        indexes = (models.Index(fields=["at"], name="answer_by_time"),)
