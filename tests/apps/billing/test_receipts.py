"""Bank files become receipts: once, whole, and nothing disappears without a reason."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
from django.db import ProgrammingError, transaction

from sekisho.apps.audit.models import AuditRow
from sekisho.apps.billing.actions.allocating import Use
from sekisho.apps.billing.actions.correcting import dismiss_line, receive_repeated, return_receipt
from sekisho.apps.billing.actions.matching import confirm_receipt, undo_allocation
from sekisho.apps.billing.actions.payers import assign_virtual_account, register_payer_name, release_virtual_account
from sekisho.apps.billing.actions.receiving import enter_receipt, import_bank_file
from sekisho.apps.billing.ledger import balances
from sekisho.apps.billing.models import Account, LineOutcome, Receipt, ReceiptFile, ReceiptFileLine
from sekisho.apps.billing.queries.receipts import (
    candidates_for,
    lines_to_look_at,
    receipt_files,
    receipts_taken_back_by,
    unmatched,
)
from sekisho.apps.billing.zengin import Direction, write_bank_file
from sekisho.apps.refusals import Refused
from sekisho.gateways.clock import StandingClock

from ..world import EVERYTHING, World
from .debtors import invoiced, ledger_sum, noon
from .test_zengin import ACCOUNT, READ_ON, entry, lines, notice, statement


@pytest.fixture
def bank(seeing_all: World, hand: StandingClock) -> World:
    hand.move_to(noon(READ_ON))
    return seeing_all


def outcomes(file: ReceiptFile) -> list[str]:
    return list(file.lines.values_list("outcome", flat=True))


def test_each_deposit_of_a_file_becomes_a_posted_receipt(bank: World) -> None:
    content = write_bank_file(notice(entry(110_000), entry(2_000, reference="000002", edi="2026000001")))
    file = import_bank_file(bank.carrier, name="nyukin.txt", content=content)
    assert file.adds_up
    assert outcomes(file) == ["received", "received"]
    first, second = unmatched()
    assert (first.yen, first.payer_name, first.account, first.rest_yen) == (
        110_000,
        "ｶ)ｱｵﾊﾞｾｲｻｸｼﾖ",
        "0011234567",
        110_000,
    )
    assert second.text == "2026000001"
    assert balances(EVERYTHING)[None] == {Account.BANK: 112_000, Account.SUSPENSE: -112_000}
    assert ledger_sum() == 0
    assert AuditRow.objects.get(act="billing.import_bank_file").details == {"received": 2}
    assert bytes(ReceiptFile.objects.get().content) == content


def test_the_same_file_twice_changes_nothing(bank: World) -> None:
    content = write_bank_file(notice(entry()))
    first = import_bank_file(bank.carrier, name="a.txt", content=content)
    again = import_bank_file(bank.carrier, name="b.txt", content=content)
    assert again == first
    assert (Receipt.objects.count(), ReceiptFile.objects.count()) == (1, 1)
    assert AuditRow.objects.filter(act="billing.import_bank_file").count() == 1


def test_a_record_that_came_in_an_earlier_file_waits_for_a_person(bank: World) -> None:
    import_bank_file(bank.carrier, name="a.txt", content=write_bank_file(notice(entry())))
    longer = write_bank_file(notice(entry(), entry(7, reference="000002")))
    file = import_bank_file(bank.carrier, name="b.txt", content=longer)
    assert outcomes(file) == ["repeated", "received"]
    assert [receipt.yen for receipt in unmatched()] == [110_000, 7]
    (line,) = lines_to_look_at(file)
    receipt = receive_repeated(bank.carrier, line=line)
    assert receipt.yen == 110_000
    assert not lines_to_look_at(file)
    with pytest.raises(Refused, match=r"receipt\.line_seen"):
        receive_repeated(bank.carrier, line=line)
    assert Receipt.objects.count() == 3


def test_two_equal_payments_in_one_file_are_two_receipts(bank: World) -> None:
    file = import_bank_file(bank.carrier, name="a", content=write_bank_file(notice(entry(), entry())))
    assert outcomes(file) == ["received", "received"]


def test_a_statement_does_not_bring_a_notice_s_payment_again(bank: World) -> None:
    import_bank_file(bank.carrier, name="01", content=write_bank_file(notice(entry())))
    told = statement(entry(reference="00000009", transaction="11"))
    file = import_bank_file(bank.carrier, name="03", content=write_bank_file(told))
    assert outcomes(file) == ["repeated"]
    assert Receipt.objects.count() == 1


def test_withdrawals_and_cancelled_transfers_are_kept_but_pay_nothing(bank: World) -> None:
    told = statement(entry(500, direction=Direction.OUT, transaction="14"), entry(9, transaction="19"))
    file = import_bank_file(bank.carrier, name="03", content=write_bank_file(told))
    assert outcomes(file) == ["withdrawal", "takes_back"]
    cancelled = write_bank_file(notice(entry(direction=Direction.OUT)))
    assert outcomes(import_bank_file(bank.carrier, name="01", content=cancelled)) == ["takes_back"]
    assert [line.outcome for line in lines_to_look_at()] == ["takes_back", "takes_back"]
    assert not Receipt.objects.exists()


def test_a_transfer_that_the_bank_cancelled_is_returned_once_nothing_uses_it(bank: World) -> None:
    import_bank_file(bank.carrier, name="01", content=write_bank_file(notice(entry())))
    (receipt,) = unmatched()
    (allocation,) = confirm_receipt(bank.carrier, receipt=receipt, uses=[Use(110_000, bank.contract)])
    cancelled = write_bank_file(notice(entry(direction=Direction.OUT)))
    (line,) = lines_to_look_at(import_bank_file(bank.carrier, name="01b", content=cancelled))
    assert receipts_taken_back_by(line) == [receipt]
    with pytest.raises(Refused, match=r"receipt\.used"):
        return_receipt(bank.carrier, receipt=receipt, reason="振込の取消", line=line)
    undo_allocation(bank.carrier, allocation=allocation, reason="振込の取消")
    return_receipt(bank.carrier, receipt=receipt, reason="振込の取消", line=line)
    assert balances(EVERYTHING)[None] == {Account.BANK: 0, Account.SUSPENSE: 0}
    assert not lines_to_look_at()
    assert unmatched() == []
    with pytest.raises(Refused, match=r"receipt\.overspent"):
        confirm_receipt(bank.carrier, receipt=receipt, uses=[Use(1, bank.contract)])
    with pytest.raises(Refused, match=r"receipt\.used"):
        return_receipt(bank.carrier, receipt=receipt, reason="もう一度")


def test_a_line_that_waits_is_dismissed_once_with_a_note(bank: World) -> None:
    records = lines(notice(entry(), entry(2_000)))
    file = import_bank_file(bank.carrier, name="cut", content=b"\r\n".join(records[:3]))
    waiting = list(lines_to_look_at(file))
    assert [line.code for line in waiting] == ["end.missing", "trailer.missing"]
    with pytest.raises(Refused, match=r"reason\.missing"):
        dismiss_line(bank.carrier, line=waiting[0], note="")
    for line in waiting:
        dismiss_line(bank.carrier, line=line, note="銀行に再送を依頼")
    assert not lines_to_look_at(file)
    with pytest.raises(Refused, match=r"receipt\.line_seen"):
        dismiss_line(bank.carrier, line=waiting[0], note="もう一度")
    with pytest.raises(Refused, match=r"receipt\.nothing_to_do"):
        dismiss_line(bank.carrier, line=file.lines.filter(outcome="received").first(), note="不要")


def test_an_unreadable_record_is_kept_with_its_reason_and_line_and_the_file_is_marked(bank: World) -> None:
    records = lines(notice(entry(), entry(2_000)))
    records[1] = records[1][:19] + b"12345X7890" + records[1][29:]
    file = import_bank_file(bank.carrier, name="bad", content=b"\r\n".join(records))
    assert not file.adds_up
    problem = file.lines.filter(outcome=LineOutcome.PROBLEM).first()
    assert (problem.line, problem.code, bytes(problem.raw)) == (2, "yen.digits", records[1])
    assert problem.words_ja
    assert problem.words_en
    assert [receipt.yen for receipt in unmatched()] == [2_000]


def test_what_is_no_bank_file_is_refused_and_leaves_nothing(bank: World) -> None:
    with pytest.raises(Refused, match=r"file\.no_header"):
        import_bank_file(bank.carrier, name="x.pdf", content=b"%PDF-1.7")
    assert not ReceiptFile.objects.exists()


def test_only_the_carrier_imports(bank: World) -> None:
    for person in (bank.analyst, bank.owner):
        with pytest.raises(Refused, match="not_permitted"):
            import_bank_file(person, name="a", content=write_bank_file(notice(entry())))


def test_a_payment_at_the_counter_is_entered_with_its_ground(bank: World) -> None:
    told = {"paid_on": READ_ON, "payer_name": "青葉製作所", "text": "窓口 領収書控 12"}
    receipt = enter_receipt(bank.carrier, yen=5_000, **told)
    assert enter_receipt(bank.carrier, yen=5_000, **told) != receipt
    assert balances(EVERYTHING)[None][Account.BANK] == 10_000
    for wrong, code in (
        ({"yen": 0}, "receipt.amount"),
        ({"text": " "}, "receipt.text"),
        ({"paid_on": READ_ON + dt.timedelta(1)}, "receipt.future"),
    ):
        with pytest.raises(Refused, match=code.replace(".", r"\.")):
            enter_receipt(bank.carrier, **{"yen": 5_000, **told, **wrong})


def test_a_virtual_account_points_to_its_contract_until_it_is_released(bank: World) -> None:
    invoiced(bank.contract, 3_333)
    virtual = assign_virtual_account(bank.carrier, contract=bank.contract, bank_code="0177", account="9010000042")
    account = dataclasses.replace(ACCOUNT, branch_code="901", number="0000042")
    told = dataclasses.replace(notice(entry(3_333)).statements[0], account=account)
    import_bank_file(bank.carrier, name="va", content=write_bank_file(notice(statements=(told,))))
    (receipt,) = unmatched()
    with_account = candidates_for(EVERYTHING, receipt)[0]
    release_virtual_account(bank.carrier, virtual_account=virtual)
    assert with_account.score == candidates_for(EVERYTHING, receipt)[0].score + 50
    assign_virtual_account(bank.carrier, contract=bank.other_contract, bank_code="0177", account="9010000042")
    with pytest.raises(Refused, match=r"virtual_account\.digits"):
        assign_virtual_account(bank.carrier, contract=bank.contract, bank_code="0177", account="901-42")


def test_a_registered_kana_name_finds_its_contractor(bank: World) -> None:
    register_payer_name(bank.carrier, organisation=bank.contract.contractor, name="アオバセイサクショ")
    invoiced(bank.contract)
    import_bank_file(bank.carrier, name="a", content=write_bank_file(notice(entry())))
    (receipt,) = unmatched()
    best = candidates_for(EVERYTHING, receipt)[0]
    assert best.debtor.key == bank.contract.contractor_id
    assert [reason.points for reason in best.reasons] == [30, 30]
    with pytest.raises(Refused, match=r"payer_name\.empty"):
        register_payer_name(bank.carrier, organisation=bank.contract.contractor, name=" ")


def test_what_a_file_said_is_never_changed(bank: World) -> None:
    file = import_bank_file(bank.carrier, name="a", content=write_bank_file(notice(entry())))
    for change in (
        lambda: ReceiptFile.objects.filter(pk=file.pk).update(name="b"),
        lambda: ReceiptFileLine.objects.update(outcome="problem"),
        lambda: ReceiptFileLine.objects.all().delete(),
        lambda: Receipt.objects.update(yen=1),
    ):
        with pytest.raises(ProgrammingError), transaction.atomic():
            change()
    assert [one.pk for one in receipt_files()] == [file.pk]
