"""What a request asks for, read once and in one way: the contract, the row of a page, the choice of a form.

Whatever does not exist, or is not in the person's scope, is Http404: the two look the same.
"""

from __future__ import annotations

from enum import Enum
from typing import TypeVar

from django.http import Http404, HttpRequest
from django.utils.translation import get_language

from sekisho.apps.contracts.queries import contract_by_number
from sekisho.apps.incidents import queries
from sekisho.apps.incidents.models import EventGroup, SecurityIncident
from sekisho.apps.refusals import Refused

_E = TypeVar("_E", bound=Enum)

TEXT_CHARACTERS_MAX = 2_000
SEARCH_CHARACTERS_MAX = 200


def group_or_404(request: HttpRequest, group_id: int) -> EventGroup:
    found = queries.group_by_id(request.scope, group_id)
    if found is None:
        raise Http404
    return found


def incident_or_404(request: HttpRequest, number: str) -> SecurityIncident:
    found = queries.incident_by_number(request.scope, number)
    if found is None:
        raise Http404
    return found


def contract_id(request: HttpRequest) -> int | None:
    """The contract chosen in the header, None for all that the person sees."""
    number = request.GET.get("contract")
    if not number:
        return None
    contract = contract_by_number(request.scope, number)
    if contract is None:
        raise Http404
    return contract.pk


def choice(request: HttpRequest, name: str, kind: type[_E]) -> _E:
    """One of an enumeration's values; a form of ours never sends another."""
    try:
        return kind(request.POST.get(name, ""))
    except ValueError:
        raise Http404 from None


def whole_number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 19 else None


def text(request: HttpRequest, name: str) -> str:
    return request.POST.get(name, "")[:TEXT_CHARACTERS_MAX]


def refusal(refused: Refused) -> str:
    """Why an action said no, by which article, under which code, in the page's language."""
    return refused.said(get_language() or "ja")
