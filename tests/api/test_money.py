"""Invoices, charges, receipts and price lists over the API."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest

from sekisho.api.v1.operation import JSON_BYTES_MAX
from sekisho.apps.accounts.models import Person
from sekisho.apps.audit.models import AuditRow
from sekisho.apps.billing.models import Allocation
from sekisho.apps.billing.zengin import write_bank_file
from sekisho.apps.documents.actions import keep
from sekisho.apps.documents.kinds import DocumentKind
from sekisho.apps.scope import entered
from sekisho.apps.tariff.actions import draft_price_list
from sekisho.gateways.clock import StandingClock

from ..apps.billing.contracts import publish
from ..apps.billing.debtors import invoiced, noon, received
from ..apps.billing.test_zengin import READ_ON, entry, notice
from ..apps.world import EVERYTHING, TESTER, World
from .callers import Caller

BANK_FILE = "application/octet-stream"


@pytest.fixture
def invoices(world: World) -> list[str]:
    """Three of the owner, one of the stranger."""
    with entered(EVERYTHING):
        mine = [
            invoiced(world.contract, yen, dt.date(2026, month, 28)) for yen, month in ((1000, 3), (2000, 4), (3000, 5))
        ]
        return [invoice.number for invoice in (*mine, invoiced(world.other_contract, 9000))]


def numbers(answer) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [item["number"] for item in answer.json()["items"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [2, 1, 0]),
        ("?invoiced_from=2026-04-01", [2, 1]),
        ("?invoiced_until=2026-04-01", [1, 0]),
        ("?yen_from=1000&yen_until=1999", [0]),
        ("?invoiced_from=2026-03-01&invoiced_until=2026-03-01&yen_from=1001", []),
        ("?contract=SK100001", [2, 1, 0]),
        ("?contract=SK100002", []),
        ("?contract=SK999999", []),
    ],
)
def test_invoices_are_found_by_day_amount_and_contract(
    callers: dict[str, Caller], invoices: list[str], query: str, found: list[int]
) -> None:
    assert numbers(callers["owner"].get(f"/invoices{query}")) == [invoices[i] for i in found]


def test_pages_of_invoices_keep_their_filters(callers: dict[str, Caller], invoices: list[str]) -> None:
    first = callers["carrier"].get("/invoices?limit=2&yen_from=2000")
    cursor = first.json()["next"]
    assert numbers(first) == [invoices[3], invoices[2]]
    assert numbers(callers["carrier"].get(f"/invoices?limit=2&yen_from=2000&cursor={cursor}")) == [invoices[1]]
    assert callers["carrier"].get(f"/invoices?limit=2&cursor={cursor}").json()["code"] == "cursor_unknown"
    assert callers["carrier"].get(f"/contracts?cursor={cursor}").json()["code"] == "cursor_unknown"


def test_an_invoice_has_its_lines_in_the_callers_language(callers: dict[str, Caller], invoices: list[str]) -> None:
    english = callers["owner"].get(f"/invoices/{invoices[0]}").json()
    japanese = callers["owner"].get(f"/invoices/{invoices[0]}", language="ja").json()
    assert (english["total_yen"], english["open_yen"], english["contract"]) == (1000, 1000, "SK100001")
    assert [line["words"] for line in (*english["lines"], *japanese["lines"])] == ["Fee", "料金"]
    assert callers["owner"].get(f"/invoices/{invoices[3]}").status_code == 404


def test_the_pdf_is_the_one_that_was_kept(callers: dict[str, Caller], invoices: list[str], world: World) -> None:
    path = f"/invoices/{invoices[0]}/pdf"
    assert callers["owner"].get(path).status_code == 404
    with entered(EVERYTHING):
        for language, content in (("ja", b"%PDF-1.7 ja"), ("en", b"%PDF-1.7 en")):
            keep(
                TESTER,
                kind=DocumentKind.INVOICE,
                number=invoices[0],
                contract_id=world.contract.pk,
                language=language,
                dated=dt.date(2026, 3, 1),
                counterparty="青葉",
                content=content,
                yen=1000,
            )
    english = callers["owner"].get(path)
    assert (english.content, english["Content-Type"]) == (b"%PDF-1.7 en", "application/pdf")
    assert callers["owner"].get(path, language="ja").content == b"%PDF-1.7 ja"
    assert callers["owner"].get(path, if_none_match=english["ETag"]).status_code == 304
    assert callers["stranger"].get(path).status_code == 404


def test_charges_say_by_what_right_they_arose(callers: dict[str, Caller], invoices: list[str]) -> None:
    answer = callers["owner"].get("/contracts/SK100001/charges?limit=2").json()
    rest = callers["owner"].get(f"/contracts/SK100001/charges?limit=2&cursor={answer['next']}").json()
    assert [charge["yen"] for charge in (*answer["items"], *rest["items"])] == [1000, 2000, 3000]
    assert {charge["article"] for charge in answer["items"]} == {"27-1"}


def test_a_bank_file_becomes_receipts_and_counts_once(callers: dict[str, Caller], hand: StandingClock) -> None:
    hand.move_to(noon(READ_ON))
    content = write_bank_file(notice(entry(110_000), entry(2_000, reference="000002")))
    first = callers["carrier"].post("/receipt-files?name=nyukin.txt", content, content_type=BANK_FILE)
    again = callers["carrier"].post("/receipt-files?name=nyukin.txt", content, content_type=BANK_FILE)
    assert first.status_code == 201, first.content
    assert [line["outcome"] for line in first.json()["lines"]] == ["received", "received"]
    assert again.content == first.content
    listed = callers["carrier"].get("/receipts?unmatched=true").json()["items"]
    assert [receipt["yen"] for receipt in listed] == [2_000, 110_000]
    assert numbers(callers["carrier"].get("/receipts?yen_from=3000")) == [listed[1]["number"]]


def test_what_is_no_bank_file_is_refused_with_words(callers: dict[str, Caller]) -> None:
    answer = callers["carrier"].post("/receipt-files?name=x", b"\xff\x00not a bank's", content_type=BANK_FILE)
    told = answer.json()
    assert answer.status_code == 422
    assert told["code"] == "file.no_header"
    assert told["detail"].isascii()


def test_a_receipt_is_matched_by_a_candidate_and_a_persons_name_stands_for_it(
    callers: dict[str, Caller], world: World
) -> None:
    with entered(EVERYTHING):
        invoice, receipt = invoiced(world.contract, 110_000), received(110_000)
    carrier = callers["carrier"]
    best = carrier.get(f"/receipts/{receipt.number}/candidates").json()["candidates"][0]
    assert best["shares"] == [{"contract": "SK100001", "invoice": invoice.number, "yen": 110_000}]
    assert all(reason["words"] for reason in best["reasons"])

    answer = carrier.post(f"/receipts/{receipt.number}/confirmation", {"uses": best["shares"]})
    assert answer.status_code == 201, answer.content
    assert answer.json()["receipt"]["rest_yen"] == 0
    assert carrier.get(f"/invoices/{invoice.number}").json()["open_yen"] == 0
    with entered(EVERYTHING):
        allocation = Allocation.objects.get()
        row = AuditRow.objects.get(act="billing.confirm_by_token")
    assert allocation.confirmed_by_id == carrier.admin.pk
    assert row.actor_name == f"token:{carrier.token.public_id}"
    assert row.details == {"in_the_name_of": f"person:{carrier.admin.pk}"}

    spent = carrier.post(f"/receipts/{receipt.number}/confirmation", {"uses": best["shares"]})
    assert (spent.status_code, spent.json()["code"]) == (422, "receipt.overspent")


def test_nobody_confirms_any_more_in_the_name_of_somebody_who_has_left(
    callers: dict[str, Caller], world: World
) -> None:
    with entered(EVERYTHING):
        receipt = received(1000)
    carrier = callers["carrier"]
    Person.objects.filter(pk=carrier.admin.pk).update(is_active=False)
    body = {"uses": [{"contract": "SK100001", "yen": 1000}]}
    answer = carrier.post(f"/receipts/{receipt.number}/confirmation", body)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")


def test_a_confirmation_thought_out_for_another_state_is_not_carried_out(
    callers: dict[str, Caller], world: World
) -> None:
    with entered(EVERYTHING):
        receipt = received(3000)
    carrier, path = callers["carrier"], f"/receipts/{receipt.number}"
    seen = carrier.get(path)["ETag"]
    body = {"uses": [{"contract": "SK100001", "yen": 1000}]}
    assert carrier.post(f"{path}/confirmation", body, if_match=seen).status_code == 201
    late = carrier.post(f"{path}/confirmation", body, if_match=seen)
    assert (late.status_code, late.json()["code"]) == (412, "changed_meanwhile")
    assert carrier.get(path).json()["rest_yen"] == 2000


def test_every_slip_in_a_body_is_named_with_its_pointer(callers: dict[str, Caller], world: World) -> None:
    with entered(EVERYTHING):
        receipt = received(1000)
    uses = [{"contract": "SK1", "yen": "1", "cents": 5}, {"yen": 0, "contract": "a\x00b"}]
    answer = callers["carrier"].post(f"/receipts/{receipt.number}/confirmation", {"uses": uses, "note": ""})
    told = answer.json()
    assert (answer.status_code, told["code"]) == (400, "request_malformed")
    assert {place["pointer"] for place in told["problems"]} == {
        "/note", "/uses/0/yen", "/uses/0/cents", "/uses/1/yen", "/uses/1/contract",
    }  # fmt: skip
    nobodys = {"uses": [{"contract": "SK999999", "yen": 1}]}
    answer = callers["carrier"].post(f"/receipts/{receipt.number}/confirmation", nobodys)
    assert [place["pointer"] for place in answer.json()["problems"]] == ["/uses/0/contract"]


@pytest.mark.parametrize(
    ("body", "content_type", "code"),
    [
        (b"{", "application/json", "body_malformed"),
        (b'{"uses": NaN}', "application/json", "body_malformed"),
        (b"[" * 100_000, "application/json", "body_malformed"),
        (b"\xff", "application/json", "body_malformed"),
        (b'{"uses": [], "uses": []}', "application/json", "request_malformed"),
        (b"[]", "application/json", "request_malformed"),
        (b'{"uses": []}', "text/plain", "media_type_unknown"),
        (b'"' + b"x" * JSON_BYTES_MAX + b'"', "application/json", "body_too_long"),
    ],
)
def test_what_is_no_body_is_told_so(
    callers: dict[str, Caller], world: World, body: bytes, content_type: str, code: str
) -> None:
    with entered(EVERYTHING):
        receipt = received(1000)
    answer = callers["carrier"].post(f"/receipts/{receipt.number}/confirmation", body, content_type=content_type)
    assert answer.json()["code"] == code


@pytest.mark.parametrize("who", ["owner", "stranger", "analyst"])
def test_receipts_are_the_carriers_alone(callers: dict[str, Caller], world: World, who: str) -> None:
    with entered(EVERYTHING):
        receipt = received(1000)
    paths = ("/receipts", f"/receipts/{receipt.number}", f"/receipts/{receipt.number}/candidates")
    assert {callers[who].get(path).status_code for path in paths} == {403}


def test_published_price_lists_are_for_everybody_and_drafts_for_nobody(
    callers: dict[str, Caller], world: World
) -> None:
    with entered(EVERYTHING):
        published = publish("2025-01")
        draft_price_list(TESTER, version="2027-01", valid_from=dt.date(2027, 1, 1), items={"monthly.plan.basic": 1})
    owner = callers["owner"]
    listed = owner.get(f"/price-lists/{published.version}").json()
    versions = [one["version"] for one in owner.get("/price-lists").json()["items"]]
    assert "2027-01" not in versions
    assert published.version in versions
    assert owner.get("/price-lists/current").json()["version"] in versions
    assert owner.get("/price-lists/2027-01").status_code == 404
    assert owner.get("/price-lists?on=2026-06-01").json()["items"] == [listed]
    too_early = owner.get("/price-lists?on=2024-06-01")
    assert (too_early.status_code, too_early.json()["code"], too_early.json()["article"]) == (
        422,
        "tariff.no_list",
        "27-1",
    )
    prices = [price["item"] for price in listed["prices"]]
    assert all(a < b for a, b in itertools.pairwise(prices))
