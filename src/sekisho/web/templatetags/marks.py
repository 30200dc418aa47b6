"""Signs that recur: icons, the risk level, whether something was stopped.

All are drawn here as inline SVG, so a page needs no request for them and they print.
"""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from sekisho.triage.words import TACTICS

from .logtext import inert

register = template.Library()

_ICONS = {
    "alert": '<path d="M12 3 22 20H2Z"/><path d="M12 10v4m0 3v.01"/>',
    "archive": '<path d="M3 4h18v5H3zM5 9v11h14V9M10 13h4"/>',
    "arrow": '<path d="M4 12h16m-6-6 6 6-6 6"/>',
    "check": '<path d="m4 12.5 5.5 5.5L20 7"/>',
    "clock": '<circle cx="12" cy="12" r="9"/><path d="M12 7v5l3.5 2"/>',
    "cross": '<path d="m5 5 14 14M19 5 5 19"/>',
    "device": '<path d="M3 13h18v6H3zM6 13l2-8h8l2 8M7 16h.01M11 16h6"/>',
    "document": '<path d="M6 3h9l4 4v14H6zM14 3v5h5M9 13h7M9 17h7"/>',
    "eye": '<path d="M2 12s4-7 10-7 10 7 10 7-4 7-10 7S2 12 2 12Z"/><circle cx="12" cy="12" r="3"/>',
    "globe": '<circle cx="12" cy="12" r="9"/><path d="M3 12h18M12 3c3 3 3 15 0 18M12 3c-3 3-3 15 0 18"/>',
    "inbox": '<path d="M3 13 6 4h12l3 9v7H3zM3 13h5l2 3h4l2-3h5"/>',
    "info": '<circle cx="12" cy="12" r="9"/><path d="M12 11v5m0-8v.01"/>',
    "key": '<circle cx="8" cy="15" r="5"/><path d="M12 11 20 3m-4 4 3 3"/>',
    "keyboard": '<path d="M2 6h20v12H2zM6 10h.01M10 10h.01M14 10h.01M18 10h.01M7 14h10"/>',
    "mail": '<path d="M3 5h18v14H3zM3 6l9 7 9-7"/>',
    "moon": '<path d="M20 14A8 8 0 1 1 10 4a7 7 0 0 0 10 10Z"/>',
    "person": '<circle cx="12" cy="8" r="4"/><path d="M4 21c1-5 4-7 8-7s7 2 8 7"/>',
    "phone": '<path d="M5 3h4l2 5-3 2c1 3 3 5 6 6l2-3 5 2v4c0 1-1 2-2 2C10 21 3 14 3 5c0-1 1-2 2-2Z"/>',
    "shield": '<path d="M12 3 4 6v6c0 5 3 8 8 9 5-1 8-4 8-9V6Z"/>',
    "stop": '<path d="M8 3h8l5 5v8l-5 5H8l-5-5V8ZM8 12h8"/>',
    "sun": '<circle cx="12" cy="12" r="4"/><path d="M12 2v2m0 16v2M2 12h2m16 0h2M5 5l1.500 1.500m11 11L19 19'
    'M5 19l1.500-1.500m11-11L19 5"/>',
    "through": '<path d="M3 12h18m-5-5 5 5-5 5M10 4v4m0 8v4"/>',
    "unknown": '<circle cx="12" cy="12" r="9"/><path d="M9 9.500a3 3 0 1 1 4 2.800c-1 .5-1 1-1 1.700m0 3v.01"/>',
}  # fmt: skip

_SHAPES = {
    "high": '<path d="M8 1 15.500 14.500H.5Z"/>',
    "medium": '<path d="M8 .8 15.200 8 8 15.200.8 8Z"/>',
    "low": '<circle cx="8" cy="8" r="6"/>',
    "informational": '<path d="M2 8h12"/>',
    "undecided": '<circle cx="8" cy="8" r="6" stroke-dasharray="3 2.500"/>',
}
LEVEL_WORDS = {
    "high": _("High"),
    "medium": _("Medium"),
    "low": _("Low"),
    "informational": _("Informational"),
    "undecided": _("Not decided"),
}
_OUTCOMES = {
    "blocked": ("stop", _("Blocked")),
    "allowed": ("through", _("Passed through")),
    "detected": ("eye", _("Detected only")),
    "unknown": ("unknown", _("Unknown")),
}


@register.simple_tag
def icon(name: str) -> SafeString:
    return mark_safe(f'<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">{_ICONS[name]}</svg>')  # noqa: S308


@register.simple_tag
def gate() -> SafeString:
    """Our mark: the two posts and two beams of a checkpoint."""
    beams = "M1 3q11 3 22 0v3q-11 2.500-22 0ZM3 10h18v2.500H3Z"
    posts = "M5 6h3l-.5 16H5ZM16 6h3v16h-2.500ZM11 7h2v4h-2Z"
    return mark_safe(f'<svg class="gate" viewBox="0 0 24 24" aria-hidden="true"><path d="{beams}{posts}"/></svg>')  # noqa: S308


@register.simple_tag
def level(value: str | None, size: str = "") -> SafeString:
    """The risk level as shape, word and colour. Empty or None: nobody has decided yet."""
    name = value if value in LEVEL_WORDS else "undecided"
    shape = mark_safe(f'<svg viewBox="0 0 16 16" aria-hidden="true">{_SHAPES[name]}</svg>')  # noqa: S308
    return format_html('<span class="level {} {}">{}{}</span>', name, size, shape, LEVEL_WORDS[name])


@register.simple_tag
def outcome(value: str) -> SafeString:
    name = value if value in _OUTCOMES else "unknown"
    sign, word = _OUTCOMES[name]
    return format_html('<span class="outcome {}">{}{}</span>', name, icon(sign), word)


@register.filter
def level_word(value: str | None) -> str:
    return str(LEVEL_WORDS.get(value or "undecided", LEVEL_WORDS["undecided"]))


@register.filter
def tactic(slug: str | None) -> str:
    """A tactic's name in the page's language; a slug that is none of ATT&CK's comes from a log and is made inert."""
    return said(TACTICS[slug]) if slug in TACTICS else inert(slug)


@register.filter
def said(words: object) -> str:
    """A sentence that carries both languages (``.ja`` and ``.en``, or a mapping), in the page's."""
    language = "ja" if (get_language() or "ja").startswith("ja") else "en"
    if isinstance(words, dict):
        return str(words.get(language) or words.get("ja") or "")
    return str(getattr(words, language, words))
