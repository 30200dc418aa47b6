"""Screening an applicant for antisocial forces (Art. 11-2(6)): what was looked up, what came out, a second person.

What was found stays in the screening; audit and news say only that there was one. A person needs
"screenings.manage" for both acts.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from django.db import transaction

from sekisho.apps.accounts.models import Organisation, Person
from sekisho.apps.accounts.permissions import require
from sekisho.apps.audit.actions import Actor, record
from sekisho.apps.audit.models import kept_name
from sekisho.apps.refusals import Refused
from sekisho.gateways import clock
from sekisho.terms.moments import tokyo_date
from sekisho.terms.screening import ScreeningResult, screening_lookback_from, screening_valid_until

from ..models import Screening, ScreeningReview, ScreeningVerdict


@transaction.atomic
def record_screening(
    actor: Actor,
    *,
    applicant: Organisation,
    subjects: Collection[str],
    source: str,
    result: ScreeningResult,
    evidence: str = "",
    checked_on: dt.date | None = None,
) -> Screening:
    """Keep what a screening of the applicant gave. ``subjects`` are all names looked up, the company's included.

    Refused without subjects or a source, for a day that lies ahead, and for grey or a hit without evidence.
    """
    _permit(actor)
    on = checked_on or tokyo_date(clock.now())
    names = [name.strip() for name in subjects if name.strip()]
    _check_record(names, source, ScreeningResult(result), evidence, on)
    screening = Screening.objects.create(
        applicant=applicant,
        checked_on=on,
        looks_back_to=screening_lookback_from(on).value,
        valid_until=screening_valid_until(on).value,
        subjects=names,
        source=source,
        result=result,
        evidence=evidence,
        recorded_at=clock.now(),
        reviewer_id=actor.pk,
        reviewer_name=kept_name(actor.pk, actor.name),
    )
    _record(actor, "contracts.record_screening", screening)
    return screening


@transaction.atomic
def review_screening(actor: Actor, *, screening: Screening, verdict: ScreeningVerdict, reason: str) -> ScreeningReview:
    """The second person's word on a grey result or a hit. Refused for the one who made the screening."""
    _permit(actor)
    row = Screening.objects.select_for_update(of=("self",)).get(pk=screening.pk)
    if row.result == ScreeningResult.CLEAR or ScreeningReview.objects.filter(screening=row).exists():
        raise Refused("screening.nothing_to_review", "確認待ちの審査ではありません。", "It needs no review.", "11-2(6)")
    if (actor.pk, kept_name(actor.pk, actor.name)) == (row.reviewer_id, row.reviewer_name) or not reason.strip():
        raise Refused(
            "screening.needs_approval",
            "審査した人とは別の担当者による、理由を添えた確認が必要です。",
            "A second person has to review it, and say why.",
            "11-2(6)",
        )
    review = ScreeningReview.objects.create(
        screening=row,
        verdict=verdict,
        reason=reason.strip(),
        at=clock.now(),
        approver_id=actor.pk,
        approver_name=kept_name(actor.pk, actor.name),
    )
    _record(actor, "contracts.review_screening", row)
    return review


def _permit(actor: Actor) -> None:
    if isinstance(actor, Person):
        require(actor, "screenings.manage")


def _check_record(subjects: list[str], source: str, result: ScreeningResult, evidence: str, on: dt.date) -> None:
    found = result is not ScreeningResult.CLEAR
    if not subjects or not source.strip() or (found and not evidence.strip()) or on > tokyo_date(clock.now()):
        raise Refused(
            "screening.incomplete",
            "対象者・情報源・確認日と、要注意または該当の場合は証拠が必要です。",
            "A screening needs its subjects, its source, a day that has come, and evidence of what was found.",
            "11-2(6)",
        )


def _record(actor: Actor, act: str, screening: Screening) -> None:
    record(
        actor,
        act=act,
        object=f"screening:{screening.pk}",
        details={"checked_on": screening.checked_on.isoformat(), "valid_until": screening.valid_until.isoformat()},
    )
