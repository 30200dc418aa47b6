"""As ``test_queries``, for the apps of money, papers and registers: their queries are many and need other things."""

from __future__ import annotations

import dataclasses
import datetime as dt
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Model, QuerySet

from sekisho import apps
from sekisho.apps.billing.actions.dunning import remind
from sekisho.apps.billing.matching.values import Deposit
from sekisho.apps.billing.models import BillingRun
from sekisho.apps.billing.queries.lists import InvoiceRanges
from sekisho.apps.contracts import jobs as contract_jobs
from sekisho.apps.contracts.actions import cancel
from sekisho.apps.contracts.models import Contract
from sekisho.apps.contracts.queries import scope_of
from sekisho.apps.contracts.queries.parties import dated_parties
from sekisho.apps.documents.actions import keep
from sekisho.apps.documents.kinds import DocumentKind
from sekisho.apps.registers import actions as registers
from sekisho.apps.registers.models import CaseEntryKind
from sekisho.apps.scope import Scope, entered
from sekisho.gateways.clock import StandingClock

from ..apps.billing import debtors
from ..apps.world import EVERYTHING, NOW, TESTER, World
from . import test_queries

APPS = ("billing", "documents", "registers", "tariff")
TODAY = dt.date(2026, 5, 4)
DUE = dt.date(2026, 4, 20)
CARRIERS_ALONE = {"corrections", "invoices_without_paper", "problems_of"}
"""Lists that are empty here; nobody but the carrier ever asks for them."""


def scoped_queries() -> Iterator[Callable]:
    """Every public function of these apps' queries whose first parameter is a scope, wherever in the package it is."""
    for app in APPS:
        package = importlib.import_module(f"sekisho.apps.{app}.queries")
        inside = [name for _, name, _ in pkgutil.iter_modules(getattr(package, "__path__", []), f"{package.__name__}.")]
        for module in (package, *map(importlib.import_module, inside)):
            for name, function in inspect.getmembers(module, inspect.isfunction):
                first = next(iter(inspect.signature(function).parameters), "")
                if not name.startswith("_") and function.__module__ == module.__name__ and first == "scope":
                    yield function


@pytest.fixture
def theirs(seeing_all: World, hand: StandingClock) -> dict[str, Any]:
    """One of everything, under the contract of somebody else, by the names of the queries' parameters."""
    contract = seeing_all.other_contract
    hand.move_to(NOW - dt.timedelta(days=30))
    invoice = debtors.invoiced(contract, due_on=DUE)
    hand.move_to(NOW)
    letter = remind(TESTER, contract=contract)
    document = keep(
        TESTER,
        kind=DocumentKind.INVOICE,
        number=invoice.number,
        contract_id=contract.pk,
        language="ja",
        dated=TODAY,
        counterparty="有限会社白波水産",
        content=b"%PDF-",
        yen=110_000,
    )
    cancel(TESTER, contract=contract)
    contract_jobs.make_papers()
    return {
        "contract": contract,
        "contract_id": contract.pk,
        "invoice": invoice,
        "invoice_ids": [invoice.pk],
        "document": document,
        "position": document.position,
        "receipt": debtors.received(110_000),
        "deposit": Deposit(110_000, "シラナミスイサン"),
        "run": BillingRun(pk=1, month=TODAY.replace(day=1)),
        "parties": dated_parties(EVERYTHING, contract),
        "ranges": InvoiceRanges(),
        "candidates": [],
        "serial": None,
        "key": None,
        "limit": 10,
        "on": TODAY,
        "since": NOW - dt.timedelta(days=90),
        "until": TODAY,
        "kind": CaseEntryKind.DAMAGE_TO_CARRIER,
        "numbers": {"invoices": invoice.number, "lists": invoice.number, "dunning": letter.number if letter else ""},
        **_registered(seeing_all, contract),
    }


def _registered(world: World, contract: Contract) -> dict[str, Any]:
    case = registers.open_case(world.carrier, contract=contract, ground="malware", facts="不正送信", occurred_at=NOW)
    dispute = registers.open_dispute(world.carrier, contract=contract, matter="料金")
    registers.add_end_user(world.carrier, contract=contract, name="山田商店", since_on=TODAY)
    return {"case": case, "registered": {"enforcement": case.number, "disputes": dispute.number}}


def call(query: Callable, scope: Scope, given: dict[str, Any]) -> Any:
    """The answer; None where the query finds nothing to answer about."""
    module = query.__module__.rpartition(".")[2]
    known = {**given, "number": {**given["numbers"], **given["registered"]}.get(module, "")}
    needed = [p.name for p in inspect.signature(query).parameters.values() if p.default is p.empty][1:]
    if module == "corrections":
        known["since"] = TODAY
    try:
        found = query(scope, **{name: known[name] for name in needed if name != "application"})
    except IndexError:  # there is no row to speak of
        return None
    if isinstance(found, QuerySet | list):
        return [one for one in found if one is not given["document"]]  # the caller had that already
    return found


def contracts_in(answer: Any) -> set[int]:
    """The contracts that an answer speaks of."""
    if isinstance(answer, Contract):
        return {answer.pk}
    if isinstance(answer, Model) or hasattr(answer, "contract_id"):
        return {answer.contract_id} if getattr(answer, "contract_id", None) else set()
    if dataclasses.is_dataclass(answer):
        return {key for field in dataclasses.fields(answer) for key in contracts_in(getattr(answer, field.name))}
    if isinstance(answer, dict):
        return {key for value in answer.values() for key in contracts_in(value)}
    parts = answer if isinstance(answer, list | tuple | set | frozenset) else ()
    return {key for part in parts for key in contracts_in(part)}


def speaks(answer: Any) -> bool:
    """Whether an answer without contracts in it says anything at all: an amount, a text, a file."""
    return isinstance(answer, int | str | bytes) and bool(answer)


def asked() -> list[Callable]:
    return [query for query in scoped_queries() if query.__name__ != "warnings_for"]


@pytest.mark.parametrize("guard", ["by query and database", "by query alone", "by database alone"])
def test_no_query_gives_one_contractor_anything_of_another(theirs: dict[str, Any], world: World, guard: str) -> None:
    mine = scope_of(world.owner)
    leaks = []
    for query in asked():
        with entered(EVERYTHING if guard == "by query alone" else mine):
            answer = call(query, EVERYTHING if guard == "by database alone" else mine, theirs)
        if speaks(answer) or not contracts_in(answer) <= mine.contract_ids:
            leaks.append(query.__name__)
    assert not leaks, leaks


def test_the_same_queries_do_find_it_for_its_own_contractor(theirs: dict[str, Any], world: World) -> None:
    own = scope_of(world.stranger)
    silent = set()
    for query in asked():
        with entered(own):
            answer = call(query, own, theirs)
        if not speaks(answer) and not contracts_in(answer):
            silent.add(query.__name__)
    assert silent <= CARRIERS_ALONE | {
        # Nothing of these was made here; their own tests find them.
        "charges_after", "claim_by_number", "claims_of", "confirmations_due", "credits_of", "damage_yen",
        "deposit_of", "disclosures_of", "disclosures_to_decide",
        "goodwill_to_decide", "interest_charged", "interest_turns", "last_disclosures",
        "likely_book", "living_allocations", "measures_of",
        "paperwork_in_trouble", "paperwork_waiting", "proposals_to_decide", "secret_by_number", "secrets_of",
        "suspensions_to_lift", "versions_of",
        # Plain values by other names than a contract's.
        "book_of", "candidates_for", "exposures", "kept_until", "liabilities", "numbers_of_contracts",
        "open_totals", "paper_figures", "reached_levels",
    }  # fmt: skip


def test_every_app_with_queries_is_walked() -> None:
    """An app that neither file names would be proved by nobody."""
    root = Path(apps.__path__[0])
    with_queries = {path.parent.name for name in ("queries.py", "queries") for path in root.glob(f"*/{name}")}
    without_scopes = {"accounts", "audit"}
    assert with_queries - without_scopes <= {*APPS, *test_queries.APPS}
