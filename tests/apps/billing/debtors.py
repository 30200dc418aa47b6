"""Invoices and receipts to pay them with: rows as the monthly run and the bank would leave them."""

from __future__ import annotations

import datetime as dt
import itertools

from sekisho.apps.accounts.models import Person, Role
from sekisho.apps.billing.ledger import Entry, Leg, post
from sekisho.apps.billing.models import (
    Account,
    Charge,
    ChargeKind,
    Invoice,
    InvoiceLine,
    IssuerProfile,
    JournalEntry,
    Receipt,
    TaxTreatment,
)
from sekisho.apps.contracts.models import Contract
from sekisho.gateways import clock

from ..world import TESTER, World

DUE = dt.date(2026, 5, 29)
_turns = itertools.count(1)


def noon(day: dt.date) -> dt.datetime:
    """Noon in Tokyo."""
    return dt.datetime.combine(day, dt.time(3), dt.UTC)


def admin_of(world: World) -> Person:
    """The carrier's desk as its administrator."""
    Person.objects.filter(pk=world.carrier.pk).update(role=Role.CARRIER_ADMIN)
    return Person.objects.select_related("organisation").get(pk=world.carrier.pk)


def issuer() -> IssuerProfile:
    found = IssuerProfile.objects.first()
    return found or IssuerProfile.objects.create(
        valid_from=dt.date(2020, 1, 1),
        name="九重通信株式会社",
        registration_number="T7000012050002",
        address=["福岡市中央区1-1-1"],
        bank_account={"bank": "福岡銀行", "branch": "本店", "number": "1234567", "holder": "九重通信株式会社"},
        recorded_at=clock.now(),
        recorded_by="tester",
    )


def invoiced(
    contract: Contract,
    yen: int = 110_000,
    due_on: dt.date = DUE,
    *,
    interest_yen: int = 0,
    addressee: str = "",
) -> Invoice:
    """An invoice over one fee without tax and, if asked, a line of late interest."""
    serial = (Invoice.objects.order_by("-serial").values_list("serial", flat=True).first() or 0) + 1
    on = due_on.replace(day=1)
    parts = [(yen - interest_yen, ChargeKind.ONE_TIME_FEE), (interest_yen, ChargeKind.INTEREST)]
    parts = [part for part in parts if part[0]]
    invoice = Invoice.objects.create(
        number=f"2026-{serial:06}",
        serial=serial,
        contract=contract,
        month=on,
        supplied_from=on,
        supplied_until=on,
        invoiced_on=on,
        due_on=due_on,
        net_yen=0,
        tax_yen=0,
        nontax_yen=yen,
        total_yen=yen,
        line_count=len(parts),
        rates=[],
        due_yen=yen,
        issuer=issuer(),
        addressee={"name": addressee} if addressee else {},
        terms_version="V6",
        issued_at=clock.now(),
        issued_by="tester",
    )
    for position, (part, kind) in enumerate(parts, 1):
        _line(invoice, position, part, kind, on)
    legs = (Leg(Account.RECEIVABLE, yen, invoice.pk), Leg(Account.REVENUE, -yen))
    post(TESTER, Entry(key=f"invoice:{invoice.pk}", kind="invoice", on=on, contract_id=contract.pk, legs=legs))
    return invoice


def _line(invoice: Invoice, position: int, yen: int, kind: ChargeKind, on: dt.date) -> None:
    words = {"words_ja": "料金", "words_en": "Fee", "unit_yen": yen, "yen": yen, "tax": TaxTreatment.OUT_OF_SCOPE}
    when = {"supplied_from": on, "supplied_until": on}
    charge = Charge.objects.create(
        contract=invoice.contract,
        key=f"test:{next(_turns)}",
        kind=kind,
        arises_on=on,
        trigger="test",
        article="27-1",
        rule="test",
        terms_version="V6",
        recorded_at=clock.now(),
        recorded_by="tester",
        **words,
        **when,
    )
    InvoiceLine.objects.create(
        invoice=invoice,
        contract=invoice.contract,
        position=position,
        kind=kind,
        charge=charge,
        quantity=1,
        rate_percent=0,
        **words,
        **when,
    )


def received(yen: int, paid_on: dt.date = DUE, payer_name: str = "ｶ)ｱｵﾊﾞｾｲｻｸｼﾖ") -> Receipt:
    """Money from the bank, posted, and not yet anybody's."""
    turn = next(_turns)
    receipt = Receipt.objects.create(
        number=f"RT{turn:06}",
        source="manual",
        identity=f"test:{turn}",
        likeness="",
        paid_on=paid_on,
        booked_on=paid_on,
        yen=yen,
        payer_name=payer_name,
        recorded_at=clock.now(),
        recorded_by="tester",
    )
    legs = (Leg(Account.BANK, yen), Leg(Account.SUSPENSE, -yen))
    post(TESTER, Entry(key=f"receipt:{receipt.pk}", kind="receipt", on=paid_on, contract_id=None, legs=legs))
    return receipt


def ledger_sum() -> int:
    """All postings together: 0 in every ledger that balances."""
    return sum(yen for entry in JournalEntry.objects.all() for yen in entry.postings.values_list("yen", flat=True))
