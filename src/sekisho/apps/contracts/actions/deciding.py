"""Deciding on an application: its turn, its ground, and what an acceptance fixes (Arts. 11, 14, 27-1).

New contracts and changes wait in one queue. An acceptance of a new one makes the contract; of a change, its facts.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.db import transaction

from sekisho.apps.audit.actions import Actor
from sekisho.apps.audit.models import kept_name
from sekisho.apps.refusals import Refused, refuse
from sekisho.apps.tariff.queries import list_in_force, price_book, quote_by_number
from sekisho.apps.turns import next_number, take_turn
from sekisho.gateways import clock
from sekisho.terms.applications import acceptance_order_check
from sekisho.terms.grounds import Catalogue, ground_check, ground_named
from sekisho.terms.history import FactKind, at_start_of
from sekisho.terms.moments import tokyo_date
from sekisho.terms.plans import Plan
from sekisho.terms.screening import ScreeningResult
from sekisho.terms.values import Refusal

from ..forms import ApplicationForm, read_form
from ..models import (
    Application,
    ApplicationAct,
    ApplicationKind,
    ApplicationStep,
    Contract,
    Screening,
    ScreeningVerdict,
)
from ..queries.applications import application_refusals_of, binding_terms, queue_of, screening_standing
from .facts import Telling, tell_all
from .parties.entering import enter_contractors
from .steps import add_step, locked


@transaction.atomic
def accept_application(
    actor: Actor,
    *,
    application: Application,
    out_of_turn_reason: str = "",
    accepted_at: dt.datetime | None = None,
) -> Contract:
    """Accept a new application: the contract is made, under the terms and the price list of that moment (R054).

    Who applied enters the register of parties with it, joint contractors too.

    ``accepted_at`` None: now; an earlier instant is for acts that were done on paper. Refused out of turn without
    a reason, with an expired or missing screening, on a line that has a contract, and for what the plan lacks. A line
    that was ordered together with the service makes it conditional: the service waits for the line (R040).
    """
    row, at = take_up(application, ApplicationKind.NEW, out_of_turn_reason, accepted_at)
    for refusal in application_refusals_of(row, at):
        refuse(refusal)
    form, on = read_form(ApplicationForm, row.form), tokyo_date(at)
    terms = binding_terms(on, tokyo_date(clock.now()))
    contract = Contract.objects.create(
        number=next_number("SK"),
        contractor=row.applicant,
        line=row.line,
        line_from_at=at,
        accepted_at=at,
        terms_version=terms.version,
        price_list=_prices_of(form, on),
        application=row,
    )
    tell_all(actor, contract, list(_agreed(row, form, contract, actor)))
    enter_contractors(actor, contract, form)
    details = {"contract": contract.number, "plan": form.plan, "price_list": contract.price_list}
    if not row.line.active:
        details["on_condition_of_line"] = row.line.identifier
    if out_of_turn_reason.strip():
        details["out_of_turn"] = out_of_turn_reason.strip()
    add_step(
        actor,
        row,
        ApplicationAct.ACCEPTED,
        details=details,
        at=at,
        contract_id=contract.pk,
        terms_version=terms.version,
    )
    return contract


@transaction.atomic
def refuse_application(
    actor: Actor, *, application: Application, ground: str, text: str = "", out_of_turn_reason: str = ""
) -> ApplicationStep:
    """Refuse an application on one of the nine grounds of Art. 11-2; the open one needs a text (R045 to R053).

    The antisocial ground needs a screening that found something and a second person who confirmed it.
    """
    row, _ = take_up(application, ApplicationKind(application.kind), out_of_turn_reason, None, screened=False)
    terms = binding_terms(*[tokyo_date(clock.now())] * 2)
    answer = ground_check(Catalogue.REFUSAL, ground, text, terms=terms)
    if isinstance(answer, Refusal):
        refuse(answer)
    if ground == "antisocial":
        _check_confirmed(row)
    article = ground_named(Catalogue.REFUSAL, ground).article
    details = {"ground": ground, "article": article, "text": text.strip(), "out_of_turn": out_of_turn_reason.strip()}
    return add_step(actor, row, ApplicationAct.REFUSED, details=details, terms_version=terms.version)


def take_up(
    application: Application,
    kind: ApplicationKind,
    out_of_turn_reason: str,
    at: dt.datetime | None,
    *,
    screened: bool = True,
) -> tuple[Application, dt.datetime]:
    """The application, held, and the instant of the decision, after the checks that any decision needs."""
    take_turn("application queue")
    row, now = locked(application), clock.now()
    if row.kind != kind:
        raise ValueError(f"{row.number} is not of kind {kind}")
    answer = acceptance_order_check(row.number, queue_of(row.office), out_of_turn_reason)
    if isinstance(answer, Refusal):
        refuse(answer)
    decided_at = at or now
    if not row.received_at <= decided_at <= now:
        raise Refused(
            "acceptance.bad_time",
            "承諾日時は受付以後、現在以前でなければなりません。",
            "A decision comes after the receipt and not in the future.",
            "11-1",
        )
    standing = screening_standing(row.applicant, tokyo_date(decided_at)) if screened else None
    if isinstance(standing, Refusal):
        refuse(standing)
    return row, decided_at


def _prices_of(form: ApplicationForm, on: dt.date) -> str:
    """The version of the list in force, or for the premium plan the number of its quote (R013)."""
    if form.plan is not Plan.PREMIUM:
        # An acceptance that is told later goes by the list of its own day, as it is known now.
        listed = price_book().in_force(on)
        return listed.version if listed else list_in_force(on).version
    quote = quote_by_number(form.quote)
    if quote is None or quote.valid_until < on:
        raise Refused(
            "application.no_quote",
            "有効な見積番号ではありません。",
            "This is not the number of a quote that is still good.",
            "5-1",
        )
    return quote.number


def _agreed(application: Application, form: ApplicationForm, contract: Contract, actor: Actor) -> Iterator[Telling]:
    """What holds from the acceptance on. Operations and options begin with the service, which ``starting`` tells."""
    at = contract.accepted_at
    yield Telling(FactKind.STATE, "applied", application.received_at, at)
    yield Telling(FactKind.STATE, "accepted", at)
    yield Telling(FactKind.LINE, contract.line.identifier, at)
    yield Telling(FactKind.PLAN, form.plan, at)
    yield Telling(FactKind.FUNCTIONS, form.functions, at)
    yield Telling(FactKind.ACCESS_ITEM, form.access_item, at)
    for override in form.overrides:
        from_at = at_start_of(override.valid_from) if override.valid_from else at
        value = {
            "key": override.parameter,
            "value": override.setting,
            "form": application.number,
            "approved_by": kept_name(actor.pk, actor.name),
        }
        yield Telling(FactKind.PARAMETER, value, from_at)


def _check_confirmed(application: Application) -> None:
    confirmed = Screening.objects.filter(
        applicant=application.applicant,
        result__in=(ScreeningResult.GREY, ScreeningResult.HIT),
        review__verdict=ScreeningVerdict.CONFIRMED,
    )
    if not confirmed.exists():
        raise Refused(
            "refusal.not_confirmed",
            "この事由による拒絶には、別の担当者が確認した審査結果が必要です。",
            "To refuse on this ground a second person must have confirmed the screening.",
            "11-2(6)",
        )
