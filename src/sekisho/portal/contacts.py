"""Whom we reach under a contract: the ordered list with its hours, edited as one page (R034).

The buttons that move, add and remove rows only redraw the page with what was typed; saving replaces the whole list.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from sekisho.apps.accounts.models import Language
from sekisho.apps.accounts.permissions import allowed
from sekisho.apps.contracts import actions, queries
from sekisho.apps.contracts.models import Contact, Contract, TimeBand
from sekisho.apps.contracts.queries.accounts import may_act_under
from sekisho.apps.refusals import Refused
from sekisho.gateways import clock
from sekisho.terms.moments import tokyo_date

from .entering import enters

CONTACTS_MAX = 20
NAME_CHARACTERS_MAX = 100
PHONE_PATTERN = r"\+?[0-9][0-9\- ()]{5,24}"
BANDS = (
    (TimeBand.ALWAYS, gettext_lazy("At any hour")),
    (TimeBand.BUSINESS, gettext_lazy("In office hours")),
    (TimeBand.OFF_HOURS, gettext_lazy("Outside office hours")),
)
LANGUAGES = ((Language.JA, "日本語"), (Language.EN, "English"))


class ContactFields(forms.Form):
    """One row of the list."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=NAME_CHARACTERS_MAX)
    phone = forms.RegexField(
        PHONE_PATTERN,
        label=gettext_lazy("Telephone"),
        required=False,
        error_messages={"invalid": gettext_lazy("Digits, such as 03-1234-5678 or +81 3 1234 5678.")},
    )
    mail = forms.EmailField(label=gettext_lazy("Mail"), required=False)
    time_band = forms.ChoiceField(label=gettext_lazy("When"), choices=BANDS)
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=LANGUAGES)

    def clean_phone(self) -> str:
        return self.cleaned_data["phone"].strip()


@require_http_methods(["GET", "HEAD", "POST"])
@enters
def contacts(request: HttpRequest, contract_number: str) -> HttpResponse:
    contract = queries.contract_by_number(request.scope, contract_number)
    if contract is None or not may_change_contacts(request, contract):
        raise Http404
    if request.method != "POST":
        known = queries.contacts_of(request.scope, contract)
        return _page(request, contract, [_row(position, contact) for position, contact in enumerate(known, 1)])
    rows = [ContactFields(told, prefix=str(place)) for place, told in enumerate(_told(request.POST), 1)]
    if request.POST.get("act") == "save":
        return _saved(request, contract, rows)
    return _page(request, contract, [_unsaid(row) for row in _moved(request.POST.get("act", ""), request.POST)])


def may_change_contacts(request: HttpRequest, contract: Contract) -> bool:
    """Whether this person keeps the list now; after the contract's end it is only read."""
    return allowed(request.user, "applications.submit") and may_act_under(request.scope, contract)


def _saved(request: HttpRequest, contract: Contract, rows: list[ContactFields]) -> HttpResponse:
    if [row for row in rows if not row.is_valid()]:
        messages.error(request, _("Nothing was saved yet: something could not be read. It is marked below."))
        return _page(request, contract, rows)
    today = tokyo_date(clock.now())
    listed = [Contact(**row.cleaned_data, confirmed_on=today) for row in rows]
    try:
        actions.set_contacts(request.user, contract=contract, contacts=listed)
    except Refused as refused:
        messages.error(request, refused.said(get_language() or "ja"))
        return _page(request, contract, rows)
    messages.success(request, _("The list is saved; from now on we reach people in this order."))
    return redirect("portal:contract", contract.number)


def _page(request: HttpRequest, contract: Contract, rows: list[ContactFields]) -> HttpResponse:
    page = {"place": "contract", "contract": contract, "rows": rows, "full": len(rows) >= CONTACTS_MAX}
    return render(request, "portal/contacts.html", page)


def _row(place: int, contact: Contact) -> ContactFields:
    told = {name: getattr(contact, name) for name in ContactFields.base_fields}
    return ContactFields(initial=told, prefix=str(place))


def _unsaid(told: tuple[int, Mapping[str, str]]) -> ContactFields:
    """A row as it was typed, without a word about what is wrong in it so far."""
    place, values = told
    return ContactFields(initial=values, prefix=str(place))


def _told(data: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """The rows as they were sent, with the keys that a form of that prefix reads."""
    place = 1
    while f"{place}-name" in data and place <= CONTACTS_MAX:
        yield {f"{place}-{name}": data.get(f"{place}-{name}", "") for name in ContactFields.base_fields}
        place += 1


def _moved(act: str, data: Mapping[str, Any]) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows after a button was pressed: up-2, down-1, remove-3, add."""
    rows = [{key.partition("-")[2]: value for key, value in row.items()} for row in _told(data)]
    verb, _dash, number = act.partition("-")
    place = int(number) - 1 if number.isdecimal() and 0 < int(number) <= len(rows) else None
    if verb == "add" and len(rows) < CONTACTS_MAX:
        rows.append({"time_band": TimeBand.ALWAYS, "language": get_language() or "ja"})
    elif place is not None and verb == "remove":
        del rows[place]
    elif place is not None and verb in ("up", "down"):
        other = max(0, place - 1) if verb == "up" else min(len(rows) - 1, place + 1)
        rows[place], rows[other] = rows[other], rows[place]
    return enumerate(rows, 1)
