"""Applications: the queue in its order, one application, and what is decided about it (Arts. 10, 11, 14)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from sekisho.apps.accounts.permissions import allowed
from sekisho.apps.billing.queries.applicants import warnings_for
from sekisho.apps.contracts import actions, queries
from sekisho.apps.contracts.forms import ApplicationForm, ChangeForm, read_form, stated_parts
from sekisho.apps.contracts.models import Application, ApplicationKind
from sekisho.apps.contracts.queries.applications import binding_terms, queue_of, screening_standing
from sekisho.apps.contracts.queries.screened import consents_of, screening_standings
from sekisho.apps.tariff import items
from sekisho.apps.tariff.items import ANCILLARY_WORDS
from sekisho.apps.tariff.queries import list_in_force, prices_of
from sekisho.gateways import clock
from sekisho.terms.applications import FormPart, acceptance_order_check, application_refusals
from sekisho.terms.grounds import Catalogue, ground_check, ground_named
from sekisho.terms.moments import tokyo_date
from sekisho.terms.plans import ACCESS_WORDS, FUNCTION_WORDS, PLAN_WORDS, Plan
from sekisho.terms.values import Refusal
from sekisho.terms.words import Words

from ..acting import Ask, Consequences, Tile, asked, posted
from ..entering import enters_with
from ..forms import applications as forms
from ..forms import fields

DRAFTS_SHOWN_MAX = 100


class Waiting(NamedTuple):
    """One application of the queue. ``screening``: None, never screened; else the terms' answer."""

    application: Application
    form: ApplicationForm | ChangeForm
    place: int
    screening: Any
    is_screened: bool


class Draft(NamedTuple):
    application: Application
    missing: tuple[Refusal, ...]


@require_safe
@enters_with("contracts.manage")
def applications(request: HttpRequest) -> HttpResponse:
    """Whose turn it is, what each still needs, and the drafts that are incomplete."""
    page = {
        "place": "applications",
        "waiting": _queue(queries.waiting_applications(request.scope)),
        "drafts": list(_drafts(queries.draft_applications(request.scope)[:DRAFTS_SHOWN_MAX])),
    }
    return render(request, "console/applications.html", page)


@require_safe
@enters_with("contracts.manage")
def application(request: HttpRequest, application_number: str) -> HttpResponse:
    """One application with everything that was said and done about it."""
    found = application_or_404(request, application_number)
    steps = list(found.steps.select_related("actor").order_by("pk"))
    acts = [step.act for step in steps]
    decided = [act for act in acts if act in ("accepted", "refused", "withdrawn")]
    new = found.kind == ApplicationKind.NEW
    screens = allowed(request.user, "screenings.manage")
    page = {
        "place": "applications",
        "application": found,
        "steps": [(step, _ground(step.details)) for step in steps],
        "state": decided[-1] if decided else "waiting" if found.received_at else "draft",
        "is_new": new,
        "stated": told_of_form(form_of(found)),
        "form": form_of(found),
        "missing": queries.application_refusals_of(found, clock.now()) if new and not found.received_at else (),
        "consents": queries.consented_parts(found),
        "made": getattr(found, "made_contract", None),
        "turn": None if decided or not found.received_at else _place(found),
        "screening": screening_standing(found.applicant, tokyo_date(clock.now())),
        "screenings": queries.screenings_of(request.user, found.applicant) if screens else [],
        "may_screen": screens,
        "warnings": () if decided else warnings_for(request.scope, found),
    }
    return render(request, "console/application.html", page)


@require_http_methods(["GET", "HEAD", "POST"])
@enters_with("contracts.manage")
def receive(request: HttpRequest, application_number: str) -> HttpResponse:
    """A complete draft takes its place in the queue; from then on nobody edits it."""
    found = application_or_404(request, application_number)
    form = forms.ReceiveForm(posted(request))

    def consequences() -> Consequences:
        at = form.cleaned_data["received_at"] or clock.now()
        ahead = sum(one.received_at <= at for one in queue_of(found.office))
        return Consequences(
            tiles=(Tile(_("Place in the queue of %(office)s") % {"office": found.office}, text=str(ahead + 1)),),
            notes=(_("The form is kept as it is and can no longer be edited."),),
            refusals=queries.application_refusals_of(found, at),
        )

    def act() -> None:
        actions.submit_application(request.user, application=found, received_at=form.cleaned_data["received_at"])

    return asked(
        request,
        _ask(found, _("Receive the application"), _("Receive it"), _("It is in the queue."), form, consequences, act),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@enters_with("contracts.manage")
def accept(request: HttpRequest, application_number: str) -> HttpResponse:
    """Accept a new application or a change, after showing what it fixes and what becomes due."""
    found = application_or_404(request, application_number)
    change = found.kind == ApplicationKind.CHANGE
    form = forms.AcceptForm(posted(request), out_of_turn=not _is_first(found), change=change)

    def consequences() -> Consequences:
        if refusal := _order_refusal(found, form):
            return Consequences(refusals=(refusal,))
        return _change_foreseen(found, form) if change else _acceptance_foreseen(found)

    def act() -> None:
        why = form.cleaned_data.get("out_of_turn_reason", "")
        if change:
            on = form.cleaned_data["effective_on"]
            actions.accept_change(request.user, application=found, effective_on=on, out_of_turn_reason=why)
        else:
            actions.accept_application(request.user, application=found, out_of_turn_reason=why)

    title = _("Accept the change") if change else _("Accept the application")
    return asked(request, _ask(found, title, _("Accept it"), _("It is accepted."), form, consequences, act))


@require_http_methods(["GET", "HEAD", "POST"])
@enters_with("contracts.manage")
def refuse(request: HttpRequest, application_number: str) -> HttpResponse:
    """Refuse on one of the nine grounds of Art. 11-2."""
    found = application_or_404(request, application_number)
    form = forms.RefuseForm(posted(request), out_of_turn=not _is_first(found))

    def consequences() -> Consequences:
        ground = ground_named(Catalogue.REFUSAL, form.cleaned_data["ground"])
        named = Tile(_("Article"), text=ground.article, beside=ground.words.in_language(get_language() or "ja"))
        answer = ground_check(Catalogue.REFUSAL, ground.code, form.cleaned_data["text"])
        against = (_order_refusal(found, form), answer if isinstance(answer, Refusal) else None)
        if refusals := tuple(filter(None, against)):
            return Consequences(refusals=refusals)
        return Consequences(tiles=(named,), notes=(_("The applicant gets a letter; nothing becomes due."),))

    def act() -> None:
        told = form.cleaned_data
        why = told.get("out_of_turn_reason", "")
        actions.refuse_application(
            request.user, application=found, ground=told["ground"], text=told["text"], out_of_turn_reason=why
        )

    title = _("Refuse the application")
    return asked(request, _ask(found, title, _("Refuse it"), _("It is refused."), form, consequences, act))


@require_http_methods(["GET", "HEAD", "POST"])
@enters_with("contracts.manage")
def withdraw(request: HttpRequest, application_number: str) -> HttpResponse:
    """The applicant takes it back before it is decided."""
    found = application_or_404(request, application_number)
    form = fields.ReasonForm(posted(request))

    def consequences() -> Consequences:
        return Consequences(notes=(_("The application leaves the queue; nothing becomes due."),))

    def act() -> None:
        actions.withdraw_application(request.user, application=found, reason=form.cleaned_data["reason"])

    title = _("Withdraw the application")
    return asked(request, _ask(found, title, _("Withdraw it"), _("It is withdrawn."), form, consequences, act))


def application_or_404(request: HttpRequest, number: str) -> Application:
    found = queries.application_by_number(request.scope, number)
    if found is None:
        raise Http404
    return found


def form_of(found: Application) -> ApplicationForm | ChangeForm:
    return read_form(ApplicationForm if found.kind == ApplicationKind.NEW else ChangeForm, found.form)


def told_of_form(form: ApplicationForm | ChangeForm) -> list[tuple[str, Any]]:
    """The form in words: name and value, without what is not stated."""
    ancillary = form.ancillary if isinstance(form, ApplicationForm) else form.add_ancillary
    rows = [
        (_("Plan"), PLAN_WORDS[form.plan] if form.plan else None),
        (_("Number of the quote"), form.quote),
        (_("Access item"), ACCESS_WORDS[form.access_item] if form.access_item else None),
        (_("Security functions"), _joined(FUNCTION_WORDS[one] for one in form.functions or ())),
        (_("Ancillary services"), _joined(ANCILLARY_WORDS[one] for one in ancillary)),
        *(_new_rows(form) if isinstance(form, ApplicationForm) else _change_rows(form)),
        (_("Notes"), form.notes),
    ]
    return [(name, value) for name, value in rows if value]


def _new_rows(form: ApplicationForm) -> Iterator[tuple[str, Any]]:
    yield _("Service"), form.service
    yield _("Security operations"), _("Yes") if form.operations else _("No")
    yield _("Logs are kept for (years, the first included)"), form.options.retention_years
    yield _("More portal accounts"), form.options.extra_accounts
    yield _("Monitoring report"), _("Yes") if form.options.monitoring_report else ""
    yield _("Report meeting"), _("Yes") if form.options.report_meeting else ""
    yield _("Devices"), ", ".join(one.label for one in form.devices)


def _change_rows(form: ChangeForm) -> Iterator[tuple[str, Any]]:
    yield _("Add security operations"), _("Yes") if form.add_operations else ""
    yield _("Logs are kept for (years, the first included)"), form.retention_years
    yield _("More portal accounts"), form.add_accounts
    yield _("Monitoring report"), _("Yes") if form.add_monitoring_report else ""
    yield _("Report meeting"), _("Yes") if form.add_report_meeting else ""
    yield _("New line"), form.line


def _joined(words: Iterable[Words]) -> Words | None:
    known = list(words)
    return Words("、".join(one.ja for one in known), ", ".join(one.en for one in known)) if known else None


def _queue(rows: list[Application]) -> list[Waiting]:
    on, places = tokyo_date(clock.now()), {}
    standings = screening_standings([row.applicant_id for row in rows], on)
    waiting = []
    for row in rows:
        places[row.office] = places.get(row.office, 0) + 1
        known = standings.get(row.applicant_id)
        screened = known is not None and not isinstance(known, Refusal)
        waiting.append(Waiting(row, form_of(row), places[row.office], known, screened))
    return waiting


def _drafts(rows: list[Application]) -> Iterator[Draft]:
    on = tokyo_date(clock.now())
    terms = binding_terms(on, on)
    agreed: dict[int, set[FormPart]] = {}
    for application_id, details in consents_of([row.pk for row in rows]):
        agreed.setdefault(application_id, set()).add(FormPart(details["part"]))
    for row in rows:
        form = read_form(ApplicationForm, row.form)
        yield Draft(row, application_refusals(stated_parts(form, agreed.get(row.pk, set())), terms=terms))


def _place(found: Application) -> int:
    numbers = [one.number for one in queue_of(found.office)]
    return numbers.index(found.number) + 1 if found.number in numbers else 0


def _is_first(found: Application) -> bool:
    return not isinstance(acceptance_order_check(found.number, queue_of(found.office), ""), Refusal)


def _order_refusal(found: Application, form: Any) -> Refusal | None:
    """Why it is not its turn, unless the form says why it is decided nevertheless."""
    why = form.cleaned_data.get("out_of_turn_reason", "")
    answer = acceptance_order_check(found.number, queue_of(found.office), why)
    return answer if isinstance(answer, Refusal) else None


def _acceptance_foreseen(found: Application) -> Consequences:
    today = tokyo_date(clock.now())
    terms, form = binding_terms(today, today), read_form(ApplicationForm, found.form)
    standing = screening_standing(found.applicant, today, terms)
    refusals = (
        *([standing] if isinstance(standing, Refusal) else ()),
        *queries.application_refusals_of(found, clock.now()),
    )
    if refusals or form.plan is None:
        return Consequences(refusals=refusals)
    name = form.quote if form.plan is Plan.PREMIUM else list_in_force(today).version
    prices = prices_of(name, today)
    once = [items.initial(form.plan), *map(items.initial_ancillary, form.ancillary)]
    return Consequences(
        tiles=(
            Tile(
                _("Initial fee that arises now, without tax"),
                yen=sum(map(prices.of, once)),
                beside=_("Article") + " 27-1",
            ),
            Tile(_("Terms"), text=terms.version, beside=_("fixed by the acceptance")),
            Tile(_("Price list"), text=name, beside=_("fixed by the acceptance")),
            Tile(_("Line"), text=str(found.line), beside=_("has its contract from now on")),
        ),
        notes=(_("The contract is made and gets its number; provisioning can begin."),),
    )


def _change_foreseen(found: Application, form: forms.AcceptForm) -> Consequences:
    today, change = tokyo_date(clock.now()), read_form(ChangeForm, found.form)
    on = max(form.cleaned_data["effective_on"] or change.wished_on or today, today)
    preview = queries.preview_change(found.contract, change, on)
    return Consequences(
        tiles=(
            Tile(_("In force from"), day=on),
            Tile(_("A month costs now, without tax"), yen=preview.monthly_before),
            Tile(_("A month would cost, without tax"), yen=preview.monthly_after),
            Tile(_("The change itself, once, without tax"), yen=preview.one_time),
        ),
        notes=(_("Minimum terms that run are not touched; what is added has a minimum term of its own."),),
        refusals=preview.refusals,
    )


def _ground(details: dict) -> Words | None:
    code = details.get("ground")
    return ground_named(Catalogue.REFUSAL, code).words if code else None


def _ask(found: Application, title: str, button: str, done: str, form: Any, consequences: Any, act: Any) -> Ask:
    return Ask(
        title=title,
        button=button,
        done=done,
        place="applications",
        back=reverse("console:application", args=[found.number]),
        about=f"{found.number} {found.applicant.name}",
        form=form,
        consequences=consequences,
        act=act,
    )
