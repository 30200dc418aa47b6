"""How many people of a contractor may have a portal account, and when one has to go (Art. 6-1(1), 6-1(2), 38-5).

Each contract gives its accounts; a contractor's people see all of its contracts, so its accounts are counted
together. The terms say nothing about what becomes of an account when its option ends; these are the house's rules:

- nobody is locked out on the day an option stops: GRACE_DAYS are left to choose who stays;
- who has not chosen by then loses the newest accounts, members before administrators (``who_goes``);
- one account is always left as the door, before the first contract starts and while records can still be read;
- after the end of a contract its accounts stay, to read its records, until portal accounts are erased.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import NamedTuple, TypeVar

from sekisho.terms.contract_states import ContractState
from sekisho.terms.entitlements import entitlements
from sekisho.terms.history import DAY, FactKind, History, last_instant
from sekisho.terms.moments import day
from sekisho.terms.options import account_check
from sekisho.terms.personal_data import erasure_due_of_category
from sekisho.terms.values import Answer
from sekisho.terms.versions import LATEST, Terms

GRACE_DAYS = 14
"""How long accounts beyond the limit stay after an option has stopped; the house's rule."""

DOORS_MIN = 1
"""The account that a contractor always has, to apply and to read; the house's rule."""

CATEGORY = "portal_account"

T = TypeVar("T")
_OVER = (ContractState.ENDED, ContractState.RETENTION, ContractState.ERASED)


class Bound(NamedTuple):
    """One contract's history and the terms that bind it."""

    history: History
    terms: Terms = LATEST


def accounts_given(contracts: Iterable[Bound], at: dt.datetime) -> int:
    """How many accounts the contractor's contracts give at an instant, the door included."""
    return max(DOORS_MIN, sum(_given(bound, at) for bound in contracts))


def new_account_check(contracts: Sequence[Bound], existing: int, at: dt.datetime) -> Answer[bool]:
    """Whether one more account may be opened for the contractor now."""
    terms = contracts[-1].terms if contracts else LATEST
    given = accounts_given(contracts, at)
    return account_check(existing, given - terms.parameters.included_accounts, terms=terms)


def accounts_kept(contracts: Sequence[Bound], on: dt.date) -> int:
    """How many accounts may stay through a day: the most that were given, or left to read with, in the days before.

    0 only when every contract is over and its accounts are due to be erased.
    """
    return _kept(contracts, day(on, "on"), lambda each: sum(_stays(bound, each) for bound in contracts))


def cut_on(contracts: Sequence[Bound], existing: int, on: dt.date) -> dt.date | None:
    """The first day within the grace on which accounts have to go, as things stand; None: none have to."""
    # Each day is asked about once, though it lies in the grace of many.
    stay_on = cache(lambda each: sum(_stays(bound, each) for bound in contracts))
    days = (day(on, "on") + DAY * number for number in range(GRACE_DAYS + 2))
    return next((each for each in days if _kept(contracts, each, stay_on) < existing), None)


def who_goes(people: Sequence[T], stays: int) -> Sequence[T]:
    """The people to lose their accounts; ``people`` in the order in which they stay."""
    return people[max(0, stays) :]


def may_write(bound: Bound, at: dt.datetime) -> bool:
    """Whether people of the contractor may still act under a contract; once it is over they only read."""
    return bound.history.at(at).state not in _OVER


def _kept(contracts: Sequence[Bound], on: dt.date, stay_on: Callable[[dt.date], int]) -> int:
    if contracts and all(_gone(bound, on) for bound in contracts):
        return 0
    since = on - dt.timedelta(days=GRACE_DAYS)
    return max(DOORS_MIN, *(stay_on(since + DAY * number) for number in range(GRACE_DAYS + 1)))


def _given(bound: Bound, at: dt.datetime) -> int:
    facts = bound.history.at(at).facts
    return entitlements(facts, at, terms=bound.terms).portal_accounts if facts else 0


def _stays(bound: Bound, on: dt.date) -> int:
    ended = _ended_on(bound.history, on)
    if ended is None:
        return _given(bound, last_instant(on))
    return 0 if _gone(bound, on) else _given_at_last(bound)


def _given_at_last(bound: Bound) -> int:
    """What the contract gave in the last moment of its service."""
    ends = [fact.until_at for fact in bound.history.of_kind(FactKind.SERVICE) if fact.until_at is not None]
    return _given(bound, ends[-1] - dt.timedelta(microseconds=1))


def _gone(bound: Bound, on: dt.date) -> bool:
    """The contract is over, and the time for which its accounts are kept as well."""
    state = bound.history.on(on).state
    if state in (ContractState.ERASED, ContractState.REFUSED, ContractState.WITHDRAWN):
        return True
    ended = _ended_on(bound.history, on)
    return ended is not None and on >= erasure_due_of_category(ended, CATEGORY, terms=bound.terms).value


def _ended_on(history: History, on: dt.date) -> dt.date | None:
    """The last day of a service that is over on a day."""
    ends = [fact.last_on for fact in history.of_kind(FactKind.SERVICE)][-1:]
    return ends[0] if ends and ends[0] is not None and ends[0] < on else None
