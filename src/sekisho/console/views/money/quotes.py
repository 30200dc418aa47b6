"""Quotes: prices for one customer over a list (the premium plan has no listed price), issued once and final."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from sekisho.apps.accounts.permissions import allowed
from sekisho.apps.accounts.queries import contractors_named
from sekisho.apps.contracts.queries.quoted import use_of_quote
from sekisho.apps.documents import queries as documents
from sekisho.apps.documents.models import DocumentKind
from sekisho.apps.tariff.actions import issue_quote
from sekisho.apps.tariff.items import CLOSED_ITEMS, is_monthly, item_words, monthly_plan
from sekisho.apps.tariff.models import PriceList, Quote
from sekisho.apps.tariff.queries import price_lists, quote_by_number, quotes
from sekisho.gateways import clock
from sekisho.terms.moments import tokyo_date
from sekisho.terms.plans import Plan

from ...acting import Ask, Consequences, Tile, asked, posted
from ...entering import enters_with
from ...forms import fields

QUOTES_SHOWN_MAX = 200
LINE_PREFIX = "line-"
_OF_LISTED_PLANS = {f"{when}.{plan}" for plan in Plan for when in ("initial", "monthly.plan")} - {
    f"{when}.{Plan.PREMIUM}" for when in ("initial", "monthly.plan")
}


class QuoteForm(forms.Form):
    """One field an item; an empty one leaves the item to the list."""

    customer = fields.line(
        gettext_lazy("For whom"),
        gettext_lazy("The company's name as its application will say it; nobody else can use the quote."),
        required=True,
    )
    price_list = forms.ChoiceField(label=gettext_lazy("Over which price list"))
    valid_until = fields.day(gettext_lazy("Good until"), required=True)
    note = fields.text(gettext_lazy("Remark on the paper"))

    def __init__(self, data: Any, lists: list[PriceList]) -> None:
        super().__init__(data)
        language = get_language() or "ja"
        self.lists = {one.version: one for one in lists}
        self.fields["price_list"].choices = [(version, version) for version in self.lists]
        for item, words in CLOSED_ITEMS.items():
            if item not in _OF_LISTED_PLANS:
                self.fields[LINE_PREFIX + item] = fields.yen(words.in_language(language), item, required=False)

    def clean(self) -> dict[str, Any]:
        told = super().clean()
        told["lines"] = {
            name.removeprefix(LINE_PREFIX): yen
            for name, yen in told.items()
            if name.startswith(LINE_PREFIX) and yen is not None
        }
        if not told["lines"] and not self.errors:
            raise forms.ValidationError(_("Write at least one price."))
        return told


@require_safe
@enters_with("billing.view")
def list_quotes(request: HttpRequest) -> HttpResponse:
    """The newest first, with what became of each."""
    rows, today = quotes()[:QUOTES_SHOWN_MAX], tokyo_date(clock.now())
    used = use_of_quote(request.scope, [one.number for one in rows])
    page = {
        "place": "money",
        "rows": [(one, monthly_yen(one), used.get(one.number), one.valid_until < today) for one in rows],
        "may": allowed(request.user, "tariff.manage"),
        "published": any(one.published_at for one in price_lists()),
    }
    return render(request, "console/quotes.html", page)


@require_safe
@enters_with("billing.view")
def quote(request: HttpRequest, quote_number: str) -> HttpResponse:
    """One quote with its lines, its papers, and the contract that goes by it."""
    found = quote_by_number(quote_number)
    if found is None:
        raise Http404
    page = {
        "place": "money",
        "quote": found,
        "lines": [(item_words(line.item), line) for line in found.lines.all()],
        "monthly_yen": monthly_yen(found),
        "over": found.valid_until < tokyo_date(clock.now()),
        "used": use_of_quote(request.scope, [found.number]).get(found.number),
        "papers": documents.find(request.scope, number=found.number, kind=DocumentKind.QUOTATION).documents,
    }
    return render(request, "console/quote.html", page)


@require_http_methods(["GET", "HEAD", "POST"])
@enters_with("tariff.manage")
def new(request: HttpRequest) -> HttpResponse:
    """Issue a quote, after its sums have been looked at."""
    form = QuoteForm(posted(request), [one for one in price_lists() if one.published_at])

    def act() -> None:
        told = form.cleaned_data
        issue_quote(
            request.user,
            customer=told["customer"].strip(),
            price_list=form.lists[told["price_list"]],
            lines=told["lines"],
            valid_until=told["valid_until"],
            note=told["note"],
        )

    ask = Ask(
        title=_("Issue a quote"),
        text=_("Once issued it does not change; a better one is another quote."),
        button=_("Issue it"),
        done=_("The quote is issued. Its paper is made in a moment."),
        place="money",
        back=reverse("console:quotes"),
        about=_("Quotes"),
        form=form,
        consequences=lambda: _foreseen(form.cleaned_data),
        act=act,
    )
    return asked(request, ask)


def monthly_yen(found: Quote) -> int:
    return sum(line.yen for line in found.lines.all() if is_monthly(line.item))


def _foreseen(told: dict[str, Any]) -> Consequences:
    lines: dict[str, int] = told["lines"]
    monthly = sum(yen for item, yen in lines.items() if is_monthly(item))
    notes = []
    if not any(one.name == told["customer"].strip() for one in contractors_named(told["customer"].strip())):
        notes.append(_("Nobody of exactly this name is known yet; the application has to be in this name."))
    if monthly_plan(Plan.PREMIUM) not in lines:
        notes.append(_("The plan itself has no price in this quote."))
    return Consequences(
        tiles=(
            Tile(_("Every month, without tax"), yen=monthly, beside=_("the quoted lines alone")),
            Tile(_("Once, without tax"), yen=sum(lines.values()) - monthly),
            Tile(_("Good until"), day=told["valid_until"]),
        ),
        notes=tuple(notes),
    )
