"""The definitions' way to the boxes, decided by people of the carrier: to a share, to everybody, or back.

The repository signs and keeps its own journal; here the act is allowed and audited. Refused ``definitions.refused``
with the repository's words.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from django.conf import settings

from sekisho.apps.accounts.models import Person
from sekisho.apps.accounts.permissions import require
from sekisho.apps.audit.actions import record
from sekisho.apps.refusals import Refused
from sekisho.definitions import building
from sekisho_wire.definitions import Channels, DefinitionsError


def definitions_folder() -> Path:
    """Where this installation keeps its definitions."""
    return Path(settings.VAR) / "definitions"


def offer_definitions(actor: Person, *, percent: int) -> Channels:
    """The version on its way for a share of all boxes."""
    return _turn(actor, "offer", lambda who: building.offer(definitions_folder(), who=who, percent=percent))


def promote_definitions(actor: Person) -> Channels:
    """The version on its way for everybody."""
    return _turn(actor, "promote", lambda who: building.promote(definitions_folder(), who=who))


def withdraw_definitions(actor: Person) -> Channels:
    """The version on its way for nobody: boxes that have it return to everybody's."""
    return _turn(actor, "withdraw", lambda who: building.withdraw(definitions_folder(), who=who))


def return_definitions(actor: Person, *, version: int) -> Channels:
    """An earlier version for everybody again."""
    return _turn(actor, "return", lambda who: building.return_to(definitions_folder(), version, who=who))


def _turn(actor: Person, what: str, turn: Callable[[str], Channels]) -> Channels:
    require(actor, "definitions.manage")
    try:
        channels = turn(f"person:{actor.pk}")
    except (DefinitionsError, OSError) as error:
        raise Refused("definitions.refused", f"定義を変更できません: {error}", f"Not done: {error}") from error
    upcoming = channels.upcoming
    details = {
        "stable": channels.stable,
        "upcoming": upcoming.version if upcoming else None,
        "percent": upcoming.percent if upcoming else None,
    }
    record(actor, act=f"fleet.{what}_definitions", object="definitions", details=details)
    return channels
