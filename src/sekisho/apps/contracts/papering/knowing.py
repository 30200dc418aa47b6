"""What papers of contracts say that only apps above contracts know. They register here when they start."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import NamedTuple

from sekisho.apps.accounts.models import OrganisationKind
from sekisho.apps.accounts.queries import organisations
from sekisho.papers.parties import Sender

from ..models import Contract


class Known(NamedTuple):
    """``sender``: the carrier as its letters of a day name it, None if nobody told yet. ``owed``: what is overdue."""

    sender: Callable[[dt.date], Sender | None]
    owed: Callable[[Contract, dt.date], int]


_known: list[Known] = []


def knows(known: Known) -> None:
    """Called once by the app that knows, when it is ready."""
    _known[:] = [known]


def sender_on(day: dt.date) -> Sender:
    """The carrier on its letterhead; without one, by its name alone."""
    for known in _known:
        if found := known.sender(day):
            return found
    return Sender(name=carrier_name())


def owed_on(contract: Contract, day: dt.date) -> int | None:
    """Whole yen past their due date; None: nothing, or nobody knows."""
    for known in _known:
        return known.owed(contract, day) or None
    return None


def carrier_name() -> str:
    return next((row.name for row in organisations(OrganisationKind.CARRIER)), "")
