"""What the terms don't allow is refused at the door, with a code, the article, and words; and nothing has changed.

Contractors are refused at the API and the portal, the carrier's people at the console.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import errors

from sekisho.entry.database import DatabaseUrls
from sekisho.gateways.clock import standing_at

from .chapters import Signed, application
from .desk import Refused
from .house import tokyo
from .people import ADMIN, ANALYST, DESK, LINE, OTHER_LINE, OWNER, SECOND
from .soc import Soc, arrives


@contextmanager
def at(text: str) -> Iterator[None]:
    """In the house it is this instant of Tokyo, until the end of the block."""
    with standing_at(tokyo(text)):
        yield


def refused(running: Signed, path: str, body: dict[str, Any]) -> tuple[str, str]:
    """The API's refusal: its code and article. Its words are there in both languages."""
    caller = running.stage.integrator(OWNER)
    told = caller.post(path, body, expect=422)
    ja = caller.post(path, body, expect=422, language="ja")
    assert told["detail"] and ja["detail"] and told["detail"] != ja["detail"]
    return told["code"], told["article"]


@pytest.mark.article("8-1")
def test_a_second_contract_on_a_line(running: Signed) -> None:
    assert refused(running, "/applications", application(LINE)) == ("line.has_contract", "8-1")


@pytest.mark.article("5-1")
def test_entry_with_the_sandbox(running: Signed) -> None:
    wrong = application(
        OTHER_LINE,
        plan="entry",
        functions=["firewall", "ids_ips", "sandbox"],
        access_item="best_effort_100m",
        operations=False,
    )

    assert refused(running, "/applications", wrong) == ("plan.function_not_offered", "5-1")


@pytest.mark.article("6-1(2)")
def test_a_meeting_without_the_report(running: Signed) -> None:
    path = f"/contracts/{running.contract}/changes"

    assert refused(running, path, {"form": {"add_report_meeting": True}}) == ("option.meeting_needs_report", "6-1(2)")


@pytest.mark.article("6-1(2)")
def test_a_meeting_without_the_report_at_the_portal(running: Signed) -> None:
    owner = running.stage.visitor(OWNER)

    shown = owner.send(f"/contracts/{running.contract}/change", add_report_meeting="on")

    assert "セキュリティ報告会には、セキュリティ監視レポートの契約が必要です。" in shown.text
    assert "6-1(2)" in shown.text
    assert [form for form in shown.forms if ("confirmed", "1") in form.values] == []  # there is nothing to confirm


@pytest.mark.article("6-1(2)")
def test_five_extra_years_of_logs(running: Signed) -> None:
    """Five years are the whole time, the first included (R027): five further ones would be six."""
    path = f"/contracts/{running.contract}/changes"

    assert refused(running, path, {"form": {"retention_years": 6}}) == ("option.retention_too_long", "6-1(2)")


@pytest.mark.article("35-1")
def test_a_credit_claimed_one_second_late(running: Signed) -> None:
    """The breach is at 2025-10-06 10:15:00; the claim may arrive through 10-20, 24:00 (R129)."""
    soc, owner = Soc(running.stage.visitor(ANALYST), running.stage.visitor(DESK)), running.stage.visitor(OWNER)
    with at("2025-10-06 10:00:00"):
        arrives(running.contract)
        incident = soc.determines("high")
    with at("2025-10-06 10:16:00"):
        soc.calls(incident)
    with at("2025-10-20 23:59:59"):
        page = owner.open("/breaches")
    with at("2025-10-21 00:00:00"):
        told = owner.send(page, "/claim", words="遅れました。")

    assert "2025年10月20日" in told.text
    assert "35-1" in told.text and "claim.too_late" in told.text
    with at("2025-10-21 00:00:01"):
        assert all(not form.action.endswith("/claim") for form in owner.open("/breaches").forms)


HARM = {"ground": "21:harm_to_facilities", "fact": "設備に障害を与えた。", "reason": "設備を守るため。",
        "period": "原因の除去まで"}  # fmt: skip


@contextmanager
def told_no(code: str, article: str, words: str) -> Iterator[None]:
    """The page says no: by this code and article, in these words."""
    with pytest.raises(Refused) as refusal:
        yield
    assert [part for part in (code, article, words) if part not in str(refusal.value)] == []


@pytest.mark.article("21-2")
def test_a_suspension_without_notice_or_urgency(running: Signed) -> None:
    with at("2025-04-20 10:00"), told_no("notice.missing", "21-2", "通知"):
        running.stage.desk(DESK).acts(running.contract, "suspend", **HARM, urgent_reason=" ")

    assert overlays(running) == []


@pytest.mark.article("20-2")
def test_an_interruption_without_notice_or_urgency(running: Signed) -> None:
    told = {**HARM, "ground": "20:periodic_check"}
    with at("2025-04-20 10:00"), told_no("notice.missing", "20-2", "通知"):
        running.stage.desk(DESK).acts(running.contract, "interrupt", **told)


@pytest.mark.article("21-2")
def test_a_suspension_whose_notice_has_not_gone_out(running: Signed) -> None:
    desk = running.stage.desk(DESK)
    with at("2025-04-21 10:00"):
        desk.acts(running.contract, "suspend", **HARM, starts_at="2025-04-28T00:00")
        measure = desk.newest_measure(running.contract)
    with at("2025-04-28 00:00"), told_no("notice.missing", "21-2", "通知"):
        desk.steps(measure, "take")
    assert overlays(running) == []


@pytest.mark.article("21-1(1)")
def test_a_suspension_for_arrears_that_are_none(running: Signed) -> None:
    told = {**HARM, "ground": "21:arrears", "starts_at": "2025-04-30T00:00", "arrears_due_on": "2025-05-30"}
    with at("2025-04-20 10:00"), told_no("suspension.not_in_arrears", "21-1(1)", "支払期日"):
        running.stage.desk(DESK).acts(running.contract, "suspend", **told)


@pytest.mark.article("18-1")
def test_a_termination_by_one_person_alone(running: Signed) -> None:
    desk = running.stage.desk(SECOND)
    with at("2025-04-20 10:00"):
        desk.acts(running.contract, "terminate", ground="insolvency", fact="破産手続", evidence="官報の写し")
        measure = desk.newest_measure(running.contract)
        with told_no("termination.needs_two", "18-1", "別の"):
            desk.steps(measure, "approve")
        desk.steps(measure, "reject", reason="取り下げ")

    assert standing(running) == "active"


@pytest.mark.article("11-1")
def test_an_acceptance_out_of_turn_without_a_reason(running: Signed) -> None:
    """The second form of the queue is taken up before the first, which came a second earlier."""
    changes = f"/contracts/{running.contract}/changes"
    caller, desk = running.stage.integrator(OWNER), running.stage.desk(DESK)
    with at("2025-04-16 10:00:00"):
        first = caller.post(changes, {"form": {"add_accounts": 1}})["number"]
    with at("2025-04-16 10:00:01"):
        second = caller.post(changes, {"form": {"add_monitoring_report": True}})["number"]
    with at("2025-04-16 11:00"), told_no("acceptance.out_of_order", "11-1", "先に受け付けた"):
        desk.accept(second)

    assert caller.get(f"/applications/{second}")["state"] == "received"
    with at("2025-04-16 11:05"):
        for number in (first, second):
            desk.withdraw(number, reason="試し")


@pytest.mark.article("11-2(9)")
def test_a_refusal_on_the_open_ground_that_does_not_say_what_happened(running: Signed) -> None:
    caller, desk = running.stage.integrator(OWNER), running.stage.desk(DESK)
    with at("2025-04-17 10:00"):
        number = caller.post(f"/contracts/{running.contract}/changes", {"form": {"add_accounts": 1}})["number"]
        with told_no("ground.text_required", "11-2(9)", "具体的な理由"):
            desk.refuse(number, ground="unsuitable")
        desk.withdraw(number, reason="試し")


@pytest.mark.article("11-2(6)")
def test_an_acceptance_by_a_screening_that_has_run_out(running: Signed) -> None:
    """The screening of 2025-03-10 can be used for six months (R050)."""
    caller, desk = running.stage.integrator(OWNER), running.stage.desk(DESK)
    with at("2025-10-15 10:00"):
        number = caller.post("/applications", application(OTHER_LINE))["number"]
        with told_no("screening.expired", "11-2(6)", "再確認"):
            desk.accept(number)
        desk.withdraw(number, reason="試し")


@pytest.mark.article("5-1")
def test_the_premium_plan_without_a_quote(running: Signed) -> None:
    wrong = application(OTHER_LINE, plan="premium", access_item="custom")

    assert refused(running, "/applications", wrong) == ("application.no_quote", "5-1")


@pytest.mark.article("5-1")
def test_the_premium_plan_by_the_quote_of_another_customer(running: Signed) -> None:
    lines = {"monthly.plan.premium": 1, "monthly.access.custom": 1}
    number = running.stage.desk(ADMIN).quote("有限会社白波水産", lines, dt.date(2025, 12, 31))
    path, form = f"/contracts/{running.contract}/changes", {"plan": "premium", "access_item": "custom"}

    assert refused(running, path, {"form": {**form, "quote": number}}) == ("application.no_quote", "5-1")
    shown = running.stage.integrator(OWNER).post(f"{path}/preview", {"form": {**form, "quote": number}}, expect=200)
    assert [one["code"] for one in shown["refusals"]] == ["application.no_quote"]
    assert shown["monthly_after_yen"] == shown["monthly_before_yen"] == 80_000


@pytest.mark.article("14-1")
def test_a_change_that_changes_nothing(running: Signed) -> None:
    path = f"/contracts/{running.contract}/changes"

    assert refused(running, path, {"form": {"retention_years": 1}}) == ("change.nothing", "14-1")


@pytest.mark.article("15-1")
def test_an_assignment_without_our_written_consent(running: Signed) -> None:
    told = {"name": "株式会社譲受", "kind": "assignment", "effective_on": "2025-05-01"}
    with at("2025-04-20 10:00"), told_no("transfer.needs_consent", "15-1", "同意"):
        running.stage.desk(DESK).acts(running.contract, "transfer", **told)


@pytest.mark.article("23-1")
def test_a_service_that_starts_with_other_settings_than_the_sheets(running: Signed) -> None:
    contract = preparing(running)
    desk = running.stage.desk(DESK)
    with at("2025-04-18 15:00"):
        desk.as_built(contract, devices=1, mismatches=1)
        with told_no("activation.not_as_stated", "23-1", "1件異なります"):
            desk.start(contract, dt.date(2025, 4, 19))
        desk.as_built(contract, devices=0)
        with told_no("activation.no_device", "4-1", "装置"):
            desk.start(contract, dt.date(2025, 4, 19))
        desk.as_built(contract, devices=1)
        with told_no("activation.no_phone", "6-1(3)", "電話番号"):
            desk.start(contract, dt.date(2025, 4, 19))
        desk.acts(contract, "withdraw", reason="試し")


def preparing(running: Signed) -> str:
    """A second contract, with operations, that is being made ready."""
    with at("2025-04-18 10:00"):
        number = running.stage.integrator(OWNER).post("/applications", application(OTHER_LINE))["number"]
        desk = running.stage.desk(DESK)
        contract = desk.accept(number)
        desk.begin(contract)
        return contract


@pytest.mark.article("34-2")
def test_a_reduction_that_is_approved_by_who_proposed_it(running: Signed) -> None:
    desk = running.stage.desk(DESK)
    with at("2025-04-20 10:00"):
        page = desk.acts(running.contract, "goodwill", month="2025-04-01", yen="1000", reason="ご不便のため")
        with told_no("goodwill.needs_two", "34-2", "別の担当者"):
            desk.decides_goodwill(page, "approve")
        running.stage.desk(SECOND).decides_goodwill(page, "decline")


@pytest.mark.article("27-1")
def test_a_run_of_a_month_that_is_not_over(running: Signed) -> None:
    with at("2025-04-20 10:00"), told_no("run.month_not_over", "27-1", "まだ終わっていません"):
        running.stage.desk(DESK).start_run("2025-04")


@pytest.mark.article("28-1")
def test_an_issued_invoice_has_no_form_that_edits_it_and_is_cancelled_for_a_reason_once(running: Signed) -> None:
    (found, *_more) = invoices(running)
    desk = running.stage.desk(ADMIN)
    page = desk.visitor.open(f"/console/money/invoices/{found['number']}")
    path = f"/console/money/invoices/{found['number']}"
    posted = {urlsplit(form.action).path for form in page.forms if form.method == "post"}
    assert {one for one in posted if one.startswith(path)} == {f"{path}/cancel"}
    with told_no("", "", "理由"):
        desk.cancels_invoice(page, reason=" ")
    assert invoices(running)[0] == found


def overlays(running: Signed) -> list[str]:
    return running.stage.integrator(OWNER).get(f"/contracts/{running.contract}")["standing"]["overlays"]


EDITS = (
    "UPDATE billing_invoice SET total_yen = 1",
    "DELETE FROM billing_invoice",
    "UPDATE billing_invoiceline SET yen = 1",
    "DELETE FROM billing_invoiceline",
    "UPDATE billing_posting SET yen = 0",
    "UPDATE documents_document SET yen = 1",
    "TRUNCATE billing_invoice CASCADE",
    "ALTER TABLE billing_invoice DISABLE TRIGGER ALL",
    "SET session_replication_role = replica",
)


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_of_an_issued_invoice_by_sql(running: Signed, database_urls: DatabaseUrls, edit: str) -> None:
    """The app's own role, with every contract in its scope, as whoever stole its password would come."""
    before = invoices(running)
    assert before
    with psycopg.connect(database_urls.app_url) as thief:
        thief.execute("SELECT set_config('sekisho.scope', '*', false)")
        (seen,) = thief.execute("SELECT count(*) FROM billing_invoice").fetchone()
        assert seen >= len(before), "the thief sees them"
        with pytest.raises((errors.RaiseException, errors.InsufficientPrivilege)):
            thief.execute(edit)

    assert invoices(running) == before


def invoices(running: Signed) -> list[dict]:
    """As the API tells them; the month of the acceptance is billed when somebody asks first."""
    with at("2025-05-01 03:00"):
        running.stage.house.work()
        return running.stage.integrator(ADMIN).get("/invoices", contract=running.contract)["items"]


def standing(running: Signed) -> str:
    return running.stage.integrator(OWNER).get(f"/contracts/{running.contract}")["standing"]["state"]
