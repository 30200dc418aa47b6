"""Books are emptied of people when their years of keeping are over, and by nobody before."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import ProgrammingError, connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.apps.audit.models import AuditRow
from sekisho.apps.billing.erasing import let_go
from sekisho.apps.billing.models import Invoice, JournalEntry, Receipt
from sekisho.apps.tariff.models import Quote
from sekisho.gateways.clock import StandingClock
from sekisho.terms.books import books_kept_until, books_over_before

from ..billing.debtors import invoiced, received
from ..world import World

LONG_AGO = dt.date(2012, 6, 29)
DATES = st.dates(dt.date(2016, 10, 3), dt.date(2090, 1, 1))


def sql(query: str, *arguments: object) -> object:
    with connection.cursor() as cursor:
        cursor.execute(query, arguments)
        return cursor.fetchone()[0]


def test_old_books_lose_their_names_and_keep_their_figures(seeing_all: World) -> None:
    old, new = (invoiced(seeing_all.contract, due_on=due, addressee="青葉") for due in (LONG_AGO, dt.date(2026, 5, 29)))
    paid, late = received(110_000, LONG_AGO), received(110_000)
    assert let_go() == {"billing.Invoice": 1, "billing.Receipt": 1}
    assert let_go() == {}
    assert Invoice.objects.get(pk=old.pk).addressee == {}
    assert Invoice.objects.get(pk=new.pk).addressee == {"name": "青葉"}
    assert (Receipt.objects.get(pk=paid.pk).payer_name, Receipt.objects.get(pk=paid.pk).yen) == ("", 110_000)
    assert Receipt.objects.get(pk=late.pk).payer_name
    assert AuditRow.objects.get(act="billing.let_go").details["counts"] == {"billing.Invoice": 1, "billing.Receipt": 1}


def test_a_clock_that_was_set_forward_opens_no_books(seeing_all: World, hand: StandingClock) -> None:
    invoiced(seeing_all.contract, addressee="青葉")
    hand.advance(days=366 * 12)
    assert let_go() == {}
    assert Invoice.objects.get().addressee == {"name": "青葉"}
    assert Quote.objects.exclude(customer="").exists()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE billing_invoice SET addressee = '{}'",
        "UPDATE billing_receipt SET payer_name = ''",
        "UPDATE billing_receipt SET payer_name = 'somebody else'",
        "UPDATE billing_journalentry SET memo = '', kind = ''",
        "UPDATE tariff_quote SET customer = ''",
    ],
)
def test_nobody_empties_a_book_that_must_be_kept(seeing_all: World, statement: str) -> None:
    invoiced(seeing_all.contract, addressee="青葉")
    received(1)
    assert JournalEntry.objects.exists()
    with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_an_old_book_is_emptied_and_never_rewritten(seeing_all: World) -> None:
    received(1, LONG_AGO)
    with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE billing_receipt SET payer_name = 'somebody else'")
    with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE billing_receipt SET payer_name = '', yen = 2")


@pytest.mark.parametrize("dated", ["2026-03-31", "2026-04-01", "2026-05-04", "2026-12-31", "2027-01-01", "2024-02-29"])
def test_the_database_counts_the_years_like_the_rule(db: None, dated: str) -> None:
    assert sql("SELECT sekisho_books_kept_until(%s)", dated) == books_kept_until(dt.date.fromisoformat(dated))


@given(DATES, st.integers(1, 12), st.sampled_from((7, 10)))
@settings(max_examples=200)
def test_what_is_dated_before_the_first_kept_day_may_go_and_nothing_else(on: dt.date, month: int, years: int) -> None:
    reading = {"years": years, "fiscal_year_ends_in": month}
    first = books_over_before(on, **reading)
    assert books_kept_until(first - dt.timedelta(days=1), **reading) < on <= books_kept_until(first, **reading)
