"""Applying at the portal: my applications, a draft and its form, a last look before it is sent, and taking it back.

An applicant may have no contract yet, and lines that others have must be seen to be taken: so these pages read and
act in a scope of all contracts, and show nobody but the applicant's own people anything. ``_own`` is that check.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sekisho.apps.accounts.permissions import allowed
from sekisho.apps.contracts import actions, queries
from sekisho.apps.contracts.forms import ApplicationForm, ChangeForm, read_form
from sekisho.apps.contracts.models import Application, ApplicationKind, Line
from sekisho.apps.contracts.queries.lists import line_named, whole_applications
from sekisho.apps.refusals import Refused
from sekisho.apps.scope import entered, system_scope
from sekisho.gateways import clock
from sekisho.terms.consents import CONSENT_TEXTS, ConsentText, consent_text
from sekisho.terms.grounds import Catalogue, ground_named

from . import application_form, application_page
from .agreement import ONLINE_OFFICE
from .application_form import Filled
from .entering import View, enters

REASON_CHARACTERS_MAX = 500
APPLYING = system_scope("portal applications")
UNTOLD_GROUND = "antisocial"
"""A refusal on this ground names its article and no more: what was found is for restricted eyes."""


def _applies(view: View) -> View:
    """Inside the portal, in the scope in which applications are made."""

    @wraps(view)
    @enters
    def inside(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with entered(APPLYING):
            return view(request, *args, **kwargs)

    return inside


def _may_apply(view: View) -> View:
    @wraps(view)
    def inside(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not allowed(request.user, "applications.submit"):
            raise Http404
        return view(request, *args, **kwargs)

    return inside


@require_safe
@_applies
def applications(request: HttpRequest) -> HttpResponse:
    page = {
        "place": "contract",
        "rows": application_page.progress(queries.applications_of(request.user)),
        "may_apply": allowed(request.user, "applications.submit"),
    }
    return render(request, "portal/applications.html", page)


@require_http_methods(["GET", "HEAD", "POST"])
@_applies
@_may_apply
def new(request: HttpRequest) -> HttpResponse:
    """An empty form; saving it for the first time makes the draft."""
    if request.method != "POST":
        return _form_page(request, application_form.empty(), None)
    return _saved(request, None)


@require_POST
@_applies
@_may_apply
def price(request: HttpRequest) -> HttpResponse:
    """What the form that is being filled in would cost: a part of the page, asked for as the choices change."""
    filled = application_form.read(request.POST, {})
    page = {"estimate": _estimate(request, filled), "form": filled.form}
    return render(request, "portal/application_price.html", page)


@require_http_methods(["GET", "HEAD", "POST"])
@_applies
def application(request: HttpRequest, application_number: str) -> HttpResponse:
    """A draft as its form; anything later as what came of it."""
    found = _own(request, application_number)
    progress = application_page.progress([found])[0]
    if progress.state != "draft" or not allowed(request.user, "applications.submit"):
        return _standing_page(request, progress)
    if request.method == "POST":
        return _saved(request, found)
    return _form_page(request, application_form.of_draft(found, read_form(ApplicationForm, found.form)), found)


@require_http_methods(["GET", "HEAD", "POST"])
@_applies
@_may_apply
def review(request: HttpRequest, application_number: str) -> HttpResponse:
    """The whole form in words with its cost, and the button that sends it."""
    found = _own(request, application_number)
    if found.received_at is not None:
        return redirect("portal:application", found.number)
    if request.method == "POST":
        done = _("Your application has arrived. We answer in the order of arrival.")
        return _acted(request, found, lambda: actions.submit_application(request.user, application=found), done)
    if queries.application_refusals_of(found, clock.now()):
        messages.error(request, _("Something is still missing: it is marked below."))
        return redirect("portal:application", found.number)
    form = read_form(ApplicationForm, found.form)
    page = {
        "place": "contract",
        "application": found,
        "stated": application_page.stated(form),
        "estimate": application_page.estimate(form, request.user.organisation),
        "before": len(queries.queue_of(found.office)),
    }
    return render(request, "portal/application_review.html", page)


@require_POST
@_applies
@_may_apply
def withdraw(request: HttpRequest, application_number: str) -> HttpResponse:
    found, reason = _own(request, application_number), request.POST.get("reason", "")[:REASON_CHARACTERS_MAX]

    def act() -> None:
        actions.withdraw_application(request.user, application=found, reason=reason.replace("\0", ""))

    return _acted(request, found, act, _("The application is withdrawn."))


def _saved(request: HttpRequest, found: Application | None) -> HttpResponse:
    filled = application_form.read(request.POST, request.FILES)
    if filled.form is None:
        messages.error(request, _("Nothing was saved yet: something could not be read. It is marked below."))
        return _form_page(request, filled, found)
    try:
        saved = _save(request, filled, found)
    except Refused as refused:
        messages.error(request, refused.said(get_language() or "ja"))
        return _form_page(request, filled, found)
    if request.POST.get("act") == "review":
        return redirect("portal:review_application", saved.number)
    messages.success(request, _("The draft is saved."))
    return redirect("portal:application", saved.number)


def _save(request: HttpRequest, filled: Filled, found: Application | None) -> Application:
    line = _line(request, filled)
    if found is None:
        who = {"applicant": request.user.organisation, "office": ONLINE_OFFICE}
        found = actions.draft_application(request.user, line=line, form=filled.form, **who)
    else:
        found = actions.edit_application(request.user, application=found, form=filled.form, line=line)
    agreed = queries.consented_parts(found)
    for text in _newest_texts():
        ticked = request.POST.get(f"consent-{text.part}") == str(text.version)
        if ticked and agreed.get(text.part) != text.version:
            actions.consent(request.user, application=found, part=text.part, version=text.version)
    return found


def _line(request: HttpRequest, filled: Filled) -> Line | None:
    """The line that is named, if it is the applicant's own; any other is as if it were not there."""
    line = line_named(filled.fields.cleaned_data["line"])
    return line if line and line.holder_id == request.user.organisation_id else None


def _form_page(request: HttpRequest, filled: Filled, found: Application | None) -> HttpResponse:
    refusals = queries.application_refusals_of(found, clock.now()) if found else ()
    agreed = queries.consented_parts(found) if found else {}
    page = {
        "place": "contract",
        "application": found,
        "filled": filled,
        "chosen": filled.chosen,
        "fields": filled.fields,
        "lines": application_page.lines(request.user.organisation),
        **application_page.choices(),
        "ipv6": application_page.ipv6_refusal(),
        "consents": [(text, agreed.get(text.part) == text.version) for text in _newest_texts()],
        "missing": application_page.by_section(refusals),
        "missing_count": len(refusals),
        "estimate": _estimate(request, filled),
        "form": filled.form,
    }
    return render(request, "portal/application_form.html", page)


def _standing_page(request: HttpRequest, progress: application_page.Progress) -> HttpResponse:
    found = progress.application
    is_new = found.kind == ApplicationKind.NEW
    contract = getattr(found, "made_contract", None) if is_new else found.contract
    page = {
        "place": "contract",
        "progress": progress,
        "application": found,
        "contract": contract,
        "stated": application_page.stated(read_form(ApplicationForm, found.form)) if is_new else None,
        "change": None if is_new else read_form(ChangeForm, found.form),
        "ground": _ground(progress.details) if progress.state == "refused" else None,
        "checks": _checks(contract, progress) if contract and is_new else (),
        "may_withdraw": progress.state in ("draft", "waiting") and allowed(request.user, "applications.submit"),
    }
    return render(request, "portal/application.html", page)


def _checks(contract: Any, progress: application_page.Progress) -> list:
    if progress.state != "accepted" or queries.told_of(contract).at(clock.now()).facts.started_on:
        return []
    return queries.checklist_of(APPLYING, contract)


def _ground(details: dict[str, Any]) -> dict[str, Any]:
    """Why it was refused, as far as the applicant is told."""
    if details["ground"] == UNTOLD_GROUND:
        return {"article": "11-2", "words": None, "text": ""}
    ground = ground_named(Catalogue.REFUSAL, details["ground"])
    return {"article": ground.article, "words": ground.words, "text": details.get("text", "")}


def _estimate(request: HttpRequest, filled: Filled) -> application_page.Estimate | None:
    return application_page.estimate(filled.form, request.user.organisation) if filled.form else None


def _newest_texts() -> list[ConsentText]:
    return [consent_text(part) for part in dict.fromkeys(text.part for text in CONSENT_TEXTS)]


def _acted(request: HttpRequest, found: Application, act: Callable[[], object], done: str) -> HttpResponse:
    try:
        act()
        messages.success(request, done)
    except Refused as refused:
        messages.error(request, refused.said(get_language() or "ja"))
    return redirect("portal:application", found.number)


def _own(request: HttpRequest, number: str) -> Application:
    """An application of the person's own organisation; every other one does not exist."""
    rows = whole_applications().filter(number=number, applicant_id=request.user.organisation_id)
    found = rows.first()
    if found is None:
        raise Http404
    return found
