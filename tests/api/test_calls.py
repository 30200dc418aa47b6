"""Calls of the REST API: who may, what is refused and how, pages, tags and languages."""

from __future__ import annotations

import datetime as dt
from unicodedata import category

import pytest
from django.test import Client

from sekisho.api.v1.callers import CALLS_A_MINUTE_MAX, FAILURES_A_MINUTE_MAX
from sekisho.apps.accounts.actions import revoke_token
from sekisho.apps.accounts.models import TokenScope, TokenUse
from sekisho.gateways.clock import StandingClock

from ..apps.world import World
from .callers import Caller, admin_of_carrier

CONTRACTS = "/contracts"


def problem(answer) -> dict:
    assert answer["Content-Type"] == "application/problem+json"
    told = answer.json()
    assert told["status"] == answer.status_code
    assert told["type"].endswith(f"#problem-{told['code']}")
    return told


def test_a_contractor_sees_its_own_contracts_and_nothing_else(callers: dict[str, Caller]) -> None:
    assert [c["number"] for c in callers["owner"].get(CONTRACTS).json()["items"]] == ["SK100001"]
    assert [c["number"] for c in callers["stranger"].get(CONTRACTS).json()["items"]] == ["SK100002", "SK100003"]
    assert [c["number"] for c in callers["analyst"].get(CONTRACTS).json()["items"]] == ["SK100001", "SK100002"]
    assert len(callers["carrier"].get(CONTRACTS).json()["items"]) == 3


@pytest.mark.parametrize("tail", ["", "/standing?on=2026-05-04", "/history", "/entitlements"])
def test_not_found_and_not_yours_look_the_same(callers: dict[str, Caller], tail: str) -> None:
    theirs = callers["owner"].get(f"{CONTRACTS}/SK100002{tail}")
    nobodys = callers["owner"].get(f"{CONTRACTS}/SK999999{tail}")
    odd = callers["owner"].get(f"{CONTRACTS}/%00%27{tail}")
    assert (theirs.status_code, theirs.content) == (nobodys.status_code, nobodys.content) == (404, odd.content)
    assert problem(theirs)["code"] == "not_found"


def test_without_a_good_token_nothing_is_told(callers: dict[str, Caller], world: World, hand: StandingClock) -> None:
    owner = callers["owner"]
    expired = Caller(admin_of_carrier(world.carrier.organisation), world.owner, days=1)
    revoked = Caller(admin_of_carrier(world.carrier.organisation), world.owner)
    revoke_token(revoked.admin, token=revoked.token)
    hand.advance(days=1)
    logged_in = Client()
    logged_in.force_login(world.owner)
    headers = [
        {},
        {"authorization": owner.text},
        {"authorization": f"Basic {owner.text}"},
        {"authorization": f"Bearer {owner.text[:-1]}x"},
        {"authorization": f"Bearer sekisho_{'0' * 12}_{'x' * 43}"},
        {"authorization": "Bearer \u3042"},
        {"authorization": f"Bearer {expired.text}"},
        {"authorization": f"Bearer {revoked.text}"},
    ]
    answers = [logged_in.get(f"/api/v1{CONTRACTS}", headers=more) for more in headers]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.content for answer in answers}) == 1
    assert answers[0]["WWW-Authenticate"].startswith("Bearer")
    assert owner.get(CONTRACTS).status_code == 200


def test_a_token_does_only_what_its_scopes_say(callers: dict[str, Caller], world: World) -> None:
    admin = admin_of_carrier(world.carrier.organisation)
    narrow = Caller(admin, world.owner, scopes=[TokenScope.TARIFF_READ])
    assert problem(narrow.get(CONTRACTS))["code"] == "scope_missing"


def test_a_token_that_calls_too_often_is_slowed_down_until_the_next_minute(
    callers: dict[str, Caller], hand: StandingClock
) -> None:
    owner = callers["owner"]
    owner.get(CONTRACTS)
    TokenUse.objects.filter(token=owner.token).update(calls=CALLS_A_MINUTE_MAX - 1)
    assert owner.get(CONTRACTS).status_code == 200
    slowed = owner.get(CONTRACTS)
    assert problem(slowed)["code"] == "too_often"
    assert 0 < int(slowed["Retry-After"]) <= 60
    assert callers["stranger"].get(CONTRACTS).status_code == 200
    hand.advance(seconds=int(slowed["Retry-After"]))
    assert owner.get(CONTRACTS).status_code == 200


def test_guessing_tokens_is_slowed_down(callers: dict[str, Caller]) -> None:
    guess = {"authorization": f"Bearer sekisho_{'0' * 12}_{'x' * 43}"}
    statuses = [
        Client().get(f"/api/v1{CONTRACTS}", headers=guess).status_code for _ in range(FAILURES_A_MINUTE_MAX + 2)
    ]
    assert (statuses[0], statuses[-1]) == (401, 429)


def test_it_is_known_when_a_token_was_last_used(callers: dict[str, Caller], hand: StandingClock) -> None:
    owner = callers["owner"]
    for _ in range(3):
        hand.advance(seconds=1)
        owner.get(CONTRACTS)
    use = TokenUse.objects.get(token=owner.token)
    assert (use.last_at, use.calls) == (hand.now(), 3)


def test_problems_speak_japanese_unless_english_is_asked_for(callers: dict[str, Caller]) -> None:
    path = f"{CONTRACTS}/SK9"
    english, japanese = callers["owner"].get(path), callers["owner"].get(path, language="ja")
    nothing_asked = callers["owner"].get(path, language="fr;q=0.5")
    assert problem(english)["detail"].isascii()
    assert any(category(letter) == "Lo" for letter in problem(japanese)["detail"])
    assert nothing_asked.content == japanese.content
    assert (english["Content-Language"], japanese["Content-Language"]) == ("en", "ja")


def test_every_slip_in_a_query_is_named_at_once(callers: dict[str, Caller]) -> None:
    answer = callers["owner"].get(f"{CONTRACTS}/SK100001/standing?on=04.05.2026&known_at=2026-05-04T00:00:00&day=x")
    told = problem(answer)
    assert (told["status"], told["code"]) == (400, "request_malformed")
    assert {place["parameter"] for place in told["problems"]} == {"on", "known_at", "day"}


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=1.0", "limit"),
        ("limit=%EF%BC%91", "limit"),
        ("limit=true", "limit"),
        ("limit=1&limit=2", "limit"),
        ("limit=99999999999999999999999", "limit"),
        ("cursor=abc", "cursor"),
        ("cursor=%00", "cursor"),
        ("page=2", "page"),
        ("%2F=1", "/"),
    ],
)
def test_a_parameter_that_is_not_exactly_right_is_refused(
    callers: dict[str, Caller], query: str, parameter: str
) -> None:
    answer = callers["owner"].get(f"{CONTRACTS}?{query}")
    assert answer.status_code == 400
    assert [place["parameter"] for place in problem(answer)["problems"]] == [parameter]


def test_a_day_far_outside_the_calendar_is_a_slip(callers: dict[str, Caller]) -> None:
    for day in ("0001-01-01", "9999-12-31"):
        answer = callers["owner"].get(f"{CONTRACTS}/SK100001/standing?on={day}")
        assert problem(answer)["problems"][0]["parameter"] == "on"
    edge = callers["owner"].get(f"{CONTRACTS}/SK100001/entitlements?at=9999-12-31T23:59:59Z")
    assert edge.status_code == 400


def test_a_list_comes_in_pages_that_follow_each_other_without_gaps(callers: dict[str, Caller]) -> None:
    seen, cursor = [], ""
    for _ in range(3):
        answer = callers["carrier"].get(f"{CONTRACTS}?limit=1&cursor={cursor}").json()
        seen += [contract["number"] for contract in answer["items"]]
        cursor = answer["next"]
    assert seen == ["SK100001", "SK100002", "SK100003"]
    assert cursor is None


def test_a_cursor_can_not_be_made_up(callers: dict[str, Caller]) -> None:
    cursor = callers["carrier"].get(f"{CONTRACTS}?limit=1").json()["next"]
    assert callers["carrier"].get(f"{CONTRACTS}?cursor={cursor}").status_code == 200
    changed = ("A" if cursor[0] != "A" else "B") + cursor[1:]
    assert problem(callers["carrier"].get(f"{CONTRACTS}?cursor={changed}"))["code"] == "cursor_unknown"


def test_what_the_caller_knows_already_is_not_sent_again(callers: dict[str, Caller]) -> None:
    first = callers["owner"].get(f"{CONTRACTS}/SK100001")
    again = callers["owner"].get(f"{CONTRACTS}/SK100001", if_none_match=first["ETag"])
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    assert callers["owner"].get(f"{CONTRACTS}/SK100001", if_none_match='"other"').content == first.content


def test_other_methods_and_other_addresses_are_problems_too(callers: dict[str, Caller]) -> None:
    deleted = callers["owner"].client.delete(f"/api/v1{CONTRACTS}/SK100001")
    assert (problem(deleted)["code"], deleted["Allow"]) == ("method_not_allowed", "GET")
    for path in ("/", "/contract", "/contracts/", "/contracts/SK100001/x", "/%00"):
        assert problem(callers["owner"].get(path))["code"] == "not_found"
    assert (
        callers["owner"].client.head(f"/api/v1{CONTRACTS}", headers=callers["owner"].headers("en", {})).status_code
        == 200
    )


def test_an_answer_is_for_the_caller_alone(callers: dict[str, Caller]) -> None:
    answer = callers["owner"].get(CONTRACTS)
    assert "private" in answer["Cache-Control"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert {"Authorization", "Accept-Language"} <= {part.strip() for part in answer["Vary"].split(",")}


def test_a_contract_can_be_asked_for_on_any_day(callers: dict[str, Caller]) -> None:
    owner = callers["owner"]
    before = owner.get(f"{CONTRACTS}/SK100001/standing?on=2026-03-31").json()
    after = owner.get(f"{CONTRACTS}/SK100001/standing?on=2026-04-01").json()
    assert (before["state"], after["state"]) != ("active", "active")
    assert after["contents"]["started_on"] == "2026-04-01"
    assert after["contents"]["functions"] == ["firewall", "ids_ips"]


def test_entitlements_are_those_of_the_instant(callers: dict[str, Caller]) -> None:
    path = f"{CONTRACTS}/SK100001/entitlements"
    last, first = (callers["owner"].get(f"{path}?at={at}").json() for at in (
        "2026-03-31T23:59:59%2B09:00", "2026-04-01T00:00:00%2B09:00"))  # fmt: skip
    assert (last["active"], first["active"]) == (False, True)
    assert first["at"] == "2026-03-31T15:00:00Z"
    assert first["enforceable"] == ["firewall", "ids_ips"]
    now = callers["owner"].get(path).json()
    assert dt.datetime.fromisoformat(now["at"]) == dt.datetime(2026, 5, 4, 2, 13, 20, 123456, dt.UTC)


def test_the_history_tells_everything_in_its_order(callers: dict[str, Caller]) -> None:
    told = callers["owner"].get(f"{CONTRACTS}/SK100001/history").json()
    assert [fact["number"] for fact in told["facts"]] == list(range(1, len(told["facts"]) + 1))
    assert {"plan", "functions", "service"} <= {fact["kind"] for fact in told["facts"]}
