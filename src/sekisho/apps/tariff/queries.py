"""Price lists, quotes, the carrier's settings: the one place that says what something costs, and how it is reckoned.

None of it is secret: no scope is needed.
"""

from __future__ import annotations

import datetime as dt

from django.db.models import QuerySet

from sekisho.apps.reading import asked_once
from sekisho.apps.refusals import Refused
from sekisho.terms.moments import end_of_day

from .book import ListedPrices, PriceBook, QuotedPrices
from .fees import NoPrice, Prices
from .models import CarrierSettings, PriceList, Quote
from .settled import SettingsBook, Settled


def price_book() -> PriceBook:
    """Everything that was published or issued, for many contracts at once; four queries."""
    return _book(Quote.objects.all())


def prices_of(name: str, on: dt.date) -> Prices:
    """What a contract under this list or quote pays on a day. ``NoPrice`` if there is no such list."""
    return _book_with(name).prices(name, on)


def list_in_force(on: dt.date) -> PriceList:
    """The published list that a contract accepted on this day goes by. Refused while there is none."""
    published = PriceList.objects.filter(published_at__lt=end_of_day(on), valid_from__lte=on)
    found = published.order_by("-valid_from", "-published_at").first()
    if found is None:
        raise Refused(
            "tariff.no_list",
            f"{on}に有効な料金表がありません。",
            f"No published price list is in force on {on}.",
            "27-1",
        )
    return found


def price(list_version: str, item: str) -> int:
    """Whole yen without tax, from a list's version or a quote's number. Refused where it names no such item."""
    try:
        return _book_of(list_version).prices(list_version, dt.date.min).of(item)
    except NoPrice:
        raise Refused(
            "tariff.no_price",
            f"{list_version}に「{item}」の料金がありません。",
            f"{list_version} has no price for {item}.",
            "27-1",
        ) from None


def price_lists() -> list[PriceList]:
    """All lists, drafts too, the newest first."""
    return list(PriceList.objects.prefetch_related("items").order_by("-valid_from", "-pk"))


def price_list_by_version(version: str) -> PriceList | None:
    return PriceList.objects.prefetch_related("items").filter(version=version).first()


def quote_by_number(number: str) -> Quote | None:
    return Quote.objects.select_related("price_list").prefetch_related("lines").filter(number=number).first()


def quotes() -> list[Quote]:
    """All quotes, the newest first."""
    return list(Quote.objects.select_related("price_list").prefetch_related("lines").order_by("-pk"))


@asked_once
def settings_book() -> SettingsBook:
    """Everything that the carrier has settled, for many contracts and days at once; one query."""
    rows = CarrierSettings.objects.order_by("pk").values_list("valid_from", "switches")
    return SettingsBook(tuple(Settled(*row) for row in rows))


@asked_once
def _book_with(quote: str) -> PriceBook:
    """All lists, and of the quotes this one: there may be thousands."""
    return _book(Quote.objects.filter(number=quote))


def _book(quotes: QuerySet[Quote]) -> PriceBook:
    lists = PriceList.objects.filter(published_at__isnull=False).order_by("published_at", "pk")
    return PriceBook(
        tuple(_listed(price_list) for price_list in lists.prefetch_related("items")),
        {quote.number: _quoted(quote) for quote in quotes.select_related("price_list").prefetch_related("lines")},
    )


def _book_of(name: str) -> PriceBook:
    quote = quote_by_number(name)
    version = quote.price_list.version if quote else name
    lists = PriceList.objects.filter(version=version, published_at__isnull=False).prefetch_related("items")
    return PriceBook(tuple(map(_listed, lists)), {name: _quoted(quote)} if quote else {})


def _listed(price_list: PriceList) -> ListedPrices:
    return ListedPrices(
        price_list.version,
        price_list.valid_from,
        price_list.published_at,
        price_list.binds_existing_from,
        price_list.terms_version,
        {item.item: item.yen for item in price_list.items.all()},
    )


def _quoted(quote: Quote) -> QuotedPrices:
    return QuotedPrices(quote.number, quote.price_list.version, {line.item: line.yen for line in quote.lines.all()})
