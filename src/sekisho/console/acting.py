"""One way to act from a page: a form is answered with what it would do, and only its second sending does it.

``asked`` draws the form, then the form with its consequences, then acts. What an action refuses is said in its own
words with the article; what was typed stays on the page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import get_language

from sekisho.apps import refusals
from sekisho.apps.contracts.queries import ChargeItem
from sekisho.apps.refusals import Refused
from sekisho.apps.tariff.fees import NoPrice
from sekisho.terms.minimum import TERM_RULES
from sekisho.terms.values import BadParameter, Refusal

T = TypeVar("T")


class Tile(NamedTuple):
    """One figure of what would happen: a day, or an amount in yen."""

    name: str
    day: Any = None
    yen: int | None = None
    text: str = ""
    beside: str = ""


@dataclass(frozen=True, slots=True)
class Consequences:
    """What an act would do. ``refusals``: why it can't be done, and then there is no button to do it."""

    tiles: tuple[Tile, ...] = ()
    notes: tuple[str, ...] = ()
    refusals: tuple[Refusal | Refused, ...] = ()
    charges: tuple[ChargeItem, ...] = ()

    @property
    def total_yen(self) -> int:
        return sum(item.charge.value for item in self.charges)

    @property
    def charged(self) -> list[dict[str, Any]]:
        """The early charges as ``parts/early_charges.html`` draws them."""
        return [
            {
                "words": TERM_RULES[item.kind].words,
                "fee": item.monthly_fee,
                "ends_on": item.term_ends_on,
                "yen": item.charge.value,
                "article": item.charge.article,
                "steps": [step.words for step in item.charge.steps],
            }
            for item in self.charges
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """An act as a page asks for it. ``back``: the address of what it is about, named ``about``."""

    title: str
    text: str = ""
    button: str
    done: str
    place: str
    back: str
    about: str
    form: forms.Form
    consequences: Callable[[], Consequences]
    act: Callable[[], object]
    extra: dict[str, Any] = field(default_factory=dict)


def asked(request: HttpRequest, ask: Ask) -> HttpResponse:
    """The page of an act: form, consequences, deed."""
    page: dict[str, Any] = {"place": ask.place, "ask": ask, "form": ask.form, **ask.extra}
    if ask.form.is_bound and ask.form.is_valid():
        page["preview"] = foreseen(ask.consequences)
        if "confirmed" in request.POST and not page["preview"].refusals:
            answer = acted(request, ask.act, ask.done, ask.back)
            if answer is not None:
                return answer
    return render(request, "console/act.html", page)


def posted(request: HttpRequest) -> QueryDict | None:
    """What a form is bound to: nothing while it is only looked at."""
    return request.POST if request.method == "POST" else None


def foreseen(consequences: Callable[[], Consequences]) -> Consequences:
    """The consequences; what stands against asking at all is a refusal among them."""
    try:
        return consequences()
    except (Refused, NoPrice, BadParameter) as no:
        return Consequences(refusals=(as_refused(no),))


def trial(act: Callable[[], T]) -> tuple[T | None, tuple[Refused, ...]]:
    """What an act would give, or what it would refuse: it is done, looked at and undone again, in a savepoint."""
    try:
        with transaction.atomic():
            found = act()
            transaction.set_rollback(True)
    except (Refused, NoPrice, BadParameter) as no:
        return None, (as_refused(no),)
    return found, ()


def acted(request: HttpRequest, act: Callable[[], object], done: str, back: str) -> HttpResponse | None:
    """Do it and go back; None with a message where it was refused."""
    try:
        act()
    except (Refused, NoPrice, BadParameter) as no:
        messages.error(request, said(as_refused(no)))
        return None
    messages.success(request, done)
    return redirect(back)


def act_now(request: HttpRequest, act: Callable[[], object], done: str, back: str) -> HttpResponse:
    """For small acts without a page of their own: done or refused, the answer is the page that it was asked from."""
    return acted(request, act, done, back) or redirect(back)


def as_refused(no: Exception) -> Refused:
    if isinstance(no, Refused):
        return no
    if isinstance(no, NoPrice):
        return Refused(
            "tariff.no_price",
            f"料金表「{no.prices}」に「{no.item}」の料金がありません。",
            f"The price list {no.prices} has no price for {no.item}.",
            "27-1",
        )
    return Refused("asked.impossible", "この内容では実行できません。入力を確認してください。", f"Not possible: {no}.")


def said(refused: Refused | Refusal) -> str:
    """Why not, in the page's language, with the article and the code."""
    return refusals.said(refused, get_language() or "ja")


def options(words: dict[Any, Any], members: Iterable[Any]) -> list[tuple[str, str]]:
    """Choices of a select by the words of the terms, in the page's language."""
    language = get_language() or "ja"
    return [(getattr(member, "value", member), words[member].in_language(language)) for member in members]


def one_of(objects: Sequence[Any], key: str) -> Any:
    """The object with this primary key among those that were offered."""
    return next((one for one in objects if str(one.pk) == key), None)
