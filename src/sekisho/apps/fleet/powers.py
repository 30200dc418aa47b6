"""What a device may enforce: the contract's entitlements in the words of the wire. Pure.

The wire knows no contract and the terms know no device; here the one is said in the codes of the other. Nothing
stores the answer: whoever needs it asks again, at the latest when ``valid_until`` has come.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sekisho.terms.entitlements import Entitlements
from sekisho.terms.history import History
from sekisho_wire.policy import Powers


@dataclass(frozen=True, slots=True)
class DevicePowers:
    """``powers`` as they are desired at ``at``; ``valid_until``: the next instant that may change them, or None."""

    device: str
    powers: Powers
    at: dt.datetime
    valid_until: dt.datetime | None


def powers_given(given: Entitlements, history: History, at: dt.datetime) -> Powers:
    """The functions that the contract includes and nothing restricts, and its own access item; none when it rests."""
    facts = history.at(at).facts
    items = frozenset({facts.access_item.value}) if facts and given.active else frozenset()
    return Powers(functions=frozenset(function.value for function in given.enforceable), access_items=items)


def next_change(history: History, after: dt.datetime) -> dt.datetime | None:
    """The first instant after ``after`` at which a known fact begins or ends."""
    known = history.last_words()
    instants = [fact.from_at for fact in known] + [fact.until_at for fact in known if fact.until_at is not None]
    return min((at for at in instants if at > after), default=None)
