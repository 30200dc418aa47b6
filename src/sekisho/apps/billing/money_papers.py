"""Papers about money that acts call for: final settlements, return invoices, receipts (領収書).

A reduction that is granted for a month that was invoiced already gets a return invoice (適格返還請求書). One for a
month whose invoice is still to come needs none, for it is a line of that invoice; one for a missed service level has a
notice of its own, which the app of incidents writes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from sekisho.apps.audit.models import OutboxRow
from sekisho.apps.contracts.models import Contract
from sekisho.apps.contracts.papering.parts import language_of
from sekisho.apps.contracts.queries.after_end import ended_on
from sekisho.apps.contracts.queries.ending import ended_by
from sekisho.apps.contracts.queries.parties import addressee_on
from sekisho.apps.contracts.queries.standing import told_of
from sekisho.apps.documents.kinds import DocumentKind
from sekisho.apps.documents.paperwork import Desk, Drawn
from sekisho.papers.final_settlement import FinalSettlement
from sekisho.papers.invoice import InvoiceLine, RateBlock
from sekisho.papers.paper import Language
from sekisho.papers.parties import Addressee, BankAccount
from sekisho.papers.receipt import PaymentReceipt, ReceivedAtRate
from sekisho.papers.return_invoice import ReturnInvoice
from sekisho.terms.history import FactKind, History
from sekisho.terms.minimum import EndedBy
from sekisho.terms.moments import tokyo, tokyo_date
from sekisho.terms.periods import whole_months_end
from sekisho.terms.taxes import consumption_tax, tax_rate_percent
from sekisho.terms.words import Words

from .models import Allocation, Credit, CreditKind, Invoice, TaxTreatment
from .papering import SERVICE, addressee_of, outside_tax_of, rates_of, sender_of
from .queries.issuer import issuer_on

_INVOICES = Invoice.objects.select_related("contract__contractor", "issuer").prefetch_related("lines")


def settlements(news: OutboxRow) -> Iterator[Drawn]:
    """Of the invoices that a run issued, each final one comes with its settlement."""
    issued = _INVOICES.filter(number__gte=news.payload["first"], number__lte=news.payload["last"], final=True)
    for invoice in issued.order_by("serial"):
        yield _settlement(invoice)


def settlement_again(news: OutboxRow) -> Iterator[Drawn]:
    """As ``settlements``, of a final invoice that came in the place of a cancelled one."""
    for invoice in _INVOICES.filter(number=_after_colon(news), final=True):
        yield _settlement(invoice)


def return_invoice(news: OutboxRow) -> Iterator[Drawn]:
    """A price that was reduced after it was invoiced."""
    credit = Credit.objects.select_related("contract__contractor").get(
        contract_id=news.contract_id, key=news.payload["key"]
    )
    invoice = _first_invoice(credit)
    if credit.kind == CreditKind.SLA or credit.tax != TaxTreatment.TAXABLE or invoice is None:
        return
    contract, on = credit.contract, tokyo_date(credit.granted_at)
    language = language_of(contract)
    block = _block(credit, language)
    party = addressee_on(contract, on)
    paper = ReturnInvoice(
        language=language,
        number=f"{contract.number}-{credit.pk}",
        dated=on,
        addressee=Addressee(name=party.name, address=tuple(party.address.splitlines())),
        sender=sender_of(issuer_on(on)),
        contract_number=contract.number,
        service=SERVICE.in_language(language),
        returned_on=on,
        supplied_from=credit.month,
        supplied_until=whole_months_end(credit.month, 1),
        original_number=invoice.number,
        rates=(block,),
        total_yen=block.net_yen + block.tax_yen,
        reason=block.lines[0].content,
        settled_by=_NEXT_INVOICE.in_language(language),
    )
    yield _drawn(DocumentKind.RETURN_INVOICE, paper, contract, party.name, paper.total_yen)


def receipt(news: OutboxRow) -> Iterator[Drawn]:
    """What was paid on an invoice by one payment, as its payer asked to have it in writing."""
    rows = Allocation.objects.select_related("contract__contractor", "invoice__issuer")
    paid = rows.get(pk=news.payload["allocation"])
    invoice, on = paid.invoice, tokyo_date(news.at)
    language = language_of(paid.contract)
    whole = paid.yen == invoice.total_yen
    paper = PaymentReceipt(
        language=language,
        number=receipt_number(paid),
        dated=on,
        addressee=addressee_of(invoice, language),
        sender=sender_of(issuer_on(on)),
        contract_number=paid.contract.number,
        service=SERVICE.in_language(language),
        received_on=paid.paid_on,
        amount_yen=paid.yen,
        purpose=_PURPOSE.with_facts(SERVICE, f"{invoice.month:%Y-%m}").in_language(language),
        method=_TRANSFER.in_language(language),
        invoice_numbers=(invoice.number,),
        rates=tuple(_at_rate(rate) for rate in invoice.rates) if whole else (),
        outside_tax_yen=invoice.nontax_yen if whole else 0,
    )
    yield _drawn(DocumentKind.RECEIPT, paper, paid.contract, invoice.addressee["name"], paid.yen)


def receipt_number(paid: Allocation) -> str:
    """One a payment of an invoice, so that nobody gets two."""
    return f"{paid.invoice.number}-{paid.pk}"


DESK = Desk(
    "billing papers",
    {
        "billing.issue_invoices": settlements,
        "billing.reissue_invoice": settlement_again,
        "billing.grant_credit": return_invoice,
        "billing.ask_receipt": receipt,
    },
)


def _settlement(invoice: Invoice) -> Drawn:
    contract, lines = invoice.contract, list(invoice.lines.all())
    language, history = language_of(contract), told_of(contract)
    account = invoice.issuer.bank_account
    paper = FinalSettlement(
        language=language,
        number=invoice.number,
        dated=invoice.invoiced_on,
        addressee=addressee_of(invoice, language),
        sender=sender_of(invoice.issuer),
        contract_number=contract.number,
        service=SERVICE.in_language(language),
        ended_on=ended_on(history, invoice.issued_at) or invoice.supplied_until,
        cause=_CAUSES[_ended_by(history)].in_language(language),
        rates=rates_of(invoice, lines, language),
        outside_tax=outside_tax_of(lines, language),
        outside_tax_yen=invoice.nontax_yen,
        open_yen=max(0, invoice.carried_yen),
        credit_yen=max(0, -invoice.carried_yen),
        balance_yen=invoice.due_yen,
        due_on=invoice.due_on if invoice.due_yen > 0 else None,
        bank_account=BankAccount(**account) if account else None,
        invoice_number=invoice.number,
    )
    return _drawn(DocumentKind.FINAL_SETTLEMENT, paper, contract, invoice.addressee["name"], invoice.due_yen)


def _drawn(
    kind: DocumentKind,
    paper: FinalSettlement | ReturnInvoice | PaymentReceipt,
    contract: Contract,
    counterparty: str,
    yen: int,
) -> Drawn:
    return Drawn(kind=kind, paper=paper, contract_id=contract.pk, counterparty=counterparty, yen=yen)


def _after_colon(news: OutboxRow) -> str:
    return str(news.payload["object"]).partition(":")[2]


def _first_invoice(credit: Credit) -> Invoice | None:
    """The living invoice of the credit's month that stood when it was granted."""
    rows = Invoice.objects.filter(contract_id=credit.contract_id, month=credit.month, cancellation=None)
    return rows.filter(issued_at__lte=credit.granted_at).order_by("serial").first()


def _block(credit: Credit, language: Language) -> RateBlock:
    last = whole_months_end(credit.month, 1)
    line = InvoiceLine(
        content=Words(credit.words_ja, credit.words_en).in_language(language),
        yen=credit.yen,
        supplied_from=credit.month,
        supplied_until=last,
        note=Words(credit.note_ja, credit.note_en).in_language(language),
    )
    tax = consumption_tax(credit.yen, last)
    return RateBlock(rate_percent=tax_rate_percent(last), lines=(line,), net_yen=credit.yen, tax_yen=tax)


def _at_rate(rate: dict) -> ReceivedAtRate:
    return ReceivedAtRate(rate_percent=rate["rate"], net_yen=rate["net"], tax_yen=rate["tax"])


def _ended_by(history: History) -> EndedBy:
    """A termination is an instant; every other end waits for midnight (Arts. 17, 18)."""
    service = history.of_kind(FactKind.SERVICE)[-1:]
    at_once = [fact for fact in service if fact.until_at is not None and tokyo(fact.until_at).time() != dt.time()]
    return EndedBy.CARRIER if at_once else ended_by(history)


_NEXT_INVOICE = Words("次回の請求書で差し引きます。", "It comes off the next invoice.")
_PURPOSE = Words("{0} {1}分として", "{0}, {1}")
_TRANSFER = Words("銀行振込", "bank transfer")
_CAUSES: dict[EndedBy, Words] = {
    EndedBy.CONTRACTOR: Words("契約者による解除(利用規約第17条)", "cancelled by the contractor (Article 17)"),
    EndedBy.CARRIER: Words("当社による解除(利用規約第18条)", "terminated by us (Article 18)"),
    EndedBy.LINE: Words("契約者回線の契約の終了(利用規約第17条第3項)", "end of the line's contract (Article 17-3)"),
}
