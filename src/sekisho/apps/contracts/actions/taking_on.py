"""A contract's life up to its service in one go, by the same acts: for rehearsals and for contracts from elsewhere."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable

from django.db import transaction

from sekisho.apps.accounts.models import Organisation
from sekisho.apps.audit.actions import Actor
from sekisho.gateways import clock
from sekisho.terms.applications import AncillaryService, FormPart, LineKind
from sekisho.terms.consents import CONSENT_TEXTS
from sekisho.terms.history import at_start_of
from sekisho.terms.moments import tokyo_date
from sekisho.terms.plans import AccessItem, Plan, SecurityFunction
from sekisho.terms.screening import ScreeningResult

from ..forms import ApplicationForm, Contractor, Device, Options
from ..models import Contact, Contract, Line
from .applying import consent, draft_application, register_line, submit_application
from .contacts import set_contacts
from .deciding import accept_application
from .screening import record_screening
from .starting import begin_provisioning, confirm_as_built, start_service

OFFICE = "本社"
TAKEN_ON = "一括登録 / taken on in one go"
SERVICE = "UTM"


@transaction.atomic
def add_contract(
    actor: Actor,
    *,
    contractor: Organisation,
    line: str,
    plan: Plan,
    functions: Collection[SecurityFunction],
    access_item: AccessItem,
    operations: bool,
    retention_years: int = 1,
    started_on: dt.date | None = None,
    extra_accounts: int = 0,
    monitoring_report: bool = False,
    report_meeting: bool = False,
    ancillary: Iterable[AncillaryService] = (),
    quote: str = "",
    contacts: Iterable[Contact] = (),
    billing_from_on: dt.date | None = None,
    called: Contractor | None = None,
    joint: Iterable[Contractor] = (),
) -> Contract:
    """Apply, screen, accept, and with ``started_on`` provision and start, told today of that day.

    Refused by the first rule that says no, as each act is. With operations a start needs ``contacts``; the premium
    plan needs a ``quote``. ``called`` is what the form says of the contractor, beyond the organisation's names, and
    ``joint`` who contracts beside it. Needs a scope of all contracts, and a price list that is in force on the day.
    """
    form = ApplicationForm(
        contractor=called or Contractor(),
        joint_contractors=tuple(joint),
        service=SERVICE,
        plan=plan,
        functions=tuple(sorted(functions)),
        access_item=access_item,
        operations=operations,
        options=Options(
            retention_years=retention_years,
            extra_accounts=extra_accounts,
            monitoring_report=monitoring_report,
            report_meeting=report_meeting,
        ),
        ancillary=tuple(ancillary),
        devices=(Device(label=line, policy=starting_sheet(functions)),),
        quote=quote,
    )
    at = min(clock.now(), at_start_of(started_on)) if started_on else clock.now()
    under = Line.objects.filter(identifier=line).first() or register_line(
        actor, identifier=line, kind=LineKind.IP_NETWORK, holder=contractor
    )
    contract = _accepted(actor, contractor, under, form, at)
    if contacts:
        set_contacts(actor, contract=contract, contacts=contacts)
    if started_on:
        begin_provisioning(actor, contract=contract, at=at)
        confirm_as_built(actor, contract=contract, devices=len(form.devices), mismatches=0)
        start_service(actor, contract=contract, started_on=started_on, billing_from_on=billing_from_on)
    return contract


def starting_sheet(functions: Collection[SecurityFunction]) -> dict:
    """The smallest security policy sheet: one zone, nothing let in, intrusions looked for only where that is bought."""
    zone = {"name": "lan", "interface": "lan0", "networks": ["192.168.10.0/24"], "inside": True}
    mode = "detect" if SecurityFunction.IDS_IPS in functions else "off"
    return {"schema": 1, "revision": 1, "zones": [zone], "intrusion": {"mode": mode}}


def _accepted(actor: Actor, contractor: Organisation, line: Line, form: ApplicationForm, at: dt.datetime) -> Contract:
    application = draft_application(actor, applicant=contractor, line=line, form=form, office=OFFICE)
    for text in CONSENT_TEXTS:
        consent(actor, application=application, part=FormPart(text.part), version=text.version)
    record_screening(
        actor,
        applicant=contractor,
        subjects=[contractor.name],
        source=TAKEN_ON,
        result=ScreeningResult.CLEAR,
        checked_on=tokyo_date(at),
    )
    application = submit_application(actor, application=application, received_at=at)
    return accept_application(actor, application=application, accepted_at=at, out_of_turn_reason=TAKEN_ON)
