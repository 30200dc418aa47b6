"""Marks of contracts and money: days of the terms, yen, and a contract's life as a drawing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from sekisho.gateways import clock
from sekisho.terms.history import History
from sekisho.terms.moments import tokyo_date
from sekisho.terms.words import Words
from sekisho.web import tokyo
from sekisho.web.lifeline import lifeline as drawn_life

register = template.Library()


@register.filter
def written_day(on: dt.date | None) -> str:
    """A day of the terms with its weekday, in the page's language."""
    return "—" if on is None else tokyo.written_day(on)


@register.filter
def yen(amount: int | None) -> SafeString:
    """``1,364円`` in Japanese, ``1,364 yen`` in English; a negative amount has a true minus sign."""
    if amount is None:
        return format_html('<span class="quiet">{}</span>', "—")
    sign = "\N{MINUS SIGN}" if amount < 0 else ""
    return format_html(
        '<span class="yen nowrap">{}</span>', sign + _("%(amount)s yen") % {"amount": f"{abs(amount):,}"}
    )


@register.inclusion_tag("parts/lifeline.html")
def lifeline(history: History, marks: Sequence[tuple[dt.date, Words]] = ()) -> dict[str, object]:
    """The contract's whole life as bars; ``marks`` are days worth a line, such as the end of the minimum term."""
    return {"drawn": drawn_life(history, tokyo_date(clock.now()), marks)}
