"""What a device may enforce: the contract's entitlements in the words of the wire. Pure.

The wire knows no contract and the terms know no device; here the one is said in the codes of the other. Nothing
stores the answer: whoever needs it asks again, at the latest when ``valid_until`` has come.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from msgspec.structs import replace

from sekisho.terms.entitlements import Entitlements
from sekisho.terms.history import History
from sekisho_wire.policy import ApplicationFilter, Bandwidth, Powers, SecurityPolicy, UrlFilter


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


def reduced(policy: SecurityPolicy, powers: Powers) -> SecurityPolicy:
    """The policy without the functions that the powers leave out. The firewall stays: a line is not to be without.

    The same policy where nothing is left out.
    """
    functions = powers.functions if powers.functions is not None else frozenset(_OFF)
    for code, off in _OFF.items():
        if code not in functions:
            policy = off(policy)
    item = policy.bandwidth.access_item
    if item is not None and powers.access_items is not None and item not in powers.access_items:
        policy = replace(policy, bandwidth=Bandwidth())
    return policy


_OFF: dict[str, Callable[[SecurityPolicy], SecurityPolicy]] = {
    "ids_ips": lambda policy: replace(policy, intrusion=replace(policy.intrusion, mode="off")),
    "url_filter": lambda policy: replace(policy, url=UrlFilter()),
    "app_filter": lambda policy: replace(policy, applications=ApplicationFilter()),
    "anti_malware": lambda policy: replace(policy, malware=replace(policy.malware, mode="off")),
    "sandbox": lambda policy: replace(policy, sandbox=replace(policy.sandbox, mode="off")),
    "mail_antispam": lambda policy: replace(policy, mail=replace(policy.mail, spam="off")),
    "mail_antivirus": lambda policy: replace(policy, mail=replace(policy.mail, virus="off")),
}


def next_change(history: History, after: dt.datetime) -> dt.datetime | None:
    """The first instant after ``after`` at which a known fact begins or ends."""
    known = history.last_words()
    instants = [fact.from_at for fact in known] + [fact.until_at for fact in known if fact.until_at is not None]
    return min((at for at in instants if at > after), default=None)
