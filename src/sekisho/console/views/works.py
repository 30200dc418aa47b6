"""Interruptions of several contracts for one piece of work (Art. 20): announced, begun, ended, each time for all."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sekisho.apps.contracts.actions import measures
from sekisho.apps.contracts.models import Contract
from sekisho.apps.contracts.queries.lists import contracts_numbered
from sekisho.apps.contracts.queries.measures import measures_of_work, open_works
from sekisho.apps.refusals import Refused
from sekisho.gateways import clock
from sekisho.terms.enforcement import maintenance_notice_due
from sekisho.terms.moments import tokyo_date

from ..acting import Ask, Consequences, Tile, act_now, asked, posted, trial
from ..acts.measures import measure_words
from ..entering import enters_with
from ..forms.works import WorkForm
from . import asked as request_asked


@require_safe
@enters_with("contracts.manage")
def works(request: HttpRequest) -> HttpResponse:
    """Work that is announced or going on."""
    page = {
        "place": "contracts",
        "works": [(one, measure_words(one.measure)[1]) for one in open_works(request.scope)],
    }
    return render(request, "console/works.html", page)


@require_http_methods(["GET", "HEAD", "POST"])
@enters_with("contracts.manage")
def new(request: HttpRequest) -> HttpResponse:
    """Announce work, or interrupt at once for a recorded reason."""
    form = WorkForm(posted(request))

    def act() -> object:
        told = dict(form.cleaned_data)
        found, urgent = _contracts(request, told.pop("contracts")), told["urgent_reason"].strip()
        if urgent:
            told = {name: value for name, value in told.items() if name not in ("starts_at", "short_notice_reason")}
            return measures.interrupt_urgently(request.user, contracts=found, **told)
        del told["urgent_reason"]
        return measures.announce_interruption(request.user, contracts=found, **told)

    def consequences() -> Consequences:
        told = form.cleaned_data
        made, refusals = trial(act)
        starts_at = told["starts_at"] or clock.now()
        last = maintenance_notice_due(starts_at)
        article = f"{_('Article')} {last.article}"
        urgent = bool(told["urgent_reason"].strip())
        return Consequences(
            tiles=(
                Tile(_("Contracts"), text=str(len(made or ()))),
                Tile(_("From"), day=tokyo_date(starts_at)),
                Tile(_("Last day for the notice"), day=last.value, beside=article),
            ),
            notes=(
                _("It is taken now, without notice; the contractor is told at once.")
                if urgent
                else _("The notice goes out now. Taking the measure on its day is another decision of a person."),
            ),
            refusals=refusals,
        )

    return asked(
        request,
        Ask(
            title=_("Work that interrupts the service"),
            text=_("One piece of work for several contracts; each contractor is told before and after (Article 20)."),
            button=_("Do it"),
            done=_("The work is recorded, and every contractor is written to."),
            place="contracts",
            back=reverse("console:works"),
            about=_("Work"),
            form=form,
            consequences=consequences,
            act=act,
        ),
    )


@require_POST
@enters_with("contracts.manage")
def step(request: HttpRequest, work: str) -> HttpResponse:
    """The work begins, or is done; ``step`` says which."""
    known, wanted = measures_of_work(request.scope, work), request.POST.get("step", "")
    if not known or wanted not in ("begin", "end"):
        raise Http404
    reason = request_asked.text(request, "reason")

    def act() -> None:
        if wanted == "begin":
            measures.interrupt(request.user, work=work)
        elif not reason.strip():
            raise Refused("work.no_result", "作業の結果を記入してください。", "Say what came of the work.", "20-2")
        else:
            measures.end_interruption(request.user, work=work, reason=reason)

    return act_now(request, act, _("It is done."), reverse("console:works"))


def _contracts(request: HttpRequest, numbers: list[str]) -> list[Contract]:
    """Those contracts; refused if one of them isn't there."""
    found = contracts_numbered(request.scope, numbers)
    missing = sorted(set(numbers) - {contract.number for contract in found})
    if missing:
        names = ", ".join(missing[:10])
        raise Refused("work.unknown", f"契約が見つかりません: {names}", f"There is no such contract: {names}", "20-1")
    return found
