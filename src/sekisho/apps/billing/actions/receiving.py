"""Taking in what the bank tells: files once, records once, and single payments that a person enters.

A receipt is posted as money from a payer whom nobody knows yet; ``actions.matching`` says what it is for.
Refused: a file that can't be read at all. Anything less is kept as a line with its reason.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeAlias

from django.db import transaction

from sekisho.apps.accounts.models import Person
from sekisho.apps.accounts.permissions import require
from sekisho.apps.audit.actions import record
from sekisho.apps.audit.models import kept_name
from sekisho.apps.refusals import Refused
from sekisho.apps.turns import take_turn
from sekisho.gateways import clock
from sekisho.terms.moments import tokyo_date

from ..ledger import Entry, Leg, post_new
from ..models import (
    Account,
    LineOutcome,
    Receipt,
    ReceiptFile,
    ReceiptFileLine,
)
from ..payer_names import normalised
from ..zengin import Account as BankAccount
from ..zengin import BankFile, Direction, ZenginError, read_bank_file
from ..zengin import Entry as BankEntry

TEXT_CHARACTERS_MAX = 200
YEN_MAX = 10**12
MANUAL = "manual"

Told: TypeAlias = dict[str, Any]
"""What was told of one payment, in the columns of ``Receipt``; days as ISO text, so that it can be kept as JSON."""


@transaction.atomic
def import_bank_file(actor: Person, *, name: str, content: bytes) -> ReceiptFile:
    """Take in a notice of transfers or a statement. The same file again changes nothing and answers the first."""
    require(actor, "receipts.import")
    sha256 = hashlib.sha256(content).hexdigest()
    take_turn("billing.receipts")
    known = ReceiptFile.objects.filter(sha256=sha256).first()
    if known is not None:
        return known
    try:
        read = read_bank_file(content, tokyo_date(clock.now()))
    except ZenginError as error:
        raise Refused(error.code, error.words.ja, error.words.en) from None
    file = ReceiptFile.objects.create(
        sha256=sha256,
        name=name[:TEXT_CHARACTERS_MAX],
        kind=read.kind.value,
        content=content,
        adds_up=not read.problems,
        imported_at=clock.now(),
        imported_by=kept_name(actor.pk, actor.name),
    )
    ReceiptFileLine.objects.bulk_create([*_entry_lines(actor, file, read), *_problem_lines(file, read)])
    outcomes = Counter(file.lines.values_list("outcome", flat=True))
    record(actor, act="billing.import_bank_file", object=f"receipt_file:{sha256[:12]}", details=dict(outcomes))
    return file


@transaction.atomic
def enter_receipt(actor: Person, *, paid_on: dt.date, yen: int, payer_name: str, text: str) -> Receipt:
    """A payment that no file tells of, such as one at the counter; ``text`` says where it is to be found."""
    require(actor, "receipts.import")
    if not 0 < yen <= YEN_MAX:
        raise Refused("receipt.amount", "金額は1円以上で入力してください。", "The amount has to be at least 1 yen.")
    if not text.strip():
        raise Refused("receipt.text", "入金の根拠を入力してください。", "Say where this payment is to be found.")
    if paid_on > tokyo_date(clock.now()):
        raise Refused("receipt.future", "入金日が未来の日付です。", "The day of payment lies in the future.")
    take_turn("billing.receipts")
    told: Told = {
        "paid_on": paid_on.isoformat(),
        "booked_on": paid_on.isoformat(),
        "yen": yen,
        "payer_name": _text(payer_name),
        "text": _text(text),
        "likeness": "",
    }
    told["identity"] = next_identity(_digest(MANUAL, *map(str, told.values())))
    (receipt,) = receive(actor, [told], MANUAL)
    record(actor, act="billing.enter_receipt", object=f"receipt:{receipt.number}", details={"yen": yen})
    return receipt


def _entry_lines(actor: Person, file: ReceiptFile, read: BankFile) -> list[ReceiptFileLine]:
    lines = [
        ReceiptFileLine(file=file, line=entry.line, outcome=_outcome(entry), told=_told(file.kind, told.account, entry))
        for told in read.statements
        for entry in told.entries
    ]
    paid = [line for line in lines if line.outcome == LineOutcome.RECEIVED]
    _number_copies(paid)
    known = _known([line.told for line in paid], file.kind)
    for line in paid:
        if line.told["identity"] in known or line.told["likeness"] in known:
            line.outcome = LineOutcome.REPEATED
    new = [line for line in paid if line.outcome == LineOutcome.RECEIVED]
    for line, receipt in zip(new, receive(actor, [line.told for line in new], file.kind), strict=True):
        line.receipt = receipt
    return lines


def _number_copies(paid: Iterable[ReceiptFileLine]) -> None:
    """Equal records of one file are payments of their own: the first, the second..."""
    copies: Counter[str] = Counter()
    for line in paid:
        same = line.told["identity"]
        line.told["identity"] = f"{same}:{copies[same]}"
        copies[same] += 1


def _known(told: Sequence[Told], kind: str) -> set[str]:
    """Identities that an earlier file brought, and likenesses that one of the other kind did."""
    same = Receipt.objects.filter(identity__in=[one["identity"] for one in told])
    alike = Receipt.objects.filter(likeness__in=[one["likeness"] for one in told]).exclude(source=kind)
    return {*same.values_list("identity", flat=True), *alike.values_list("likeness", flat=True)}


def _problem_lines(file: ReceiptFile, read: BankFile) -> Iterator[ReceiptFileLine]:
    for problem in read.problems:
        yield ReceiptFileLine(
            file=file,
            line=problem.line,
            outcome=LineOutcome.PROBLEM,
            code=problem.code,
            words_ja=problem.words.ja,
            words_en=problem.words.en,
            raw=problem.raw,
        )


def _outcome(entry: BankEntry) -> LineOutcome:
    if entry.takes_back:
        return LineOutcome.TAKES_BACK
    # A record of 0 yen is a bank's remark, and nothing that could pay anything.
    return LineOutcome.RECEIVED if entry.direction is Direction.IN and entry.yen else LineOutcome.WITHDRAWAL


def _told(kind: str, account: BankAccount, entry: BankEntry) -> Told:
    number = account.branch_code + account.number[-7:]
    likeness = _digest(
        account.bank_code, number, entry.booked_on.isoformat(), str(entry.yen), normalised(entry.payer_name)
    )
    return {
        "bank_code": account.bank_code,
        "account": number,
        "paid_on": entry.value_on.isoformat(),
        "booked_on": entry.booked_on.isoformat(),
        "yen": entry.yen,
        "payer_name": entry.payer_name,
        "payer_code": entry.payer_code,
        "payer_bank": f"{entry.payer_bank} {entry.payer_branch}".strip(),
        "text": f"{entry.edi} {entry.summary}".strip(),
        "likeness": likeness,
        "identity": _digest(kind, entry.reference, likeness),
    }


def receive(actor: Person, told: Sequence[Told], source: str) -> list[Receipt]:
    """Receipts of what was told, posted as money from nobody known. The caller holds the turn of receipts."""
    last = Receipt.objects.order_by("-id").values_list("id", flat=True).first() or 0
    receipts = Receipt.objects.bulk_create(
        Receipt(
            **one | {name: dt.date.fromisoformat(one[name]) for name in ("paid_on", "booked_on")},
            number=f"RC{number:08}",
            source=source,
            recorded_at=clock.now(),
            recorded_by=kept_name(actor.pk, actor.name),
        )
        for number, one in enumerate(told, last + 1)
    )
    post_new(actor, [_receipt_entry(receipt) for receipt in receipts])
    return receipts


def _receipt_entry(receipt: Receipt) -> Entry:
    legs = (Leg(Account.BANK, receipt.yen), Leg(Account.SUSPENSE, -receipt.yen))
    return Entry(key=f"receipt:{receipt.pk}", kind="receipt", on=receipt.paid_on, contract_id=None, legs=legs)


def next_identity(identity: str) -> str:
    base = identity.rpartition(":")[0] or identity
    return f"{base}:{Receipt.objects.filter(identity__startswith=f'{base}:').count()}"


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x00".join(parts).encode()).hexdigest()


def _text(text: str) -> str:
    return text.strip()[:TEXT_CHARACTERS_MAX]
