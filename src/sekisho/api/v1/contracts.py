"""Contracts: which there are, what was told of them, how they stand on a day, what they give at an instant."""

from __future__ import annotations

import datetime as dt

from sekisho.apps.accounts.models import TokenScope
from sekisho.apps.contracts import queries
from sekisho.apps.contracts.models import Contract
from sekisho.gateways import clock

from .contract_shapes import (
    At,
    ContractShape,
    EntitlementsShape,
    HistoryShape,
    On,
    StandingShape,
    contract_shape,
    entitlements_shape,
    fact_shape,
    standing_shape,
)
from .operation import Call, operation
from .paging import Page, PageQuery, page
from .problems import Problem


class ContractsQuery(PageQuery):
    """Contracts in the order in which they were accepted."""


@operation(
    "GET",
    "/contracts",
    ja="契約の一覧",
    en="Contracts",
    scope=TokenScope.CONTRACTS_READ,
    query=ContractsQuery,
    answers=Page[ContractShape],
)
def list_contracts(call: Call) -> Page[ContractShape]:
    """Every contract that the token may see, as it stands now, by its number."""
    now = clock.now()

    def after(key: int | None, limit: int) -> list[tuple[Contract, ContractShape]]:
        rows = queries.contracts_after(call.scope, key, limit)
        histories = queries.histories(call.scope, [row.pk for row in rows])
        return [(row, contract_shape(row, histories[row.pk].at(now))) for row in rows]

    return page(call, after, key=lambda pair: pair[0].pk, shape=lambda pair: pair[1])


@operation(
    "GET",
    "/contracts/{contract_number}",
    ja="契約",
    en="One contract",
    scope=TokenScope.CONTRACTS_READ,
    answers=ContractShape,
)
def read_contract(call: Call) -> ContractShape:
    """One contract as it stands now. Its ETag is what `If-Match` of the acts on it is compared with."""
    return shape_now(call, contract_of(call))


@operation(
    "GET",
    "/contracts/{contract_number}/standing",
    ja="ある日の契約内容",
    en="The contract on a day",
    scope=TokenScope.CONTRACTS_READ,
    query=On,
    answers=StandingShape,
)
def read_standing(call: Call) -> StandingShape:
    """State, overlays and contents as the Tokyo day `on` ends, past or future; `known_at` asks what was known then."""
    contract = contract_of(call)
    history = queries.history_of(call.scope, contract)
    return standing_shape(history.on(call.query.on, call.query.known_at))


@operation(
    "GET",
    "/contracts/{contract_number}/history",
    ja="契約の履歴",
    en="The history of a contract",
    scope=TokenScope.CONTRACTS_READ,
    answers=HistoryShape,
)
def read_history(call: Call) -> HistoryShape:
    """Everything that was ever told of the contract, in the order of telling. The last fact of a thread counts."""
    contract = contract_of(call)
    told = queries.history_of(call.scope, contract).told
    return HistoryShape(contract.number, [fact_shape(fact) for fact in told])


@operation(
    "GET",
    "/contracts/{contract_number}/entitlements",
    ja="契約が与えるもの",
    en="What the contract gives",
    scope=TokenScope.CONTRACTS_READ,
    query=At,
    answers=EntitlementsShape,
)
def read_entitlements(call: Call) -> EntitlementsShape:
    """What may be enforced, whether clocks run, how long logs live, at the instant `at` (left out: now)."""
    contract = contract_of(call)
    at = (call.query.at or clock.now()).astimezone(dt.UTC)
    history = queries.history_of(call.scope, contract)
    return entitlements_shape(at, queries.entitlements_of(contract, at, history))


def contract_of(call: Call) -> Contract:
    """The contract that the path names; 404 alike for one that does not exist and one that is not the caller's."""
    contract = queries.contract_by_number(call.scope, call.path["contract_number"])
    if contract is None:
        raise Problem("not_found")
    return contract


def shape_now(call: Call, contract: Contract) -> ContractShape:
    return contract_shape(contract, queries.contract_at(call.scope, contract, clock.now()))
