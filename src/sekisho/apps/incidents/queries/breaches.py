"""Reading breaches of the service level: how each stands, which wait for a review, what a month came to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Case, OuterRef, Q, QuerySet, Subquery, TextField, Value, When
from django.db.models.functions import Coalesce

from sekisho.apps.notices import queries as notices
from sekisho.apps.notices.models import Channel
from sekisho.apps.scope import Scope
from sekisho.terms import credit as rules
from sekisho.terms.moments import tokyo_date
from sekisho.terms.values import Refusal
from sekisho.terms.versions import terms_named
from sekisho.terms.words import Words

from ..models import Breach, BreachClaim, BreachCredit, FaultReview
from .incidents import PAGE_ROWS, subject_of

_NONE = Value("", output_field=TextField())


@dataclass(frozen=True, slots=True)
class BreachStanding:
    """A breach with its last words. ``claim`` and ``review`` are None if there is none or it was withdrawn.

    ``refusal`` is the first reason why it is not credited, None if it is.
    """

    breach: Breach
    claim: BreachClaim | None
    review: FaultReview | None
    refusal: Refusal | None

    @property
    def credited(self) -> bool:
        return self.refusal is None

    @property
    def event(self) -> rules.Breach:
        """As the rules of the terms know it."""
        return _event(self.breach, self.claim, self.review)

    def claimable(self, now: dt.datetime) -> bool:
        """Whether a claim that arrives now is in time and none stands."""
        return self.claim is None and tokyo_date(now) <= self.breach.claimable_until


def breaches_of(
    scope: Scope, *, contract_id: int | None = None, after: Breach | None = None, limit: int = PAGE_ROWS
) -> list[Breach]:
    """Breaches, newest first; ``after`` is the last row of the page before."""
    rows = scope.admit(_told())
    if contract_id is not None:
        rows = rows.filter(contract_id=contract_id)
    if after is not None:
        rows = rows.filter(Q(breached_at__lt=after.breached_at) | Q(breached_at=after.breached_at, id__lt=after.pk))
    return list(rows.order_by("-breached_at", "-id")[:limit])


def breach_by_id(scope: Scope, breach_id: int) -> Breach | None:
    return scope.admit(_told().filter(pk=breach_id)).first()


def breaches_to_review(scope: Scope, limit: int = PAGE_ROWS) -> list[Breach]:
    """Breaches without a standing review, those that were claimed first, then by age."""
    claimed, reviewed = _last(BreachClaim, "form"), _last(FaultReview, "fault")
    rows = _told().annotate(claimed=Coalesce(claimed, _NONE), reviewed=Coalesce(reviewed, _NONE))
    rows = scope.admit(rows.filter(reviewed=""))
    return list(rows.order_by(Case(When(claimed="", then=1), default=0), "breached_at", "id")[:limit])


def breaches_of_contract(scope: Scope, contract_id: int) -> list[Breach]:
    """All breaches of a contract, in their order."""
    return list(scope.admit(_told().filter(contract_id=contract_id)).order_by("breached_at", "id"))


def credits_of(scope: Scope, contract_id: int | None = None) -> list[BreachCredit]:
    """The last word on each month that has one, newest month first."""
    rows = scope.admit(BreachCredit.objects.select_related("contract"))
    if contract_id is not None:
        rows = rows.filter(contract_id=contract_id)
    return list(rows.order_by("-month", "contract_id", "-number").distinct("month", "contract_id"))


def standing_of(breach: Breach) -> BreachStanding:
    """The last words on a breach that was read by one of the queries above, and what follows from them."""
    claims, reviews = sorted(breach.claims.all(), key=_number), sorted(breach.reviews.all(), key=_number)
    claim = claims[-1] if claims and claims[-1].form else None
    review = reviews[-1] if reviews and reviews[-1].fault else None
    answer = rules.credit_check(_event(breach, claim, review), terms=terms_named(breach.terms_version))
    return BreachStanding(breach, claim, review, answer if isinstance(answer, Refusal) else None)


def fault_hint(scope: Scope, breach: Breach) -> tuple[rules.Fault, Words]:
    """Whose fault the record speaks for, and why. A hint for the reviewer, who decides (R128)."""
    return fault_hints(scope, [breach])[0]


def fault_hints(scope: Scope, breaches: Sequence[Breach]) -> list[tuple[rules.Fault, Words]]:
    """As ``fault_hint``, of many, in their order."""
    subjects = [subject_of(breach.incident) for breach in breaches]
    refused = notices.subjects_with_refused_mail(scope, subjects)
    return [_hint(breach, subject in refused) for breach, subject in zip(breaches, subjects, strict=True)]


def _hint(breach: Breach, mail_refused: bool) -> tuple[rules.Fault, Words]:
    if breach.channel == Channel.MAIL and mail_refused:
        return rules.Fault.CONTRACTOR, _MAIL_REFUSED
    if breach.clock.contact_stale:
        return rules.Fault.CONTRACTOR, _STALE
    return rules.Fault.CARRIER, _OURS


def _told() -> QuerySet[Breach]:
    rows = Breach.objects.select_related("contract__contractor", "incident", "clock")
    return rows.prefetch_related("claims__by", "reviews__by")


def _last(kind: type[BreachClaim | FaultReview], column: str) -> Subquery:
    """The last word's ``column`` beside each breach."""
    rows = kind.objects.filter(breach=OuterRef("pk")).order_by("-number")
    return Subquery(rows.values(column)[:1], output_field=TextField())


def _number(row: BreachClaim | FaultReview) -> int:
    return row.number


def _event(breach: Breach, claim: BreachClaim | None, review: FaultReview | None) -> rules.Breach:
    return rules.Breach(
        breached_at=breach.breached_at,
        fault=rules.Fault(review.fault) if review else None,
        claim=rules.Claim(claim.arrived_at, rules.ClaimForm(claim.form)) if claim else None,
    )


_MAIL_REFUSED = Words(
    "届け出られたメールアドレスが受信を拒否しました。", "The mail address that the contractor gave us refused the mail."
)
_STALE = Words(
    "連絡先が半年以上確認されていないか、電話番号がありません。",
    "The contact list was not confirmed for half a year, or holds no telephone number.",
)
_OURS = Words("記録からは契約者側の理由が見当たりません。", "The record shows no reason on the contractor's side.")
