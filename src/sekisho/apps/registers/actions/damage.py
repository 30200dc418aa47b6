"""Claims for damages, and what the terms leave of them (Arts. 34-1, 35-2; R125)."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from sekisho.apps.audit.actions import Actor, record
from sekisho.apps.contracts.models import Contract
from sekisho.apps.refusals import Refused
from sekisho.apps.turns import next_number
from sekisho.gateways import clock
from sekisho.terms.credit import DamageKind, damages_cap
from sekisho.terms.values import Refusal
from sekisho.terms.versions import terms_named

from ..models import DamageClaim, EnforcementCase, Side

ARTICLES = {Side.CONTRACTOR: "34-1", Side.CARRIER: "35-2"}


@transaction.atomic
def claim_damage(
    actor: Actor,
    *,
    contract: Contract,
    against: Side,
    occurred_on: dt.date,
    claimed_yen: int,
    text: str,
    kind: DamageKind = DamageKind.DIRECT,
    caused_by: str = "",
    case: EnforcementCase | None = None,
) -> DamageClaim:
    """Put a claim on record. ``caused_by``: the contractor's staff or agent, for whom it answers (Art. 34-1)."""
    claim = DamageClaim.objects.create(
        number=next_number("DC"),
        contract=contract,
        against=against,
        case=case,
        kind=kind,
        occurred_on=occurred_on,
        claimed_at=clock.now(),
        claimed_yen=claimed_yen,
        caused_by=caused_by,
        text=text.strip(),
        article=ARTICLES[Side(against)],
        terms_version=contract.terms_version,
    )
    _record(actor, "registers.claim_damage", claim, {"against": against, "yen": claimed_yen, "kind": kind})
    return claim


@transaction.atomic
def decide_damage(
    actor: Actor, *, claim: DamageClaim, attributable: bool, monthly_fee_yen: int, agreed_yen: int, decision: str
) -> DamageClaim:
    """Settle a claim once. Against the carrier the terms give one month's fee at most, and only direct damage.

    ``monthly_fee_yen``: the contract's monthly fee without tax in the month of the damage. ``agreed_yen``: what a
    person found to be owed; the terms may leave less of it, and then that is granted, with their reason on record.
    """
    claim = DamageClaim.objects.select_for_update().get(pk=claim.pk)
    if claim.decided_at is not None:
        raise Refused("damage.decided", "この請求は決定済みです。", "This claim has been decided.", claim.article)
    granted, refusal = _granted(claim, attributable, monthly_fee_yen, agreed_yen)
    claim.granted_yen, claim.refusal, claim.decision = granted, refusal, decision.strip()
    claim.decided_at, claim.decided_by_id = clock.now(), actor.pk
    claim.save(update_fields=("granted_yen", "refusal", "decision", "decided_at", "decided_by"))
    _record(actor, "registers.decide_damage", claim, {"yen": granted, "refusal": refusal, "against": claim.against})
    return claim


def _granted(claim: DamageClaim, attributable: bool, monthly_fee_yen: int, agreed_yen: int) -> tuple[int, str]:
    """Yen that are owed, and the code of the terms' refusal, if they refuse it."""
    agreed = min(agreed_yen, claim.claimed_yen)
    if claim.against == Side.CONTRACTOR:
        return (agreed, "") if attributable else (0, "damages.not_attributable")
    terms = terms_named(claim.terms_version)
    answer = damages_cap(agreed, monthly_fee_yen, DamageKind(claim.kind), attributable, terms=terms)
    return (0, answer.code) if isinstance(answer, Refusal) else (answer.value, "")


def _record(actor: Actor, act: str, claim: DamageClaim, details: dict) -> None:
    record(
        actor,
        act=act,
        object=f"damage:{claim.number}",
        contract_id=claim.contract_id,
        terms_version=claim.terms_version,
        details=details,
    )
