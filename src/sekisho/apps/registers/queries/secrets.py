"""What is confidential, as of a day."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from sekisho.apps.contracts.models import Contract
from sekisho.apps.contracts.queries import terms_of
from sekisho.apps.scope import Scope
from sekisho.terms.secrecy import DisclosedBy, is_confidential, oral_secret_confirmation_due

from ..models import Secret


class SecretStanding(StrEnum):
    CONFIDENTIAL = "confidential"
    AWAITING_CONFIRMATION = "awaiting_confirmation"
    NOT_CONFIDENTIAL = "not_confidential"


def secrets_of(scope: Scope, contract: Contract) -> list[Secret]:
    """What passed between the parties of a contract, newest first."""
    rows = Secret.objects.filter(contract=contract).prefetch_related("passages")
    return list(scope.admit(rows).order_by("-disclosed_on", "-id"))


def secret_by_number(scope: Scope, number: str) -> Secret | None:
    return scope.admit(Secret.objects.select_related("contract").filter(number=number)).first()


def standing_on(secret: Secret, on: dt.date) -> SecretStanding:
    """How a piece of information stands on a day: what was said keeps its two weeks to be confirmed (Art. 37-1)."""
    terms = terms_of(secret.contract)
    confirmed_on = secret.confirmed_on if secret.confirmed_on and secret.confirmed_on <= on else None
    way = DisclosedBy(secret.disclosed_by)
    if is_confidential(way, secret.disclosed_on, secret.marked, confirmed_on, secret.exception, terms=terms).value:
        return SecretStanding.CONFIDENTIAL
    waits = way is DisclosedBy.WORD_OF_MOUTH and not secret.exception and confirmed_on is None
    if waits and on <= oral_secret_confirmation_due(secret.disclosed_on, terms=terms).value:
        return SecretStanding.AWAITING_CONFIRMATION
    return SecretStanding.NOT_CONFIDENTIAL


def confirmations_due(scope: Scope, on: dt.date) -> list[tuple[Secret, dt.date]]:
    """What was said and still waits for its confirmation on ``on``, with the last day for it, soonest first."""
    rows = Secret.objects.filter(disclosed_by=DisclosedBy.WORD_OF_MOUTH, confirmed_on=None, exception="")
    waiting = [
        (secret, oral_secret_confirmation_due(secret.disclosed_on, terms=terms_of(secret.contract)).value)
        for secret in scope.admit(rows.select_related("contract"))
    ]
    return sorted((pair for pair in waiting if pair[1] >= on), key=lambda pair: (pair[1], pair[0].pk))
