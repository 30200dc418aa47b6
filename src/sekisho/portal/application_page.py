"""What the pages of an application say: choices with the reason against each, what is missing where, what it costs.

Every reason and every amount is the terms' or the tariff's own; here they are only put where they belong.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from sekisho.apps.accounts.models import Organisation
from sekisho.apps.contracts import queries
from sekisho.apps.contracts.forms import ApplicationForm, facts_of
from sekisho.apps.contracts.models import Application, ApplicationAct
from sekisho.apps.contracts.queries.lists import lines_of
from sekisho.apps.contracts.queries.quoted import quote_for
from sekisho.apps.refusals import Refused
from sekisho.apps.tariff.fees import FeeLine, NoPrice, Prices, monthly_fee, monthly_lines
from sekisho.apps.tariff.items import ANCILLARY_WORDS, initial, initial_ancillary, item_words
from sekisho.apps.tariff.queries import list_in_force, prices_of
from sekisho.gateways import clock
from sekisho.terms.applications import AncillaryService, FormPart, ancillary_check, application_refusals
from sekisho.terms.contract_states import ContractState
from sekisho.terms.history import Standing
from sekisho.terms.minimum import TermKind, minimum_term
from sekisho.terms.moments import tokyo_date
from sekisho.terms.plans import (
    ACCESS_WORDS,
    FUNCTION_WORDS,
    MATRIX,
    PLAN_WORDS,
    AccessItem,
    Plan,
    SecurityFunction,
    operations_refusal,
    plan_refusals,
)
from sekisho.terms.values import Refusal
from sekisho.terms.words import Words

SECTIONS = ("line", "plan", "access", "functions", "operations", "ancillary", "devices", "consents")
"""The sections of the page about which something can be missing, in their order."""
_SECTION_OF_PART = {
    FormPart.SERVICE: "line",
    FormPart.PLAN: "plan",
    FormPart.ACCESS_ITEM: "access",
    FormPart.SECURITY_POLICY: "devices",
    FormPart.DISCLAIMERS_ACCEPTED: "consents",
    FormPart.MONITORING_CONSENT: "consents",
}
_PART_OF_WORDS = {application_refusals(set(FormPart) - {part})[0].words: part for part in FormPart}
_SECTION_OF_CODE = {
    "application.no_quote": "plan",
    "application.sheet": "devices",
    "plan.no_function": "functions",
    "plan.function_not_offered": "functions",
    "plan.access_item_not_offered": "access",
}
_SECTION_OF_FAMILY = {"line": "line", "plan": "operations", "option": "operations", "ancillary": "ancillary"}
_WITH_OPERATIONS = Words("セキュリティ運用管理を付ける", "With security operations")


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to tick. ``against``: plan -> why that plan does not go with it; ``why``: why nobody can have it."""

    value: str
    words: Words
    against: tuple[tuple[Plan, Words], ...] = ()
    why: Words | None = None


@dataclass(frozen=True, slots=True)
class Price:
    words: Words
    quantity: int
    yen: int


@dataclass(frozen=True, slots=True)
class Estimate:
    """Yen without tax. ``bound_until`` is the end of the minimum term if service starts on the wished day."""

    once: list[Price]
    once_yen: int
    monthly: list[Price]
    monthly_yen: int
    bound_until: dt.date | None


def lines(applicant: Organisation) -> list[Choice]:
    """The applicant's own lines; of one that can't have a contract the reason."""
    return [
        Choice(line.identifier, Words(line.identifier, line.identifier), why=getattr(answer, "words", None))
        if isinstance(answer, Refusal)
        else Choice(line.identifier, Words(line.identifier, line.identifier))
        for line, answer in lines_of(applicant, clock.now())
    ]


def choices() -> dict[str, list[Choice]]:
    """Everything that the matrix of Art. 5-1 offers to somebody, each with the plans that don't offer it."""
    offered = sorted({function for offer in MATRIX.values() for function in offer.functions})
    return {
        "plans": [Choice(plan.value, PLAN_WORDS[plan]) for plan in Plan],
        "access_items": [Choice(item, ACCESS_WORDS[item], _against(access_item=item)) for item in AccessItem],
        "functions": [Choice(one, FUNCTION_WORDS[one], _against(function=one)) for one in offered],
        "operations": [Choice("on", _WITH_OPERATIONS, _against_operations(wanted=True))],
        "without_operations": _against_operations(wanted=False),
        "ancillary": [Choice(service, ANCILLARY_WORDS[service]) for service in AncillaryService],
    }


def ipv6_refusal() -> Words:
    """Why an address is an IPv4 one."""
    return ancillary_check(AncillaryService.IP_ADDRESS, 6).words


def _against(
    function: SecurityFunction | None = None, access_item: AccessItem | None = None
) -> tuple[tuple[Plan, Words], ...]:
    code = "plan.function_not_offered" if function else "plan.access_item_not_offered"
    found = []
    for plan, offer in MATRIX.items():
        asked = ({function} if function else offer.functions, access_item or min(offer.access_items))
        found += [(plan, refusal.words) for refusal in plan_refusals(plan, *asked, False) if refusal.code == code]
    return tuple(found)


def _against_operations(*, wanted: bool) -> tuple[tuple[Plan, Words], ...]:
    refusals = ((plan, operations_refusal(plan, wanted)) for plan in Plan)
    return tuple((plan, refusal.words) for plan, refusal in refusals if refusal)


def by_section(refusals: Iterable[Refusal]) -> dict[str, list[Refusal]]:
    """What is missing or refused, in the section where it is mended."""
    found: dict[str, list[Refusal]] = defaultdict(list)
    for refusal in refusals:
        found[_section(refusal)].append(refusal)
    return dict(found)


def _section(refusal: Refusal) -> str:
    if part := _PART_OF_WORDS.get(refusal.words):
        return _SECTION_OF_PART[part]
    family = refusal.code.partition(".")[0]
    return _SECTION_OF_CODE.get(refusal.code) or _SECTION_OF_FAMILY.get(family, "plan")


def estimate(form: ApplicationForm, applicant: Organisation) -> Estimate | None:
    """What the form would cost by the list of today; None while plan and access are open, or a price is missing."""
    facts, today = facts_of(form), tokyo_date(clock.now())
    if facts is None:
        return None
    standing = Standing(ContractState.APPLIED, frozenset(), facts)
    try:
        prices = _prices(form, applicant, today)
        monthly = monthly_lines(standing, prices, ancillary=form.ancillary)
        once = [_once(prices, initial(facts.plan)), *(_once(prices, initial_ancillary(s)) for s in form.ancillary)]
    except (NoPrice, Refused):
        return None
    started_on = form.wished_start_on
    return Estimate(
        once=[_price(line) for line in once if line.yen],
        once_yen=sum(line.yen for line in once),
        monthly=[_price(line) for line in monthly],
        monthly_yen=monthly_fee(monthly),
        bound_until=minimum_term(TermKind.SERVICE, started_on).value if started_on else None,
    )


def _prices(form: ApplicationForm, applicant: Organisation, today: dt.date) -> Prices:
    """The list of today; for the premium plan the quote, which is shown to nobody but whom it was made for."""
    if form.plan is not Plan.PREMIUM:
        return prices_of(list_in_force(today).version, today)
    quote = quote_for(form.quote, applicant, today)
    if quote is None:
        raise NoPrice(form.plan, form.quote)
    return prices_of(quote.number, today)


def _once(prices: Prices, item: str) -> FeeLine:
    return FeeLine(item, 1, prices.of(item))


def _price(line: FeeLine) -> Price:
    return Price(item_words(line.item), line.quantity, line.yen)


def stated(form: ApplicationForm) -> dict[str, object]:
    """The form in words, for reading."""
    return {
        "service": form.service,
        "plan": PLAN_WORDS[form.plan] if form.plan else None,
        "quote": form.quote,
        "access": ACCESS_WORDS[form.access_item] if form.access_item else None,
        "functions": [FUNCTION_WORDS[function] for function in form.functions],
        "operations": form.operations,
        "options": form.options,
        "ancillary": [ANCILLARY_WORDS[service] for service in form.ancillary],
        "devices": form.devices,
        "wished_start_on": form.wished_start_on,
        "notes": form.notes,
    }


@dataclass(frozen=True, slots=True)
class Progress:
    """Where an application is. ``place`` in the queue counts from 1; None when it does not wait."""

    application: Application
    act: ApplicationAct
    at: dt.datetime
    place: int | None
    details: dict

    @property
    def state(self) -> str:
        """draft, waiting, accepted, refused or withdrawn."""
        if self.act in (ApplicationAct.ACCEPTED, ApplicationAct.AS_BUILT):
            return "accepted"
        if self.act in (ApplicationAct.REFUSED, ApplicationAct.WITHDRAWN):
            return self.act.value
        return "waiting" if self.application.received_at else "draft"


def progress(applications: Iterable[Application]) -> list[Progress]:
    """Of several applications, with one look at each queue; ``steps`` are prefetched."""
    found = list(applications)
    last = {one.pk: max(one.steps.all(), key=lambda step: step.pk) for one in found}
    waiting = {one.office for one in found if one.received_at and last[one.pk].act == ApplicationAct.RECEIVED}
    places = {
        received.number: place for office in waiting for place, received in enumerate(queries.queue_of(office), 1)
    }
    return [
        Progress(one, ApplicationAct(last[one.pk].act), last[one.pk].at, places.get(one.number), last[one.pk].details)
        for one in found
    ]
