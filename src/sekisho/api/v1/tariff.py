"""Price lists: what everything costs, in whole yen without tax. They are published, so every token may read them."""

from __future__ import annotations

import datetime as dt

import msgspec

from sekisho.apps.accounts.models import TokenScope
from sekisho.apps.tariff import queries
from sekisho.apps.tariff.models import PriceList
from sekisho.gateways import clock
from sekisho.terms.moments import tokyo_date

from .contract_shapes import Day, Instant
from .operation import Call, Shape, operation
from .paging import Page
from .problems import Problem


class PriceListsQuery(Shape):
    """`on`: only the list that a contract accepted on this day goes by."""

    on: Day | None = None


class PriceShape(msgspec.Struct, frozen=True):
    """`item` is a code such as `monthly.plan.basic`; `yen` is without tax."""

    item: str
    yen: int


class PriceListShape(msgspec.Struct, frozen=True, kw_only=True):
    """One published version of the prices. `binds_existing_from` null: it is for new contracts alone."""

    version: str
    valid_from: dt.date
    binds_existing_from: dt.date | None
    terms_version: str
    published_at: Instant
    prices: list[PriceShape]


@operation(
    "GET",
    "/price-lists",
    ja="料金表の一覧",
    en="Price lists",
    scope=TokenScope.TARIFF_READ,
    query=PriceListsQuery,
    answers=Page[PriceListShape],
)
def list_price_lists(call: Call) -> Page[PriceListShape]:
    """Every published price list, the newest first."""
    if call.query.on is not None:
        return Page([_shape(queries.list_in_force(call.query.on))], None)
    return Page([_shape(found) for found in queries.price_lists() if found.published_at is not None], None)


@operation(
    "GET",
    "/price-lists/{version}",
    ja="料金表",
    en="One price list",
    scope=TokenScope.TARIFF_READ,
    answers=PriceListShape,
)
def read_price_list(call: Call) -> PriceListShape:
    """One published price list by its version, or the one in force today as `current`."""
    if call.path["version"] == "current":
        return _shape(queries.list_in_force(tokyo_date(clock.now())))
    found = queries.price_list_by_version(call.path["version"])
    if found is None or found.published_at is None:
        raise Problem("not_found")
    return _shape(found)


def _shape(found: PriceList) -> PriceListShape:
    prices = sorted((price.item, price.yen) for price in found.items.all())
    return PriceListShape(
        version=found.version,
        valid_from=found.valid_from,
        binds_existing_from=found.binds_existing_from,
        terms_version=found.terms_version,
        published_at=found.published_at.astimezone(dt.UTC),
        prices=[PriceShape(item, yen) for item, yen in prices],
    )
