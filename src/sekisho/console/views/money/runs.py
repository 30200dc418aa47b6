"""The first page of the money, and the monthly run: start it, watch it, see what it could not bill."""

from __future__ import annotations

import datetime as dt

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from sekisho.apps.billing.jobs.monthly import start_run
from sekisho.apps.billing.queries.dunning import letters_to_decide, proposals_to_decide
from sekisho.apps.billing.queries.invoices import problems_of, run_of, runs
from sekisho.apps.billing.queries.receipts import lines_to_look_at, unmatched
from sekisho.apps.billing.queries.receivables import open_totals
from sekisho.apps.refusals import Refused
from sekisho.gateways import clock
from sekisho.terms.moments import tokyo_date

from ...acting import Ask, Consequences, Tile, asked, posted
from ...entering import enters_with
from ...forms.money import MonthForm

DAY = dt.timedelta(days=1)


@require_safe
@enters_with("billing.view")
def money(request: HttpRequest) -> HttpResponse:
    """What is open, what is late, what waits for a person, and the runs."""
    today = tokyo_date(clock.now())
    totals = open_totals(request.scope, today)
    page = {
        "place": "money",
        **totals._asdict(),
        "unmatched": len(unmatched()),
        "lines": lines_to_look_at().count(),
        "letters": len(letters_to_decide(request.scope)),
        "proposals": len(proposals_to_decide(request.scope)),
        "runs": runs(),
        "next_month": _last_month(today),
        "next_done": run_of(_last_month(today)),
    }
    return render(request, "console/money.html", page)


@require_http_methods(["GET", "HEAD", "POST"])
@enters_with("billing.manage")
def start(request: HttpRequest) -> HttpResponse:
    """Bill last month, or go on with it. The worker does it; the run's page shows how far it is."""
    form = MonthForm(posted(request))

    def act() -> None:
        start_run(_month(form.cleaned_data["month"]))

    def consequences() -> Consequences:
        month = _month(form.cleaned_data["month"])
        if month > _last_month(tokyo_date(clock.now())):
            over = Refused("run.month_not_over", "その月はまだ終わっていません。", "That month is not over.", "27-1")
            return Consequences(refusals=(over,))
        before = run_of(month)
        billed = Tile(_("Invoices of this month so far"), text=str(before.invoices if before else 0))
        return Consequences(
            tiles=(Tile(_("Month"), text=f"{month:%Y-%m}"), billed),
            notes=(
                _("Nothing is billed twice: a run that was stopped goes on, a complete one changes nothing."),
                _("Each invoice gets its number; a wrong one is cancelled and issued again, never changed."),
            ),
        )

    known = form.is_bound and form.is_valid()
    back = reverse("console:run", args=[form.cleaned_data["month"]]) if known else reverse("console:money")
    return asked(
        request,
        Ask(
            title=_("Start the monthly run"),
            button=_("Start it now"),
            done=_("The run is queued; its progress is on this page."),
            place="money",
            back=back,
            about=_("Billing"),
            form=form,
            consequences=consequences,
            act=act,
        ),
    )


@require_safe
@enters_with("billing.view")
def run(request: HttpRequest, month: str) -> HttpResponse:
    """One run. Asked by htmx, only the part that moves."""
    found = run_of(_month(month))
    page = {
        "place": "money",
        "month": _month(month),
        "run": found,
        "problems": problems_of(request.scope, found) if found else [],
        "going": found is None or found.finished_at is None,
        "left": _seconds_left(found) if found else None,
    }
    part = "console/run_progress.html" if request.headers.get("HX-Request") else "console/run.html"
    return render(request, part, page)


def _seconds_left(found: object) -> float | None:
    """At the pace so far; None before there is one, or when it is over."""
    done, total = found.contracts_done, found.contracts_total
    if found.finished_at is not None or not done:
        return None
    return (found.seen_at - found.started_at).total_seconds() / done * (total - done)


def _last_month(today: dt.date) -> dt.date:
    return (today.replace(day=1) - DAY).replace(day=1)


def _month(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(f"{text[:7]}-01")
    except ValueError:
        raise Http404 from None
