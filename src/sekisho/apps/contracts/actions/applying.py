"""Applying: a line, a draft, consents, and the moment at which a complete form is received and queues (Art. 10).

An incomplete form stays a draft and holds nobody up. Every act needs a scope of all contracts: numbers and lines
that are taken must be seen to be taken; the doors check whose application it is.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction

from sekisho.apps.accounts.models import Organisation
from sekisho.apps.audit.actions import Actor, record
from sekisho.apps.refusals import Refused, refuse
from sekisho.apps.turns import next_number
from sekisho.gateways import clock
from sekisho.terms.applications import FormPart, LineKind
from sekisho.terms.consents import consent_text

from ..forms import ApplicationForm, as_json, read_form
from ..models import Application, ApplicationAct, ApplicationKind, ApplicationStep, Line
from ..queries.applications import application_refusals_of, consented_parts
from .steps import add_step, locked


@transaction.atomic
def register_line(actor: Actor, *, identifier: str, kind: LineKind, holder: Organisation, active: bool = True) -> Line:
    """The line as the carrier's line service knows it; telling it again brings its state and holder up to date."""
    line, _ = Line.objects.update_or_create(
        identifier=identifier, defaults={"kind": LineKind(kind), "holder": holder, "active": active}
    )
    record(
        actor,
        act="contracts.register_line",
        object=f"line:{identifier}",
        details={"kind": line.kind, "holder": holder.pk, "active": active},
    )
    return line


@transaction.atomic
def draft_application(
    actor: Actor, *, applicant: Organisation, line: Line | None, form: ApplicationForm | dict[str, Any], office: str
) -> Application:
    """A form that is being filled in, by the applicant or from paper; what is not written yet may be missing."""
    application = Application.objects.create(
        number=next_number("AP"),
        kind=ApplicationKind.NEW,
        office=office,
        applicant=applicant,
        line=line,
        form=as_json(_read(form)),
        drafted_at=clock.now(),
    )
    add_step(actor, application, ApplicationAct.DRAFTED, details={"office": office, "line": str(line or "")})
    return application


@transaction.atomic
def edit_application(
    actor: Actor, *, application: Application, form: ApplicationForm | dict[str, Any], line: Line | None = None
) -> Application:
    """Another form in the place of the draft's; ``line`` None leaves the line. Refused once it was received."""
    row = _draft(application)
    row.form, row.line = as_json(_read(form)), line or row.line
    row.save(update_fields=("form", "line"))
    add_step(actor, row, ApplicationAct.EDITED, details={"line": str(row.line or "")})
    return row


@transaction.atomic
def consent(actor: Actor, *, application: Application, part: FormPart, version: int | None = None) -> ApplicationStep:
    """The applicant agrees to one of ``terms.consents``; the version of the text is kept with it (R107)."""
    text = consent_text(FormPart(part), version)
    details = {"part": text.part, "version": text.version, "article": text.article}
    return add_step(actor, _draft(application), ApplicationAct.CONSENTED, details=details)


@transaction.atomic
def submit_application(
    actor: Actor, *, application: Application, received_at: dt.datetime | None = None
) -> Application:
    """The complete form arrives and takes its place in the office's queue; from now on nobody edits it.

    ``received_at``: when a paper form arrived, attested by who enters it; None: now. Refused with the first thing
    that is missing or that the terms don't allow; ``queries.application_refusals_of`` lists them all.
    """
    row = _draft(application)
    arrived_at = received_at or clock.now()
    if arrived_at > clock.now():
        raise Refused("application.not_yet", "受付日時が未来です。", "The time of receipt lies ahead.", "10-1")
    for refusal in application_refusals_of(row, arrived_at):
        refuse(refusal)
    row.received_at = arrived_at
    row.save(update_fields=("received_at",))
    details = {"office": row.office, "consents": consented_parts(row)}
    add_step(actor, row, ApplicationAct.RECEIVED, at=arrived_at, details=details)
    return row


@transaction.atomic
def withdraw_application(actor: Actor, *, application: Application, reason: str = "") -> Application:
    """The applicant takes the application back before it is decided; what was accepted is ``withdraw_contract``'s."""
    row = locked(application)
    add_step(actor, row, ApplicationAct.WITHDRAWN, details={"reason": reason})
    return row


def _draft(application: Application) -> Application:
    row = locked(application)
    if row.received_at is not None:
        raise Refused(
            "application.received",
            "受け付けた申込書は変更できません。取り下げて再度お申し込みください。",
            "A form that was received does not change: withdraw it and apply again.",
            "10-1",
        )
    return row


def _read(form: ApplicationForm | dict[str, Any]) -> ApplicationForm:
    return form if isinstance(form, ApplicationForm) else read_form(ApplicationForm, form)
