"""What was told of contracts, and what it comes to at an instant. Nothing else keeps its own copy of any of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from itertools import groupby
from operator import itemgetter

from sekisho.apps.scope import Scope
from sekisho.apps.tariff.queries import settings_book
from sekisho.gateways import clock
from sekisho.terms.entitlements import Entitlements, entitlements, no_entitlements
from sekisho.terms.history import History, Standing
from sekisho.terms.moments import tokyo_date
from sekisho.terms.versions import Terms, terms_named

from ..models import Contract, ContractFact
from ..models.fact import COLUMNS, dated


def history_of(scope: Scope, contract: Contract) -> History:
    """All facts of one contract; none if it is not in scope."""
    return histories(scope, [contract.pk]).get(contract.pk, History(()))


def told_of(contract: Contract) -> History:
    """As ``history_of``, in the scope that is entered: for actions and for rows that a scope has let through."""
    return History(tuple(map(dated, contract.told.order_by("number").values_list(*COLUMNS))))


def histories(scope: Scope, contract_ids: Iterable[int] | None = None) -> dict[int, History]:
    """The histories of many contracts in one query, by the contracts' keys; None: of all in scope."""
    rows = scope.admit(ContractFact.objects.all())
    if contract_ids is not None:
        rows = rows.filter(contract_id__within=set(contract_ids))
    told = rows.order_by("contract_id", "number").values_list("contract_id", *COLUMNS)
    grouped = groupby(told.iterator(chunk_size=10_000), key=itemgetter(0))
    return {contract_id: History(tuple(dated(row[1:]) for row in of_one)) for contract_id, of_one in grouped}


def contract_at(scope: Scope, contract: Contract, at: dt.datetime, known_at: dt.datetime | None = None) -> Standing:
    """State, overlays and facts at any instant, past or future, as known at ``known_at`` (None: as known now)."""
    return history_of(scope, contract).at(at, known_at)


def terms_of(contract: Contract, on: dt.date | None = None) -> Terms:
    """The terms that the contract was accepted under, as the carrier reads them on a day (None: today).

    Asks the database for the carrier's settings; who needs figures alone takes ``terms_named``.
    """
    return settings_book().terms_named(contract.terms_version, on or tokyo_date(clock.now()))


def entitlements_of(contract: Contract, at: dt.datetime, history: History | None = None) -> Entitlements:
    """What the contract gives at an instant. ``history``: where the caller has read it already, for many at once.

    Reads in the scope that is entered; of a contract outside of it, and before its acceptance, nothing is given.
    """
    facts, terms = (history or told_of(contract)).at(at).facts, terms_named(contract.terms_version)
    return entitlements(facts, at, terms=terms) if facts else no_entitlements(terms=terms)
