"""The paper of a quote, for a customer who may not have a contract yet (Art. 5-1)."""

from __future__ import annotations

from collections.abc import Iterator

from sekisho.apps.audit.models import OutboxRow
from sekisho.apps.documents.kinds import DocumentKind
from sekisho.apps.documents.paperwork import Drawn
from sekisho.apps.tariff.items import is_monthly, item_words
from sekisho.apps.tariff.models import Quote
from sekisho.apps.tariff.queries import quote_by_number
from sekisho.papers.paper import Language
from sekisho.papers.parties import Addressee
from sekisho.papers.quotation import Quotation, QuotedLine

from .knowing import sender_on
from .parts import NOTICE_LANGUAGES, SERVICE, dated


def quoted(news: OutboxRow) -> Iterator[Drawn]:
    """In both languages, as nobody knows who will read it; for the carrier, which gives it to the customer."""
    quote = quote_by_number(str(news.payload["object"]).partition(":")[2])
    if quote is None:
        return
    for language in NOTICE_LANGUAGES:
        paper = _quotation(quote, language, news)
        yield Drawn(kind=DocumentKind.QUOTATION, paper=paper, contract_id=None, counterparty=quote.customer)


def _quotation(quote: Quote, language: Language, news: OutboxRow) -> Quotation:
    lines = [(row.item, _line(row.item, row.yen, row.words, language)) for row in quote.lines.all()]
    monthly = tuple(line for item, line in lines if is_monthly(item))
    once = tuple(line for item, line in lines if not is_monthly(item))
    return Quotation(
        language=language,
        number=quote.number,
        dated=dated(news),
        addressee=Addressee(name=quote.customer),
        sender=sender_on(dated(news)),
        service=SERVICE.in_language(language),
        valid_until=quote.valid_until,
        price_list=quote.price_list.version,
        once=once,
        monthly=monthly,
        once_yen=sum(line.yen for line in once),
        monthly_yen=sum(line.yen for line in monthly),
        remarks=(quote.note,) if quote.note.strip() else (),
    )


def _line(item: str, yen: int, words: str, language: Language) -> QuotedLine:
    return QuotedLine(content=item_words(item).in_language(language), yen=yen, note=words)
