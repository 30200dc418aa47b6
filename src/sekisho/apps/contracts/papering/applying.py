"""Papers of applications: the form as it was received, and the carrier's answer to it (Arts. 10, 11, 14)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import replace

from sekisho.apps.accounts.models import Organisation
from sekisho.apps.audit.models import OutboxRow
from sekisho.apps.documents.kinds import DocumentKind
from sekisho.apps.documents.paperwork import Drawn
from sekisho.apps.tariff import items
from sekisho.apps.tariff.fees import NoPrice, agreed_fees, ancillary_services, monthly_fee, monthly_lines
from sekisho.apps.tariff.queries import prices_of
from sekisho.papers.acceptance_notice import AcceptanceNotice
from sekisho.papers.change_application import ChangeApplication, Changed
from sekisho.papers.contract_application import ContractApplication
from sekisho.papers.paper import Language
from sekisho.papers.parties import Addressee
from sekisho.papers.refusal_notice import RefusalNotice
from sekisho.terms.applications import AncillaryService, LineKind
from sekisho.terms.entitlements import ContractFacts
from sekisho.terms.history import History, Standing, last_instant
from sekisho.terms.moments import tokyo, tokyo_date
from sekisho.terms.plans import ACCESS_WORDS, FUNCTION_WORDS, PLAN_WORDS
from sekisho.terms.words import Words

from ..forms import ApplicationForm, ChangeForm, after_change, facts_of, read_form
from ..models import Application, ApplicationAct, Contract
from ..queries.applications import binding_terms, consented_parts
from . import choices
from .knowing import carrier_name, sender_on
from .parts import (
    NOTICE_LANGUAGES,
    SERVICE,
    applicant_of,
    applicant_organisation,
    dated,
    language_of,
    language_of_organisation,
    letter_fields,
    name_of,
    told_by,
    written,
)


def contract_form(news: OutboxRow) -> Iterator[Drawn]:
    """The application as it was received. It belongs to no contract yet, so only the carrier sees this copy."""
    application = _application(news)
    paper = _contract_form(application, language_of_organisation(application.applicant), news)
    yield Drawn(
        kind=DocumentKind.CONTRACT_APPLICATION,
        paper=paper,
        contract_id=None,
        counterparty=application.applicant.name,
    )


def accepted(news: OutboxRow) -> Iterator[Drawn]:
    """The notice of acceptance, and the form once more, now the contract's own."""
    application = _application(news)
    contract = Contract.objects.select_related("contractor", "line").get(application=application)
    form, on = read_form(ApplicationForm, application.form), tokyo_date(contract.accepted_at)
    standing = replace(told_by(contract, news).at(contract.accepted_at), facts=facts_of(form))
    for language in NOTICE_LANGUAGES:
        paper = AcceptanceNotice(
            **_acceptance(contract, application, standing, language, news),
            initial_fee_yen=_price(contract, items.initial(form.plan), on) if form.plan else None,
            monthly_fee_yen=_monthly(contract, standing, form.ancillary, on),
            planned_start_on=form.wished_start_on,
            conditions=choices.conditions(form),
        )
        yield _about(contract, DocumentKind.ACCEPTANCE_NOTICE, paper, news)
    kept = _contract_form(application, language_of(contract), news)
    own = replace(kept, number=f"{application.number}-{contract.number}", contract_number=contract.number)
    yield _about(contract, DocumentKind.CONTRACT_APPLICATION, own, news)


def refused(news: OutboxRow) -> Iterator[Drawn]:
    """Names the provision and no grounds: why is for whoever decided, and for the applicant who asks."""
    application = _application(news)
    on = dated(news)
    for language in NOTICE_LANGUAGES:
        paper = RefusalNotice(
            language=language,
            number=application.number,
            dated=on,
            addressee=_named(application.applicant, language),
            sender=sender_on(on),
            contract_number=application.contract.number if application.contract else "",
            service=SERVICE.in_language(language),
            application_number=application.number,
            applied_on=tokyo_date(application.received_at),
        )
        yield Drawn(
            kind=DocumentKind.REFUSAL_NOTICE,
            paper=paper,
            contract_id=application.contract_id,
            counterparty=application.applicant.name,
        )


def change_form(news: OutboxRow) -> Iterator[Drawn]:
    """The change as it was asked for, beside what it would change."""
    application, contract, form = _change(news)
    language, received = language_of(contract), tokyo(application.received_at)
    facts = told_by(contract, news).at(application.received_at).facts
    paper = ChangeApplication(
        language=language,
        number=application.number,
        dated=received.date(),
        carrier=carrier_name(),
        applicant=applicant_of(contract, received.date(), news),
        received_on=received.date(),
        received_time=f"{received:%H:%M}",
        office=application.office,
        contract_number=contract.number,
        kind=_CHANGE.in_language(language),
        changes=tuple(_changes(facts, form, contract, language)) if facts else (),
        wished_on=form.wished_on,
        reason=form.notes,
    )
    yield _about(contract, DocumentKind.CHANGE_APPLICATION, paper, news)


def accepted_change(news: OutboxRow) -> Iterator[Drawn]:
    """The change is accepted: how the contract stands from its first day on."""
    application, contract, _ = _change(news)
    effective_on = dt.date.fromisoformat(news.payload["effective_on"])
    told, at = told_by(contract, news), last_instant(effective_on)
    standing = told.at(at)
    for language in NOTICE_LANGUAGES:
        paper = AcceptanceNotice(
            **_acceptance(contract, application, standing, language, news),
            monthly_fee_yen=_monthly(contract, standing, ancillary_services(told, at), effective_on, told),
            effective_on=effective_on,
            one_time_fee_yen=_price(contract, items.CHANGE, effective_on),
        )
        yield _about(contract, DocumentKind.ACCEPTANCE_NOTICE, paper, news)


def _application(news: OutboxRow) -> Application:
    rows = Application.objects.select_related("applicant", "line", "contract")
    return rows.get(number=news.payload["application"])


def _change(news: OutboxRow) -> tuple[Application, Contract, ChangeForm]:
    application = _application(news)
    contract = Contract.objects.select_related("contractor", "line").get(pk=application.contract_id)
    return application, contract, read_form(ChangeForm, application.form)


def _about(contract: Contract, kind: DocumentKind, paper: object, news: OutboxRow) -> Drawn:
    return Drawn(kind=kind, paper=paper, contract_id=contract.pk, counterparty=name_of(contract, dated(news)))


def _named(organisation: Organisation, language: Language) -> Addressee:
    english = language == Language.EN and organisation.name_en
    return Addressee(name=organisation.name_en if english else organisation.name)


def _contract_form(application: Application, language: Language, news: OutboxRow) -> ContractApplication:
    form, received = read_form(ApplicationForm, application.form), tokyo(application.received_at)
    line = application.line
    return ContractApplication(
        language=language,
        number=application.number,
        dated=received.date(),
        carrier=carrier_name(),
        applicant=applicant_organisation(application.applicant, news),
        received_on=received.date(),
        received_time=f"{received:%H:%M}",
        office=application.office,
        remarks=(form.notes,) if form.notes.strip() else (),
        service=SERVICE.in_language(language),
        line_kind=choices.LINE_WORDS[LineKind(line.kind)].in_language(language) if line else "",
        line=line.identifier if line else "",
        plans=choices.plan_choices(form.plan, language),
        access_item=ACCESS_WORDS[form.access_item].in_language(language) if form.access_item else "",
        functions=choices.function_choices(form, language),
        operations=form.operations,
        options=choices.option_choices(form, language),
        ancillary=choices.ancillary_choices(form, language),
        wished_start_on=form.wished_start_on,
        conditions=choices.conditions(form),
        consents=choices.consent_choices(consented_parts(application), language),
        terms_version=binding_terms(received.date(), received.date()).version,
        policies=tuple(choices.policy_sheet(device, language) for device in form.devices),
    )


def _acceptance(
    contract: Contract, application: Application, standing: Standing, language: Language, news: OutboxRow
) -> dict:
    """What both notices of acceptance say; they are dated by the day of the decision."""
    decided_on = tokyo_date(application.steps.get(act=ApplicationAct.ACCEPTED).at)
    facts = standing.facts
    return {
        **letter_fields(contract, news, language, decided_on),
        "number": application.number,
        "application_number": application.number,
        "applied_on": tokyo_date(application.received_at),
        "accepted_on": decided_on,
        "plan": PLAN_WORDS[facts.plan].in_language(language),
        "access_item": ACCESS_WORDS[facts.access_item].in_language(language),
        "functions": written((FUNCTION_WORDS[f] for f in sorted(facts.functions)), language),
        "options": written(_ordered(facts), language),
        "line": contract.line.identifier,
        "terms_version": contract.terms_version,
        "price_list": contract.price_list,
    }


def _ordered(facts: ContractFacts) -> list[Words]:
    operations = [items.item_words(items.OPERATIONS)] if facts.operations else []
    return operations + choices.ordered_options(facts)


def _price(contract: Contract, item: str, on: dt.date) -> int | None:
    """Without tax; None where the list names no price, which the monthly run shows as a problem."""
    try:
        return prices_of(contract.price_list, on).of(item)
    except NoPrice:
        return None


def _monthly(
    contract: Contract,
    standing: Standing,
    services: Iterable[AncillaryService],
    on: dt.date,
    told: History | None = None,
) -> int | None:
    prices = prices_of(contract.price_list, on)
    agreed = agreed_fees(told, last_instant(on)) if told else {}
    try:
        return monthly_fee(monthly_lines(standing, prices, agreed, frozenset(services)))
    except NoPrice:
        return None


def _changes(facts: ContractFacts, form: ChangeForm, contract: Contract, language: Language) -> Iterator[Changed]:
    """One line for everything that is different afterwards."""
    after = after_change(facts, form)
    for words, before, then in _compared(facts, after):
        if before != then:
            said = (words.in_language(language), _said(before, language), _said(then, language))
            yield Changed(item=said[0], before=said[1], after=said[2])
    for service in form.add_ancillary:
        name = choices.ancillary_words(service).in_language(language)
        yield Changed(item=_ANCILLARY.in_language(language), after=name)
    if form.line.strip():
        yield Changed(item=_LINE.in_language(language), before=contract.line.identifier, after=form.line.strip())


def _compared(facts: ContractFacts, after: ContractFacts) -> Iterator[tuple[Words, list[Words], list[Words]]]:
    yield _PLAN, [PLAN_WORDS[facts.plan]], [PLAN_WORDS[after.plan]]
    yield _ACCESS, [ACCESS_WORDS[facts.access_item]], [ACCESS_WORDS[after.access_item]]
    yield _FUNCTIONS, _functions(facts), _functions(after)
    yield _OPTIONS, _ordered(facts), _ordered(after)


def _functions(facts: ContractFacts) -> list[Words]:
    return [FUNCTION_WORDS[function] for function in sorted(facts.functions)]


def _said(words: list[Words], language: Language) -> str:
    return _COMMA.in_language(language).join(written(words, language))


_CHANGE = Words("契約内容の変更", "change of the contract")
_PLAN = Words("プラン", "Plan")
_ACCESS = Words("インターネット接続品目", "Access item")
_FUNCTIONS = Words("セキュリティ機能", "Security functions")
_OPTIONS = Words("オプション", "Options")
_ANCILLARY = Words("附帯サービス", "Ancillary service")
_LINE = Words("契約者回線", "Line")
_COMMA = Words("、", ", ")
