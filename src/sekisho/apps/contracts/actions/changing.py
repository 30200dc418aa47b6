"""Changing a running contract (Art. 14): a form that waits in the same queue and is decided by the same rules.

What is added is told as a thread of its own, with a minimum term of its own; the terms of what runs go on.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.db import transaction

from sekisho.apps.audit.actions import Actor
from sekisho.apps.refusals import Refused, refuse
from sekisho.apps.tariff.queries import quote_by_number
from sekisho.apps.turns import next_number
from sekisho.gateways import clock
from sekisho.terms.contract_states import ContractState
from sekisho.terms.entitlements import ContractFacts
from sekisho.terms.history import FactKind, at_start_of, last_instant
from sekisho.terms.moments import tokyo_date

from ..forms import ChangeForm, as_json, change_refusals, read_form
from ..models import Application, ApplicationAct, ApplicationKind, Contract, Line
from ..queries.applications import line_refusal
from ..queries.binding import binding_terms_of
from ..queries.parties import representative_on
from ..queries.quoted import quote_refusal
from ..queries.standing import told_of
from .deciding import take_up
from .facts import Telling, tell_all
from .reading_only import check_may_act
from .steps import add_step

LIVING = frozenset({ContractState.ACTIVE, ContractState.NOTICE_GIVEN})


@transaction.atomic
def request_change(
    actor: Actor,
    *,
    contract: Contract,
    form: ChangeForm | dict[str, Any],
    office: str,
    received_at: dt.datetime | None = None,
) -> Application:
    """A change form arrives and queues. Refused for what the terms don't allow, as ``preview_change`` lists it.

    ``received_at`` as for ``submit_application``.
    """
    check_may_act(actor, contract)
    asked = form if isinstance(form, ChangeForm) else read_form(ChangeForm, form)
    at = received_at or clock.now()
    if at > clock.now():
        raise Refused("application.not_yet", "受付日時が未来です。", "The time of receipt lies ahead.", "14-1")
    _check(contract, asked, _effect_on(asked, at), at)
    application = Application.objects.create(
        number=next_number("AP"),
        kind=ApplicationKind.CHANGE,
        office=office,
        applicant=representative_on(contract, at),
        contract=contract,
        form=as_json(asked),
        drafted_at=clock.now(),
        received_at=at,
    )
    add_step(actor, application, ApplicationAct.RECEIVED, at=at, details={"office": office}, verb="request_change")
    return application


@transaction.atomic
def accept_change(
    actor: Actor,
    *,
    application: Application,
    effective_on: dt.date | None = None,
    out_of_turn_reason: str = "",
    accepted_at: dt.datetime | None = None,
) -> dt.date:
    """Accept a change; returns the first day on which it holds. The one-time fee arises now (R112).

    ``effective_on`` None: the day that was wished for, at the earliest today. A line is moved at once or not at all.
    """
    row, at = take_up(application, ApplicationKind.CHANGE, out_of_turn_reason, accepted_at)
    form, contract = read_form(ChangeForm, row.form), Contract.objects.select_for_update().get(pk=row.contract_id)
    on = max(effective_on or _effect_on(form, at), tokyo_date(at))
    facts = _check(contract, form, on, at)
    from_at = at if on == tokyo_date(at) else at_start_of(on)
    if form.line.strip():
        _move_line(contract, form, at, from_at)
    tell_all(actor, contract, list(_tellings(form, facts, from_at)))
    details = {"contract": contract.number, "effective_on": on.isoformat(), "changes": sorted(as_json(form))}
    if out_of_turn_reason.strip():
        details["out_of_turn"] = out_of_turn_reason.strip()
    add_step(
        actor,
        row,
        ApplicationAct.ACCEPTED,
        details=details,
        at=at,
        terms_version=contract.terms_version,
        verb="accept_change",
    )
    return on


def _effect_on(form: ChangeForm, at: dt.datetime) -> dt.date:
    return max(form.wished_on or tokyo_date(at), tokyo_date(at))


def _check(contract: Contract, form: ChangeForm, on: dt.date, at: dt.datetime) -> ContractFacts:
    """The contract's facts as they are on the day of the effect, after everything that is refused."""
    standing = told_of(contract).at(last_instant(on))
    if standing.state not in LIVING or standing.facts is None:
        raise Refused(
            "change.not_in_service",
            "提供中の契約ではありません。",
            "The contract is not in service on that day.",
            "14-1",
        )
    terms = binding_terms_of(contract, on)
    for refusal in change_refusals(standing.facts, form, terms):
        refuse(refusal)
    if refusal := quote_refusal(form.quote, representative_on(contract, at), tokyo_date(at), terms):
        refuse(refusal)
    if form.line.strip():
        line = Line.objects.filter(identifier=form.line.strip()).first()
        refusal = line_refusal(line, representative_on(contract, at), at, terms)
        if refusal:
            refuse(refusal)
    return standing.facts


def _move_line(contract: Contract, form: ChangeForm, at: dt.datetime, from_at: dt.datetime) -> None:
    if from_at != at:
        raise Refused(
            "change.line_later",
            "回線の移転は、実施日に承諾してください。",
            "A move of the line is accepted on the day on which it is done.",
            "14-1",
        )
    contract.line, contract.line_from_at = Line.objects.get(identifier=form.line.strip()), at
    contract.save(update_fields=("line", "line_from_at"))


def _tellings(form: ChangeForm, facts: ContractFacts, at: dt.datetime) -> Iterator[Telling]:
    if form.plan and form.plan != facts.plan:
        yield Telling(FactKind.PLAN, form.plan, at)
        yield from _quoted(form, at)
    if form.functions is not None:
        yield Telling(FactKind.FUNCTIONS, form.functions, at)
    if form.access_item and form.access_item != facts.access_item:
        yield Telling(FactKind.ACCESS_ITEM, form.access_item, at)
    if form.line.strip():
        yield Telling(FactKind.LINE, form.line.strip(), at)
    yield from _options(form, facts, at)
    for service in form.add_ancillary:
        yield Telling(FactKind.ANCILLARY, service, at)


def _options(form: ChangeForm, facts: ContractFacts, at: dt.datetime) -> Iterator[Telling]:
    if form.add_operations and not facts.operations:
        yield Telling(FactKind.OPERATIONS, None, at)
    if form.retention_years and form.retention_years > facts.retention_years:
        yield Telling(FactKind.RETENTION_YEARS, form.retention_years, at)
    if form.add_accounts:
        yield Telling(FactKind.EXTRA_ACCOUNTS, form.add_accounts, at)
    if form.add_monitoring_report and not facts.monitoring_report:
        yield Telling(FactKind.MONITORING_REPORT, None, at)
    if form.add_report_meeting and not facts.report_meeting:
        yield Telling(FactKind.REPORT_MEETING, None, at)


def _quoted(form: ChangeForm, at: dt.datetime) -> Iterator[Telling]:
    """A change to a plan with a quote: its prices are agreed fees of this contract from now on."""
    quote = quote_by_number(form.quote.strip()) if form.quote.strip() else None
    if quote is None:
        return
    for line in quote.lines.all():
        yield Telling(FactKind.FEE, {"item": line.item, "yen": line.yen}, at)
