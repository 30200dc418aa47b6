"""Erasing the words of applications: the form, what was said about it, and whom a screening looked up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sekisho.gateways import clock

from ...models import Application, ApplicationErasure, ApplicationStep, Screening, ScreeningReview


def erase_words_of(applications: Sequence[Application], due_on: dt.date) -> dict[str, int]:
    """Put the erasure of these on record and empty them; rows by "app.Model", empty if all were done before.

    Screenings go with the last of an applicant's applications.
    """
    new = [application for application in applications if not hasattr(application, "erasure")]
    if not new:
        return {}
    now = clock.now()
    ApplicationErasure.objects.bulk_create(
        ApplicationErasure(application=application, due_on=due_on, at=now) for application in new
    )
    screenings = Screening.objects.filter(applicant__in=_all_erased(new))
    return {
        "contracts.Application": Application.objects.filter(pk__in=[a.pk for a in new]).update(form={}),
        "contracts.ApplicationStep": ApplicationStep.objects.filter(application__in=new).update(
            details={}, actor_name=""
        ),
        "contracts.Screening": screenings.update(subjects=[], source="", evidence=""),
        "contracts.ScreeningReview": ScreeningReview.objects.filter(screening__in=screenings).update(reason=""),
    }


def _all_erased(applications: Sequence[Application]) -> set[int]:
    """The applicants of whom no application is left with its words."""
    applicants = {application.applicant_id for application in applications}
    left = Application.objects.filter(applicant__in=applicants, erasure=None)
    return applicants - set(left.values_list("applicant_id", flat=True))
