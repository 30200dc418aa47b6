"""Text from logs on a page: always through here, so that nothing an attacker wrote can act or hide."""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from sekisho.web import evidence, hostile

register = template.Library()


@register.filter
def inert(value: object) -> SafeString:
    """Escaped, isolated from the page's direction, with acting characters shown by name."""
    return format_html("<bdi>{}</bdi>", hostile.marked("" if value is None else str(value)))


@register.filter
def inert_plain(value: object) -> str:
    """For attributes and titles: no markup, nothing hidden."""
    return hostile.plain("" if value is None else str(value))


@register.simple_tag
def value(text: object, kind: str = "text") -> SafeString:
    """A value with a menu (``js/values.js``): filter by it, leave it out, copy it."""
    if text in (None, ""):
        return format_html('<span class="quiet">{}</span>', "—")
    shape = '<button type="button" class="value" data-value="{}" data-kind="{}" aria-haspopup="menu">{}</button>'
    return format_html(shape, hostile.plain(str(text)), kind, hostile.marked(str(text)))


@register.filter
def parsed(line: object) -> list[tuple[str, str]]:
    return evidence.fields(_text(line))


@register.filter
def raw(line: object) -> SafeString:
    return hostile.marked(_text(line))


def _text(line: object) -> str:
    if isinstance(line, bytes | memoryview):
        return bytes(line).decode("utf-8", "backslashreplace")
    return "" if line is None else str(line)
