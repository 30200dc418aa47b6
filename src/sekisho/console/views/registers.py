"""The registers: what is open, and one case, dispute or piece of information with what was noted about it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sekisho.apps.accounts.permissions import allowed
from sekisho.apps.registers import actions, queries
from sekisho.apps.registers.models import CaseEntryKind, Channel
from sekisho.apps.registers.queries.desk import disclosures_to_decide, last_disclosures, open_disputes
from sekisho.gateways import clock
from sekisho.terms.grounds import GROUNDS, Catalogue, ground_named
from sekisho.terms.moments import tokyo_date

from ..acting import act_now, options, posted
from ..entering import enters_with
from ..forms import fields


class NoteForm(forms.Form):
    """One more line of a case."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What it is about"),
        choices=[
            (CaseEntryKind.FACT.value, gettext_lazy("A fact")),
            (CaseEntryKind.DAMAGE_TO_CARRIER.value, gettext_lazy("Damage to us")),
            (CaseEntryKind.DAMAGE_TO_THIRD_PARTY.value, gettext_lazy("Damage to a third party")),
            (CaseEntryKind.RESPONSIBILITY.value, gettext_lazy("How the contractor answers for it")),
            ("demand", gettext_lazy("Demand that it stops: a letter goes out")),
            (CaseEntryKind.CLOSED.value, gettext_lazy("The case is closed")),
        ],
    )
    text = fields.text(gettext_lazy("In words"), required=True)
    yen = fields.yen(gettext_lazy("Damage in yen"), gettext_lazy("Where it is known."), required=False)


class TalkForm(forms.Form):
    """One talk of a dispute, or its end."""

    step = forms.ChoiceField(
        label=gettext_lazy("What happened"),
        choices=[
            ("talk", gettext_lazy("The parties talked")),
            ("settle", gettext_lazy("They agree")),
            ("court", gettext_lazy("It goes to court")),
        ],
    )
    held_at = fields.moment(gettext_lazy("When (Tokyo)"), gettext_lazy("For a talk; empty: now."))
    channel = forms.ChoiceField(
        label=gettext_lazy("How"),
        choices=[
            (Channel.MEETING.value, gettext_lazy("Meeting")),
            (Channel.PHONE.value, gettext_lazy("Telephone")),
            (Channel.MAIL.value, gettext_lazy("Mail")),
            (Channel.LETTER.value, gettext_lazy("Letter")),
        ],
    )
    present = fields.line(gettext_lazy("Who took part"))
    text = fields.text(gettext_lazy("In words"), required=True)


class SecretForm(forms.Form):
    """A confirmation in writing, or one of the four exceptions."""

    confirmed_on = fields.day(gettext_lazy("Confirmed in writing on"))
    exception = forms.ChoiceField(label=gettext_lazy("It is not confidential because"), required=False)

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        self.fields["exception"].choices = [("", "—"), *_exceptions()]


@require_safe
@enters_with("contracts.manage")
def registers(request: HttpRequest) -> HttpResponse:
    """Everything that is open, and the last disclosures."""
    page = {
        "place": "registers",
        "cases": [(one, _ground(one.ground)) for one in queries.open_cases(request.scope)],
        "disputes": open_disputes(request.scope),
        "secrets": queries.confirmations_due(request.scope, tokyo_date(clock.now())),
        "disclosures": last_disclosures(request.scope),
        "proposals": disclosures_to_decide(request.scope),
        "may_approve": allowed(request.user, "disclosures.approve"),
    }
    return render(request, "console/registers.html", page)


@require_POST
@enters_with("disclosures.approve")
def decide_disclosure(request: HttpRequest, proposal_number: str) -> HttpResponse:
    """The other person's word on a disclosure."""
    found = next((one for one in disclosures_to_decide(request.scope) if one.number == proposal_number), None)
    if found is None:
        raise Http404
    approved = request.POST.get("answer") == "approve"

    def act() -> None:
        actions.decide_disclosure(request.user, proposal=found, approved=approved)

    return act_now(request, act, _("It is decided."), reverse("console:registers"))


@require_http_methods(["GET", "HEAD", "POST"])
@enters_with("contracts.manage")
def case(request: HttpRequest, case_number: str) -> HttpResponse:
    """One case with its entries and measures, and the form for the next entry."""
    found = queries.case_by_number(request.scope, case_number)
    if found is None:
        raise Http404
    form = NoteForm(posted(request))
    if form.is_bound and form.is_valid():
        told = form.cleaned_data
        return act_now(request, lambda: _noted(request, found, told), _("It is noted."), request.path)
    page = {
        "place": "registers",
        "case": found,
        "ground": _ground(found.ground),
        "closed": queries.is_closed(found),
        "form": form,
    }
    return render(request, "console/case.html", page)


@require_http_methods(["GET", "HEAD", "POST"])
@enters_with("contracts.manage")
def dispute(request: HttpRequest, dispute_number: str) -> HttpResponse:
    """One dispute with its talks; law and court are the terms' own."""
    found = queries.dispute_by_number(request.scope, dispute_number)
    if found is None:
        raise Http404
    form = TalkForm(posted(request))
    if form.is_bound and form.is_valid():
        told = form.cleaned_data
        return act_now(request, lambda: _talked(request, found, told), _("It is noted."), request.path)
    page = {
        "place": "registers",
        "dispute": found,
        "over": queries.is_over(found),
        "governed": queries.GOVERNED_BY.get(found.terms_version),
        "form": form,
    }
    return render(request, "console/dispute.html", page)


@require_http_methods(["GET", "HEAD", "POST"])
@enters_with("contracts.manage")
def secret(request: HttpRequest, secret_number: str) -> HttpResponse:
    """One piece of information: how it stands today, its confirmation, to whom it went on."""
    found = queries.secret_by_number(request.scope, secret_number)
    if found is None:
        raise Http404
    form = SecretForm(posted(request))
    if form.is_bound and form.is_valid():
        told = form.cleaned_data
        if not any(told.values()):
            messages.error(request, _("Name the day of the confirmation, or an exception."))
            return redirect(request.path)
        return act_now(request, lambda: _settled(request, found, told), _("It is noted."), request.path)
    page = {
        "place": "registers",
        "secret": found,
        "standing": queries.standing_on(found, tokyo_date(clock.now())).value,
        "passages": found.passages.all(),
        "form": form,
    }
    return render(request, "console/secret.html", page)


def _noted(request: HttpRequest, found: Any, told: dict[str, Any]) -> None:
    if told["kind"] == "demand":
        actions.demand(request.user, case=found, reason=told["text"])
    elif told["kind"] == CaseEntryKind.CLOSED:
        actions.close_case(request.user, case=found, text=told["text"])
    else:
        kind = CaseEntryKind(told["kind"])
        actions.note(request.user, case=found, kind=kind, text=told["text"], yen=told["yen"])


def _talked(request: HttpRequest, found: Any, told: dict[str, Any]) -> None:
    if told["step"] == "settle":
        actions.settle_dispute(request.user, dispute=found, text=told["text"])
    elif told["step"] == "court":
        actions.go_to_court(request.user, dispute=found, text=told["text"])
    else:
        actions.note_consultation(
            request.user,
            dispute=found,
            held_at=told["held_at"] or clock.now(),
            channel=Channel(told["channel"]),
            present=told["present"],
            text=told["text"],
        )


def _settled(request: HttpRequest, found: Any, told: dict[str, Any]) -> None:
    if told["confirmed_on"]:
        actions.confirm_secret(request.user, secret=found, confirmed_on=told["confirmed_on"])
    if told["exception"]:
        actions.except_secret(request.user, secret=found, exception=told["exception"])


def _exceptions() -> list[tuple[str, str]]:
    grounds = GROUNDS[Catalogue.NOT_CONFIDENTIAL]
    return options({code: ground.words for code, ground in grounds.items()}, grounds)


def _ground(code: str) -> Any:
    return ground_named(Catalogue.PROHIBITED_ACT, code).words if code else None
