"""Applying, changing, stopping, cancelling over the API: shown before it is done, and done once."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
import pytest

from sekisho.api.v1.act_shapes import PartialStopGiven
from sekisho.apps.accounts.models import Role
from sekisho.apps.audit.models import AuditRow
from sekisho.apps.contracts.actions.applying import register_line
from sekisho.apps.contracts.models import Application, Contract
from sekisho.apps.scope import entered
from sekisho.terms.applications import LineKind
from sekisho.terms.history import FactKind
from sekisho_wire.policy.shape import shape_problems

from ..apps.billing.contracts import add, contract, publish
from ..apps.billing.debtors import invoiced
from ..apps.world import EVERYTHING, TESTER, World
from ..wire.policies import policy
from .callers import Caller, admin_of_carrier

CONSENTS = [{"part": "disclaimers_accepted", "version": 1}, {"part": "monitoring_consent", "version": 1}]


@pytest.fixture
def running(world: World) -> Contract:
    """A contract of the owner, in service since 2026-04-01, with a report since 2026-05-01."""
    with entered(EVERYTHING):
        publish()
        made = contract(world.owner.organisation, dt.date(2026, 3, 20), dt.date(2026, 4, 1))
        add(made, FactKind.MONITORING_REPORT, None, dt.date(2026, 5, 1))
        return made


@pytest.fixture
def path(running: Contract) -> str:
    return f"/contracts/{running.number}"


def sheet() -> dict[str, Any]:
    return msgspec.to_builtins(policy())


def application(**changes: Any) -> dict[str, Any]:
    form = {
        "service": "UTM",
        "plan": "basic",
        "functions": ["firewall", "ids_ips"],
        "access_item": "best_effort_1g",
        "devices": [{"label": "本社", "policy": sheet()}],
    }
    return {"line": "LINE-NEW", "form": form, "consents": CONSENTS, **changes}


@pytest.fixture
def line(world: World) -> str:
    with entered(EVERYTHING):
        register_line(TESTER, identifier="LINE-NEW", kind=LineKind.IP_NETWORK, holder=world.owner.organisation)
    return "LINE-NEW"


def test_a_cancellation_is_shown_before_it_is_sent_and_then_does_what_was_shown(
    callers: dict[str, Caller], path: str
) -> None:
    shown = callers["owner"].post(f"{path}/cancellation/preview", {})
    assert shown.status_code == 200, shown.content
    assert callers["owner"].get(path).json()["standing"]["state"] == "active"

    done = callers["owner"].post(f"{path}/cancellation", {})
    assert (done.status_code, done.json()) == (201, shown.json())
    assert done.json()["effective_on"] == "2026-07-04"
    assert done.json()["total_yen"] == sum(item["charge_yen"] for item in done.json()["items"]) > 0
    assert callers["owner"].get(path).json()["standing"]["state"] == "notice_given"
    standing = callers["owner"].get(f"{path}/standing?on=2026-07-05").json()
    assert (standing["state"], standing["contents"]["ended_on"]) == ("ended", "2026-07-04")


def test_a_contract_is_not_cancelled_twice(callers: dict[str, Caller], path: str) -> None:
    first = callers["owner"].post(f"{path}/cancellation", {}, key="one")
    second = callers["owner"].post(f"{path}/cancellation", {}, key="two")
    assert (first.status_code, second.status_code, second.json()["code"]) == (201, 422, "state.forbidden")
    assert callers["owner"].post(f"{path}/cancellation", {}, key="one").content == first.content


def test_an_act_that_was_thought_out_for_another_state_is_not_carried_out(
    callers: dict[str, Caller], path: str
) -> None:
    seen = callers["owner"].get(path)["ETag"]
    assert callers["owner"].post(f"{path}/cancellation", {}, if_match=seen).status_code == 201
    stale = callers["owner"].post(f"{path}/changes", {"form": {"access_item": "guaranteed_10m"}}, if_match=seen)
    assert (stale.status_code, stale.json()["code"]) == (412, "changed_meanwhile")


def test_an_option_stops_by_the_thread_that_is_told(callers: dict[str, Caller], path: str) -> None:
    found = {one["kind"]: one["thread"] for one in callers["owner"].get(f"{path}/running").json()["running"]}
    body = {"threads": [found["monitoring_report"]], "requested_on": "2026-08-31"}
    shown = callers["owner"].post(f"{path}/option-stops/preview", body)
    done = callers["owner"].post(f"{path}/option-stops", body)
    assert (shown.status_code, done.status_code) == (200, 201), done.content
    assert shown.json() == done.json()
    last, after = (
        callers["owner"].get(f"{path}/standing?on={day}").json()["contents"]["monitoring_report"]
        for day in ("2026-08-31", "2026-09-01")
    )
    assert (last, after) == (True, False)


def test_what_does_not_run_can_not_stop_and_the_service_is_cancelled_instead(
    callers: dict[str, Caller], path: str
) -> None:
    found = {one["kind"]: one["thread"] for one in callers["owner"].get(f"{path}/running").json()["running"]}
    body = {"threads": ["nothing.1", found["monitoring_report"], found["service"], found["monitoring_report"]]}
    answer = callers["owner"].post(f"{path}/option-stops", body)
    assert answer.status_code == 400
    assert [place["pointer"] for place in answer.json()["problems"]] == ["/threads/0", "/threads/2", "/threads/3"]


def test_a_change_is_shown_with_its_fees_asked_for_and_waits(callers: dict[str, Caller], path: str) -> None:
    body = {"form": {"add_report_meeting": True}}
    shown = callers["owner"].post(f"{path}/changes/preview", body).json()
    assert shown["monthly_after_yen"] > shown["monthly_before_yen"] > 0
    assert (shown["refusals"], shown["one_time_yen"] > 0) == ([], True)

    asked = callers["owner"].post(f"{path}/changes", body)
    assert asked.status_code == 201, asked.content
    told = asked.json()
    assert (told["kind"], told["state"], f"/contracts/{told['contract']}") == ("change", "received", path)
    assert asked["Location"] == f"/api/v1/applications/{told['number']}"
    assert callers["owner"].get(f"/applications/{told['number']}").json() == told
    with entered(EVERYTHING):
        row = AuditRow.objects.get(act="contracts.request_change")
    assert row.actor_name == f"token:{callers['owner'].token.public_id}"


def test_what_the_terms_refuse_is_refused_with_code_article_and_words(callers: dict[str, Caller], path: str) -> None:
    body = {"form": {"plan": "entry", "functions": ["sandbox"]}}
    shown = callers["owner"].post(f"{path}/changes/preview", body).json()
    refused = callers["owner"].post(f"{path}/changes", body, language="ja")
    told = refused.json()
    assert refused.status_code == 422
    assert told["code"] in {refusal["code"] for refusal in shown["refusals"]}
    assert told["article"]
    assert not told["detail"].isascii()


def test_only_those_who_may_act_for_a_contractor_act(callers: dict[str, Caller], path: str, world: World) -> None:
    world.owner.role = Role.CONTRACTOR_MEMBER
    member = Caller(admin_of_carrier(world.carrier.organisation), world.owner)
    assert member.post(f"{path}/cancellation/preview", {}).status_code == 200
    assert member.post(f"{path}/cancellation", {}).json()["code"] == "not_permitted"
    for name in ("stranger", "analyst"):
        assert callers[name].post(f"{path}/cancellation", {}).status_code in (403, 404)
    assert callers["owner"].get(path).json()["standing"]["state"] == "active"


def test_a_contract_without_prices_says_so_and_fails_nobody(callers: dict[str, Caller], world: World) -> None:
    answer = callers["owner"].post("/contracts/SK100001/cancellation/preview", {})
    assert answer.status_code in (200, 422)


def test_a_complete_application_is_received_and_stands_in_the_queue(
    callers: dict[str, Caller], line: str, world: World
) -> None:
    answer = callers["owner"].post("/applications", application())
    assert answer.status_code == 201, answer.content
    told = answer.json()
    assert (told["kind"], told["state"], told["line"], told["contract"]) == ("new", "received", line, None)
    assert [step["act"] for step in told["steps"]] == ["drafted", "consented", "consented", "received"]
    assert callers["owner"].get(answer["Location"].removeprefix("/api/v1")).json() == told
    assert callers["stranger"].get(f"/applications/{told['number']}").status_code == 404
    listed = {name: callers[name].get("/applications").json()["items"] for name in ("owner", "stranger", "carrier")}
    assert listed["owner"][0] == listed["carrier"][0] == told
    assert told["number"] not in [one["number"] for one in listed["stranger"]]
    assert {one["contract"] for one in listed["owner"][1:]} <= {"SK100001"}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"consents": CONSENTS[:1]}, "application."),
        ({"line": "LINE-OF-NOBODY"}, "line."),
        ({"consents": [{"part": "monitoring_consent", "version": 9}]}, "request_malformed"),
    ],
)
def test_an_application_that_can_not_be_received_leaves_nothing_behind(
    callers: dict[str, Caller], line: str, changes: dict[str, Any], code: str
) -> None:
    with entered(EVERYTHING):
        before = Application.objects.count()
    answer = callers["owner"].post("/applications", application(**changes))
    assert answer.status_code in (400, 422)
    assert answer.json()["code"].startswith(code)
    with entered(EVERYTHING):
        assert Application.objects.count() == before


def test_nobody_applies_for_a_line_of_somebody_else_or_in_the_carriers_name(
    callers: dict[str, Caller], line: str
) -> None:
    strangers = callers["stranger"].post("/applications", application())
    assert (strangers.status_code, strangers.json()["code"]) == (422, "line.not_holder")
    assert callers["carrier"].post("/applications", application()).status_code == 403


def test_an_application_is_withdrawn_by_its_applicant_alone(line: str, callers: dict[str, Caller]) -> None:
    owner, stranger = callers["owner"], callers["stranger"]
    number = owner.post("/applications", application()).json()["number"]
    assert stranger.post(f"/applications/{number}/withdrawal", {}).status_code == 404
    answer = owner.post(f"/applications/{number}/withdrawal", {"reason": "別の回線にします"})
    assert (answer.status_code, answer.json()["state"]) == (201, "withdrawn")
    again = owner.post(f"/applications/{number}/withdrawal", {})
    assert (again.status_code, again.json()["code"]) == (422, "application.decided")


@pytest.mark.article("17-2")
def test_only_the_carrier_lets_a_cancellation_be_withdrawn(path: str, callers: dict[str, Caller]) -> None:
    owner, desk = callers["owner"], callers["carrier"]
    assert owner.post(f"{path}/cancellation", {}).status_code == 201
    assert owner.post(f"{path}/cancellation/withdrawal", {}).status_code == 403
    answer = desk.post(f"{path}/cancellation/withdrawal", {"reason": "申出による"})
    assert (answer.status_code, answer.json()["standing"]["state"]) == (201, "active")


@pytest.mark.article("27-2")
def test_the_carrier_puts_an_agreed_fee_on_record(path: str, callers: dict[str, Caller]) -> None:
    fee = {"item": "monthly.operations", "yen": 35_000, "from_on": "2026-06-01", "ground": "reasonable"}
    given = {**fee, "agreement": "覚書 2026-05-04", "explanation": "3年契約のため"}
    assert callers["owner"].post(f"{path}/fees", given).status_code == 403
    desk = callers["carrier"]
    answer = desk.post(f"{path}/fees", given)
    assert (answer.status_code, answer.json()["yen"]) == (201, 35_000)
    assert desk.post(f"{path}/fees", {**given, "explanation": ""}).json()["code"] == "ground.text_required"


@pytest.mark.article("12-3", "5-1")
def test_parts_of_an_option_and_ancillary_services_stop_as_they_were_shown(
    running: Contract, path: str, callers: dict[str, Caller]
) -> None:
    with entered(EVERYTHING):
        accounts = add(running, FactKind.EXTRA_ACCOUNTS, 3, dt.date(2026, 5, 1)).thread
        address = add(running, FactKind.ANCILLARY, "ip_address", dt.date(2026, 5, 1)).thread
    owner = callers["owner"]
    assert [one["thread"] for one in owner.get(f"{path}/running").json()["ancillary"]] == [address]
    part = {"threads": [accounts], "counts": {accounts: 2}}
    shown = owner.post(f"{path}/option-stops/preview", part).json()
    assert [item["quantity"] for item in shown["items"]] == [2]
    assert owner.post(f"{path}/option-stops", part).json() == shown
    whole = {"threads": [address]}
    shown = owner.post(f"{path}/ancillary-stops/preview", whole).json()
    assert (shown["effective_on"], shown["total_yen"]) == ("2026-05-04", 0)
    assert owner.post(f"{path}/ancillary-stops", whole).json() == shown
    assert owner.post(f"{path}/ancillary-stops", {"threads": [accounts]}).status_code in (400, 422)


@pytest.mark.article("11-2(3)")
def test_the_desk_reads_what_it_is_warned_of_and_the_applicant_does_not(
    line: str, running: Contract, callers: dict[str, Caller]
) -> None:
    owner, desk = callers["owner"], callers["carrier"]
    number = owner.post("/applications", application()).json()["number"]
    assert owner.get(f"/applications/{number}/warnings").status_code == 403
    with entered(EVERYTHING):
        invoiced(running, 110_000, dt.date(2026, 4, 30))
    (warning,) = desk.get(f"/applications/{number}/warnings").json()["warnings"]
    assert (warning["ground"], warning["article"], warning["contract"]) == ("credit_risk", "11-2(3)", running.number)


def test_a_count_that_is_no_whole_number_is_named_by_its_place() -> None:
    found = shape_problems({"threads": ["t"], "counts": {"a/b": 2.0, "c": 0, "d": 1}}, PartialStopGiven)
    assert sorted(problem.pointer for problem in found) == ["/counts/a~1b", "/counts/c"]
