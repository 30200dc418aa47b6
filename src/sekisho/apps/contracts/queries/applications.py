"""Applications: whose turn it is, what is still missing, and whether somebody was screened.

The carrier's queue and its drafts; ``applications_of`` is for an applicant, who may have no contract yet and so no
scope that would show it its own. ``screening_standing`` says only what an acceptance needs; the screenings
themselves are for restricted eyes (``screenings_of``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

from sekisho.apps.accounts.models import Organisation, Person
from sekisho.apps.accounts.permissions import require
from sekisho.apps.scope import Scope, entered, system_scope
from sekisho.apps.tariff.queries import settings_book
from sekisho.terms.applicable import terms_version
from sekisho.terms.applications import FormPart, Received, application_refusals, line_check
from sekisho.terms.moments import tokyo_date
from sekisho.terms.plans import Plan
from sekisho.terms.values import Answer, Refusal
from sekisho.terms.versions import LATEST, Terms, terms_named
from sekisho.terms.words import Words

from ..forms import ApplicationForm, form_problems, read_form, stated_parts
from ..models import (
    DECIDED,
    Application,
    ApplicationAct,
    ApplicationKind,
    ApplicationStep,
    Contract,
    Line,
    Screening,
)
from .quoted import quote_refusal
from .screened import standing_by


class AcceptedChange(NamedTuple):
    contract_id: int
    number: str
    accepted_at: dt.datetime


def application_by_number(scope: Scope, number: str) -> Application | None:
    """An application; only those who see all contracts look one up like this."""
    if not scope.sees_all:
        return None
    return Application.objects.select_related("applicant", "line", "contract").filter(number=number).first()


def applications_of(person: Person) -> list[Application]:
    """The applications of the person's own organisation, the newest first."""
    with entered(system_scope("applications_of")):
        rows = Application.objects.select_related("line", "contract").filter(applicant_id=person.organisation_id)
        return list(rows.prefetch_related("steps").order_by("-pk"))


def waiting_applications(scope: Scope, office: str | None = None) -> list[Application]:
    """The queue: received, not decided, by the time of receipt; None: of all offices."""
    if not scope.sees_all:
        return []
    rows = _undecided().filter(received_at__isnull=False)
    return list(rows.filter(office=office) if office is not None else rows)


def draft_applications(scope: Scope) -> list[Application]:
    """What is not received yet."""
    return list(_undecided().filter(received_at__isnull=True)) if scope.sees_all else []


def queue_of(office: str) -> list[Received]:
    """The office's queue as ``terms.applications.acceptance_order_check`` takes it."""
    rows = _undecided().filter(office=office, received_at__isnull=False)
    return [Received(row.number, row.received_at) for row in rows]


def changes_accepted(scope: Scope, contract_ids: Iterable[int]) -> list[AcceptedChange]:
    """Every change of these contracts that was accepted, in order of time."""
    steps = ApplicationStep.objects.filter(
        act=ApplicationAct.ACCEPTED,
        application__kind=ApplicationKind.CHANGE,
        application__contract_id__within=set(contract_ids),
    )
    rows = scope.admit(steps, "application__contract_id").order_by("at", "id")
    return [AcceptedChange(*row) for row in rows.values_list("application__contract_id", "application__number", "at")]


def act_of(application: Application) -> ApplicationAct:
    """What happened to the application last; a draft that waits for its parts is as it was drafted."""
    return ApplicationAct(application.steps.order_by("-pk").values_list("act", flat=True)[0])


def consented_parts(application: Application) -> dict[str, int]:
    """Part -> version of the text that was agreed to last."""
    steps = application.steps.filter(act=ApplicationAct.CONSENTED).order_by("pk")
    return {step.details["part"]: step.details["version"] for step in steps}


def binding_terms(on: dt.date, known_on: dt.date) -> Terms:
    """The terms under which something is asked for or accepted on a day, as the carrier reads them."""
    settings = settings_book()
    answer = terms_version(on, on, known_on, switches=settings.switches(LATEST.switches, on))
    return settings.applied(LATEST if isinstance(answer, Refusal) else terms_named(answer.value), on)


def application_refusals_of(application: Application, at: dt.datetime) -> tuple[Refusal, ...]:
    """Everything that keeps a new application from being received at an instant; empty when it is complete."""
    form, on = read_form(ApplicationForm, application.form), tokyo_date(at)
    terms = binding_terms(on, on)
    consented = [FormPart(part) for part in consented_parts(application)]
    missing = application_refusals(stated_parts(form, consented), terms=terms)
    quoted = quote_refusal(form.quote, application.applicant, on, terms) if form.plan is Plan.PREMIUM else None
    unfit = (quoted,) if quoted else ()
    return (*missing, *_line_refusals(application, at, terms), *form_problems(form, terms), *unfit)


def is_line_taken(line: Line, at: dt.datetime) -> bool:
    """Whether a contract holds the line at or after the instant."""
    return Contract.objects.filter(line=line).exclude(line_until_at__lte=at).exists()


def line_refusal(
    line: Line | None, applicant: Organisation, at: dt.datetime, terms: Terms, *, ordered: bool = False
) -> Refusal | None:
    """Why this applicant can't have a contract on the line; None: it can. ``ordered``: the line is to open yet."""
    if line is None:
        return Refusal("line.not_stated", "7-1", _NO_LINE, terms.version)
    if line.holder_id != applicant.pk:
        return Refusal("line.not_holder", "7-1", _NOT_HOLDER, terms.version)
    answer = line_check(line.kind, line.active, is_line_taken(line, at), ordered, terms=terms)
    return answer if isinstance(answer, Refusal) else None


def _line_refusals(application: Application, at: dt.datetime, terms: Terms) -> tuple[Refusal, ...]:
    if application.kind != ApplicationKind.NEW:
        return ()
    ordered = read_form(ApplicationForm, application.form).line_ordered
    refusal = line_refusal(application.line, application.applicant, at, terms, ordered=ordered)
    return (refusal,) if refusal else ()


def screening_standing(applicant: Organisation, on: dt.date, terms: Terms = LATEST) -> Answer[bool]:
    """Whether the applicant's last screening lets it be accepted on a day. Says nothing of what was found."""
    rows = Screening.objects.select_related("review").filter(applicant=applicant, checked_on__lte=on)
    last = rows.order_by("-checked_on", "-pk").first()
    if last is None:
        return Refusal("screening.missing", "11-2(6)", _NOT_SCREENED, terms.version)
    return standing_by(last, on, terms)


def screenings_of(person: Person, applicant: Organisation) -> list[Screening]:
    """All screenings of an applicant with what was found; for ``screenings.manage`` alone."""
    require(person, "screenings.manage")
    rows = Screening.objects.select_related("reviewer", "review__approver").filter(applicant=applicant)
    return list(rows.order_by("-pk"))


def _undecided():
    rows = Application.objects.select_related("applicant", "line", "contract").exclude(steps__act__in=DECIDED)
    return rows.order_by("received_at", "pk")


_NO_LINE = Words("契約者回線の記載がありません。", "The line is not stated.")
_NOT_HOLDER = Words(
    "申込者は契約者回線の契約者ではありません。", "The applicant is not the one who has the contract of the line."
)
_NOT_SCREENED = Words("審査の記録がありません。", "The applicant has not been screened.")
