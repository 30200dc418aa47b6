"""What the desk does with money is shown before it is done, and nothing is done by the showing."""

from __future__ import annotations

import datetime as dt

from django.test import Client
from django.urls import reverse

from sekisho.apps.audit.models import AuditRow, OutboxRow
from sekisho.apps.billing.actions.allocating import Use
from sekisho.apps.billing.actions.dunning import remind
from sekisho.apps.billing.actions.matching import confirm_receipt
from sekisho.apps.billing.models import Allocation, DunningLetter, InvoiceCancellation, Receipt
from sekisho.apps.documents.models import Paperwork
from sekisho.apps.tariff.actions import draft_price_list
from sekisho.apps.tariff.models import PriceList
from sekisho.gateways import clock
from sekisho.gateways.clock import StandingClock

from ..billing.debtors import DUE, admin_of, invoiced, noon, received
from ..world import TESTER, World
from .test_desk import desk  # noqa: F401 - a fixture

DAY = dt.timedelta(days=1)


def shown(client: Client, name: str, *arguments: object, **told: object) -> str:
    """The page with the consequences; nothing may have been written for it."""
    before = AuditRow.objects.count(), OutboxRow.objects.count()
    answer = client.post(reverse(name, args=arguments), told)
    assert (AuditRow.objects.count(), OutboxRow.objects.count()) == before
    assert answer.status_code == 200
    return answer.content.decode()


def confirmed(client: Client, name: str, *arguments: object, **told: object) -> None:
    answer = client.post(reverse(name, args=arguments), {**told, "confirmed": "yes"})
    assert answer.status_code == 302, answer.content.decode()


def test_a_cancelled_invoice_is_shown_with_what_is_owed_no_longer(seeing_all: World, desk: Client) -> None:  # noqa: F811
    invoice = invoiced(seeing_all.contract)
    page = shown(desk, "console:cancel_invoice", invoice.number, reason="wrong name")
    assert "110,000" in page and "Cancel it" in page
    assert not InvoiceCancellation.objects.exists()
    confirmed(desk, "console:cancel_invoice", invoice.number, reason="wrong name")
    assert InvoiceCancellation.objects.get().reason == "wrong name"
    page = desk.get(reverse("console:reissue_invoice", args=[invoice.number])).content.decode()
    assert "Issue the corrected invoice" in page


def test_what_would_be_refused_is_said_with_its_code_and_has_no_button(seeing_all: World, desk: Client) -> None:  # noqa: F811
    invoice = invoiced(seeing_all.contract)
    confirm_receipt(admin_of(seeing_all), receipt=received(110_000), uses=[Use(110_000, seeing_all.contract, invoice)])
    page = shown(desk, "console:cancel_invoice", invoice.number, reason="wrong")
    assert "Payments stand on it" in page
    assert 'name="confirmed"' not in page


def test_a_match_is_shown_and_taken_back_only_after_a_second_look(seeing_all: World, desk: Client) -> None:  # noqa: F811
    invoice = invoiced(seeing_all.contract)
    receipt = received(110_000)
    page = desk.get(reverse("console:receipt", args=[receipt.number])).content.decode()
    seen = page.split('name="seen" value="')[1].split('"')[0]
    told = {"candidate": "0", "seen": seen}
    assert invoice.number in shown(desk, "console:confirm_receipt", receipt.number, **told)
    confirmed(desk, "console:confirm_receipt", receipt.number, **told)
    used = Allocation.objects.get()
    assert "110,000" in shown(desk, "console:undo_allocation", used.pk, reason="other invoice")
    confirmed(desk, "console:undo_allocation", used.pk, reason="other invoice")
    assert Allocation.objects.filter(reverses=used).exists()


def test_a_match_that_has_changed_meanwhile_is_not_done(seeing_all: World, desk: Client) -> None:  # noqa: F811
    invoiced(seeing_all.contract)
    receipt = received(110_000)
    answer = desk.post(
        reverse("console:confirm_receipt", args=[receipt.number]), {"candidate": "0", "seen": "x", "confirmed": "yes"}
    )
    assert answer.status_code == 302 and not Allocation.objects.exists()


def test_a_letter_is_shown_before_it_goes_out(
    seeing_all: World,
    desk: Client,  # noqa: F811
    hand: StandingClock,
) -> None:
    invoiced(seeing_all.contract)
    hand.move_to(noon(DUE + 40 * DAY))
    letter = remind(TESTER, contract=seeing_all.contract)
    assert "To be paid by" in shown(desk, "console:decide_letter", letter.number, what="send")
    refused = desk.post(reverse("console:decide_letter", args=[letter.number]), {"what": "drop"}).content.decode()
    assert "Say why it does not go out." in refused
    confirmed(desk, "console:decide_letter", letter.number, what="drop", reason="they called")
    assert DunningLetter.objects.get().decision == "dropped"


def test_a_price_list_is_published_only_after_its_day_was_shown(seeing_all: World, desk: Client) -> None:  # noqa: F811
    draft_price_list(TESTER, version="2027-04", valid_from=dt.date(2027, 4, 1), items={"monthly.operations": 1})
    page = shown(desk, "console:publish_price_list", "2027-04")
    assert "2027" in page and "keep their prices" in page
    assert PriceList.objects.get(version="2027-04").published_at is None
    confirmed(desk, "console:publish_price_list", "2027-04")
    assert PriceList.objects.get(version="2027-04").published_at


def test_a_month_that_is_not_over_has_no_button_and_a_month_that_is_says_what_it_does(
    seeing_all: World,
    desk: Client,  # noqa: F811
) -> None:
    assert "not over" in shown(desk, "console:start_run", month="2099-01")
    assert "Nothing is billed twice" in shown(desk, "console:start_run", month="2026-04")


def test_a_payment_at_the_counter_is_booked_after_a_second_look(seeing_all: World, desk: Client) -> None:  # noqa: F811
    told = {"paid_on": "2026-05-01", "yen": "1234", "payer_name": "Aoba", "text": "slip 7"}
    assert "1,234" in shown(desk, "console:enter_receipt", **told)
    assert not Receipt.objects.exists()
    confirmed(desk, "console:enter_receipt", **told)
    assert Receipt.objects.get().yen == 1234


def test_receipts_are_asked_for_once_something_was_paid(seeing_all: World, desk: Client) -> None:  # noqa: F811
    invoice = invoiced(seeing_all.contract)
    desk.post(reverse("console:ask_receipt", args=[invoice.number]))
    assert not AuditRow.objects.filter(act="billing.ask_receipt").exists()
    confirm_receipt(admin_of(seeing_all), receipt=received(110_000), uses=[Use(110_000, seeing_all.contract, invoice)])
    assert "Make the receipts" in desk.get(reverse("console:invoice", args=[invoice.number])).content.decode()
    desk.post(reverse("console:ask_receipt", args=[invoice.number]))
    assert AuditRow.objects.filter(act="billing.ask_receipt").count() == 1


def test_papers_in_trouble_say_what_went_wrong_and_are_tried_again(seeing_all: World, desk: Client) -> None:  # noqa: F811
    now = clock.now()
    work = Paperwork.objects.create(
        reader="papers",
        news="00000000-0000-0000-0000-000000000001",
        topic="contracts.suspend",
        contract_id=seeing_all.contract.pk,
        acted_at=now,
        attempts=3,
        problem="SheetError: <b>no font</b>",
        next_try_at=now + dt.timedelta(hours=1),
    )
    page = desk.get(reverse("console:paper_trouble")).content.decode()
    assert "&lt;b&gt;no font" in page and seeing_all.contract.number in page
    desk.post(reverse("console:try_paper_again", args=[work.pk]))
    work.refresh_from_db()
    assert work.next_try_at == clock.now()
    assert Paperwork.objects.count() == 1
