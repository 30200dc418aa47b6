"""Acting on a contract: the pages of ``console.acts``, measures that are under way, and the list of contacts."""

from __future__ import annotations

from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from sekisho.apps.accounts.models import Language
from sekisho.apps.accounts.permissions import allowed
from sekisho.apps.billing.actions import credits
from sekisho.apps.billing.queries.credits import goodwill_to_decide
from sekisho.apps.contracts import actions, queries
from sekisho.apps.contracts.actions import parties
from sekisho.apps.contracts.models import Contact, FollowUp, TimeBand
from sekisho.apps.contracts.queries.measures import measure_by_number
from sekisho.apps.contracts.queries.parties import open_follow_ups
from sekisho.gateways import clock
from sekisho.terms.moments import tokyo_date

from ..acting import Ask, act_now, acted, asked, posted
from ..acts import ACTS, Subject
from ..acts.steps import STEPS
from ..entering import enters_with
from ..forms import fields
from . import asked as request_asked
from .contracts import contract_or_404

CONTACTS_MAX = 20


@require_http_methods(["GET", "HEAD", "POST"])
@enters_with("contracts.manage")
def act(request: HttpRequest, contract_number: str, act: str) -> HttpResponse:
    """One act on one contract: its form, its consequences, the deed."""
    wanted, found = ACTS.get(act), contract_or_404(request, contract_number)
    if wanted is None or not allowed(request.user, wanted.permission):
        raise Http404
    subject = Subject(found, queries.history_of(request.scope, found))
    form = wanted.form(posted(request), subject)
    ask = Ask(
        title=wanted.title,
        text=wanted.text,
        button=wanted.button,
        done=wanted.done,
        place="contracts",
        back=reverse("console:contract", args=[found.number]),
        about=f"{found.number} {found.contractor.name}",
        form=form,
        consequences=lambda: wanted.foresee(subject, form.cleaned_data),
        act=lambda: wanted.do(request.user, subject, form.cleaned_data),
    )
    return asked(request, ask)


@require_http_methods(["GET", "HEAD", "POST"])
@enters_with("contracts.manage")
def measure_step(request: HttpRequest, measure_number: str, step: str) -> HttpResponse:
    """A measure goes on: its form, its consequences, the deed."""
    wanted, found = STEPS.get(step), measure_by_number(request.scope, measure_number)
    if wanted is None or found is None or not allowed(request.user, wanted.permission):
        raise Http404
    back = reverse("console:contract", args=[found.contract.number]) + "#measures"
    if not wanted.is_for(found):
        messages.warning(request, _("The measure has gone on meanwhile. Please look again."))
        return redirect(back)
    form = wanted.form(posted(request))
    ask = Ask(
        title=wanted.title,
        text=wanted.text,
        button=wanted.button,
        done=wanted.done,
        place="contracts",
        back=back,
        about=f"{found.contract.number} {found.number}",
        form=form,
        consequences=lambda: wanted.foresee(request.user, found, form.cleaned_data),
        act=lambda: wanted.do(request.user, found, form.cleaned_data),
    )
    return asked(request, ask)


@require_POST
@enters_with("contracts.manage")
def finish_follow_up(request: HttpRequest, contract_number: str, task_id: int) -> HttpResponse:
    """A task that a change of party left is done."""
    found = contract_or_404(request, contract_number)
    task = next((one for one in open_follow_ups(request.scope, found) if one.pk == task_id), None)
    if not isinstance(task, FollowUp):
        raise Http404

    def done() -> None:
        parties.finish_follow_up(request.user, task=task, note=request_asked.text(request, "note"))

    return act_now(request, done, _("It is done."), reverse("console:contract", args=[found.number]) + "#parties")


@require_POST
@enters_with("billing.approve")
def decide_goodwill(request: HttpRequest, goodwill_id: int) -> HttpResponse:
    """A second person's word on a reduction (Art. 34-2)."""
    found = next((one for one in goodwill_to_decide(request.scope) if one.pk == goodwill_id), None)
    if found is None:
        raise Http404
    approved = request.POST.get("answer") == "approve"
    return act_now(
        request,
        lambda: credits.decide_goodwill(request.user, proposal=found, approved=approved),
        _("It is decided."),
        reverse("console:contract", args=[found.contract.number]) + "#money",
    )


class ContactRow(django_forms.Form):
    """One row of the list of whom we reach, in its order."""

    position = django_forms.IntegerField(label=gettext_lazy("Order"), min_value=1, max_value=CONTACTS_MAX)
    name = fields.line(gettext_lazy("Name"), required=True)
    phone = fields.line(gettext_lazy("Telephone"))
    mail = django_forms.EmailField(label=gettext_lazy("Mail"), required=False)
    language = django_forms.ChoiceField(label=gettext_lazy("Language"), choices=Language.choices)
    time_band = django_forms.ChoiceField(
        label=gettext_lazy("When"),
        choices=[
            (TimeBand.ALWAYS.value, gettext_lazy("At any hour")),
            (TimeBand.BUSINESS.value, gettext_lazy("In office hours")),
            (TimeBand.OFF_HOURS.value, gettext_lazy("Outside office hours")),
        ],
    )


ContactRows = django_forms.formset_factory(
    ContactRow, extra=1, max_num=CONTACTS_MAX, can_delete=True, validate_max=True
)


@require_http_methods(["GET", "HEAD", "POST"])
@enters_with("contracts.manage")
def contacts(request: HttpRequest, contract_number: str) -> HttpResponse:
    """The ordered list of whom to reach; saving it replaces it whole (R034)."""
    found = contract_or_404(request, contract_number)
    known = queries.contacts_of(request.scope, found)
    rows = ContactRows(posted(request), initial=[_row(one) for one in known], prefix="contact")
    if rows.is_bound and rows.is_valid():
        answer = acted(
            request,
            lambda: actions.set_contacts(request.user, contract=found, contacts=_listed(rows.cleaned_data)),
            _("The list is saved."),
            reverse("console:contract", args=[found.number]) + "#contacts",
        )
        if answer is not None:
            return answer
    elif rows.is_bound:
        messages.error(request, _("Nothing was saved: something could not be read. It is marked below."))
    page = {"place": "contracts", "contract": found, "rows": rows}
    return render(request, "console/contacts.html", page)


def _row(contact: Contact) -> dict[str, Any]:
    return {name: getattr(contact, name) for name in ContactRow.base_fields}


def _listed(told: list[dict[str, Any]]) -> list[Contact]:
    """The rows that stay, in the order of their numbers; rows of one number keep the order of the page."""
    today = tokyo_date(clock.now())
    stay = [row for row in told if row and not row.get("DELETE")]
    names = [name for name in ContactRow.base_fields if name != "position"]
    ordered = sorted(stay, key=lambda row: row["position"])
    return [Contact(**{name: row[name] for name in names}, confirmed_on=today) for row in ordered]
