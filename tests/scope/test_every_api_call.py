"""Every operation of the REST API, found by itself, called by everybody who has no business with what it is about."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client

from sekisho.api.v1.catalogue import OPERATIONS
from sekisho.api.v1.operation import Operation
from sekisho.apps.accounts.models import Role, TokenScope
from sekisho.apps.accounts.permissions import PERMISSIONS
from sekisho.apps.contracts.actions.changing import request_change
from sekisho.apps.contracts.models import Contract
from sekisho.apps.documents.actions import keep
from sekisho.apps.documents.kinds import DocumentKind
from sekisho.apps.documents.models import Document

from ..api.callers import Caller, admin_of_carrier
from ..api.samples import BODIES, QUERIES, sample_path
from ..apps.billing.contracts import publish
from ..apps.billing.debtors import invoiced, received
from ..apps.world import TESTER, World

OF_NO_CONTRACT = (TokenScope.TARIFF_READ,)
"""Prices are published: they are everybody's."""
OF_ONE_THING = [o for o in OPERATIONS if o.parameters and o.scope not in OF_NO_CONTRACT]
LISTS = [operation for operation in OPERATIONS if not operation.parameters and operation.method == "GET"]


@pytest.fixture
def things(seeing_all: World) -> dict[str, str]:
    """One of everything under the other contract, by the names in the operations' paths."""
    publish()
    form = {"add_accounts": 1}
    asked = request_change(TESTER, contract=seeing_all.other_contract, form=form, office="desk")
    return {
        "contract_number": seeing_all.other_contract.number,
        "invoice_number": invoiced(seeing_all.other_contract).number,
        "receipt_number": received(110_000).number,
        "version": "current",
        "application_number": asked.number,
        "document_position": str(paper_of(seeing_all.other_contract).position),
    }


def paper_of(contract: Contract) -> Document:
    told = {"kind": DocumentKind.PROOF, "number": "P1", "language": "ja", "dated": dt.date(2026, 5, 1)}
    return keep(TESTER, contract_id=contract.pk, counterparty="白波", content=b"%PDF-1.7", **told)


def name_of(operation: Operation) -> str:
    return operation.name


def call(caller: Caller, operation: Operation, path: str):
    if operation.method == "GET":
        return caller.get(path + QUERIES.get(operation.name, ""))
    return caller.post(path + QUERIES.get(operation.name, ""), **BODIES[operation.name])


@pytest.mark.parametrize("operation", OPERATIONS, ids=name_of)
def test_without_a_token_every_operation_is_closed(things: dict[str, str], operation: Operation) -> None:
    path = f"/api/v1{sample_path(operation, things)}"
    answers = {Client().get(path).status_code, Client().post(path).status_code}
    assert answers <= {401, 405}
    assert 401 in answers


@pytest.mark.parametrize("operation", OF_ONE_THING, ids=name_of)
def test_what_is_not_yours_is_not_found_and_looks_like_nothing(
    things: dict[str, str], seeing_all: World, operation: Operation
) -> None:
    caller = Caller(admin_of_carrier(seeing_all.carrier.organisation), seeing_all.owner)
    theirs = call(caller, operation, sample_path(operation, things))
    nobodys = call(caller, operation, sample_path(operation, dict.fromkeys(things, "XX999999")))
    if Role.CONTRACTOR_ADMIN not in PERMISSIONS[operation.permission]:
        assert (theirs.status_code, nobodys.status_code) == (403, 403)
    else:
        assert (theirs.status_code, theirs.content) == (404, nobodys.content)


@pytest.mark.parametrize("operation", LISTS, ids=name_of)
def test_no_list_of_the_api_names_what_is_not_yours(
    things: dict[str, str], seeing_all: World, operation: Operation
) -> None:
    caller = Caller(admin_of_carrier(seeing_all.carrier.organisation), seeing_all.owner)
    answer = call(caller, operation, operation.path)
    assert answer.status_code in (200, 403)
    for theirs in ("SK100002", "SK100003", seeing_all.stranger.organisation.name):
        assert theirs not in answer.content.decode()


@pytest.mark.parametrize("operation", OF_ONE_THING, ids=name_of)
def test_the_same_operation_knows_it_for_those_whose_it_is(
    things: dict[str, str], seeing_all: World, operation: Operation
) -> None:
    caller = Caller(admin_of_carrier(seeing_all.carrier.organisation), seeing_all.carrier)
    if operation.name == "read_invoice_pdf":
        pytest.skip("no paper is kept of this invoice")
    assert call(caller, operation, sample_path(operation, things)).status_code not in (401, 403, 404)
