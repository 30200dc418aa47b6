"""Who is late: the aging list, letters that wait for a person, and suspensions that are proposed."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from sekisho.apps.billing.actions.dunning import drop_letter, send_letter
from sekisho.apps.billing.actions.suspending import announce_suspension, decline_suspension
from sekisho.apps.billing.debts import Age
from sekisho.apps.billing.models import SuspensionProposal
from sekisho.apps.billing.queries.dunning import (
    letter_by_number,
    letters_to_decide,
    proposals_to_decide,
    suspensions_to_lift,
)
from sekisho.apps.billing.queries.receivables import aging
from sekisho.apps.refusals import Refused
from sekisho.gateways import clock
from sekisho.terms.history import at_start_of
from sekisho.terms.moments import tokyo_date

from ...acting import Ask, Consequences, Tile, asked, posted, trial
from ...entering import enters_with
from ...forms import fields
from ...forms.money import LetterForm

ROWS_MAX = 200


@require_safe
@enters_with("dunning.decide")
def arrears(request: HttpRequest) -> HttpResponse:
    today = tokyo_date(clock.now())
    rows = aging(request.scope, today, ROWS_MAX)
    page = {
        "place": "money",
        "rows": [(row, [row.ages.get(age, 0) for age in Age]) for row in rows],
        "letters": letters_to_decide(request.scope),
        "proposals": proposals_to_decide(request.scope),
        "to_lift": suspensions_to_lift(request.scope, today),
        "today": today,
    }
    return render(request, "console/arrears.html", page)


@require_http_methods(["GET", "HEAD", "POST"])
@enters_with("dunning.decide")
def decide_letter(request: HttpRequest, letter_number: str) -> HttpResponse:
    """A reminder goes out, or not."""
    letter = letter_by_number(request.scope, letter_number)
    if letter is None:
        raise Http404
    form = LetterForm(posted(request))

    def act() -> object:
        if form.cleaned_data["what"] == "send":
            return send_letter(request.user, letter=letter)
        return drop_letter(request.user, letter=letter, reason=form.cleaned_data["reason"])

    def consequences() -> Consequences:
        _done, refusals = trial(act)
        if form.cleaned_data["what"] == "drop":
            return Consequences(
                notes=(_("The letter does not go out; its level counts as reached."),), refusals=refusals
            )
        return Consequences(
            tiles=(
                Tile(_("Open in all"), yen=letter.open_yen),
                Tile(_("Interest to date"), yen=letter.interest_yen),
                Tile(_("To be paid by"), day=letter.pay_by_on),
            ),
            notes=(_("It is kept as PDF and told to the contractor by mail now."),),
            refusals=refusals,
        )

    sending = request.POST.get("what") == "send"
    return asked(
        request,
        Ask(
            title=_("Send the letter") if sending else _("Drop the letter"),
            button=_("Send it") if sending else _("Don't send it"),
            done=_("The letter is sent.") if sending else _("The letter does not go out."),
            place="money",
            back=reverse("console:arrears"),
            about=f"{letter.number} {letter.addressee.name}",
            form=form,
            consequences=consequences,
            act=act,
        ),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@enters_with("dunning.decide")
def announce(request: HttpRequest, proposal_id: int) -> HttpResponse:
    """Prior notice of a suspension for arrears (Art. 21-2); taking it on its day is another act."""
    found = _proposal_or_404(request, proposal_id)
    form = AnnounceForm(posted(request))

    def consequences() -> Consequences:
        starts_at = at_start_of(form.cleaned_data["starts_on"])
        if starts_at <= clock.now():
            raise Refused("notice.too_late", "開始日は明日以後です。", "It begins tomorrow at the earliest.", "21-2")
        return Consequences(
            tiles=(
                Tile(_("Suspended from"), day=form.cleaned_data["starts_on"], beside=f"{_('Article')} {found.article}"),
                Tile(_("Past its due date"), yen=found.open_yen),
            ),
            notes=(
                _("The contractor is given notice now. Taking the suspension on its day is another act."),
                _("Monthly fees go on while the service is suspended."),
            ),
        )

    def act() -> None:
        told = form.cleaned_data
        starts_at = at_start_of(told["starts_on"])
        announce_suspension(
            request.user, proposal=found, starts_at=starts_at, reason=told["reason"], period=told["period"]
        )

    title, done = _("Announce a suspension"), _("The contractor is given notice.")
    return asked(request, _ask(found, title, _("Give prior notice"), done, form, consequences, act))


@require_http_methods(["GET", "HEAD", "POST"])
@enters_with("dunning.decide")
def decline(request: HttpRequest, proposal_id: int) -> HttpResponse:
    """The service goes on although something is late, for a reason."""
    found = _proposal_or_404(request, proposal_id)
    form = fields.ReasonForm(posted(request))

    def consequences() -> Consequences:
        return Consequences(notes=(_("Nothing happens to the service; reminders and interest go on."),))

    def act() -> None:
        decline_suspension(request.user, proposal=found, reason=form.cleaned_data["reason"])

    title, done = _("Decline a suspension"), _("The service goes on.")
    return asked(request, _ask(found, title, _("Let the service go on"), done, form, consequences, act))


class AnnounceForm(forms.Form):
    starts_on = fields.day(gettext_lazy("Begins on"), required=True)
    reason = fields.reason()
    period = fields.line(
        gettext_lazy("For how long"), gettext_lazy("As the notice says it, such as: until payment."), required=True
    )


def _ask(found: SuspensionProposal, title: str, button: str, done: str, form: Any, consequences: Any, act: Any) -> Ask:
    return Ask(
        title=title,
        button=button,
        done=done,
        place="money",
        back=reverse("console:arrears"),
        about=f"{found.contract.number} {found.contract.contractor.name}",
        form=form,
        consequences=consequences,
        act=act,
    )


def _proposal_or_404(request: HttpRequest, proposal_id: int) -> SuspensionProposal:
    found = next((one for one in proposals_to_decide(request.scope) if one.pk == proposal_id), None)
    if found is None:
        raise Http404
    return found
