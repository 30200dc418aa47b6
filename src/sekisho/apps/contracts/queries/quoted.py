"""Quotes as applications name them: good until their last day, and for nobody but their customer (Art. 5-1)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from sekisho.apps.accounts.models import Organisation
from sekisho.apps.documents.text import search_key
from sekisho.apps.scope import Scope
from sekisho.apps.tariff.models import Quote
from sekisho.apps.tariff.queries import quote_by_number
from sekisho.terms.values import Refusal
from sekisho.terms.versions import Terms
from sekisho.terms.words import Words

from ..models import Application, ApplicationAct, ApplicationKind, Contract


def quote_for(number: str, customer: Organisation, on: dt.date) -> Quote | None:
    """The quote of this number if it is still good on the day and was made for this customer; width and spaces of
    the name don't matter. One that was made for somebody else looks like none: its prices are nobody else's business.
    """
    quote = quote_by_number(number.strip()) if number.strip() else None
    if quote is None or quote.valid_until < on:
        return None
    named = {search_key(name) for name in (customer.name, customer.name_en) if name.strip()}
    return quote if search_key(quote.customer) in named else None


def quote_refusal(number: str, customer: Organisation, on: dt.date, terms: Terms) -> Refusal | None:
    """Why the quote that a form names can't be used; None: it can, or none is named."""
    if not number.strip() or quote_for(number, customer, on) is not None:
        return None
    return Refusal("application.no_quote", "5-1", _NOT_GOOD, terms.version)


def use_of_quote(scope: Scope, numbers: Collection[str]) -> dict[str, str]:
    """Quote -> the contract that was accepted or changed to the premium plan by it; of those that are used."""
    accepted = scope.admit(Contract.objects.filter(price_list__in=numbers), "pk")
    changed = scope.admit(Application.objects.filter(kind=ApplicationKind.CHANGE, form__quote__in=list(numbers)))
    changed = changed.filter(steps__act=ApplicationAct.ACCEPTED)
    by_change = dict(changed.values_list("form__quote", "contract__number"))
    return by_change | dict(accepted.values_list("price_list", "number"))


_NOT_GOOD = Words("有効な見積番号ではありません。", "This is not the number of a quote that is still good.")
