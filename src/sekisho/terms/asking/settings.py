"""The terms that a question is asked under: a version, switches, and figures that an application form agreed on.

Written as parameters: ``terms=V5``, ``switch.proration=daily``, ``form.cancellation_months=1``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sekisho.terms.applicable import FIGURE_MAX, OVERRIDABLE
from sekisho.terms.switches import switch_read
from sekisho.terms.values import BadParameter
from sekisho.terms.versions import LATEST, Terms, version_named

_SWITCH = "switch."
_FORM = "form."
SETTING_PREFIXES = (_SWITCH, _FORM)


def terms_asked(settings: Mapping[str, str]) -> Terms:
    """The latest terms, with whatever the settings change."""
    if not settings:
        return LATEST
    version = version_named(settings.get("terms", LATEST.version), "terms")
    switches, parameters = version.switches, version.parameters
    for key, text in settings.items():
        if key.startswith(_SWITCH):
            name = key.removeprefix(_SWITCH)
            changed: dict[str, Any] = {name: switch_read(name, text)}
            switches = replace(switches, **changed)
        elif key.startswith(_FORM):
            name = key.removeprefix(_FORM)
            parameters = replace(parameters, **{name: _figure(name, text, key)})
    return Terms(version=version.name, parameters=parameters, switches=switches)


def _figure(name: str, text: str, key: str) -> int:
    if name not in OVERRIDABLE:
        raise BadParameter(key, f"is not something that a form can set; it can set {', '.join(sorted(OVERRIDABLE))}")
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text[:9]) <= FIGURE_MAX:
        raise BadParameter(key, f"{text!r} is not a whole number from 1 to {FIGURE_MAX}")
    return int(text)
