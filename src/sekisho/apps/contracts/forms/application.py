"""The application form of Art. 10: service, plan, access item, options, ancillary services, one sheet a device."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Iterator
from typing import Annotated, Any

import msgspec

from sekisho.terms.applicable import Override as AgreedOverride
from sekisho.terms.applicable import override_check
from sekisho.terms.applications import AncillaryService, FormPart, ancillary_check
from sekisho.terms.entitlements import ContractFacts, contract_refusals
from sekisho.terms.plans import MATRIX, AccessItem, Plan, SecurityFunction
from sekisho.terms.registration import company_kana
from sekisho.terms.registration import corporate_number as corporate_number_check
from sekisho.terms.values import Refusal
from sekisho.terms.versions import Terms
from sekisho.terms.words import Words
from sekisho_wire.policy import PolicyError, Powers, problems, read_policy

DEVICES_MAX = 32
EXTRA_ACCOUNTS_MAX = 1_000
JOINT_CONTRACTORS_MAX = 16
RETENTION_YEARS_WRITTEN_MAX = 99

Years = Annotated[int, msgspec.Meta(ge=1, le=RETENTION_YEARS_WRITTEN_MAX)]
Accounts = Annotated[int, msgspec.Meta(ge=0, le=EXTRA_ACCOUNTS_MAX)]


class Form(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A form; what is not written is at its default."""


class Contractor(Form):
    """Who contracts, as written on the form. ``corporate_number``: 13 digits, or "" for who has none.

    ``name_kana``: full-width katakana without the legal form; its transfers are known by it.
    """

    name: str = ""
    name_kana: str = ""
    name_en: str = ""
    address: str = ""
    representative: str = ""
    corporate_number: str = ""


class Device(Form):
    """One device asked for, with its security policy sheet (Art. 10-1(2)); without one it is not stated yet."""

    label: str
    policy: dict[str, Any] | None = None


class Options(Form):
    """The options of operations (Art. 6-1(2)). ``retention_years`` is the whole time, the first year included."""

    retention_years: Years = 1
    extra_accounts: Accounts = 0
    monitoring_report: bool = False
    report_meeting: bool = False


class Override(Form):
    """A condition that this form sets differently from the terms (Art. 1-2); ``valid_from`` None: from acceptance."""

    parameter: str
    setting: int
    valid_from: dt.date | None = None


class ApplicationForm(Form):
    """What an applicant writes. None: not stated yet. ``quote`` is the number of the premium plan's quote.

    ``contractor`` is the applicant, who represents the ``joint_contractors`` beside it (Art. 9-1); its empty fields
    are as the house knows them.
    """

    contractor: Contractor = Contractor()
    joint_contractors: Annotated[tuple[Contractor, ...], msgspec.Meta(max_length=JOINT_CONTRACTORS_MAX)] = ()
    service: str = ""
    plan: Plan | None = None
    functions: tuple[SecurityFunction, ...] = ()
    access_item: AccessItem | None = None
    operations: bool = False
    options: Options = Options()
    ancillary: tuple[AncillaryService, ...] = ()
    ip_version: int = 4
    devices: Annotated[tuple[Device, ...], msgspec.Meta(max_length=DEVICES_MAX)] = ()
    quote: str = ""
    overrides: tuple[Override, ...] = ()
    wished_start_on: dt.date | None = None
    line_ordered: bool = False  # together with the service; it may open later (Art. 7-1)
    notes: str = ""


def stated_parts(form: ApplicationForm, consented: Collection[FormPart]) -> frozenset[FormPart]:
    """Which parts of Art. 10-1 the form states, together with the consents that were given."""
    stated = {
        FormPart.SERVICE: bool(form.service.strip()),
        FormPart.PLAN: form.plan is not None,
        FormPart.ACCESS_ITEM: form.access_item is not None,
        FormPart.SECURITY_POLICY: bool(form.devices) and all(device.policy for device in form.devices),
    }
    return frozenset(part for part, there in stated.items() if there) | frozenset(consented)


def facts_of(form: ApplicationForm) -> ContractFacts | None:
    """The contract that the form asks for, not started; None while plan or access item are not stated."""
    if form.plan is None or form.access_item is None:
        return None
    return ContractFacts(
        plan=form.plan,
        functions=frozenset(form.functions),
        access_item=form.access_item,
        operations=form.operations,
        started_on=None,
        retention_years=form.options.retention_years,
        extra_accounts=form.options.extra_accounts,
        monitoring_report=form.options.monitoring_report,
        report_meeting=form.options.report_meeting,
    )


def form_problems(form: ApplicationForm, terms: Terms) -> Iterator[Refusal]:
    """Everything that the terms refuse about what the form states, and what is wrong with its sheets."""
    facts = facts_of(form)
    if facts:
        yield from contract_refusals(facts, terms=terms)
    if form.plan is Plan.PREMIUM and not form.quote.strip():
        yield Refusal("application.no_quote", "5-1", _NO_QUOTE, terms.version)
    yield from _contractor_problems(form, terms)
    answers = [ancillary_check(service, form.ip_version, terms=terms) for service in form.ancillary]
    answers += [override_check(_as_agreed(override)) for override in form.overrides]
    yield from (answer for answer in answers if isinstance(answer, Refusal))
    for device in form.devices:
        yield from _sheet_problems(device, form, terms)


def _contractor_problems(form: ApplicationForm, terms: Terms) -> Iterator[Refusal]:
    numbers = [one.corporate_number.strip() for one in (form.contractor, *form.joint_contractors)]
    written = [number for number in numbers if number]
    if not all(corporate_number_check(number).value for number in written):
        yield Refusal("party.corporate_number", "10-1(1)", _BAD_CORPORATE_NUMBER, terms.version)
    kana = [one.name_kana.strip() for one in (form.contractor, *form.joint_contractors)]
    if not all(company_kana(name).value for name in kana if name):
        yield Refusal("party.kana", "10-1(1)", _BAD_KANA, terms.version)
    if len(set(written)) < len(written):
        yield Refusal("party.twice", "9-1", _TWICE, terms.version)
    if not all(joint.name.strip() for joint in form.joint_contractors):
        yield Refusal("party.no_name", "9-1", _NO_NAME, terms.version)


def _as_agreed(override: Override) -> AgreedOverride:
    on = override.valid_from or dt.date.min
    return AgreedOverride(
        parameter=override.parameter, setting=override.setting, form="", valid_from=on, recorded_on=on, approved_by=""
    )


def _sheet_problems(device: Device, form: ApplicationForm, terms: Terms) -> Iterator[Refusal]:
    if not device.policy:
        return
    for where, ja, en in _policy_problems(device.policy, form):
        words = Words(f"{device.label}のシート {where}: {ja}", f"Sheet of {device.label} {where}: {en}")
        yield Refusal("application.sheet", "10-1(2)", words, terms.version)


def _policy_problems(document: dict[str, Any], form: ApplicationForm) -> Iterator[tuple[str, str, str]]:
    try:
        policy = read_policy(json.dumps(document).encode())
    except PolicyError as unreadable:
        found = unreadable.problems
    else:
        offered = MATRIX[form.plan].functions & frozenset(form.functions) if form.plan else frozenset(form.functions)
        found = problems(policy, Powers(functions=frozenset(map(str, offered))))
    yield from ((problem.pointer, problem.words.ja, problem.words.en) for problem in found)


_BAD_CORPORATE_NUMBER = Words(
    "法人番号の桁数または検査用数字が正しくありません。",
    "That cannot be a corporate number: its length or check digit is wrong.",
)
_BAD_KANA = Words(
    "商号カナは、法人格を除き全角カナで記入してください。",
    "The name in kana is written in full-width katakana, without the legal form.",
)
_TWICE = Words("同じ法人番号の契約者が2者います。", "Two contractors have the same corporate number.")
_NO_NAME = Words("共同契約者の名称を記入してください。", "A joint contractor is named.")
_NO_QUOTE = Words("プレミアムプランには見積番号が必要です。", "The premium plan needs the number of its quote.")
