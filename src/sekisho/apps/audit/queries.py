"""Reading what was done. Row-level security limits every answer to the scope that is entered."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Exists, OuterRef

from .models import AuditRow, OutboxReading, OutboxRow

NEWS_ROWS_MAX = 500


def acts_on(object: str) -> list[AuditRow]:
    """Every act on "kind:identifier", oldest first."""
    return list(AuditRow.objects.filter(object=object).order_by("id"))


def acts_of_contract(contract_id: int, limit: int = 200) -> list[AuditRow]:
    """The latest acts under a contract, newest first, with who did them."""
    return list(AuditRow.objects.filter(contract_id=contract_id).select_related("actor").order_by("-id")[:limit])


def news_for(reader: str, topics: Collection[str], limit: int = NEWS_ROWS_MAX) -> list[OutboxRow]:
    """The oldest news on these topics that the reader has not taken yet."""
    taken = OutboxReading.objects.filter(reader=reader, row=OuterRef("pk"))
    return list(OutboxRow.objects.filter(~Exists(taken), topic__in=topics).order_by("id")[:limit])


def last_news(topic: str) -> OutboxRow | None:
    """The latest news on a topic."""
    return OutboxRow.objects.filter(topic=topic).order_by("-id").first()
