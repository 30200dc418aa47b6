"""Words of the fleet's pages: how an engine is."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from .logtext import inert

register = template.Library()

ENGINE_WORDS = {
    "inspecting": _("inspecting"),
    "working": _("working"),
    "well": _("working"),
    "running": _("working"),
    "starting": _("starting"),
    "bypassed": _("traffic goes by"),
    "open": _("traffic goes by"),
    "closed": _("closed: no traffic"),
    "down": _("down"),
    "off": _("switched off"),
    "stopped": _("stopped"),
}


@register.simple_tag
def engine_state(state: str) -> SafeString | str:
    """The word for a state; a box of another version may have one that nobody here knows."""
    return ENGINE_WORDS.get(state) or inert(state)
