"""What the terms don't allow is refused at the door, with a code, the article, and words; and nothing has changed.

Where the console has no page yet for an act of the carrier, the act itself is asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from psycopg import errors

from sekisho.apps.refusals import Refused
from sekisho.entry.database import DatabaseUrls
from sekisho.gateways.clock import standing_at

from .chapters import Signed, application
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


@pytest.mark.article("21-2")
def test_a_suspension_without_notice_or_urgency(running: Signed) -> None:
    with pytest.raises(Refused) as refusal:
        running.stage.desk(DESK).suspend_at_once(running.contract, urgency=" ")

    assert (refusal.value.code, refusal.value.article) == ("notice.missing", "21-2")


@pytest.mark.article("21-2")
def test_a_suspension_whose_notice_has_not_gone_out(running: Signed) -> None:
    desk = running.stage.desk(DESK)
    with at("2025-05-01 10:00"):
        measure = desk.announce(running.contract, tokyo("2025-05-08 00:00"))
    with at("2025-05-08 00:00"), pytest.raises(Refused) as refusal:
        desk.suspend(measure)

    assert (refusal.value.code, refusal.value.article) == ("notice.missing", "21-2")


@pytest.mark.article("18-1")
def test_a_termination_by_one_person_alone(running: Signed) -> None:
    desk = running.stage.desk(SECOND)
    measure = desk.propose_termination(running.contract)
    with pytest.raises(Refused) as refusal:
        desk.approve_termination(measure)

    assert (refusal.value.code, refusal.value.article) == ("termination.needs_two", "18-1")
    assert standing(running) == "active"


@pytest.mark.article("11-1")
def test_an_acceptance_out_of_turn_without_a_reason(running: Signed) -> None:
    """The second form of the queue is taken up before the first, which came a second earlier."""
    changes = f"/contracts/{running.contract}/changes"
    caller = running.stage.integrator(OWNER)
    with at("2025-04-16 10:00:00"):
        caller.post(changes, {"form": {"add_accounts": 1}})
    with at("2025-04-16 10:00:01"):
        second = caller.post(changes, {"form": {"add_monitoring_report": True}})["number"]
    with at("2025-04-16 11:00"), pytest.raises(Refused) as refusal:
        running.stage.desk(DESK).accept_change(second)

    assert (refusal.value.code, refusal.value.article) == ("acceptance.out_of_order", "11-1")
    assert caller.get(f"/applications/{second}")["state"] == "received"


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
        assert thief.execute("SELECT count(*) FROM billing_invoice").fetchone() == (len(before),)
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
