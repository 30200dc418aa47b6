"""Which terms bind a contract on a day: version, transition rules, what its own forms changed (Art. 1-2), and how
the carrier settled what they leave open."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from sekisho.apps.tariff.queries import settings_book
from sekisho.apps.tariff.settled import SettingsBook
from sekisho.gateways import clock
from sekisho.terms.applicable import BoundContract, Override, terms_at
from sekisho.terms.history import FactKind, History
from sekisho.terms.moments import tokyo_date
from sekisho.terms.values import Refusal
from sekisho.terms.versions import Terms, terms_named

from ..models import Contract
from .standing import told_of


def bound_contract(contract: Contract, history: History | None = None) -> BoundContract:
    """The contract as ``terms.applicable`` asks for it; before the service starts, its acceptance stands for it."""
    told = history or told_of(contract)
    service = told.of_kind(FactKind.SERVICE)
    overrides = tuple(
        Override(
            parameter=fact.value["key"],
            setting=fact.value["value"],
            form=fact.value["form"],
            valid_from=fact.first_on,
            recorded_on=tokyo_date(fact.recorded_at),
            approved_by=fact.value.get("approved_by", ""),
        )
        for fact in told.of_kind(FactKind.PARAMETER)
    )
    started_on = service[-1].first_on if service else tokyo_date(contract.accepted_at)
    return BoundContract(service_started_on=started_on, overrides=overrides)


def binding_terms_of(
    contract: Contract, valid_on: dt.date, known_on: dt.date | None = None, history: History | None = None
) -> Terms:
    """The terms with the contract's own figures on a day, as the carrier reads them; known on a day (None: today)."""
    known = known_on or tokyo_date(clock.now())
    return bound_terms(
        bound_contract(contract, history), valid_on, known, settings_book(), terms_named(contract.terms_version)
    )


def bound_terms(
    bound: BoundContract, valid_on: dt.date, known_on: dt.date, settings: SettingsBook, otherwise: Terms
) -> Terms:
    """As ``binding_terms_of``, for callers who read many contracts at once; ``otherwise``: before there were terms."""
    settled = replace(bound, switches=settings.switches(otherwise.switches, valid_on))
    answer = terms_at(settled, valid_on, known_on)
    return settings.applied(otherwise, valid_on) if isinstance(answer, Refusal) else answer.value


def effective_param(contract: Contract, name: str, valid_on: dt.date) -> int:
    """One figure of the terms as it binds the contract on a day (R002)."""
    return binding_terms_of(contract, valid_on).parameters.figure(name)
