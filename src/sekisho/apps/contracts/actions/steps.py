"""Writing down what happens to an application: the step, the audit row, the news. Called by acts of this app only."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sekisho.apps.audit.actions import Actor, record
from sekisho.apps.audit.models import kept_name
from sekisho.apps.refusals import Refused
from sekisho.gateways import clock

from ..models import DECIDED, Application, ApplicationAct, ApplicationStep

WRITTEN = frozenset({"note", "out_of_turn", "reason", "text"})
"""The details of a step that somebody wrote freely."""


def locked(application: Application) -> Application:
    """The application as it is now, held to the end of the transaction. Refused when it is decided."""
    row = Application.objects.select_for_update(of=("self",)).get(pk=application.pk)
    if row.steps.filter(act__in=DECIDED).exists():
        raise Refused("application.decided", "この申込は処理済みです。", "This application has been decided.", "11-1")
    return row


def add_step(
    actor: Actor,
    application: Application,
    act: ApplicationAct,
    *,
    details: dict[str, Any] | None = None,
    at: dt.datetime | None = None,
    contract_id: int | None = None,
    terms_version: str = "",
    verb: str = "",
) -> ApplicationStep:
    """One step and its audit row, "contracts.<verb>"; ``verb`` is the act's own unless given.

    What somebody wrote stays in the step, which the application's erasure empties; the audit row is for ever.
    """
    step = ApplicationStep.objects.create(
        application=application,
        act=act,
        at=at or clock.now(),
        actor_id=actor.pk,
        actor_name=kept_name(actor.pk, actor.name),
        details=details or {},
    )
    record(
        actor,
        act=f"contracts.{verb or _VERBS[act]}",
        object=f"application:{application.number}",
        contract_id=contract_id or application.contract_id,
        terms_version=terms_version,
        details={"application": application.number, "at": step.at.isoformat(), **_lasting(step.details)},
    )
    return step


def _lasting(details: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in details.items() if name not in WRITTEN}


_VERBS = {
    ApplicationAct.DRAFTED: "draft_application",
    ApplicationAct.EDITED: "edit_application",
    ApplicationAct.CONSENTED: "consent",
    ApplicationAct.RECEIVED: "submit_application",
    ApplicationAct.ACCEPTED: "accept_application",
    ApplicationAct.REFUSED: "refuse_application",
    ApplicationAct.WITHDRAWN: "withdraw_application",
    ApplicationAct.AS_BUILT: "confirm_as_built",
}
