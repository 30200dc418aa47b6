"""What a bank file says that no machine may act on: repeats, cancelled transfers, records that can't be read.

Each such line waits until a person has dealt with it, once.
"""

from __future__ import annotations

from django.db import transaction

from sekisho.apps.accounts.models import Person
from sekisho.apps.accounts.permissions import require
from sekisho.apps.audit.actions import record
from sekisho.apps.audit.models import kept_name
from sekisho.apps.refusals import Refused
from sekisho.apps.turns import take_turn
from sekisho.gateways import clock
from sekisho.terms.moments import tokyo_date

from ..ledger import Entry, Leg, post
from ..models import Account, LineOutcome, Receipt, ReceiptFileLine, ReceiptReturn
from ..queries.receipts import rest_of
from .allocating import given_reason, take_turns
from .receiving import next_identity, receive


@transaction.atomic
def receive_repeated(actor: Person, *, line: ReceiptFileLine) -> Receipt:
    """A record that looked like one of an earlier file is another payment after all: a person says so."""
    require(actor, "receipts.import")
    take_turn("billing.receipts")
    line = _unseen(line)
    if line.outcome != LineOutcome.REPEATED:
        raise Refused(
            "receipt.not_repeated", "重複として保留中の明細ではありません。", "This line is not held as a repeat."
        )
    told = line.told | {"identity": next_identity(line.told["identity"])}
    (receipt,) = receive(actor, [told], line.file.kind)
    _seen(actor, line, receipt=receipt)
    record(actor, act="billing.receive_repeated", object=f"receipt:{receipt.number}", details={"line": line.pk})
    return receipt


@transaction.atomic
def dismiss_line(actor: Person, *, line: ReceiptFileLine, note: str) -> ReceiptFileLine:
    """A line that no machine could use has been dealt with, or needs nothing; ``note`` says which."""
    require(actor, "receipts.import")
    line = _unseen(line)
    if line.outcome not in (LineOutcome.PROBLEM, LineOutcome.REPEATED, LineOutcome.TAKES_BACK):
        raise Refused("receipt.nothing_to_do", "確認の必要な明細ではありません。", "This line needs nobody.")
    _seen(actor, line, note=given_reason(note))
    record(actor, act="billing.dismiss_line", object=f"receipt_file_line:{line.pk}")
    return line


@transaction.atomic
def return_receipt(actor: Person, *, receipt: Receipt, reason: str, line: ReceiptFileLine | None = None) -> None:
    """The bank took the money back; ``line`` is where a file says so. Refused while the receipt is in use."""
    require(actor, "receipts.import")
    reason = given_reason(reason)
    take_turns([receipt], [])
    if rest_of(receipt) != receipt.yen:
        raise Refused(
            "receipt.used", "先に充当を取り消してください。", "Take back first what the receipt was used for."
        )
    legs = (Leg(Account.SUSPENSE, receipt.yen), Leg(Account.BANK, -receipt.yen))
    on = tokyo_date(clock.now())
    entry = Entry(key=f"receipt_return:{receipt.pk}", kind="receipt_return", on=on, contract_id=None, legs=legs)
    ReceiptReturn.objects.create(
        receipt=receipt,
        reason=reason,
        entry=post(actor, entry),
        recorded_at=clock.now(),
        recorded_by=kept_name(actor.pk, actor.name),
    )
    if line is not None:
        _seen(actor, _unseen(line), note=reason)
    record(actor, act="billing.return_receipt", object=f"receipt:{receipt.number}", details={"yen": receipt.yen})


def _unseen(line: ReceiptFileLine) -> ReceiptFileLine:
    found = ReceiptFileLine.objects.select_for_update(of=("self",)).select_related("file").get(pk=line.pk)
    if found.seen_at is not None:
        raise Refused("receipt.line_seen", "この明細は処理済みです。", "This line has been dealt with already.")
    return found


def _seen(actor: Person, line: ReceiptFileLine, *, receipt: Receipt | None = None, note: str = "") -> None:
    line.receipt, line.note = receipt, note
    line.seen_at, line.seen_by = clock.now(), actor
    line.save(update_fields=("receipt", "note", "seen_at", "seen_by"))
