"""Paper applications typed in at the desk, and screening, which is for restricted eyes."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from sekisho.apps.accounts.actions import add_organisation
from sekisho.apps.accounts.models import Organisation, OrganisationKind
from sekisho.apps.accounts.queries import contractors_named, organisation_by_id
from sekisho.apps.contracts import actions, queries
from sekisho.apps.contracts.forms import ApplicationForm, read_form
from sekisho.apps.contracts.models import Application, Line, ScreeningVerdict
from sekisho.apps.contracts.queries.lists import line_named
from sekisho.apps.refusals import Refused
from sekisho.gateways import clock
from sekisho.terms.applications import LineKind
from sekisho.terms.moments import tokyo_date
from sekisho.terms.screening import ScreeningResult, screening_lookback_from, screening_valid_until

from ..acting import Ask, Consequences, Tile, act_now, asked, posted, said
from ..entering import enters_with
from ..forms import applications as forms
from . import asked as request_asked
from .applications import application_or_404


@require_http_methods(["GET", "HEAD", "POST"])
@enters_with("contracts.manage")
def applicant(request: HttpRequest) -> HttpResponse:
    """Who applies: somebody we know, or a company that is entered now."""
    sought = request.GET.get("q", "")[: request_asked.SEARCH_CHARACTERS_MAX]
    form = forms.ApplicantForm(posted(request))
    if form.is_bound and form.is_valid():
        made = add_organisation(request.user, kind=OrganisationKind.CONTRACTOR, **form.cleaned_data)
        return redirect("console:new_application", made.pk)
    page = {"place": "applications", "q": sought, "form": form}
    page["found"] = contractors_named(sought) if sought.strip() else []
    return render(request, "console/applicant.html", page)


@require_http_methods(["GET", "HEAD", "POST"])
@enters_with("contracts.manage")
def new_application(request: HttpRequest, organisation_id: int) -> HttpResponse:
    """An empty form for an applicant; saving it makes the draft."""
    found = organisation_by_id(organisation_id)
    if found is None or found.kind != OrganisationKind.CONTRACTOR:
        raise Http404
    return _paper(request, found, None)


@require_http_methods(["GET", "HEAD", "POST"])
@enters_with("contracts.manage")
def edit_application(request: HttpRequest, application_number: str) -> HttpResponse:
    """A draft as its form; what was received is no longer edited."""
    found = application_or_404(request, application_number)
    if found.received_at is not None:
        return redirect("console:application", found.number)
    return _paper(request, found.applicant, found)


@require_http_methods(["GET", "HEAD", "POST"])
@enters_with("screenings.manage")
def screen(request: HttpRequest, application_number: str) -> HttpResponse:
    """Record what a screening of the applicant gave."""
    found = application_or_404(request, application_number)
    form = forms.ScreeningForm(posted(request), found.applicant.name)

    def consequences() -> Consequences:
        on = form.cleaned_data["checked_on"] or tokyo_date(clock.now())
        clear = form.cleaned_data["result"] == ScreeningResult.CLEAR
        second = _("A second person has to look at it before the application can be accepted.")
        return Consequences(
            tiles=(
                Tile(_("Looks back to"), day=screening_lookback_from(on).value),
                Tile(_("Can be used until"), day=screening_valid_until(on).value),
            ),
            notes=() if clear else (second,),
        )

    def act() -> None:
        told = form.cleaned_data
        actions.record_screening(
            request.user,
            applicant=found.applicant,
            subjects=told["subjects"].splitlines(),
            source=told["source"],
            result=ScreeningResult(told["result"]),
            evidence=told["evidence"],
            checked_on=told["checked_on"],
        )

    ask = Ask(
        title=_("Record a screening"),
        text=_("Article 11-2(6). What was found is seen only by those who screen."),
        button=_("Record it"),
        done=_("The screening is recorded."),
        place="applications",
        back=reverse("console:application", args=[found.number]),
        about=f"{found.number} {found.applicant.name}",
        form=form,
        consequences=consequences,
        act=act,
    )
    return asked(request, ask)


@require_POST
@enters_with("screenings.manage")
def review_screening(request: HttpRequest, application_number: str, screening_id: int) -> HttpResponse:
    """The second person's word on a grey result or a hit."""
    found = application_or_404(request, application_number)
    known = queries.screenings_of(request.user, found.applicant)
    screening = next((one for one in known if one.pk == screening_id), None)
    form = forms.ReviewForm(request.POST)
    if screening is None:
        raise Http404
    back = reverse("console:application", args=[found.number])
    if not form.is_valid():
        messages.error(request, _("Say what you make of it, and why."))
        return redirect(back)

    def act() -> None:
        verdict = ScreeningVerdict(form.cleaned_data["verdict"])
        actions.review_screening(request.user, screening=screening, verdict=verdict, reason=form.cleaned_data["reason"])

    return act_now(request, act, _("Your review is recorded."), back)


def _paper(request: HttpRequest, who: Organisation, draft: Application | None) -> HttpResponse:
    written = _written(request, draft)
    paper, devices, joint = written
    asks_more = "more" in request.POST or "more_joint" in request.POST
    if request.method == "POST" and not asks_more and all(form.is_valid() for form in written):
        try:
            saved = _saved(request, who, draft, paper, paper.stated(devices, joint))
        except Refused as refused:
            messages.error(request, said(refused))
        else:
            messages.success(request, _("The draft is saved."))
            return redirect("console:application", saved.number)
    page = {"place": "applications", "applicant": who, "draft": draft, "form": paper, "devices": devices}
    page["joint"] = joint
    if draft is not None:
        page["missing"] = queries.application_refusals_of(draft, clock.now())
    return render(request, "console/paper.html", page)


def _written(request: HttpRequest, draft: Application | None) -> tuple[Any, Any, Any]:
    if request.method == "POST":
        data = request.POST.copy()
        data.setdefault("joint-TOTAL_FORMS", "0")
        data.setdefault("joint-INITIAL_FORMS", "0")
        if "more" in data and data.get("device-TOTAL_FORMS", "").isdecimal():
            data["device-TOTAL_FORMS"] = str(min(int(data["device-TOTAL_FORMS"]) + 1, forms.DEVICES_MAX))
        if "more_joint" in data and data.get("joint-TOTAL_FORMS", "").isdecimal():
            data["joint-TOTAL_FORMS"] = str(min(int(data["joint-TOTAL_FORMS"]) + 1, forms.JOINT_CONTRACTORS_MAX))
        return forms.PaperForm(data), forms.DeviceForms(data, prefix="device"), forms.JointForms(data, prefix="joint")
    if draft is None:
        devices = forms.DeviceForms(initial=forms.smallest_sheet(), prefix="device")
        return forms.PaperForm(), devices, forms.JointForms(prefix="joint")
    form = read_form(ApplicationForm, draft.form)
    told = forms.paper_of(form, draft.line.identifier if draft.line else "", queries.consented_parts(draft))
    told["office"] = draft.office
    if draft.line:
        told |= {"line_kind": draft.line.kind, "line_active": draft.line.active}
    devices = forms.DeviceForms(initial=forms.devices_of(form), prefix="device")
    return forms.PaperForm(initial=told), devices, forms.JointForms(initial=forms.joint_of(form), prefix="joint")


def _saved(
    request: HttpRequest, who: Organisation, draft: Application | None, paper: Any, form: ApplicationForm
) -> Application:
    line = _line(request, who, paper.cleaned_data)
    if draft is None:
        office = paper.cleaned_data["office"]
        draft = actions.draft_application(request.user, applicant=who, line=line, form=form, office=office)
    else:
        draft = actions.edit_application(request.user, application=draft, form=form, line=line)
    known = queries.consented_parts(draft)
    for part in paper.consented():
        if part not in known:
            actions.consent(request.user, application=draft, part=part)
    return draft


def _line(request: HttpRequest, who: Organisation, told: dict[str, Any]) -> Line | None:
    """The line that is named; one that nobody has yet is entered as the applicant's. Another's line stays another's."""
    identifier = told["line"].strip()
    if not identifier:
        return None
    known = line_named(identifier)
    if known is not None and known.holder_id != who.pk:
        return known
    return actions.register_line(
        request.user,
        identifier=identifier,
        kind=LineKind(told["line_kind"] or LineKind.IP_NETWORK),
        holder=who,
        active=told["line_active"],
    )
