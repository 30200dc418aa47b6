"""What people do about a missed service level: the contractor claims, the carrier finds whose fault it was.

Neither waits for the other; whichever comes last settles the month's credit, in the same transaction. Nothing
is taken back by a change: a review or a claim is withdrawn by a further word, and the credit follows (R127-R131).
"""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from sekisho.apps.accounts.models import Person
from sekisho.apps.accounts.permissions import require
from sekisho.apps.audit.actions import record
from sekisho.apps.contracts.actions.reading_only import check_may_act
from sekisho.apps.refusals import Refused, refuse
from sekisho.apps.tariff.queries import settings_book
from sekisho.gateways import clock
from sekisho.terms.credit import ARTICLE, ClaimForm, Fault, sla_claim_check
from sekisho.terms.grounds import GROUNDS, Catalogue
from sekisho.terms.moments import tokyo_date
from sekisho.terms.values import Refusal

from ..crediting import settle
from ..models import Breach, BreachClaim, FaultReview
from ..papering import keep_claim, keep_scan
from ..queries import BreachStanding, standing_of, subject_of
from .judging import clean_note


@transaction.atomic
def claim_credit(actor: Person, *, breach: Breach, words: str = "") -> BreachClaim:
    """The contractor's claim by the portal, kept as a document: that is its writing (Art. 35-1).

    Refused with the terms' own words when it comes too late, or where the portal is no writing; after the contract's
    end it comes on paper (``record_claim``).
    """
    require(actor, "breaches.claim")
    check_may_act(actor, breach.contract)
    now = clock.now()
    standing = _locked(breach)
    _check_claim(standing, now, ClaimForm.PORTAL)
    number = standing.breach.claims.count() + 1
    document = keep_claim(actor, breach=standing.breach, number=number, arrived_at=now, words=clean_note(words))
    return _claim(actor, standing, ClaimForm.PORTAL, now, words, document)


@transaction.atomic
def record_claim(
    actor: Person,
    *,
    breach: Breach,
    arrived_at: dt.datetime,
    words: str = "",
    document: str = "",
    scan: bytes = b"",
) -> BreachClaim:
    """A claim on paper, written down by the carrier; what counts is when it reached us, not when it is recorded.

    ``scan``: the paper itself as PDF, PNG or JPEG, which is kept as a document; else ``document`` names where it lies.
    """
    require(actor, "breaches.record_claim")
    standing = _locked(breach)
    if not standing.breach.breached_at <= arrived_at <= clock.now():
        raise Refused(
            "claim.arrival",
            "到達日時は、違反の発生から現在までの間で指定してください。",
            "A claim arrives after the breach and not in the future.",
            ARTICLE,
        )
    _check_claim(standing, arrived_at, ClaimForm.PAPER)
    if scan:
        number = standing.breach.claims.count() + 1
        document = keep_scan(actor, breach=standing.breach, number=number, arrived_at=arrived_at, scan=scan)
    return _claim(actor, standing, ClaimForm.PAPER, arrived_at, words, document)


@transaction.atomic
def withdraw_claim(actor: Person, *, breach: Breach, reason: str) -> BreachClaim:
    """A claim that was recorded by mistake, or that the contractor takes back through the carrier."""
    require(actor, "breaches.record_claim")
    standing = _locked(breach)
    if standing.claim is None:
        raise Refused("claim.none", "取り消す通知がありません。", "There is no claim to withdraw.", ARTICLE)
    row = _add_claim(actor, standing.breach, "", clock.now(), _needed(reason), "")
    _follow_up(actor, "withdraw_breach_claim", standing.breach, {})
    return row


@transaction.atomic
def review_fault(actor: Person, *, breach: Breach, fault: Fault, reason: str, ground: str = "") -> FaultReview:
    """A person's finding whose fault a breach was, with the reason (R128); force majeure names its ground (R133)."""
    require(actor, "breaches.review")
    fault, reason = Fault(fault), _needed(reason)
    ground = _ground(fault, ground)
    standing = _locked(breach)
    if standing.review is not None:
        raise Refused(
            "breach.reviewed",
            "既に確認済みです。訂正するには、先にその確認を取り消してください。",
            "This was reviewed already; to correct the review, withdraw it first.",
            ARTICLE,
        )
    row = _add_review(actor, standing.breach, fault, reason, ground)
    _follow_up(actor, "review_fault", standing.breach, {"fault": fault, "ground": row.ground})
    return row


@transaction.atomic
def withdraw_review(actor: Person, *, breach: Breach, reason: str) -> FaultReview:
    """Take a wrong review back; the breach waits for a review again, and a credit that stood on it is undone."""
    require(actor, "breaches.review")
    standing = _locked(breach)
    if standing.review is None:
        raise Refused("breach.not_reviewed", "取り消す確認がありません。", "There is no review to withdraw.", ARTICLE)
    row = _add_review(actor, standing.breach, "", _needed(reason), "")
    _follow_up(actor, "withdraw_review", standing.breach, {"fault": standing.review.fault})
    return row


def _ground(fault: Fault, code: str) -> str:
    """The ground of a force majeure; the other faults have none."""
    if fault is not Fault.FORCE_MAJEURE:
        return ""
    if code not in GROUNDS[Catalogue.FORCE_MAJEURE]:
        raise Refused("breach.ground", "不可抗力の事由を選んでください。", "Choose the force majeure.", "36-1")
    return code


def _locked(breach: Breach) -> BreachStanding:
    """The breach's last words, read under a lock: two people can't both have the last one."""
    Breach.objects.select_for_update().get(pk=breach.pk)
    rows = Breach.objects.select_related("contract__contractor", "incident", "clock")
    return standing_of(rows.prefetch_related("claims", "reviews").get(pk=breach.pk))


def _check_claim(standing: BreachStanding, arrived_at: dt.datetime, form: ClaimForm) -> None:
    if standing.claim is not None:
        raise Refused("claim.exists", "既に通知を受け付けています。", "This was claimed already.", ARTICLE)
    breach = standing.breach
    terms = settings_book().terms_named(breach.terms_version, tokyo_date(arrived_at))
    answer = sla_claim_check(breach.breached_at, arrived_at, form, terms=terms)
    if isinstance(answer, Refusal):
        refuse(answer)


def _claim(
    actor: Person, standing: BreachStanding, form: ClaimForm, arrived_at: dt.datetime, words: str, document: str
) -> BreachClaim:
    row = _add_claim(actor, standing.breach, form, arrived_at, clean_note(words), document)
    _follow_up(
        actor,
        "claim_credit",
        standing.breach,
        {"form": form, "arrived_at": arrived_at.isoformat(), "document": document},
    )
    return row


def _add_claim(
    actor: Person, breach: Breach, form: str, arrived_at: dt.datetime, words: str, document: str
) -> BreachClaim:
    return BreachClaim.objects.create(
        contract_id=breach.contract_id,
        breach=breach,
        number=breach.claims.count() + 1,
        form=form,
        arrived_at=arrived_at,
        recorded_at=clock.now(),
        by=actor,
        words=words,
        document=document,
        rule=ARTICLE,
        terms_version=breach.terms_version,
    )


def _add_review(actor: Person, breach: Breach, fault: str, reason: str, ground: str) -> FaultReview:
    return FaultReview.objects.create(
        contract_id=breach.contract_id,
        breach=breach,
        number=breach.reviews.count() + 1,
        fault=fault,
        ground=ground,
        reason=reason,
        by=actor,
        at=clock.now(),
        rule=ARTICLE,
        terms_version=breach.terms_version,
    )


def _follow_up(actor: Person, verb: str, breach: Breach, details: dict) -> None:
    record(
        actor,
        act=f"incidents.{verb}",
        object=subject_of(breach.incident),
        contract_id=breach.contract_id,
        terms_version=breach.terms_version,
        details={"breach": breach.pk, **details},
    )
    settle(actor, breach.contract)


def _needed(reason: str) -> str:
    said = clean_note(reason)
    if not said:
        raise Refused("breach.no_reason", "理由を入力してください。", "Say why.", ARTICLE)
    return said
