"""Marks of contracts and money: days of the terms, yen, and a contract's life as a drawing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _

from sekisho.apps.documents.kinds import KIND_WORDS, DocumentKind
from sekisho.gateways import clock
from sekisho.terms.contract_states import ContractState, Overlay
from sekisho.terms.history import History, Standing
from sekisho.terms.moments import tokyo_date
from sekisho.terms.words import Words
from sekisho.web import tokyo
from sekisho.web.lifeline import lifeline as drawn_life

register = template.Library()

_STATES = {
    ContractState.APPLIED: gettext_lazy("Applied for"),
    ContractState.ACCEPTED: gettext_lazy("Accepted, not started"),
    ContractState.REFUSED: gettext_lazy("Application refused"),
    ContractState.WITHDRAWN: gettext_lazy("Withdrawn"),
    ContractState.PROVISIONING: gettext_lazy("Being made ready"),
    ContractState.ACTIVE: gettext_lazy("In service"),
    ContractState.NOTICE_GIVEN: gettext_lazy("In service, end announced"),
    ContractState.ENDED: gettext_lazy("Ended"),
    ContractState.RETENTION: gettext_lazy("Ended, records kept"),
    ContractState.ERASED: gettext_lazy("Ended, data erased"),
}
_INVOICE_STATES = {
    "open": ("", pgettext_lazy("amount", "Open")),
    "late": ("bad", gettext_lazy("Past its due date")),
    "paid": ("good", gettext_lazy("Paid")),
    "cancelled": ("", gettext_lazy("Cancelled")),
    "credit": ("", gettext_lazy("In your favour")),
}
_OVERLAYS = {
    Overlay.INTERRUPTED: gettext_lazy("Interrupted"),
    Overlay.RESTRICTED: gettext_lazy("Restricted"),
    Overlay.SUSPENDED: gettext_lazy("Suspended"),
}


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


@register.simple_tag
def contract_state(standing: Standing) -> SafeString:
    """The state as chips: what the contract is, and what lies over it."""
    chips = [(_STATES[standing.state], "good" if standing.state is ContractState.ACTIVE else "")]
    chips += [(_OVERLAYS[overlay], "bad") for overlay in sorted(standing.overlays)]
    return format_html_join(" ", '<span class="chip {}">{}</span>', ((tone, word) for word, tone in chips))


@register.simple_tag
def invoice_state(state: str) -> SafeString:
    tone, word = _INVOICE_STATES[state]
    return format_html('<span class="chip {}">{}</span>', tone, word)


@register.simple_tag
def paper_kind(kind: str) -> str:
    return KIND_WORDS[DocumentKind(kind)].in_language(get_language() or "ja")


@register.inclusion_tag("parts/lifeline.html")
def lifeline(history: History, marks: Sequence[tuple[dt.date, Words]] = ()) -> dict[str, object]:
    """The contract's whole life as bars; ``marks`` are days worth a line, such as the end of the minimum term."""
    return {"drawn": drawn_life(history, tokyo_date(clock.now()), marks)}
