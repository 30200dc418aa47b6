"""Who calls: the token in the Authorization header, and how often it has called."""

from __future__ import annotations

import logging

from django.http import HttpRequest

from sekisho.apps.accounts.actions.tokens import actor_of, count_call
from sekisho.apps.accounts.permissions import allowed
from sekisho.apps.accounts.token_actor import TokenActor
from sekisho.gateways import clock

from ..limits import caller, within_limit
from .operation import Operation
from .problems import Problem

CALLS_A_MINUTE_MAX = 600
"""By one token, in all processes together."""
FAILURES_A_MINUTE_MAX = 30
"""Calls without a good token from one address."""
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="sekisho"'}

log = logging.getLogger(__name__)


def authenticate(request: HttpRequest) -> TokenActor:
    """The token's actor, counted. 401 without a good token, 429 when it or the address calls too often."""
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    actor = actor_of(text.strip()) if scheme.lower() == "bearer" else None
    if actor is None:
        raise _unknown(request)
    if count_call(actor) > CALLS_A_MINUTE_MAX:
        raise Problem("too_often", headers={"Retry-After": str(60 - clock.now().second)})
    return actor


def permit(actor: TokenActor, operation: Operation) -> None:
    """403 unless both the token's scopes and its role allow the operation."""
    if not actor.may(operation.scope):
        raise Problem("scope_missing")
    if not allowed(actor, operation.permission):
        raise Problem("not_permitted")


def _unknown(request: HttpRequest) -> Problem:
    log.info("a call of %s without a good token from %s", request.path, caller(request))
    if not within_limit(request, "api", FAILURES_A_MINUTE_MAX):
        return Problem("too_often", headers={"Retry-After": "60"})
    return Problem("not_authenticated", headers=_CHALLENGE)
