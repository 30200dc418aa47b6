"""What the actions ask before they add to the chain or let contents go; all within a scope that sees all."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models.functions import Now, TruncDate

from sekisho.terms.moments import TOKYO

from ..chain import FIRST_LINK
from ..models import Counterparty, Document


def chain_head() -> tuple[int, bytes]:
    """Position and hash of the last document."""
    last = Document.objects.order_by("-position").values_list("position", "hash").first()
    return (last[0], bytes(last[1])) if last else (0, FIRST_LINK)


def taken_numbers(wanted: Collection[tuple[str, str, str]]) -> set[tuple[str, str, str]]:
    """Those of (kind, number, language) that a document has."""
    numbers = {number for _, number, _ in wanted}
    rows = Document.objects.filter(number__in=numbers).values_list("kind", "number", "language")
    return set(rows) & set(wanted)


def is_replaced(document: Document) -> bool:
    return Document.objects.filter(replaces_id=document.pk).exists()


def counterparties(wanted: Collection[tuple[int | None, str]]) -> dict[tuple[int | None, str], Counterparty]:
    """The known ones of these (contract, name) pairs."""
    rows = Counterparty.objects.filter(name__in={name for _, name in wanted})
    return {(row.contract_id, row.name): row for row in rows if (row.contract_id, row.name) in wanted}


def contents_to_expire(documents_max: int) -> list[Document]:
    """Documents whose content may go by the database's own day, oldest first; a scene's clock opens no books."""
    rows = Document.objects.filter(keep_until__lt=TruncDate(Now(), tzinfo=TOKYO), content__isnull=False)
    return list(rows.order_by("position")[:documents_max])


def names_without_contents(names: Collection[int | None]) -> list[int]:
    """Those of these names on which no document with a content rests."""
    needed = Document.objects.filter(counterparty__in=[n for n in names if n], content__isnull=False)
    return list({name for name in names if name} - set(needed.values_list("counterparty", flat=True)))
