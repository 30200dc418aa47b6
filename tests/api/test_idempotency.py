"""The same key twice does the same once: over HTTP, after a refusal, after a day, and from many callers at once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
from django.core.cache import cache
from django.db import connections

from sekisho.apps.accounts.actions.answers import ANSWERS_KEPT_HOURS, forget_answers
from sekisho.apps.accounts.models import IdempotentAnswer
from sekisho.apps.billing.models import Allocation, Receipt
from sekisho.apps.scope import entered
from sekisho.entry.database import DatabaseUrls
from sekisho.gateways.clock import StandingClock

from ..apps.billing.debtors import received
from ..apps.world import EVERYTHING, World, build_world
from .callers import Caller, admin_of_carrier
from .served import web_process

AT_ONCE = 6


def keeping(yen: int) -> dict:
    return {"uses": [{"contract": "SK100001", "yen": yen}]}


@pytest.fixture
def receipt(world: World) -> Receipt:
    with entered(EVERYTHING):
        return received(10_000)


def allocations() -> int:
    with entered(EVERYTHING):
        return Allocation.objects.count()


def test_the_same_request_again_gets_the_first_answer_byte_for_byte(
    callers: dict[str, Caller], receipt: Receipt
) -> None:
    path = f"/receipts/{receipt.number}/confirmation"
    first = callers["carrier"].post(path, keeping(4000), key="k-1")
    other = callers["carrier"].post(path, keeping(4000), key="k-2")
    again = callers["carrier"].post(path, keeping(4000), key="k-1", language="ja")

    assert (first.status_code, other.status_code) == (201, 201)
    assert again.content == first.content != other.content
    for name in ("Content-Type", "ETag", "Location", "Content-Language"):
        assert again[name] == first[name]
    assert (again["Idempotent-Replayed"], first.get("Idempotent-Replayed")) == ("true", None)
    assert allocations() == 2


def test_the_same_key_for_something_else_is_refused(callers: dict[str, Caller], receipt: Receipt) -> None:
    path = f"/receipts/{receipt.number}/confirmation"
    callers["carrier"].post(path, keeping(1000), key="k")
    answers = [
        callers["carrier"].post(path, keeping(2000), key="k"),
        callers["carrier"].post("/receipt-files?name=x", b"x", content_type="application/octet-stream", key="k"),
    ]
    assert {(a.status_code, a.json()["code"]) for a in answers} == {(422, "idempotency_key_reused")}
    assert allocations() == 1


def test_a_refusal_by_the_rules_is_an_answer_too_and_leaves_nothing_behind(
    callers: dict[str, Caller], receipt: Receipt
) -> None:
    path = f"/receipts/{receipt.number}/confirmation"
    uses = [{"contract": "SK100001", "yen": 9000}, {"contract": "SK100001", "yen": 9000}]
    first = callers["carrier"].post(path, {"uses": uses}, key="k")
    again = callers["carrier"].post(path, {"uses": uses}, key="k")
    assert (first.status_code, first.json()["code"]) == (422, "receipt.overspent")
    assert again.content == first.content
    assert again["Content-Type"] == "application/problem+json"
    assert allocations() == 0


def test_a_slip_of_the_caller_leaves_the_key_free(callers: dict[str, Caller], receipt: Receipt) -> None:
    path = f"/receipts/{receipt.number}/confirmation"
    for slip in ({}, {"uses": [{"contract": "SK999999", "yen": 1}]}):
        assert callers["carrier"].post(path, slip, key="k").status_code == 400
    assert callers["carrier"].post("/receipts/RT999999/confirmation", keeping(1), key="k").status_code == 404
    assert callers["carrier"].post(path, keeping(1000), key="k").status_code == 201


def test_a_key_belongs_to_its_token(callers: dict[str, Caller], receipt: Receipt, world: World) -> None:
    path = f"/receipts/{receipt.number}/confirmation"
    other = Caller(admin_of_carrier(world.carrier.organisation), world.carrier)
    first = callers["carrier"].post(path, keeping(1000), key="k")
    second = other.post(path, keeping(1000), key="k")
    assert (first.status_code, second.status_code, allocations()) == (201, 201, 2)


def test_after_a_day_a_key_is_new_again(callers: dict[str, Caller], receipt: Receipt, hand: StandingClock) -> None:
    path = f"/receipts/{receipt.number}/confirmation"
    callers["carrier"].post(path, keeping(1000), key="k")
    hand.advance(hours=ANSWERS_KEPT_HOURS, microseconds=-1)
    assert callers["carrier"].post(path, keeping(1000), key="k").get("Idempotent-Replayed") == "true"
    assert forget_answers() == 0
    hand.advance(microseconds=1)
    assert callers["carrier"].post(path, keeping(1000), key="k").get("Idempotent-Replayed") is None
    assert allocations() == 2
    hand.advance(hours=ANSWERS_KEPT_HOURS)
    assert (forget_answers(), IdempotentAnswer.objects.count()) == (1, 0)


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 256, "鍵".encode().decode("latin-1"), "a\tb"])
def test_a_post_without_a_good_key_is_told_so(callers: dict[str, Caller], receipt: Receipt, key: str) -> None:
    caller = callers["carrier"]
    headers = caller.headers("en", {"idempotency_key": key} if key else {})
    path = f"/api/v1/receipts/{receipt.number}/confirmation"
    answer = caller.client.post(path, keeping(1), content_type="application/json", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_missing")


@pytest.fixture
def served(committed_db: None, database_urls: DatabaseUrls, tmp_path: Path) -> Iterator[tuple[str, Caller, str]]:
    """A web process of its own with real commits: its address, a token's holder, and a receipt's number."""
    cache.clear()
    world = build_world()
    caller = Caller(admin_of_carrier(world.carrier.organisation), world.carrier)
    with entered(EVERYTHING):
        number = received(10_000).number
    connections.close_all()
    with web_process(database_urls, tmp_path) as url:
        yield url, caller, number


def test_of_many_requests_with_one_key_at_once_exactly_one_is_carried_out(served: tuple[str, Caller, str]) -> None:
    url, caller, number = served
    headers = caller.headers("en", {"idempotency_key": "one"})

    def call(_: int) -> requests.Response:
        path = f"{url}/api/v1/receipts/{number}/confirmation"
        return requests.post(path, json=keeping(1000), headers=headers, timeout=30)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(call, range(AT_ONCE)))

    assert {answer.status_code for answer in answers} == {201}, [answer.text for answer in answers]
    assert len({answer.content for answer in answers}) == 1
    assert sorted(answer.headers.get("Idempotent-Replayed", "") for answer in answers) == [
        "",
        *["true"] * (AT_ONCE - 1),
    ]
    assert allocations() == 1


def test_calls_with_keys_of_their_own_do_not_wait_for_each_others_answers(served: tuple[str, Caller, str]) -> None:
    url, caller, number = served

    def call(turn: int) -> requests.Response:
        headers = caller.headers("en", {"idempotency_key": f"own-{turn}"})
        path = f"{url}/api/v1/receipts/{number}/confirmation"
        return requests.post(path, json=keeping(4000), headers=headers, timeout=30)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        statuses = sorted(answer.status_code for answer in pool.map(call, range(AT_ONCE)))

    assert statuses == [201, 201, *[422] * (AT_ONCE - 2)]
    assert allocations() == 2
