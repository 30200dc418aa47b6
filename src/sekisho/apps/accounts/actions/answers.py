"""The first answer to a key is the answer to that key: for ANSWERS_KEPT_HOURS, to each token for itself.

``take_key`` lets one request of a key in at a time, in any process; whoever waited finds the answer of the one
before. All of it happens in the transaction of the act, so an act that is undone leaves its key free.
"""

from __future__ import annotations

import datetime as dt
import hashlib

from django.db import OperationalError, connection, transaction
from psycopg.errors import LockNotAvailable

from sekisho.apps.turns import take_turn
from sekisho.gateways import clock

from ..models import IdempotentAnswer
from ..token_actor import TokenActor

ANSWERS_KEPT_HOURS = 24
KEY_WAIT_SECONDS_MAX = 10


def take_key(actor: TokenActor, key: str) -> bool:
    """Wait for the turn of this key and hold it to the end of the transaction; False when it takes too long."""
    name = hashlib.sha256(f"{actor.token.pk}:{key}".encode()).digest()
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{KEY_WAIT_SECONDS_MAX}s"])
            take_turn("idempotency", int.from_bytes(name[:4], "big"))
            cursor.execute("SELECT set_config('lock_timeout', '0', true)")
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            return False
        raise
    return True


def answer_kept(actor: TokenActor, key: str) -> IdempotentAnswer | None:
    """The answer to the key, if there is one that is not too old."""
    return IdempotentAnswer.objects.filter(token=actor.token, key=key, at__gt=_forgotten_at()).first()


def keep_answer(
    actor: TokenActor, *, key: str, fingerprint: str, status: int, headers: dict[str, str], body: bytes
) -> None:
    """From now on this is the answer to the key. An old one under the same key gives way."""
    IdempotentAnswer.objects.filter(token=actor.token, key=key, at__lte=_forgotten_at()).delete()
    IdempotentAnswer.objects.create(
        token=actor.token, key=key, fingerprint=fingerprint, status=status, headers=headers, body=body, at=clock.now()
    )


def forget_answers() -> int:
    """Remove the answers that no key can ask for any more; how many there were."""
    return IdempotentAnswer.objects.filter(at__lte=_forgotten_at()).delete()[0]


def _forgotten_at() -> dt.datetime:
    return clock.now() - dt.timedelta(hours=ANSWERS_KEPT_HOURS)
