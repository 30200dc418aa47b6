"""End users under resale (Art. 15-3, R073)."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from sekisho.apps.audit.actions import Actor, record
from sekisho.apps.contracts.models import Contract
from sekisho.apps.refusals import Refused

from ..models import EndUser


@transaction.atomic
def add_end_user(actor: Actor, *, contract: Contract, name: str, since_on: dt.date) -> EndUser:
    """Somebody to whom the contractor provides the service as its own."""
    end_user = EndUser.objects.create(contract=contract, name=name.strip(), since_on=since_on)
    _record(actor, "registers.add_end_user", end_user, {"since_on": since_on.isoformat()})
    return end_user


@transaction.atomic
def end_resale(actor: Actor, *, end_user: EndUser, until_on: dt.date) -> EndUser:
    """The resale to this end user ends; ``until_on`` is its last day."""
    end_user = EndUser.objects.select_for_update().get(pk=end_user.pk)
    if end_user.until_on is not None or until_on < end_user.since_on:
        raise Refused(
            "resale.not_open",
            "この再販売は既に終了しているか、開始前の日付です。",
            "That resale is over already, or the day is before it began.",
            "15-3",
        )
    end_user.until_on = until_on
    end_user.save(update_fields=("until_on",))
    _record(actor, "registers.end_resale", end_user, {"until_on": until_on.isoformat()})
    return end_user


def _record(actor: Actor, act: str, end_user: EndUser, details: dict) -> None:
    record(actor, act=act, object=f"end_user:{end_user.pk}", contract_id=end_user.contract_id, details=details)
