"""Making prices: draft a list, publish it, issue a quote; and settling how the terms are read where they are open."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import NoReturn

from django.db import transaction
from django.db.models import BooleanField, DateField, Func
from django.db.models.functions import Cast

from sekisho.apps.audit.actions import Actor, record
from sekisho.apps.audit.models import kept_name
from sekisho.apps.refusals import Refused
from sekisho.apps.turns import take_turn
from sekisho.gateways import clock
from sekisho.terms.moments import tokyo_date
from sekisho.terms.switches import switch_read
from sekisho.terms.values import BadParameter

from .items import is_item
from .models import CarrierSettings, PriceList, PriceListItem, Quote, QuoteLine

PRICE_YEN_MAX = 100_000_000
FIRST_QUOTE = 100_001


@transaction.atomic
def draft_price_list(
    actor: Actor,
    *,
    version: str,
    valid_from: dt.date,
    items: Mapping[str, int],
    binds_existing_from: dt.date | None = None,
    terms_version: str = "",
    note: str = "",
) -> PriceList:
    """A list that nobody pays by yet; drafting the same version again replaces it."""
    _check_prices(items)
    price_list = PriceList.objects.select_for_update().filter(version=version).first() or PriceList(version=version)
    if price_list.published_at is not None:
        _refuse_published(version)
    price_list.valid_from, price_list.binds_existing_from = valid_from, binds_existing_from
    price_list.terms_version, price_list.note = terms_version, note
    price_list.save()
    price_list.items.all().delete()
    rows = [PriceListItem(price_list=price_list, item=item, yen=yen) for item, yen in sorted(items.items())]
    PriceListItem.objects.bulk_create(rows)
    _record(actor, "tariff.draft_price_list", price_list, {"items": dict(sorted(items.items()))})
    return price_list


@transaction.atomic
def publish_price_list(actor: Actor, *, price_list: PriceList) -> PriceList:
    """From now on the list is final and contracts may be accepted under it."""
    row = PriceList.objects.select_for_update().get(pk=price_list.pk)
    if row.published_at is not None:
        _refuse_published(row.version)
    if not row.items.exists():
        raise Refused("tariff.empty_list", "料金表が空です。", "The price list is empty.", "27-1")
    row.published_at, row.published_by = clock.now(), kept_name(actor.pk, actor.name)
    row.save()
    binds = row.binds_existing_from.isoformat() if row.binds_existing_from else None
    _record(actor, "tariff.publish_price_list", row, {"binds_existing_from": binds})
    return row


@transaction.atomic
def issue_quote(
    actor: Actor,
    *,
    customer: str,
    price_list: PriceList,
    lines: Mapping[str, int],
    valid_until: dt.date,
    words: Mapping[str, str] | None = None,
    note: str = "",
) -> Quote:
    """Prices for one customer: ``lines`` (item -> yen) stand instead of the list's. A contract names its number."""
    _check_prices(lines)
    if price_list.published_at is None:
        raise Refused("tariff.not_published", "料金表が公開されていません。", "The price list is a draft.", "27-1")
    if valid_until < tokyo_date(clock.now()):
        raise Refused("tariff.quote_over", "見積の有効期限が過去です。", "The quote would be over already.", "27-1")
    take_turn("quote numbers")
    quote = Quote.objects.create(
        number=f"Q{FIRST_QUOTE + Quote.objects.count()}",
        customer=customer,
        price_list=price_list,
        issued_at=clock.now(),
        issued_by=kept_name(actor.pk, actor.name),
        valid_until=valid_until,
        note=note,
    )
    said = words or {}
    rows = [QuoteLine(quote=quote, item=item, yen=yen, words=said.get(item, "")) for item, yen in sorted(lines.items())]
    QuoteLine.objects.bulk_create(rows)
    record(
        actor,
        act="tariff.issue_quote",
        object=f"quote:{quote.number}",
        details={"price_list": price_list.version, "lines": dict(sorted(lines.items()))},
    )
    return quote


def forget_customers(issued_before: dt.datetime) -> int:
    """Empty whom quotes from before an instant were for, and what was noted; how many. Their prices stay."""
    over = Func(Cast("issued_at", DateField()), function="sekisho_books_over", output_field=BooleanField())
    rows = Quote.objects.filter(over, issued_at__lt=issued_before).exclude(customer="", note="")
    return rows.update(customer="", note="")


@transaction.atomic
def settle_switches(actor: Actor, *, valid_from: dt.date, switches: Mapping[str, str]) -> CarrierSettings:
    """From a day on this carrier reads the terms like this; ``switches`` are all that differ from the terms' own.

    What has been billed stays as it was billed.
    """
    for name, text in switches.items():
        _check_switch(name, text)
    row = CarrierSettings.objects.create(
        valid_from=valid_from,
        switches=dict(switches),
        recorded_at=clock.now(),
        recorded_by=kept_name(actor.pk, actor.name),
    )
    record(
        actor,
        act="tariff.settle_switches",
        object=f"carrier_settings:{row.pk}",
        details={"valid_from": valid_from.isoformat(), "switches": row.switches},
    )
    return row


def _check_switch(name: str, text: str) -> None:
    try:
        switch_read(name, text)
    except BadParameter as error:
        raise Refused("tariff.switch", f"設定「{name}」が不正です。", str(error)) from error


def _check_prices(items: Mapping[str, int]) -> None:
    for item, yen in items.items():
        if not is_item(item):
            raise Refused(
                "tariff.unknown_item", f"「{item}」は料金項目ではありません。", f"{item} has no price.", "27-1"
            )
        if isinstance(yen, bool) or not isinstance(yen, int) or not 0 <= yen <= PRICE_YEN_MAX:
            raise Refused(
                "tariff.bad_price",
                f"「{item}」の料金は0円から{PRICE_YEN_MAX:,}円までの整数です。",
                f"The price of {item} must be whole yen from 0 to {PRICE_YEN_MAX:,}.",
                "27-1",
            )


def _refuse_published(version: str) -> NoReturn:
    raise Refused(
        "tariff.published",
        f"料金表{version}は公開済みのため変更できません。新しい版を作成してください。",
        f"Price list {version} is published and final; make a new version.",
        "27-1",
    )


def _record(actor: Actor, act: str, price_list: PriceList, details: dict) -> None:
    about = {"valid_from": price_list.valid_from.isoformat(), **details}
    record(
        actor,
        act=act,
        object=f"price_list:{price_list.version}",
        terms_version=price_list.terms_version,
        details=about,
    )
