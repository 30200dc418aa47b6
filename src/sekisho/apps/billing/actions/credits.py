"""Giving money back: credits for missed service levels (Art. 35-1), adjustments, and goodwill that two people decide.

A credit stands on the next invoice as a minus line; what that cannot take is carried on, and the final one pays it
out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import transaction

from sekisho.apps.accounts.models import Person
from sekisho.apps.accounts.permissions import require
from sekisho.apps.audit.actions import Actor, record
from sekisho.apps.audit.models import kept_name
from sekisho.apps.contracts.models import Contract
from sekisho.apps.contracts.queries import terms_of
from sekisho.apps.refusals import Refused
from sekisho.gateways import clock
from sekisho.terms.credit import credit_line
from sekisho.terms.moments import tokyo_date
from sekisho.terms.words import Words

from ..ledger import Entry, Leg, post
from ..models import Account, Charge, ChargeKind, Credit, CreditKind, GoodwillProposal, TaxTreatment
from ..recording import take_turns
from .charges import KeyTaken, add_charge

EXPENSE: dict[CreditKind, Account] = {
    CreditKind.SLA: Account.REDUCTION,
    CreditKind.ADJUSTMENT: Account.REDUCTION,
    CreditKind.GOODWILL: Account.GOODWILL,
}


@transaction.atomic
def grant_credit(
    actor: Actor,
    contract: Contract,
    month: dt.date,
    yen: int,
    key: str,
    lines: Iterable[Words] = (),
    *,
    kind: CreditKind = CreditKind.SLA,
    article: str = "35-1",
    rule: str = "sla_credit",
    tax: TaxTreatment | None = None,
    words: Words | None = None,
    approved_by: str = "",
) -> Credit:
    """``yen`` (positive) off the next invoice, about the month of that day; ``lines`` name the events.

    The same key again gives the credit that is there; ``KeyTaken`` if it stands for another amount. ``tax`` None: as
    the terms' switch for credits says.
    """
    take_turns([contract.pk])
    there = Credit.objects.filter(contract=contract, key=key).first()
    if there is not None:
        if (there.yen, there.kind) != (yen, kind):
            raise KeyTaken(f"{contract}: {key} is a credit of {there.yen} yen")
        return there
    first = month.replace(day=1)
    named, note = words or _WORDS[kind].with_facts(f"{first:%Y-%m}"), _joined(lines)
    credit = Credit.objects.create(
        contract=contract,
        key=key,
        kind=kind,
        month=first,
        yen=yen,
        tax=tax or sla_tax(contract, yen),
        article=article,
        rule=rule,
        terms_version=contract.terms_version,
        words_ja=named.ja,
        words_en=named.en,
        note_ja=note.ja,
        note_en=note.en,
        granted_at=clock.now(),
        granted_by=kept_name(actor.pk, actor.name),
        approved_by=approved_by,
    )
    post(actor, credit_entry(credit))
    record(
        actor,
        act="billing.grant_credit",
        object=f"contract:{contract.number}",
        contract_id=contract.pk,
        terms_version=credit.terms_version,
        details={"key": key, "kind": kind.value, "yen": yen, "month": first.isoformat(), "article": article},
    )
    return credit


def take_back_credit(
    actor: Actor, contract: Contract, month: dt.date, yen: int, key: str, lines: Iterable[Words] = ()
) -> Charge:
    """A credit that was too high: the difference (positive) is owed again, on the next invoice."""
    return add_charge(
        actor,
        contract,
        ChargeKind.ADJUSTMENT,
        yen,
        tokyo_date(clock.now()),
        "35-1",
        key,
        sla_tax(contract, yen),
        words=_TAKEN_BACK.with_facts(f"{month:%Y-%m}"),
        note=_joined(lines),
        rule="sla_credit",
    )


def sla_tax(contract: Contract, yen: int) -> TaxTreatment:
    """Whether a credit for a missed service level comes off before the tax (switch ``sla_credit_tax``)."""
    taxable = credit_line(yen, terms=terms_of(contract)).taxable
    return TaxTreatment.TAXABLE if taxable else TaxTreatment.OUT_OF_SCOPE


def credit_entry(credit: Credit) -> Entry:
    return Entry(
        key=f"credit:{credit.pk}",
        kind="credit",
        on=tokyo_date(credit.granted_at),
        contract_id=credit.contract_id,
        legs=(Leg(EXPENSE[CreditKind(credit.kind)], credit.yen), Leg(Account.CREDITS, -credit.yen)),
        article=credit.article,
        terms_version=credit.terms_version,
    )


@transaction.atomic
def propose_goodwill(person: Person, *, contract: Contract, month: dt.date, yen: int, reason: str) -> GoodwillProposal:
    """Ask for a reduction that the terms don't give (Art. 34-2); it waits for a second person."""
    require(person, "billing.manage")
    if yen <= 0 or not reason.strip():
        raise Refused(
            "goodwill.incomplete", "金額と理由が必要です。", "It needs an amount and a reason.", GOODWILL_ARTICLE
        )
    proposal = GoodwillProposal.objects.create(
        contract=contract,
        month=month.replace(day=1),
        yen=yen,
        reason=reason,
        proposed_at=clock.now(),
        proposed_by=person,
    )
    _record(person, "billing.propose_goodwill", proposal)
    return proposal


@transaction.atomic
def decide_goodwill(person: Person, *, proposal: GoodwillProposal, approved: bool) -> Credit | None:
    """Approve or decline; never by the person who asked."""
    require(person, "billing.approve")
    row = GoodwillProposal.objects.select_for_update().get(pk=proposal.pk)
    if row.decided_at is not None:
        raise Refused("goodwill.decided", "既に決裁済みです。", "It has been decided already.", GOODWILL_ARTICLE)
    if row.proposed_by_id == person.pk:
        raise Refused(
            "goodwill.needs_two", "別の担当者の承認が必要です。", "A second person has to approve.", GOODWILL_ARTICLE
        )
    row.decided_at, row.decided_by, row.approved = clock.now(), person, approved
    row.save()
    _record(person, "billing.decide_goodwill", row)
    if not approved:
        return None
    return grant_credit(
        person,
        row.contract,
        row.month,
        row.yen,
        f"goodwill:{row.pk}",
        kind=CreditKind.GOODWILL,
        article=GOODWILL_ARTICLE,
        rule="interruption_reduction",
        tax=TaxTreatment.TAXABLE,
        approved_by=kept_name(person.pk, person.name),
    )


def _record(person: Person, act: str, proposal: GoodwillProposal) -> None:
    record(
        person,
        act=act,
        object=f"goodwill:{proposal.pk}",
        contract_id=proposal.contract_id,
        details={"yen": proposal.yen, "month": proposal.month.isoformat(), "approved": proposal.approved},
    )


def _joined(lines: Iterable[Words]) -> Words:
    known = list(lines)
    return Words("、".join(line.ja for line in known), "; ".join(line.en for line in known))


GOODWILL_ARTICLE = "34-2"
_WORDS: dict[CreditKind, Words] = {
    CreditKind.SLA: Words("SLA未達による減額({0}分)", "Credit for missed service levels of {0}"),
    CreditKind.GOODWILL: Words("特別減額({0}分)", "Goodwill reduction for {0}"),
    CreditKind.ADJUSTMENT: Words("料金調整({0}分)", "Adjustment of {0}"),
}
_TAKEN_BACK = Words("SLA減額の訂正({0}分)", "Correction of the credit of {0}")
