"""Price lists and quotes: versions, what is final, which list a contract pays by."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import ProgrammingError, connection, transaction

from sekisho.apps.audit.models import AuditRow
from sekisho.apps.refusals import Refused
from sekisho.apps.scope import entered
from sekisho.apps.tariff import actions, queries
from sekisho.apps.tariff.models import PriceList
from sekisho.apps.tariff.starting_list import STARTING_PRICES_YEN
from sekisho.gateways.clock import StandingClock
from tests.apps.world import EVERYTHING, TESTER

pytestmark = pytest.mark.django_db
D = dt.date


@pytest.fixture(autouse=True)
def _clock(hand: StandingClock) -> None:
    """The tests' hand is on the clock."""


def publish(version: str, valid_from: dt.date, **changes: object) -> PriceList:
    prices = {**STARTING_PRICES_YEN, **changes.pop("items", {})}  # type: ignore[dict-item]
    drafted = actions.draft_price_list(TESTER, version=version, valid_from=valid_from, items=prices, **changes)
    return actions.publish_price_list(TESTER, price_list=drafted)


def test_the_list_in_force_is_the_last_one_that_has_begun() -> None:
    publish("2026-04", D(2026, 4, 1))
    publish("2026-07", D(2026, 7, 1))
    assert queries.list_in_force(D(2026, 6, 30)).version == "2026-04"
    assert queries.list_in_force(D(2026, 7, 1)).version == "2026-07"


def test_a_draft_is_in_force_nowhere() -> None:
    actions.draft_price_list(TESTER, version="draft", valid_from=D(2026, 4, 1), items=STARTING_PRICES_YEN)
    with pytest.raises(Refused, match=r"tariff\.no_list"):
        queries.list_in_force(D(2026, 5, 4))


def test_a_price_is_found_by_list_and_item() -> None:
    publish("2026-04", D(2026, 4, 1))
    assert queries.price("2026-04", "monthly.operations") == 40_000
    with pytest.raises(Refused, match=r"tariff\.no_price"):
        queries.price("2026-04", "monthly.plan.premium")


def test_a_draft_can_be_made_again_until_it_is_published() -> None:
    for yen in (1_000, 2_000):
        drafted = actions.draft_price_list(
            TESTER, version="2026-04", valid_from=D(2026, 4, 1), items={"monthly.operations": yen}
        )
    actions.publish_price_list(TESTER, price_list=drafted)
    assert queries.price("2026-04", "monthly.operations") == 2_000
    with pytest.raises(Refused, match=r"tariff\.published"):
        actions.draft_price_list(TESTER, version="2026-04", valid_from=D(2026, 4, 1), items={})


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE tariff_pricelistitem SET yen = 1",
        "DELETE FROM tariff_pricelistitem",
        "INSERT INTO tariff_pricelistitem (price_list_id, item, yen) SELECT id, 'one_time.x', 1 FROM tariff_pricelist",
        "UPDATE tariff_pricelist SET valid_from = '2020-01-01'",
        "UPDATE tariff_pricelist SET published_at = NULL",
        "UPDATE tariff_quoteline SET yen = 1",
        "DELETE FROM tariff_quote",
    ],
)
def test_the_database_keeps_what_was_published_or_issued(statement: str) -> None:
    listed = publish("2026-04", D(2026, 4, 1))
    actions.issue_quote(
        TESTER, customer="青葉", price_list=listed, lines={"monthly.plan.premium": 90_000}, valid_until=D(2026, 6, 1)
    )
    with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize(
    ("items", "code"),
    [
        ({"monthly.plan.gold": 1}, "tariff.unknown_item"),
        ({"one_time.": 1}, "tariff.unknown_item"),
        ({"one_time.robert'); DROP": 1}, "tariff.unknown_item"),
        ({"monthly.operations": -1}, "tariff.bad_price"),
        ({"monthly.operations": 1.5}, "tariff.bad_price"),
        ({"monthly.operations": True}, "tariff.bad_price"),
    ],
)
def test_a_price_that_makes_no_sense_is_refused(items: dict, code: str) -> None:
    with pytest.raises(Refused, match=code):
        actions.draft_price_list(TESTER, version="2026-04", valid_from=D(2026, 4, 1), items=items)


def test_an_empty_list_is_not_published() -> None:
    drafted = actions.draft_price_list(TESTER, version="2026-04", valid_from=D(2026, 4, 1), items={})
    with pytest.raises(Refused, match=r"tariff\.empty_list"):
        actions.publish_price_list(TESTER, price_list=drafted)


@pytest.mark.article("5-1")
def test_a_quote_prices_the_premium_plan_over_its_list() -> None:
    listed = publish("2026-04", D(2026, 4, 1))
    quote = actions.issue_quote(
        TESTER,
        customer="株式会社青葉製作所",
        price_list=listed,
        lines={"monthly.plan.premium": 90_000, "monthly.access.custom": 45_000},
        valid_until=D(2026, 6, 30),
    )
    assert quote.number == "Q100001"
    assert queries.price(quote.number, "monthly.plan.premium") == 90_000
    assert queries.price(quote.number, "monthly.operations") == 40_000
    assert queries.price_book().prices(quote.number, D(2026, 5, 31)).of("monthly.access.custom") == 45_000


def test_a_quote_needs_a_published_list_and_days_to_answer_in(hand: StandingClock) -> None:
    drafted = actions.draft_price_list(TESTER, version="d", valid_from=D(2026, 4, 1), items={})
    with pytest.raises(Refused, match=r"tariff\.not_published"):
        actions.issue_quote(TESTER, customer="青葉", price_list=drafted, lines={}, valid_until=D(2026, 6, 30))
    with pytest.raises(Refused, match=r"tariff\.quote_over"):
        actions.issue_quote(
            TESTER, customer="青葉", price_list=publish("e", D(2026, 4, 1)), lines={}, valid_until=D(2026, 5, 3)
        )


@pytest.mark.article("2-1")
def test_a_later_list_binds_an_earlier_contract_only_if_it_says_so_and_from_its_day(hand: StandingClock) -> None:
    publish("2026-04", D(2026, 4, 1))
    hand.advance(days=1)
    publish("2026-05", D(2026, 5, 1), items={"monthly.operations": 45_000})
    hand.advance(days=1)
    publish("2026-06", D(2026, 6, 1), items={"monthly.operations": 50_000}, binds_existing_from=D(2026, 8, 1))
    book = queries.price_book()
    fees = [book.prices("2026-04", D(2026, month, 28)).of("monthly.operations") for month in (6, 7, 8)]
    assert fees == [40_000, 40_000, 50_000]
    assert book.prices("2026-04", D(2026, 8, 28), known_at=hand.now() - dt.timedelta(1)).name == "2026-04"
    assert book.in_force(D(2026, 5, 30)).version == "2026-05"


def test_each_act_on_prices_is_written_down() -> None:
    publish("2026-04", D(2026, 4, 1))
    with entered(EVERYTHING):
        acts = list(AuditRow.objects.order_by("id").values_list("act", "object"))
    assert acts == [
        ("tariff.draft_price_list", "price_list:2026-04"),
        ("tariff.publish_price_list", "price_list:2026-04"),
    ]
