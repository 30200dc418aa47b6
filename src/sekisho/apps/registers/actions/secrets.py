"""Confidential information: recorded, confirmed, excepted, passed on (Art. 37; R135, R136)."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from sekisho.apps.audit.actions import Actor, record
from sekisho.apps.contracts.models import Contract
from sekisho.apps.contracts.queries import terms_of
from sekisho.apps.refusals import Refused, refuse
from sekisho.apps.turns import next_number
from sekisho.gateways import clock
from sekisho.terms.grounds import Catalogue, ground_named
from sekisho.terms.secrecy import DisclosedBy, Recipient, is_confidential, passing_on_check
from sekisho.terms.values import Refusal

from ..models import Secret, SecretPassage, Side


@transaction.atomic
def record_secret(
    actor: Actor,
    *,
    contract: Contract,
    told_by: Side,
    disclosed_by: DisclosedBy,
    disclosed_on: dt.date,
    title: str,
    marked: bool = False,
) -> Secret:
    secret = Secret.objects.create(
        number=next_number("CI"),
        contract=contract,
        told_by=told_by,
        disclosed_by=disclosed_by,
        disclosed_on=disclosed_on,
        title=title.strip(),
        marked=marked,
    )
    _record(actor, "registers.record_secret", secret, {"by": disclosed_by, "told_by": told_by, "marked": marked})
    return secret


@transaction.atomic
def confirm_secret(actor: Actor, *, secret: Secret, confirmed_on: dt.date) -> bool:
    """The written confirmation of what was said; returns whether it came in time, within the two weeks.

    A late one is kept all the same: it shows that the information was not confidential.
    """
    secret = Secret.objects.select_for_update().get(pk=secret.pk)
    if secret.disclosed_by != DisclosedBy.WORD_OF_MOUTH or secret.confirmed_on is not None:
        raise Refused(
            "secret.not_to_confirm",
            "書面による確認を待つ口頭の開示ではありません。",
            "This is not something said that waits for its confirmation.",
            "37-1",
        )
    in_time = is_confidential(
        DisclosedBy.WORD_OF_MOUTH, secret.disclosed_on, confirmed_on=confirmed_on, terms=terms_of(secret.contract)
    )
    secret.confirmed_on = confirmed_on
    secret.save(update_fields=("confirmed_on",))
    details = {"confirmed_on": confirmed_on.isoformat(), "in_time": in_time.value}
    _record(actor, "registers.confirm_secret", secret, details)
    return in_time.value


@transaction.atomic
def except_secret(actor: Actor, *, secret: Secret, exception: str) -> Secret:
    """One of the four exceptions applies (a code of Art. 37-1's list); never for the service's own internals."""
    named = ground_named(Catalogue.NOT_CONFIDENTIAL, exception)
    secret = Secret.objects.select_for_update().get(pk=secret.pk)
    if secret.disclosed_by == DisclosedBy.SERVICE_INTERNALS:
        raise Refused(
            "secret.always",
            "サービス内容と機器情報は常に秘密情報です。",
            "Service contents and devices are confidential in any case.",
            "37-2",
        )
    secret.exception = named.code
    secret.save(update_fields=("exception",))
    _record(actor, "registers.except_secret", secret, {"exception": named.code, "article": named.article})
    return secret


@transaction.atomic
def pass_on(actor: Actor, *, secret: Secret, recipient: Recipient, recipient_name: str, purpose: str) -> SecretPassage:
    """Confidential information goes on to somebody who may have it; refused for anybody else."""
    answer = passing_on_check(recipient, terms=terms_of(secret.contract))
    if isinstance(answer, Refusal):
        refuse(answer)
    passage = SecretPassage.objects.create(
        secret=secret,
        contract_id=secret.contract_id,
        recipient=recipient,
        recipient_name=recipient_name.strip(),
        purpose=purpose.strip(),
        at=clock.now(),
        by_id=actor.pk,
    )
    _record(actor, "registers.pass_on_secret", secret, {"recipient": recipient})
    return passage


def _record(actor: Actor, act: str, secret: Secret, details: dict) -> None:
    record(actor, act=act, object=f"secret:{secret.number}", contract_id=secret.contract_id, details=details)
