"""What is sent to change or end a contract, and what such an act would do: its day, its price, what is refused."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import msgspec

from sekisho.apps.contracts.forms import ApplicationForm, ChangeForm
from sekisho.apps.contracts.models import Application, ApplicationAct, ApplicationKind, ApplicationStep
from sekisho.apps.contracts.queries.ending import ChangePreview, ChargeItem, Preview
from sekisho.apps.contracts.queries.options import Running
from sekisho.terms.applications import FormPart
from sekisho.terms.minimum import TermKind
from sekisho.terms.values import Refusal

from .contract_shapes import Day, Instant, code_of
from .operation import Shape

OFFICE = "api"
"""The queue in which everything that comes over the API waits."""
THREADS_MAX = 50
CONSENTS_MAX = 10

KindCode, ActCode = code_of(ApplicationKind), code_of(ApplicationAct)
Thread = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


class CancellationGiven(Shape):
    """`requested_on`: the wished last day; without it, the earliest that the notice allows."""

    requested_on: Day | None = None


class OptionStopGiven(Shape):
    """`threads` are those of `running`: what is to stop."""

    threads: Annotated[list[Thread], msgspec.Meta(min_length=1, max_length=THREADS_MAX)]
    requested_on: Day | None = None


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


class RunningListShape(msgspec.Struct, frozen=True):
    contract: str
    running: list[RunningShape]


class StepShape(msgspec.Struct, frozen=True):
    act: ActCode
    at: Instant


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
