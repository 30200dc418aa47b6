"""What the desk can do with one contract, as data: who may, in which states, what is asked, foreseen and done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms

from sekisho.apps.accounts.models import Person
from sekisho.apps.contracts.models import Contract
from sekisho.terms.contract_states import ContractState
from sekisho.terms.history import History

from ..acting import Consequences

Told = dict[str, Any]
"""A form's cleaned data."""

S = ContractState
PREPARING = frozenset({S.ACCEPTED, S.PROVISIONING})
LIVING = frozenset({S.ACTIVE, S.NOTICE_GIVEN})
NOT_OVER = PREPARING | LIVING
EVER = frozenset(ContractState)


@dataclass(frozen=True, slots=True)
class Subject:
    """The contract that an act is about, as it is read for the page."""

    contract: Contract
    history: History


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """``section``: life, end, measures, parties or money; where the contract's page offers it."""

    slug: str
    section: str
    title: Any
    button: Any
    done: Any
    text: Any = ""
    states: frozenset[ContractState]
    permission: str = "contracts.manage"
    form: Callable[[Any, Subject], forms.Form]
    foresee: Callable[[Subject, Told], Consequences]
    do: Callable[[Person, Subject, Told], object]
