"""Machines get tokens, use them and lose them.

A token is ``sekisho_<public id>_<secret>``: recognisable for scanners of leaked secrets, found by its public id,
proved by its secret, of which only the hash is kept. The secret has TOKEN_SECRET_BYTES of randomness, so a plain
SHA-256 is enough; a slow hash protects passwords that people make up.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable

from django.db import connection, transaction

from sekisho.apps.audit.actions import record
from sekisho.apps.refusals import Refused
from sekisho.gateways import clock

from ..models import ApiToken, Organisation, OrganisationKind, Person, Role, TokenScope
from ..permissions import require
from ..token_actor import TokenActor

TOKEN_DAYS_MAX = 366
TOKENS_AN_ORGANISATION_MAX = 50
TOKEN_NAME_CHARS_MAX = 100
TOKEN_SECRET_BYTES = 32

_PUBLIC_ID_BYTES = 6
_TOKEN = re.compile(r"sekisho_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")


@transaction.atomic
def issue_token(
    actor: Person,
    *,
    organisation: Organisation,
    role: Role,
    name: str,
    scopes: Iterable[TokenScope],
    days: int,
) -> tuple[ApiToken, str]:
    """A new token and its text, which is shown here and never again.

    An admin of the carrier makes them for anybody, a contractor's admin for their own organisation.
    """
    wanted = sorted(map(TokenScope, scopes))
    _check(actor, organisation, role, name, wanted, days)
    secret = secrets.token_urlsafe(TOKEN_SECRET_BYTES)
    now = clock.now()
    token = ApiToken.objects.create(
        public_id=secrets.token_hex(_PUBLIC_ID_BYTES),
        secret_hash=_hash(secret),
        name=name.strip(),
        organisation=organisation,
        role=role,
        scopes=wanted,
        made_by=actor,
        made_at=now,
        expires_at=now + dt.timedelta(days=days),
    )
    details = {"organisation": organisation.pk, "role": role, "scopes": wanted, "days": days}
    record(actor, act="accounts.issue_token", object=_object(token), details=details)
    return token, f"sekisho_{token.public_id}_{secret}"


@transaction.atomic
def revoke_token(actor: Person, *, token: ApiToken) -> ApiToken:
    """The token stops working with the next call. Revoking it again changes nothing."""
    require(actor, "tokens.manage")
    _check_reach(actor, token.organisation)
    token = ApiToken.objects.select_for_update(of=("self",)).get(pk=token.pk)
    if token.revoked_at is None:
        token.revoked_at = clock.now()
        token.save(update_fields=("revoked_at",))
        record(actor, act="accounts.revoke_token", object=_object(token))
    return token


def actor_of(text: str) -> TokenActor | None:
    """Who acts with this text; None for an unknown, expired or revoked token, which are not told apart."""
    parts = _TOKEN.fullmatch(text)
    if parts is None:
        return None
    token = ApiToken.objects.select_related("organisation", "made_by").filter(public_id=parts[1]).first()
    # Compared with something in any case, so that an unknown id takes as long as a wrong secret.
    right = hmac.compare_digest(token.secret_hash if token else "", _hash(parts[2]))
    if token is None or not right or token.revoked_at is not None or token.expires_at <= clock.now():
        return None
    return TokenActor(token)


def count_call(actor: TokenActor) -> int:
    """Note that the token is used now; how many calls it has made in the running minute, this one included."""
    now = clock.now()
    with transaction.atomic(), connection.cursor() as cursor:
        # The count may lose its last second in a crash; waiting for the disk at every call would cost more.
        cursor.execute("SET LOCAL synchronous_commit TO off")
        cursor.execute(_COUNT, [actor.token.pk, now, now.replace(second=0, microsecond=0)])
        return cursor.fetchone()[0]


_COUNT = """
    INSERT INTO accounts_tokenuse AS use (token_id, last_at, minute_at, calls) VALUES (%s, %s, %s, 1)
    ON CONFLICT (token_id) DO UPDATE SET last_at = excluded.last_at, minute_at = excluded.minute_at,
        calls = CASE WHEN use.minute_at = excluded.minute_at THEN use.calls + 1 ELSE 1 END
    RETURNING calls
"""


def _check(actor: Person, organisation: Organisation, role: Role, name: str, scopes: list, days: int) -> None:
    require(actor, "tokens.manage")
    _check_reach(actor, organisation)
    if Role(role).organisation_kind != organisation.kind:
        raise Refused("role_of_other_kind", "この組織では選べない役割です。", "This organisation can't have that role.")
    if not scopes:
        raise Refused("token.no_scope", "権限範囲を1つ以上選んでください。", "A token needs at least one scope.")
    if not 0 < len(name.strip()) <= TOKEN_NAME_CHARS_MAX:
        raise Refused(
            "token.name",
            f"名前は1~{TOKEN_NAME_CHARS_MAX}文字です。",
            f"A token needs a name of at most {TOKEN_NAME_CHARS_MAX} characters.",
        )
    if not 0 < days <= TOKEN_DAYS_MAX:
        raise Refused(
            "token.too_long",
            f"有効期間は1~{TOKEN_DAYS_MAX}日です。",
            f"A token is good for 1 to {TOKEN_DAYS_MAX} days.",
        )
    _check_room(organisation)


def _check_reach(actor: Person, organisation: Organisation) -> None:
    if actor.organisation.kind != OrganisationKind.CARRIER and actor.organisation_id != organisation.pk:
        raise Refused("not_permitted", "この操作を行う権限がありません。", "Your role does not allow this.")


def _check_room(organisation: Organisation) -> None:
    alive = ApiToken.objects.filter(organisation=organisation, revoked_at__isnull=True, expires_at__gt=clock.now())
    if alive.count() >= TOKENS_AN_ORGANISATION_MAX:
        raise Refused(
            "token.too_many",
            f"有効なトークンは{TOKENS_AN_ORGANISATION_MAX}個までです。",
            f"An organisation has {TOKENS_AN_ORGANISATION_MAX} live tokens at most.",
        )


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _object(token: ApiToken) -> str:
    return f"token:{token.public_id}"
