"""One part of a receipt, one row, one ledger entry: what ``matching``, ``deposits`` and ``writing_off`` are made of.

The callers ask for permission, take their turns and settle the interest; here the amounts are held to what there is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sekisho.apps.accounts.models import Person
from sekisho.apps.audit.actions import record
from sekisho.apps.contracts.models import Contract
from sekisho.apps.refusals import Refused
from sekisho.apps.scope import current
from sekisho.apps.turns import take_turn
from sekisho.gateways import clock
from sekisho.terms.moments import tokyo_date

from .. import recording
from ..ledger import Entry, Leg, open_on_invoices, post
from ..matching import Candidate
from ..models import Account, Allocation, AllocationKind, Invoice, Receipt
from ..queries.receipts import rest_of

REASON_CHARACTERS_MAX = 1_000


@dataclass(frozen=True, slots=True)
class Use:
    """What a part of a receipt is for: an invoice; without one it is kept for the contract, or paid back."""

    yen: int
    contract: Contract
    invoice: Invoice | None = None
    paid_back: bool = False

    @property
    def kind(self) -> AllocationKind:
        if self.invoice is not None:
            return AllocationKind.INVOICE
        return AllocationKind.REFUND if self.paid_back else AllocationKind.DEPOSIT


def take_turns(receipts: Iterable[Receipt | None], contract_ids: Iterable[int]) -> None:
    """Wait until nobody else is at these receipts, nor at the money of these contracts, the monthly run included.

    Always in one order, receipts first, so that no two wait for each other.
    """
    for key in sorted({receipt.pk for receipt in receipts if receipt}):
        take_turn("billing.receipt", key)
    recording.take_turns(contract_ids)


def allocate(
    actor: Person, receipt: Receipt, use: Use, *, candidate: Candidate | None = None, reason: str = ""
) -> Allocation:
    """Use a part of what is left of a receipt. Refused beyond that, and beyond what is open on the invoice."""
    check_amount(use.yen)
    if use.yen > rest_of(receipt):
        raise Refused(
            "receipt.overspent", "入金額を超えて充当できません。", "This is more than is left of the receipt."
        )
    if use.invoice is not None:
        if use.invoice.contract_id != use.contract.pk:
            raise Refused("allocation.contract", "請求書が契約と一致しません。", "The invoice is of another contract.")
        check_open(use.invoice, use.yen)
    legs = (Leg(Account.SUSPENSE, use.yen), _against(use))
    return _write(actor, _Part(use.kind, use.contract, use.yen, receipt, use.invoice), legs, candidate, reason)


def give_up(actor: Person, invoice: Invoice, yen: int, reason: str) -> Allocation:
    """Write a part of an invoice off."""
    check_amount(yen)
    check_open(invoice, yen)
    legs = (Leg(Account.WRITE_OFF, yen), Leg(Account.RECEIVABLE, -yen, invoice.pk))
    return _write(actor, _Part(AllocationKind.WRITE_OFF, invoice.contract, yen, None, invoice), legs, None, reason)


def take_back(actor: Person, allocation: Allocation, reason: str) -> Allocation:
    """The same entry the other way round. Refused where that has happened, and for money that has left the house."""
    if allocation.reverses_id is not None or Allocation.objects.filter(reverses=allocation).exists():
        raise Refused("allocation.undone", "この充当は取消済みです。", "This allocation was taken back already.")
    if allocation.kind == AllocationKind.REFUND:
        raise Refused("allocation.refunded", "返金済みのため取り消せません。", "This money went back already.")
    postings = allocation.entry.postings.order_by("id")
    legs = tuple(Leg(Account(posting.account), -posting.yen, posting.invoice_id) for posting in postings)
    kind = AllocationKind(allocation.kind)
    part = _Part(kind, allocation.contract, -allocation.yen, allocation.receipt, allocation.invoice)
    return _write(actor, part, legs, None, reason, reverses=allocation)


def check_amount(yen: int) -> None:
    if yen <= 0:
        raise Refused("allocation.amount", "金額は1円以上で指定してください。", "An amount is at least 1 yen.")


def check_open(invoice: Invoice, yen: int) -> None:
    if yen > open_on_invoices(current(), [invoice.pk])[invoice.pk]:
        raise Refused(
            "invoice.overpaid", "請求書の未払額を超えています。", "This is more than is open on the invoice.", "28-1"
        )


def given_reason(reason: str) -> str:
    """The reason, which has to be there."""
    if not reason.strip():
        raise Refused("reason.missing", "理由を入力してください。", "Give a reason.")
    return reason.strip()[:REASON_CHARACTERS_MAX]


def record_allocation(actor: Person, verb: str, allocation: Allocation) -> None:
    """Audit and news of one allocation."""
    details = {"kind": allocation.kind, "yen": allocation.yen, "paid_on": allocation.paid_on.isoformat()}
    if allocation.invoice is not None:
        details["invoice"] = allocation.invoice.number
    about = f"receipt:{allocation.receipt.number}" if allocation.receipt else f"invoice:{details['invoice']}"
    record(actor, act=f"billing.{verb}", object=about, contract_id=allocation.contract_id, details=details)


@dataclass(frozen=True, slots=True)
class _Part:
    kind: AllocationKind
    contract: Contract
    yen: int
    receipt: Receipt | None
    invoice: Invoice | None


def _against(use: Use) -> Leg:
    if use.invoice is not None:
        return Leg(Account.RECEIVABLE, -use.yen, use.invoice.pk)
    return Leg(Account.BANK if use.paid_back else Account.DEPOSIT, -use.yen)


def _write(
    actor: Person,
    part: _Part,
    legs: tuple[Leg, ...],
    candidate: Candidate | None,
    reason: str,
    *,
    reverses: Allocation | None = None,
) -> Allocation:
    today = tokyo_date(clock.now())
    entry = Entry(
        key=_entry_key(part),
        kind=f"{part.kind.value}_undone" if reverses else part.kind.value,
        on=today,
        contract_id=part.contract.pk,
        legs=legs,
        article="28-1",
        memo=reason,
    )
    why = candidate.reasons if candidate else ()
    return Allocation.objects.create(
        receipt=part.receipt,
        contract=part.contract,
        kind=part.kind,
        invoice=part.invoice,
        yen=part.yen,
        paid_on=part.receipt.paid_on if part.receipt else today,
        reverses=reverses,
        reason=reason,
        score=candidate.score if candidate else None,
        reasons=[{"points": one.points, "ja": one.words.ja, "en": one.words.en} for one in why],
        entry=post(actor, entry),
        confirmed_at=clock.now(),
        confirmed_by=actor,
    )


def _entry_key(part: _Part) -> str:
    """Counted within the receipt, or within the invoice where there is none; the caller holds the turn."""
    if part.receipt is not None:
        turn = Allocation.objects.filter(receipt=part.receipt).count()
        return f"allocation:{part.receipt.number}:{turn}"
    assert part.invoice is not None  # noqa: S101 - a write-off names its invoice
    turn = Allocation.objects.filter(receipt=None, invoice=part.invoice).count()
    return f"write_off:{part.invoice.number}:{turn}"
