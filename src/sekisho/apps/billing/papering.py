"""An issued invoice as the paper that is typeset: everything on it comes from its own rows, so it never changes."""

from __future__ import annotations

from collections.abc import Sequence

from sekisho.papers import invoice as papers
from sekisho.papers.paper import Language
from sekisho.papers.parties import Addressee, BankAccount, Sender
from sekisho.terms.words import Words

from .models import Invoice, InvoiceLine, IssuerProfile, TaxTreatment


def paper_of(invoice: Invoice, language: Language = Language.JA, joint_parties: Sequence[str] = ()) -> papers.Invoice:
    """The paper of an invoice; ``joint_parties`` are the names of the other contractors of a joint contract."""
    lines = list(invoice.lines.all())
    outside = outside_tax_of(lines, language)
    replaced = invoice.replaces
    return papers.Invoice(
        language=language,
        number=invoice.number,
        invoiced_on=invoice.invoiced_on,
        due_on=invoice.due_on,
        addressee=addressee_of(invoice, language),
        sender=sender_of(invoice.issuer),
        contract_number=invoice.contract.number,
        service=SERVICE.in_language(language),
        supplied_from=invoice.supplied_from,
        supplied_until=invoice.supplied_until,
        rates=rates_of(invoice, lines, language),
        outside_tax=outside,
        outside_tax_yen=invoice.nontax_yen,
        total_yen=invoice.total_yen,
        due_yen=invoice.due_yen,
        carried=_carried(invoice),
        bank_account=BankAccount(**invoice.issuer.bank_account) if invoice.issuer.bank_account else None,
        joint_parties=tuple(joint_parties),
        replaces_number=replaced.number if replaced else "",
        replaces_reason=replaced.cancellation.reason if replaced else "",
    )


def addressee_of(invoice: Invoice, language: Language) -> Addressee:
    """To whom the invoice went."""
    told = invoice.addressee
    name = told.get("name_en") if language == Language.EN else ""
    address = told.get("address") or ""
    return Addressee(name=name or told["name"], address=tuple(address.splitlines()))


def sender_of(issuer: IssuerProfile) -> Sender:
    """The carrier on its letterhead."""
    return Sender(
        name=issuer.name,
        department=issuer.department,
        representative=issuer.representative,
        postal_code=issuer.postal_code,
        address=tuple(issuer.address),
        phone=issuer.phone,
        mail=issuer.mail,
        registration_number=issuer.registration_number,
        seal=bytes(issuer.seal) if issuer.seal else None,
    )


def rates_of(invoice: Invoice, lines: Sequence[InvoiceLine], language: Language) -> tuple[papers.RateBlock, ...]:
    return tuple(_rate(rate, lines, language) for rate in invoice.rates)


def outside_tax_of(lines: Sequence[InvoiceLine], language: Language) -> tuple[papers.InvoiceLine, ...]:
    return tuple(_line(line, language) for line in lines if line.tax != TaxTreatment.TAXABLE)


def _rate(rate: dict, lines: Sequence[InvoiceLine], language: Language) -> papers.RateBlock:
    of_rate = [line for line in lines if line.tax == TaxTreatment.TAXABLE and line.rate_percent == rate["rate"]]
    return papers.RateBlock(
        rate_percent=rate["rate"],
        lines=tuple(_line(line, language) for line in of_rate),
        net_yen=rate["net"],
        tax_yen=rate["tax"],
    )


def _line(line: InvoiceLine, language: Language) -> papers.InvoiceLine:
    return papers.InvoiceLine(
        content=Words(line.words_ja, line.words_en).in_language(language),
        yen=line.yen,
        quantity=line.quantity,
        unit_yen=line.unit_yen,
        supplied_from=line.supplied_from,
        supplied_until=line.supplied_until,
        note=Words(line.note_ja, line.note_en).in_language(language),
    )


def _carried(invoice: Invoice) -> papers.CarriedForward | None:
    if invoice.previous is None:
        return None
    return papers.CarriedForward(
        previous_number=invoice.previous.number,
        previous_yen=invoice.previous_yen,
        received_yen=invoice.received_yen,
        carried_yen=invoice.carried_yen,
    )


SERVICE = Words("マネージドセキュリティサービス", "Managed security service")
