"""Text that came from a log, made inert for a person's eyes: nothing hides, nothing reorders, nothing acts.

Characters that a terminal or a text engine would obey (escape sequences, bidirectional overrides,
zero-width joiners, line separators) are replaced by their visible names. HTML escaping stays the
template engine's job; ``marked`` does both. No error is possible: any string is accepted.
"""

from __future__ import annotations

import unicodedata

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

SHOWN_CHARACTERS_MAX = 16_384
_LAYOUT_CHARACTERS = {"\n", "\t"}
_HIDDEN_CATEGORIES = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


def name_of(character: str) -> str | None:
    """The visible stand-in of a character that acts or hides, None for one that may be shown as it is."""
    if character in _LAYOUT_CHARACTERS or unicodedata.category(character) not in _HIDDEN_CATEGORIES:
        return None
    return f"U+{ord(character):04X}"


def plain(text: str) -> str:
    """The text with every acting character replaced by its name, for titles and attributes."""
    if text.isprintable():  # which holds for no character of the hidden categories: nearly every text, and quickly
        return _cut(text)
    return "".join(character if (name := name_of(character)) is None else name for character in _cut(text))


def marked(text: str) -> SafeString:
    """The same as HTML: stand-ins are boxed so that they cannot be mistaken for the attacker's own letters."""
    if text.isprintable():
        return escape(_cut(text))
    parts = []
    for character in _cut(text):
        name = name_of(character)
        parts.append(escape(character) if name is None else f'<span class="hidden-char">{name}</span>')
    return mark_safe("".join(parts))  # noqa: S308 (every character was escaped above)


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN_CHARACTERS_MAX else text[:SHOWN_CHARACTERS_MAX] + "…"
