"""A reminder as a paper, and the mail that goes with it, in the addressee's language."""

from __future__ import annotations

import datetime as dt

from sekisho.apps.contracts.queries.parties import Addressee as PartyAddressee
from sekisho.apps.contracts.queries.parties import addressee_on, parties_on
from sekisho.apps.scope import current
from sekisho.papers.dunning_letter import DunningLetter as Paper
from sekisho.papers.dunning_letter import DunningLevel as PaperLevel
from sekisho.papers.dunning_letter import OpenInvoice
from sekisho.papers.paper import Language
from sekisho.papers.parties import Addressee, BankAccount
from sekisho.terms.words import Words, Yen

from .models import DunningLetter, IssuerProfile
from .papering import sender_of

FINAL_LEVEL = int(PaperLevel.FINAL)


def paper_of(letter: DunningLetter, issuer: IssuerProfile) -> Paper:
    """What the letter says, ready to be set."""
    party = _addressee(letter)
    return Paper(
        language=Language(letter.language),
        number=letter.number,
        dated=letter.dated,
        addressee=Addressee(name=_named(party, letter.language), address=tuple(party.address.splitlines())),
        sender=sender_of(issuer),
        contract_number=letter.contract.number,
        level=PaperLevel(min(letter.level, FINAL_LEVEL)),
        invoices=tuple(_open_invoice(item) for item in letter.items),
        open_yen=letter.open_yen,
        interest_yen=letter.interest_yen,
        total_yen=letter.open_yen + letter.interest_yen,
        interest_until_on=letter.dated,
        pay_by_on=letter.pay_by_on,
        suspends_on=letter.suspends_on,
        bank_account=BankAccount(**issuer.bank_account) if issuer.bank_account else None,
        joint_parties=tuple(letter.joint),
    )


def mail_subject(letter: DunningLetter) -> Words:
    """The mail's subject; the figures stand in the letter."""
    return _SUBJECTS[min(letter.level, FINAL_LEVEL)].with_facts(letter.number)


def mail_body(letter: DunningLetter) -> Words:
    """The mail that tells of the letter on the portal: what is open, and until when it is to be paid."""
    facts = (letter.contract.number, Yen(letter.open_yen), Yen(letter.interest_yen), letter.pay_by_on)
    body = _BODY.with_facts(*facts)
    if letter.suspends_on is None:
        return body
    threat = _SUSPENDS.with_facts(letter.suspends_on)
    return Words(f"{body.ja}\n{threat.ja}", f"{body.en}\n{threat.en}")


def _addressee(letter: DunningLetter) -> PartyAddressee:
    """The party as it is called on the letter's day; the representative's data for the contractor."""
    for found in parties_on(current(), letter.contract, letter.dated):
        if found.party.organisation_id == letter.addressee_id:
            return PartyAddressee(found.data.name, found.data.name_en, found.data.address)
    if letter.addressee_id == letter.contract.contractor_id:
        return addressee_on(letter.contract, letter.dated)
    return PartyAddressee(letter.addressee.name, letter.addressee.name_en)


def _named(party: PartyAddressee, language: str) -> str:
    return party.name_en if language == Language.EN and party.name_en else party.name


def _open_invoice(item: dict) -> OpenInvoice:
    return OpenInvoice(
        number=item["number"],
        invoiced_on=dt.date.fromisoformat(item["invoiced_on"]),
        due_on=dt.date.fromisoformat(item["due_on"]),
        invoiced_yen=item["invoiced_yen"],
        open_yen=item["open_yen"],
        interest_yen=item["interest_yen"],
    )


_SUBJECTS = {
    1: Words("【お支払いのお願い】{0}", "[Payment reminder] {0}"),
    2: Words("【督促】お支払いについて {0}", "[Demand for payment] {0}"),
    3: Words("【重要】最終のお支払いのお願い {0}", "[Important] Final demand for payment {0}"),
}
_BODY = Words(
    "お世話になっております。\n契約{0}のご利用料金のお支払いを確認できておりません。\n\n"
    "未払額: {1}\n延滞利息(本日まで): {2}\nお支払期限: {3}\n\n"
    "詳しくはポータルの書面をご覧ください。行き違いでお支払い済みの場合はご容赦ください。",
    "We have not yet received the payment of fees of contract {0}.\n\n"
    "Open: {1}\nLate interest to date: {2}\nPlease pay by: {3}\n\n"
    "The letter on the portal has the details. If you have paid meanwhile, please disregard this mail.",
)
_SUSPENDS = Words(
    "期限までにお支払いがない場合、{0}以降、事前に通知のうえサービスの提供を停止することがあります。",
    "Without payment by then, the service may be suspended from {0}, after a further notice.",
)
