"""What is sent to change or end a contract, and what such an act would do: its day, its price, what is refused."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

import msgspec

from sekisho.apps.contracts.forms import ApplicationForm, ChangeForm
from sekisho.apps.contracts.models import Application, ApplicationAct, ApplicationKind, ApplicationStep
from sekisho.apps.contracts.queries.ending import ChangePreview, ChargeItem, Preview
from sekisho.apps.contracts.queries.options import Running
from sekisho.apps.contracts.queries.past import ApplicantWarning
from sekisho.apps.tariff.actions import PRICE_YEN_MAX
from sekisho.apps.tariff.items import CODE_CHARACTERS_MAX
from sekisho.terms.applications import AncillaryService, FormPart
from sekisho.terms.history import DatedFact
from sekisho.terms.minimum import TermKind
from sekisho.terms.values import Refusal

from .contract_shapes import Day, Instant, code_of
from .operation import Shape

OFFICE = "api"
"""The queue in which everything that comes over the API waits."""
THREADS_MAX = 50
UNITS_MAX = 1_000
REASON_CHARACTERS_MAX = 1_000
CONSENTS_MAX = 10

KindCode, ActCode = code_of(ApplicationKind), code_of(ApplicationAct)
Thread = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
Count = Annotated[int, msgspec.Meta(ge=1, le=UNITS_MAX)]


class CancellationGiven(Shape):
    """`requested_on`: the wished last day; without it, the earliest that the notice allows."""

    requested_on: Day | None = None


class OptionStopGiven(Shape):
    """`threads` are those of `running`: what is to stop."""

    threads: Annotated[list[Thread], msgspec.Meta(min_length=1, max_length=THREADS_MAX)]
    requested_on: Day | None = None


class AncillaryStopGiven(OptionStopGiven):
    """`threads` are those of `ancillary`: what is to stop."""


class PartialStopGiven(OptionStopGiven):
    """`counts`: thread -> how many of its units stop, where not all of them do."""

    counts: Annotated[dict[Thread, Count], msgspec.Meta(max_length=THREADS_MAX)] = msgspec.field(default_factory=dict)


class WithdrawalGiven(Shape):
    reason: Annotated[str, msgspec.Meta(max_length=REASON_CHARACTERS_MAX)] = ""


class FeeGiven(Shape):
    """`item` as price lists name it, `yen` without tax, `ground` of Art. 27-2; `agreement` names the signed record."""

    item: Annotated[str, msgspec.Meta(min_length=1, max_length=CODE_CHARACTERS_MAX)]
    yen: Annotated[int, msgspec.Meta(ge=0, le=PRICE_YEN_MAX)]
    from_on: Day
    ground: Literal["service_content", "circumstances", "reasonable"]
    agreement: Annotated[str, msgspec.Meta(min_length=1, max_length=REASON_CHARACTERS_MAX)]
    explanation: Annotated[str, msgspec.Meta(max_length=REASON_CHARACTERS_MAX)] = ""


class ChangeGiven(Shape):
    form: ChangeForm


class ConsentGiven(Shape):
    """The applicant agrees to a version of one of the texts."""

    part: FormPart
    version: Annotated[int, msgspec.Meta(ge=1, le=1000)]


class ApplicationGiven(Shape):
    """`line` is the identifier of the applicant's line."""

    line: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    form: ApplicationForm
    consents: Annotated[tuple[ConsentGiven, ...], msgspec.Meta(max_length=CONSENTS_MAX)] = ()


class RefusalShape(msgspec.Struct, frozen=True):
    code: str
    article: str
    words: str


class ChargeItemShape(msgspec.Struct, frozen=True, kw_only=True):
    """What the end of one thing costs because its minimum term is not over; yen without tax."""

    kind: TermKind
    thread: str
    quantity: int
    monthly_fee_yen: int
    started_on: dt.date
    term_ends_on: dt.date
    charge_yen: int
    article: str
    steps: list[str]


class EndPreviewShape(msgspec.Struct, frozen=True, kw_only=True):
    """`effective_on` is the last day, in service through 24:00 of it; `total_yen` all early charges,
    without tax, and `tax_yen` what tax they bear by the carrier's settings (0: outside its scope)."""

    effective_on: dt.date
    article: str
    steps: list[str]
    items: list[ChargeItemShape]
    total_yen: int
    tax_yen: int
    refusals: list[RefusalShape]


class ChangePreviewShape(msgspec.Struct, frozen=True, kw_only=True):
    """Monthly fees before and after, and what the change itself costs; yen without tax."""

    effective_on: dt.date
    monthly_before_yen: int
    monthly_after_yen: int
    one_time_yen: int
    refusals: list[RefusalShape]


class RunningShape(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that runs with a minimum term of its own; `thread` names it in an option stop."""

    kind: TermKind
    thread: str
    quantity: int
    started_on: dt.date


class AncillaryShape(msgspec.Struct, frozen=True, kw_only=True):
    """An ancillary service, which has no minimum term; `thread` names it in its stop."""

    service: AncillaryService
    thread: str
    started_on: dt.date


class RunningListShape(msgspec.Struct, frozen=True):
    contract: str
    running: list[RunningShape]
    ancillary: list[AncillaryShape]


class FeeShape(msgspec.Struct, frozen=True, kw_only=True):
    """A fee that was agreed for this contract alone, yen without tax."""

    contract: str
    item: str
    yen: int
    from_on: dt.date
    thread: str


class StepShape(msgspec.Struct, frozen=True):
    act: ActCode
    at: Instant


class WarningShape(msgspec.Struct, frozen=True, kw_only=True):
    """`ground` is the ground of Art. 11-2 that it is about, `contract` the earlier contract, `on` the day of it."""

    ground: str
    article: str
    contract: str
    on: dt.date
    words: str


class WarningListShape(msgspec.Struct, frozen=True):
    application: str
    warnings: list[WarningShape]


class ApplicationShape(msgspec.Struct, frozen=True, kw_only=True):
    """`state` is what happened to it last. `contract`: what a change is about, or what an acceptance made."""

    number: str
    kind: KindCode
    state: ActCode
    office: str
    line: str | None
    contract: str | None
    received_at: Instant | None
    steps: list[StepShape]


def end_preview_shape(preview: Preview, language: str) -> EndPreviewShape:
    effect = preview.effective_on
    return EndPreviewShape(
        effective_on=effect.value,
        article=effect.article,
        steps=[step.words.in_language(language) for step in effect.steps],
        items=[_item(item, language) for item in preview.items],
        total_yen=preview.total_yen,
        tax_yen=preview.tax.value,
        refusals=_refusals(preview.refusals, language),
    )


def change_preview_shape(preview: ChangePreview, language: str) -> ChangePreviewShape:
    return ChangePreviewShape(
        effective_on=preview.effective_on,
        monthly_before_yen=preview.monthly_before,
        monthly_after_yen=preview.monthly_after,
        one_time_yen=preview.one_time,
        refusals=_refusals(preview.refusals, language),
    )


def running_shape(one: Running) -> RunningShape:
    return RunningShape(kind=one.kind, thread=one.thread, quantity=one.quantity, started_on=one.started_on)


def ancillary_shape(fact: DatedFact) -> AncillaryShape:
    return AncillaryShape(service=AncillaryService(fact.value), thread=fact.thread, started_on=fact.first_on)


def application_shape(application: Application) -> ApplicationShape:
    steps: list[ApplicationStep] = sorted(application.steps.all(), key=lambda step: step.pk)
    contract = application.contract.number if application.contract else getattr(application, "made", None)
    received = application.received_at
    return ApplicationShape(
        number=application.number,
        kind=application.kind,
        state=steps[-1].act,
        office=application.office,
        line=application.line.identifier if application.line else None,
        contract=contract,
        received_at=received.astimezone(dt.UTC) if received else None,
        steps=[StepShape(step.act, step.at.astimezone(dt.UTC)) for step in steps],
    )


def warning_shape(warning: ApplicantWarning, language: str) -> WarningShape:
    return WarningShape(
        ground=warning.ground,
        article=warning.article,
        contract=warning.contract,
        on=warning.on,
        words=warning.words.in_language(language),
    )


def _item(item: ChargeItem, language: str) -> ChargeItemShape:
    return ChargeItemShape(
        kind=item.kind,
        thread=item.thread,
        quantity=item.quantity,
        monthly_fee_yen=item.monthly_fee,
        started_on=item.started_on,
        term_ends_on=item.term_ends_on,
        charge_yen=item.charge.value,
        article=item.charge.article,
        steps=[step.words.in_language(language) for step in item.charge.steps],
    )


def _refusals(refusals: tuple[Refusal, ...], language: str) -> list[RefusalShape]:
    return [RefusalShape(one.code, one.article, one.words.in_language(language)) for one in refusals]
