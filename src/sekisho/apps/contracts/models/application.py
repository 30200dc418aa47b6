"""Applications and what happens to them: one queue for new contracts and for changes of running ones (Arts. 10, 14).

A draft can be rewritten; from the moment it is received the database keeps it as it came. Steps and screenings
only grow. What state an application is in is what its last step says.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models

from sekisho.apps.accounts.models import Organisation
from sekisho.terms.screening import ScreeningResult

from .contract import Contract, Line


class ApplicationKind(models.TextChoices):
    NEW = "new"
    CHANGE = "change"


class ApplicationAct(models.TextChoices):
    """What may happen to an application. The first three leave it a draft, the next four receive and decide it.

    ``AS_BUILT`` comes after an acceptance: the devices were compared with their sheets.
    """

    DRAFTED = "drafted"
    EDITED = "edited"
    CONSENTED = "consented"
    RECEIVED = "received"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    AS_BUILT = "as_built"


DECIDED = (ApplicationAct.ACCEPTED, ApplicationAct.REFUSED, ApplicationAct.WITHDRAWN)


class Application(models.Model):
    """One form at one office. ``received_at`` NULL: a draft, which doesn't queue.

    ``contract`` is what a change is about; a new contract points back by its own ``application``.
    """

    number = models.TextField(unique=True)
    kind = models.TextField(choices=ApplicationKind)
    office = models.TextField()
    applicant = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="applications")
    line = models.ForeignKey(Line, on_delete=models.PROTECT, null=True, related_name="+")
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, null=True, related_name="changes_asked")
    form = models.JSONField(default=dict)
    drafted_at = models.DateTimeField()
    received_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=["office", "received_at"], name="application_queue"),)

    def __str__(self) -> str:
        return self.number


class ApplicationStep(models.Model):
    """One act on an application. ``details`` are JSON: a consent's part and version, a refusal's ground.

    ``actor_name`` is a part of the platform by its name, a person by key; ``who`` is what people read.
    """

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="steps")
    act = models.TextField(choices=ApplicationAct)
    at = models.DateTimeField()
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    actor_name = models.TextField()
    details = models.JSONField(default=dict)

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=["application"], condition=models.Q(act__in=DECIDED), name="application_decided_once"
            ),
        )

    @property
    def who(self) -> str:
        """The actor's name, to be shown."""
        return self.actor.name if self.actor else self.actor_name


class Screening(models.Model):
    """One look at an applicant for antisocial forces (Art. 11-2(6)); for restricted eyes.

    ``subjects`` are the names that were looked up: the company, its officers, who controls it.
    """

    applicant = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    checked_on = models.DateField()
    looks_back_to = models.DateField()
    valid_until = models.DateField()
    subjects = models.JSONField()
    source = models.TextField()
    result = models.TextField(choices=[(result.value, result.value) for result in ScreeningResult])
    evidence = models.TextField(blank=True)
    recorded_at = models.DateTimeField()
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    reviewer_name = models.TextField()


class ScreeningVerdict(models.TextChoices):
    """What the second person makes of a grey result or a hit."""

    CLEARED = "cleared"
    CONFIRMED = "confirmed"


class ScreeningReview(models.Model):
    """The second person's word on a screening; there is one."""

    screening = models.OneToOneField(Screening, on_delete=models.PROTECT, related_name="review")
    verdict = models.TextField(choices=ScreeningVerdict)
    reason = models.TextField()
    at = models.DateTimeField()
    approver = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    approver_name = models.TextField()
