"""The desk's pages for quotes and lines, from the first form to the contract that goes by them."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from sekisho.apps.accounts.actions import add_organisation
from sekisho.apps.accounts.models import OrganisationKind
from sekisho.apps.contracts import actions, queries
from sekisho.apps.contracts.forms import ChangeForm
from sekisho.apps.contracts.jobs import make_papers
from sekisho.apps.contracts.models import Contract, Line
from sekisho.apps.documents.models import Document
from sekisho.apps.tariff.actions import issue_quote
from sekisho.apps.tariff.models import PriceList, Quote
from sekisho.gateways.clock import StandingClock
from sekisho.terms.applications import LineKind
from sekisho.terms.plans import AccessItem, Plan

from ..contracts.forms_of_tests import accepted, form, refusal, screened, submitted
from ..world import TESTER, World, premium_quote
from .test_desk import HOSTILE, client_of, desk, done, rows_of, sent, shown

__all__ = ["desk"]
TOLD = {
    "customer": "株式会社若葉", "price_list": "2016-10", "valid_until": "2026-06-30", "note": "装置2台の構成です。",
    "line-monthly.plan.premium": "78777", "line-monthly.access.custom": "25000", "line-initial.premium": "300000",
}  # fmt: skip
PREMIUM = {"plan": "premium", "access_item": "custom", "functions": ["firewall", "ids_ips"]}


def test_a_quote_shows_its_sums_before_it_is_issued(desk: Client, seeing_all: World) -> None:
    before = Quote.objects.count()
    page = sent(desk, "new_quote", **TOLD)
    assert "103,777 yen" in page
    assert "300,000 yen" in page
    assert "Nobody of exactly this name is known yet" in page
    assert Quote.objects.count() == before
    assert "The quote is issued." in done(desk, "new_quote", **TOLD)
    made = Quote.objects.latest("pk")
    assert made.number in shown(desk, "quotes")
    assert "103,777 yen" in shown(desk, "quote", made.number)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({name: "" for name in TOLD if name.startswith("line-")}, "Write at least one price."),
        ({"valid_until": "2026-02-30"}, "Enter a valid date."),
        ({"line-monthly.plan.premium": "-1"}, "greater than or equal to 0"),
        ({"customer": " "}, "This field is required."),
        ({"price_list": "2099-01"}, "Select a valid choice."),
    ],
)
def test_a_quote_that_says_too_little_is_not_issued(
    desk: Client, seeing_all: World, wrong: dict[str, str], said: str
) -> None:
    before = Quote.objects.count()
    page = done(desk, "new_quote", **{**TOLD, **wrong})
    assert said in page
    assert "装置2台の構成です。" in page, "what was typed stays"
    assert Quote.objects.count() == before


def test_a_quote_that_is_over_already_or_dearer_than_any_price_is_refused(desk: Client, seeing_all: World) -> None:
    before = Quote.objects.count()
    assert "The quote would be over already." in done(desk, "new_quote", **{**TOLD, "valid_until": "2026-05-03"})
    dear = done(desk, "new_quote", **{**TOLD, "line-monthly.plan.premium": "100000001"})
    assert "must be whole yen from 0 to 100,000,000" in dear
    assert Quote.objects.count() == before


def test_its_paper_is_made_in_both_languages_and_hangs_at_its_page(desk: Client, seeing_all: World) -> None:
    done(desk, "new_quote", **{**TOLD, "customer": HOSTILE})
    made = Quote.objects.latest("pk")
    assert "The paper is being made." in shown(desk, "quote", made.number)
    make_papers()
    kept = Document.objects.filter(kind="quotation", number=made.number)
    assert sorted(kept.values_list("language", flat=True)) == ["en", "ja"]
    page = shown(desk, "quote", made.number)
    assert page.count("/console/money/papers/") == 2
    assert "<script>alert" not in page


@pytest.mark.article("5-1")
def test_a_premium_contract_is_accepted_by_its_quote_and_the_quote_says_so(desk: Client, seeing_all: World) -> None:
    done(desk, "new_quote", **TOLD)
    made = Quote.objects.latest("pk")
    applicant = add_organisation(TESTER, kind=OrganisationKind.CONTRACTOR, name="株式会社　若葉")
    screened(applicant)
    application = submitted(applicant, quote=made.number, **PREMIUM)
    page = sent(desk, "accept_application", application.number)
    assert "300,000 yen" in page
    assert made.number in page
    done(desk, "accept_application", application.number)
    contract = Contract.objects.get(application=application)
    assert contract.price_list == made.number
    assert contract.number in shown(desk, "quote", made.number)
    assert contract.number in rows_of(shown(desk, "quotes"))


@pytest.mark.article("5-1")
def test_a_quote_is_for_nobody_but_its_customer_and_nobody_else_learns_its_prices(
    seeing_all: World, hand: StandingClock
) -> None:
    number = premium_quote("株式会社別会社")
    applicant = seeing_all.owner.organisation
    assert refusal(submitted, applicant, quote=number, **PREMIUM) == ("application.no_quote", "5-1")
    change = ChangeForm(plan=Plan.PREMIUM, access_item=AccessItem.CUSTOM, quote=number)
    preview = queries.preview_change(seeing_all.contract, change, dt.date(2026, 6, 1))
    assert [one.code for one in preview.refusals] == ["application.no_quote"]
    assert preview.monthly_after == preview.monthly_before
    told = {"contract": seeing_all.contract, "form": change, "office": "本社"}
    assert refusal(actions.request_change, TESTER, **told) == ("application.no_quote", "5-1")


@pytest.mark.article("5-1")
def test_a_quote_is_good_through_its_last_day(seeing_all: World, hand: StandingClock) -> None:
    listed = PriceList.objects.get(version="2016-10")
    lines = {"monthly.plan.premium": 1, "monthly.access.custom": 1}
    name = seeing_all.owner.organisation.name
    made = issue_quote(TESTER, customer=name, price_list=listed, lines=lines, valid_until=dt.date(2026, 5, 31))
    screened(seeing_all.owner.organisation)
    application = submitted(seeing_all.owner.organisation, quote=made.number, **PREMIUM)
    hand.move_to(dt.datetime(2026, 5, 31, 15, tzinfo=dt.UTC))  # 00:00 of June 1 in Tokyo
    told = {"application": application}
    assert refusal(actions.accept_application, TESTER, **told) == ("application.no_quote", "5-1")
    hand.move_to(dt.datetime(2026, 5, 31, 14, 59, 59, tzinfo=dt.UTC))
    assert actions.accept_application(TESTER, application=application).price_list == made.number


def test_who_may_not_make_prices_reads_quotes_and_issues_none(seeing_all: World) -> None:
    client = client_of(seeing_all.carrier)
    premium_quote("株式会社若葉")
    assert "株式会社若葉" in shown(client, "quotes")
    assert "Issue a quote" not in shown(client, "quotes")
    assert client.get("/console/money/quotes/new").status_code == 404
    assert client.get("/console/money/quotes/Q999999").status_code == 404


# Lines


def test_a_line_is_entered_once_and_bears_a_contract(desk: Client, seeing_all: World) -> None:
    told = {"identifier": "VPN-77", "kind": "ip_network_service", "holder": seeing_all.owner.organisation.name,
            "active": "on"}  # fmt: skip
    assert "One contract can be made on it" in sent(desk, "new_line", **told)
    assert not Line.objects.filter(identifier="VPN-77").exists()
    done(desk, "new_line", **told)
    assert Line.objects.get(identifier="VPN-77").holder == seeing_all.owner.organisation
    contract = accepted(seeing_all.owner.organisation, "VPN-77", **form())
    page = rows_of(shown(desk, "lines", q="vpn-77"))
    assert contract.number in page
    assert "This line is entered already." in done(desk, "new_line", **told)


def test_a_line_of_nobody_known_is_not_entered(desk: Client, seeing_all: World) -> None:
    told = {"identifier": "VPN-78", "kind": "ip_network_service", "holder": "株式会社どこにもない"}
    assert "No contractor of exactly this name is known." in done(desk, "new_line", **told)
    assert not Line.objects.filter(identifier="VPN-78").exists()


def test_a_lines_state_follows_the_line_service(desk: Client, seeing_all: World) -> None:
    line = seeing_all.contract.line
    assert "Service cannot start before" in sent(desk, "line_state", line.pk)
    done(desk, "line_state", line.pk)
    assert not Line.objects.get(pk=line.pk).active
    done(desk, "line_state", line.pk, active="on")
    assert Line.objects.get(pk=line.pk).active
    assert desk.get("/console/lines/999999/state").status_code == 404


def test_lines_are_read_page_by_page_with_as_many_queries_as_few(desk: Client, seeing_all: World) -> None:
    with CaptureQueriesContext(connection) as few:
        shown(desk, "lines")
    for number in range(60):
        actions.register_line(
            TESTER, identifier=f"Z-{number:02}", kind=LineKind.IP_NETWORK, holder=seeing_all.owner.organisation
        )
    with CaptureQueriesContext(connection) as many:
        page = shown(desk, "lines")
    assert rows_of(page).count("<tr>") == 50
    assert len(many) <= len(few)
    assert "More lines" in page
    assert "No line fits." in shown(desk, "lines", q="nothing like it")
