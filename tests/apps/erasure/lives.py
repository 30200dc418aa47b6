"""A contract about which everybody has written something, with a mark wherever a person can write."""

from __future__ import annotations

import dataclasses
import datetime as dt

from sekisho.apps.accounts import actions as accounts
from sekisho.apps.accounts.actions.inviting import invite
from sekisho.apps.accounts.actions.tokens import issue_token
from sekisho.apps.accounts.models import Organisation, OrganisationKind, Person, Role, TokenScope
from sekisho.apps.billing.actions.allocating import Use
from sekisho.apps.billing.actions.correcting import dismiss_line, return_receipt
from sekisho.apps.billing.actions.credits import propose_goodwill
from sekisho.apps.billing.actions.dunning import drop_letter, remind
from sekisho.apps.billing.actions.invoices import cancel_invoice
from sekisho.apps.billing.actions.matching import confirm_receipt, undo_allocation
from sekisho.apps.billing.actions.payers import register_payer_name
from sekisho.apps.billing.actions.receiving import enter_receipt, import_bank_file
from sekisho.apps.billing.actions.suspending import decline_suspension, propose_suspension
from sekisho.apps.billing.models import Receipt
from sekisho.apps.billing.queries.receipts import lines_to_look_at
from sekisho.apps.billing.zengin import write_bank_file
from sekisho.apps.contracts import actions
from sekisho.apps.contracts.actions import measures, set_contacts
from sekisho.apps.contracts.actions.parties import PartyFacts, change_party, finish_follow_up
from sekisho.apps.contracts.actions.taking_on import starting_sheet
from sekisho.apps.contracts.models import Contact, Contract, FollowUp
from sekisho.apps.contracts.queries import told_of
from sekisho.apps.notices import actions as notices
from sekisho.apps.notices.models import CallResult, Channel, Notice
from sekisho.apps.registers import actions as registers
from sekisho.apps.registers.models import Side
from sekisho.gateways import clock
from sekisho.gateways.clock import StandingClock
from sekisho.terms.history import FactKind

from ..billing.debtors import admin_of, invoiced
from ..billing.test_zengin import entry, notice
from ..contracts.forms_of_tests import draft, screened, submitted
from ..world import PASSWORD, TESTER, World
from .traces import HALF_WIDTH, KANA, LATIN, MARK

STARTED_ON = dt.date(2026, 5, 4)
NAME = f"株式会社{MARK}"
CALLED = {
    "name": NAME,
    "name_kana": KANA,
    "name_en": f"{LATIN} Inc.",
    "address": f"福岡県{MARK}町1",
    "representative": f"{MARK} 太郎",
}


def marked_contract(world: World, hand: StandingClock) -> Contract:
    """Applied for, started, changed, billed, paid, disputed, cancelled and ended, in marked words only."""
    customer = accounts.add_organisation(TESTER, kind=OrganisationKind.CONTRACTOR, name=NAME, name_en=f"{LATIN} Inc.")
    owner = _people(world, customer)
    contract = _accepted(world, customer)
    _served(world, contract, owner, hand)
    _registers(world, contract)
    _parties(contract)
    _money(world, contract, hand)
    return contract


def end(world: World, contract: Contract) -> None:
    """Two people end it, in marked words."""
    second = accounts.add_person(
        TESTER,
        organisation=world.carrier.organisation,
        role=Role.CARRIER_ADMIN,
        email="second@carrier.example",
        name="二人目",
        password=PASSWORD,
    )
    fields = {"contract": contract, "ground": "insolvency", "fact": MARK, "evidence": MARK, "reason": MARK}
    first = measures.propose_termination(world.carrier, **fields)
    measures.reject_termination(second, measure=first, reason=MARK)
    measures.approve_termination(second, measure=measures.propose_termination(world.carrier, **fields))


def _people(world: World, customer: Organisation) -> Person:
    owner = accounts.add_person(
        TESTER,
        organisation=customer,
        role=Role.CONTRACTOR_ADMIN,
        email=f"{LATIN}@customer.example",
        name=f"{MARK} 花子",
        password=PASSWORD,
    )
    admin = admin_of(world)
    issue_token(
        admin,
        organisation=customer,
        role=Role.CONTRACTOR_ADMIN,
        name=MARK,
        scopes=[TokenScope.CONTRACTS_READ],
        days=30,
    )
    return owner


def _accepted(world: World, customer: Organisation) -> Contract:
    screening = screened(customer, subjects=[MARK], source=MARK, evidence=MARK)
    assert screening.pk
    actions.refuse_application(
        TESTER, application=submitted(customer, "LINE-7", notes=MARK), ground="technical", text=MARK
    )
    withdrawn = draft(customer, "LINE-8", notes=MARK, contractor=CALLED)
    actions.withdraw_application(TESTER, application=withdrawn, reason=MARK)
    first = submitted(customer, "LINE-6", notes="先の申込")
    sheet = {"label": MARK, "policy": starting_sheet({"ids_ips"})}
    joint = {**CALLED, "name": f"合同会社{MARK}", "representative": MARK}
    application = submitted(
        customer, "LINE-9", notes=MARK, contractor=CALLED, devices=[sheet], joint_contractors=[joint]
    )
    contract = actions.accept_application(TESTER, application=application, out_of_turn_reason=MARK)
    actions.withdraw_application(TESTER, application=first, reason=MARK)
    return contract


def _served(world: World, contract: Contract, owner: Person, hand: StandingClock) -> None:
    reached = {"phone": f"+81-{LATIN}", "mail": f"{LATIN}@reach.example", "confirmed_on": STARTED_ON}
    set_contacts(TESTER, contract=contract, contacts=[Contact(name=MARK, **reached)])
    actions.begin_provisioning(TESTER, contract=contract)
    actions.confirm_as_built(world.carrier, contract=contract, devices=1, mismatches=0, note=MARK)
    actions.start_service(TESTER, contract=contract, started_on=STARTED_ON)
    assert told_of(contract).of_kind(FactKind.SERVICE)
    change = actions.request_change(owner, contract=contract, form={"add_accounts": 2, "notes": MARK}, office="福岡")
    invite(owner, organisation=owner.organisation, role=Role.CONTRACTOR_MEMBER, email=f"b{LATIN}@c.example", name=MARK)
    actions.refuse_application(TESTER, application=change, ground="unsuitable", text=MARK)
    actions.cancel(owner, contract=contract)
    actions.withdraw_cancellation(TESTER, contract=contract, carrier_consents=True, reason=MARK)
    _notices(world, contract)


def _notices(world: World, contract: Contract) -> None:
    about = {"contract_id": contract.pk, "subject_of": f"contract:{contract.number}", "level": ""}
    call = notices.add_call(TESTER, **about, numbers=[f"+81-{LATIN}"])
    told = {"number": f"+81-{LATIN}", "contact_name": MARK, "started_at": clock.now()}
    notices.record_call(world.carrier, notice=call, **told, result=CallResult.NO_ANSWER, note=MARK)
    for mail in Notice.objects.filter(contract_id=contract.pk, channel=Channel.MAIL)[:1]:
        notices.withdraw(world.carrier, notice=mail, reason=MARK)


def _registers(world: World, contract: Contract) -> None:
    case = registers.open_case(world.carrier, contract=contract, ground="malware", facts=MARK, occurred_at=clock.now())
    registers.demand(world.carrier, case=case, reason=MARK)
    registers.close_case(world.carrier, case=case, text=MARK)
    dispute = registers.open_dispute(world.carrier, contract=contract, matter=MARK)
    registers.settle_dispute(world.carrier, dispute=dispute, text=MARK)
    claim = {"against": Side.CONTRACTOR, "occurred_on": STARTED_ON, "claimed_yen": 1, "text": MARK, "caused_by": MARK}
    made = registers.claim_damage(world.carrier, contract=contract, **claim)
    decided = {"attributable": True, "monthly_fee_yen": 1, "agreed_yen": 1, "decision": MARK}
    registers.decide_damage(world.carrier, claim=made, **decided)
    registers.add_end_user(world.carrier, contract=contract, name=MARK, since_on=STARTED_ON)


def _parties(contract: Contract) -> None:
    party = contract.parties.get(organisation=contract.contractor)
    facts = PartyFacts(f"株式会社{MARK}改", f"{LATIN} 2", MARK, MARK)
    days = {"changed_on": STARTED_ON, "arrived_on": STARTED_ON}
    change_party(TESTER, party=party, facts=facts, **days, proof=MARK)
    for task in FollowUp.objects.filter(contract=contract):
        finish_follow_up(TESTER, task=task, note=MARK)


def _money(world: World, contract: Contract, hand: StandingClock) -> None:
    desk = admin_of(world)
    register_payer_name(desk, organisation=contract.contractor, name=KANA)
    wrong = invoiced(contract, addressee=NAME)
    cancel_invoice(desk, invoice=wrong, reason=MARK)
    invoice = invoiced(contract, addressee=NAME)
    hand.advance(days=40)
    drop_letter(desk, letter=remind(TESTER, contract=contract), reason=MARK)
    hand.advance(days=60)
    proposal = propose_suspension(TESTER, contract=contract)
    decline_suspension(desk, proposal=proposal, reason=MARK)
    propose_goodwill(desk, contract=contract, month=dt.date(2026, 5, 1), yen=100, reason=MARK)
    _receipts(desk, contract, invoice)


def _receipts(desk: Person, contract: Contract, invoice) -> None:
    today = clock.now().date()
    days = {"booked_on": today, "value_on": today, "payer_name": f"ｶ){HALF_WIDTH}", "payer_bank": HALF_WIDTH}
    read = notice(entry(110_000, **days))
    block = dataclasses.replace(read.statements[0], created_on=today, first_on=today, last_on=today)
    read = dataclasses.replace(read, statements=(block,))
    file = import_bank_file(desk, name=f"{LATIN}.txt", content=write_bank_file(read))
    for line in lines_to_look_at(file):
        dismiss_line(desk, line=line, note=MARK)
    receipt = Receipt.objects.get(lines__file=file)
    used = confirm_receipt(desk, receipt=receipt, uses=[Use(110_000, contract, invoice)])
    undo_allocation(desk, allocation=used[0], reason=MARK)
    confirm_receipt(desk, receipt=receipt, uses=[Use(110_000, contract, invoice)])
    manual = enter_receipt(desk, paid_on=today, yen=500, payer_name=MARK, text=MARK)
    return_receipt(desk, receipt=manual, reason=MARK)
