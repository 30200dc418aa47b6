"""What a whole queue is shown with: how its applicants stand with their screening, and who agreed to what."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from sekisho.terms.screening import ScreeningResult, screening_check
from sekisho.terms.values import Answer
from sekisho.terms.versions import LATEST, Terms

from ..models import ApplicationAct, ApplicationStep, Screening, ScreeningVerdict


def screening_standings(applicant_ids: Iterable[int], on: dt.date) -> dict[int, Answer[bool]]:
    """Applicant -> what ``screening_standing`` answers; those who were never screened are not in it."""
    rows = Screening.objects.select_related("review").filter(applicant_id__in=set(applicant_ids), checked_on__lte=on)
    last = rows.order_by("applicant_id", "-checked_on", "-pk").distinct("applicant_id")
    return {row.applicant_id: standing_by(row, on) for row in last}


def consents_of(application_ids: Iterable[int]) -> list[tuple[int, dict]]:
    """(application, the consent's part and version) of many applications, in the order in which they were given."""
    rows = ApplicationStep.objects.filter(application_id__in=set(application_ids), act=ApplicationAct.CONSENTED)
    return list(rows.order_by("pk").values_list("application_id", "details"))


def standing_by(row: Screening, on: dt.date, terms: Terms = LATEST) -> Answer[bool]:
    """What a screening, with the second person's word on it, lets happen on a day."""
    review = getattr(row, "review", None)
    if review and review.verdict == ScreeningVerdict.CONFIRMED:
        return screening_check(row.checked_on, ScreeningResult.HIT, on, terms=terms)
    approver = review.approver_name if review else ""
    return screening_check(row.checked_on, ScreeningResult(row.result), on, approver, terms=terms)
