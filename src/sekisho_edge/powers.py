"""What this box can enforce: its renderers' features, and what its definitions know."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from sekisho_edge.applications import facts, read_catalogue
from sekisho_edge.daemons.places import SHIPPED
from sekisho_edge.render import RENDERED
from sekisho_edge.render.site_names import categories
from sekisho_wire.policy import Powers


def powers_of(definitions: Path = SHIPPED) -> Powers:
    """For ``problems``: a policy that names an unknown category or application is refused with its place."""
    return replace(
        RENDERED,
        applications=facts(read_catalogue(definitions)),
        categories=categories(definitions),
    )
