"""Taking in what the bank tells: files once, records once, and single payments that a person enters.

A receipt is posted as money from a payer whom nobody knows yet; ``actions.matching`` says what it is for.
Refused: a file that can't be read at all. Anything less is kept as a line with its reason.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Iterator

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
    told = {
        "paid_on": paid_on.isoformat(),
        "booked_on": paid_on.isoformat(),
        "yen": yen,
        "payer_name": _text(payer_name),
        "text": _text(text),
    }
    told["identity"] = next_identity(_digest(MANUAL, *map(str, told.values())))
    receipt = receive(actor, told, MANUAL, likeness="")
    record(actor, act="billing.enter_receipt", object=f"receipt:{receipt.number}", details={"yen": yen})
    return receipt


def _entry_lines(actor: Person, file: ReceiptFile, read: BankFile) -> Iterator[ReceiptFileLine]:
    copies: Counter[str] = Counter()
    for statement in read.statements:
        for entry in statement.entries:
            told = _told(statement.account, entry)
            line = ReceiptFileLine(file=file, line=entry.line, outcome=_outcome(entry), told=told)
            if line.outcome == LineOutcome.RECEIVED:
                same = _digest(file.kind, entry.reference, told["likeness"])
                told["identity"] = f"{same}:{copies[same]}"
                copies[same] += 1
                if _is_known(told, file.kind):
                    line.outcome = LineOutcome.REPEATED
                else:
                    line.receipt = receive(actor, told, file.kind, told["likeness"])
            yield line


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


def _told(account: BankAccount, entry: BankEntry) -> dict[str, object]:
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
    }


def _is_known(told: dict[str, object], kind: str) -> bool:
    if Receipt.objects.filter(identity=told["identity"]).exists():
        return True
    # The same payment, told by the other kind of file before.
    return Receipt.objects.filter(likeness=told["likeness"]).exclude(source=kind).exists()


def receive(actor: Person, told: dict[str, object], source: str, likeness: str) -> Receipt:
    last = Receipt.objects.order_by("-id").values_list("id", flat=True).first() or 0
    fields = {name: value for name, value in told.items() if name != "likeness"}
    receipt = Receipt.objects.create(
        **fields | {"paid_on": dt.date.fromisoformat(str(told["paid_on"]))}
        | {"booked_on": dt.date.fromisoformat(str(told["booked_on"]))},
        number=f"RC{last + 1:08}",
        source=source,
        likeness=likeness,
        recorded_at=clock.now(),
        recorded_by=kept_name(actor.pk, actor.name),
    )  # fmt: skip
    legs = (Leg(Account.BANK, receipt.yen), Leg(Account.SUSPENSE, -receipt.yen))
    post(actor, Entry(key=f"receipt:{receipt.pk}", kind="receipt", on=receipt.paid_on, contract_id=None, legs=legs))
    return receipt


def next_identity(identity: str) -> str:
    base = identity.rpartition(":")[0] or identity
    return f"{base}:{Receipt.objects.filter(identity__startswith=f'{base}:').count()}"


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x00".join(parts).encode()).hexdigest()


def _text(text: str) -> str:
    return text.strip()[:TEXT_CHARACTERS_MAX]
