"""From acceptance to service: provisioning, devices as built, start of service and billing (Arts. 12, 23, 27)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.db import transaction

from sekisho.apps.audit.actions import Actor, record
from sekisho.apps.refusals import Refused, refuse
from sekisho.apps.scope import current
from sekisho.gateways import clock
from sekisho.terms.contract_states import ContractState, transition_check
from sekisho.terms.history import DatedFact, FactKind, at_start_of
from sekisho.terms.moments import tokyo_date
from sekisho.terms.values import Refusal

from ..forms import ApplicationForm
from ..models import Application, ApplicationAct, Contract
from ..queries.provisioning import accepted_form, checklist_of
from ..queries.standing import terms_of, told_of
from .facts import Telling, tell_all
from .steps import add_step


@transaction.atomic
def begin_provisioning(actor: Actor, *, contract: Contract, at: dt.datetime | None = None) -> None:
    """Line, device and settings are being made ready."""
    check_transition(contract, ContractState.PROVISIONING)
    tell_all(actor, contract, [Telling(FactKind.STATE, "provisioning", at or clock.now())])
    record_act(actor, "begin_provisioning", contract, {})


@transaction.atomic
def confirm_as_built(actor: Actor, *, contract: Contract, devices: int, mismatches: int, note: str = "") -> None:
    """The devices on the line were compared with the sheets: how many there are, how many settings differ (R085)."""
    if devices < 0 or mismatches < 0:
        raise ValueError("devices and mismatches are counts")
    application = Application.objects.get(pk=contract.application_id)
    details = {"devices": devices, "mismatches": mismatches, "note": note}
    add_step(actor, application, ApplicationAct.AS_BUILT, details=details, contract_id=contract.pk)


@transaction.atomic
def start_service(
    actor: Actor, *, contract: Contract, started_on: dt.date, billing_from_on: dt.date | None = None
) -> None:
    """Service is provided from this day on, with operations and options that were applied for; terms begin to run.

    ``billing_from_on`` None: billing starts with the service. Refused with the first open item of the checklist.
    """
    check_transition(contract, ContractState.ACTIVE)
    for check in checklist_of(current(), contract):
        if check.refusal:
            refuse(check.refusal)
    billed_on = billing_from_on or started_on
    if started_on < tokyo_date(contract.accepted_at) or billed_on < started_on:
        raise Refused(
            "start.bad_day",
            "開始日は承諾日以後、課金開始日は開始日以後でなければなりません。",
            "Service starts after the acceptance, and billing after that.",
            "12-1",
        )
    tell_all(actor, contract, list(_begun(accepted_form(contract), started_on, billed_on)))
    details = {"started_on": started_on.isoformat(), "billing_from_on": billed_on.isoformat()}
    record_act(actor, "start_service", contract, details)


@transaction.atomic
def start_billing(actor: Actor, *, contract: Contract, on: dt.date) -> None:
    """Another day for the billing start, while the old one has not come."""
    billing = billing_to_move(contract, on)
    tell_all(actor, contract, [Telling(FactKind.BILLING, None, at_start_of(on), billing.until_at)])
    record_act(actor, "start_billing", contract, {"billing_from_on": on.isoformat()})


def billing_to_move(contract: Contract, on: dt.date) -> DatedFact:
    """The billing that can still begin on another day; refused once it has begun, and for a day that is over."""
    billing = told_of(contract).of_kind(FactKind.BILLING)
    today = tokyo_date(clock.now())
    if not billing or billing[-1].first_on <= today or on < today:
        raise Refused(
            "billing.started",
            "課金は既に開始しているか、サービスが開始していません。",
            "Billing has started already, or service has no start yet.",
            "27-1",
        )
    return billing[-1]


@transaction.atomic
def withdraw_contract(actor: Actor, *, contract: Contract, reason: str = "") -> None:
    """The contractor takes an accepted application back before service starts; the initial fee is owed (R110)."""
    check_transition(contract, ContractState.WITHDRAWN)
    tell_all(actor, contract, [Telling(FactKind.STATE, "withdrawn", clock.now())])
    record_act(actor, "withdraw_contract", contract, {}, words={"reason": reason.strip()})


def check_transition(contract: Contract, following: ContractState) -> None:
    """Refused unless the contract may go on to this state from the one it is in now, or is already planned to be."""
    told, terms = told_of(contract), terms_of(contract)
    state = told.at(clock.now()).state
    answer = transition_check(state, following, terms=terms)
    if isinstance(answer, Refusal):
        refuse(answer)
    if state in (ContractState.ACCEPTED, ContractState.PROVISIONING) and told.of_kind(FactKind.SERVICE):
        raise Refused("start.planned", "開始日は決まっています。", "The start is planned already.", "12-1")


def record_act(
    actor: Actor, verb: str, contract: Contract, details: dict, *, words: dict[str, str] | None = None
) -> None:
    """The audit row and the news of an act on a contract; ``words``: what somebody wrote about it."""
    record(
        actor,
        act=f"contracts.{verb}",
        object=f"contract:{contract.number}",
        contract_id=contract.pk,
        terms_version=contract.terms_version,
        details=details,
        words=words,
    )


def _begun(form: ApplicationForm, started_on: dt.date, billed_on: dt.date) -> Iterator[Telling]:
    at, options = at_start_of(started_on), form.options
    yield Telling(FactKind.SERVICE, None, at)
    yield Telling(FactKind.BILLING, None, at_start_of(billed_on))
    if form.operations:
        yield Telling(FactKind.OPERATIONS, None, at)
    if options.retention_years > 1:
        yield Telling(FactKind.RETENTION_YEARS, options.retention_years, at)
    if options.extra_accounts:
        yield Telling(FactKind.EXTRA_ACCOUNTS, options.extra_accounts, at)
    if options.monitoring_report:
        yield Telling(FactKind.MONITORING_REPORT, None, at)
    if options.report_meeting:
        yield Telling(FactKind.REPORT_MEETING, None, at)
    for service in form.ancillary:
        yield Telling(FactKind.ANCILLARY, service, at)
