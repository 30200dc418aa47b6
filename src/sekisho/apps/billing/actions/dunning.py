"""Reminders, level by level: made by a job or a person, sent by a person's word or, where it is set so, at once.

A letter states what was overdue on its day. It goes to the representative; a person may have it written to any or
all of those who answer for the debt (Art. 33-1).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import transaction

from sekisho.apps.accounts.models import Organisation, Person
from sekisho.apps.accounts.permissions import require
from sekisho.apps.accounts.queries import people_of
from sekisho.apps.audit.actions import Actor, record
from sekisho.apps.contracts.models import Contract
from sekisho.apps.contracts.notifying import readers_of
from sekisho.apps.contracts.queries import terms_of
from sekisho.apps.contracts.queries.parties import representative_on
from sekisho.apps.documents.actions import keep
from sekisho.apps.documents.kinds import DocumentKind
from sekisho.apps.notices import actions as notices
from sekisho.apps.refusals import Refused
from sekisho.apps.scope import current
from sekisho.apps.turns import take_turn
from sekisho.gateways import clock
from sekisho.gateways.typesetting import typeset
from sekisho.terms.moments import ONE_DAY, tokyo_date
from sekisho.terms.versions import Terms

from ..debts import Debt
from ..dunning_papers import FINAL_LEVEL, mail_body, mail_subject, paper_of
from ..dunning_steps import Level, next_level
from ..models import DunningDecision, DunningLetter, DunningLevel
from ..queries.dunning import dunning_levels, exposures, reached_levels
from ..queries.issuer import issuer_on
from ..queries.receivables import overdue_debts
from .allocating import given_reason

DAYS_MAX = 365


@transaction.atomic
def set_dunning_level(
    actor: Person, *, level: int, days_late: int, pay_within_days: int, automatic: bool
) -> DunningLevel:  # fmt: skip
    """Change when a level is due, how long it gives, and whether its letters wait for a person."""
    require(actor, "dunning.set")
    if not (0 < days_late <= DAYS_MAX and 0 < pay_within_days <= DAYS_MAX):
        raise Refused("dunning.days", "日数は1〜365です。", "Days go from 1 to 365.")
    row = DunningLevel.objects.select_for_update().filter(pk=level).first()
    if row is None:
        raise Refused("dunning.level", "その段階はありません。", "There is no such level.")
    row.days_late, row.pay_within_days, row.automatic = days_late, pay_within_days, automatic
    row.save()
    details = {"days_late": days_late, "pay_within_days": pay_within_days, "automatic": automatic}
    record(actor, act="billing.set_dunning_level", object=f"dunning_level:{level}", details=details)
    return row


@transaction.atomic
def remind(actor: Actor, *, contract: Contract) -> DunningLetter | None:
    """The letter that is due to the representative today, if one is; the job asks this of every contract in arrears."""
    today = tokyo_date(clock.now())
    take_turn("billing.dunning", contract.pk)
    debts = overdue_debts(current(), today, [contract.pk]).get(contract.pk)
    if not debts:
        return None
    reached = reached_levels(current(), [debts[0].key])[debts[0].key]
    level = next_level(dunning_levels(), debts[0].days_late(today), reached, today)
    if level is None:
        return None
    letter = _write(actor, contract, debts, level, representative_on(contract, today))
    if DunningLevel.objects.get(pk=level.level).automatic:
        _send(actor, letter, "")
    return letter


@transaction.atomic
def make_letters(
    actor: Person, *, contract: Contract, level: int, addressees: Sequence[Organisation]
) -> list[DunningLetter]:
    """Letters of one level to some or all who answer for the debt. Refused to anybody who doesn't."""
    require(actor, "dunning.decide")
    today = tokyo_date(clock.now())
    take_turn("billing.dunning", contract.pk)
    debts = overdue_debts(current(), today, [contract.pk]).get(contract.pk)
    chosen = next((one for one in dunning_levels() if one.level == level), None)
    if not debts or chosen is None:
        raise Refused("dunning.nothing_late", "延滞している請求はありません。", "Nothing is overdue.", "28-1")
    answering = {exposure.organisation.pk for exposure in exposures(current(), contract, today)}
    if not addressees or not {organisation.pk for organisation in addressees} <= answering:
        raise Refused(
            "dunning.not_liable", "債務を負う契約者ではありません。", "This party does not answer for the debt.", "33-1"
        )
    there = DunningLetter.objects.filter(oldest_id=debts[0].key, level=level)
    known = set(there.values_list("addressee_id", flat=True))
    return [_write(actor, contract, debts, chosen, one) for one in addressees if one.pk not in known]


@transaction.atomic
def send_letter(actor: Person, *, letter: DunningLetter, note: str = "") -> DunningLetter:
    """The letter goes out: kept as a document, on the portal, and told of by mail."""
    require(actor, "dunning.decide")
    return _send(actor, _undecided(letter), note)


@transaction.atomic
def drop_letter(actor: Person, *, letter: DunningLetter, reason: str) -> DunningLetter:
    """The letter does not go out; its level counts as reached."""
    require(actor, "dunning.decide")
    reason = given_reason(reason)
    return _decide(actor, _undecided(letter), DunningDecision.DROPPED, reason)


def _write(actor: Actor, contract: Contract, debts: Sequence[Debt], level: Level, to: Organisation) -> DunningLetter:
    today = tokyo_date(clock.now())
    take_turn("billing.dunning_number")
    last = DunningLetter.objects.order_by("-id").values_list("id", flat=True).first() or 0
    terms = terms_of(contract)
    items = [_item(debt, today, terms) for debt in debts]
    pay_by_on = today + level.pay_within_days * ONE_DAY
    joint = [one.organisation for one in exposures(current(), contract, today) if one.organisation.pk != to.pk]
    letter = DunningLetter.objects.create(
        number=f"DL{last + 1:08}",
        contract=contract,
        oldest_id=debts[0].key,
        level=level.level,
        addressee=to,
        joint=[organisation.name for organisation in joint],
        language=next(iter(_readers(contract, to)), "ja"),
        dated=today,
        items=items,
        open_yen=sum(item["open_yen"] for item in items),
        interest_yen=sum(item["interest_yen"] for item in items),
        pay_by_on=pay_by_on,
        suspends_on=pay_by_on + ONE_DAY if level.level >= FINAL_LEVEL else None,
        made_at=clock.now(),
    )
    _record(actor, "make_dunning_letter", letter)
    return letter


def _item(debt: Debt, today: dt.date, terms: Terms) -> dict[str, Any]:
    """One open invoice; its interest counts through today, as if the rest were paid tomorrow."""
    return {
        "number": debt.number,
        "invoiced_on": debt.dated.isoformat(),
        "due_on": debt.due_on.isoformat(),
        "invoiced_yen": debt.yen,
        "open_yen": debt.open_yen,
        "interest_yen": debt.interest(today + ONE_DAY, terms=terms).value,
    }


def _undecided(letter: DunningLetter) -> DunningLetter:
    rows = DunningLetter.objects.select_for_update(of=("self",)).select_related("contract", "addressee", "oldest")
    found = rows.get(pk=letter.pk)
    if found.decided_at is not None:
        raise Refused("dunning.decided", "この督促状は処理済みです。", "This letter has been decided on already.")
    return found


def _send(actor: Actor, letter: DunningLetter, note: str) -> DunningLetter:
    document = keep(
        actor,
        kind=DocumentKind.DUNNING_LETTER,
        number=letter.number,
        contract_id=letter.contract_id,
        language=letter.language,
        dated=letter.dated,
        yen=letter.open_yen + letter.interest_yen,
        counterparty=letter.addressee.name,
        content=typeset(paper_of(letter, issuer_on(letter.dated))),
    )
    letter.document_id = document.pk
    letter.notice_id = _mail(actor, letter)
    return _decide(actor, letter, DunningDecision.SENT, note)


def _mail(actor: Actor, letter: DunningLetter) -> int | None:
    """The mail's notice; None where nobody has an address: the letter goes by post."""
    addresses = _readers(letter.contract, letter.addressee).get(letter.language)
    if not addresses:
        return None
    notice = notices.add_mail(
        actor,
        contract_id=letter.contract_id,
        subject_of=f"dunning_letter:{letter.number}",
        level="",
        addresses=addresses,
        language=letter.language,
        subject=mail_subject(letter).in_language(letter.language),
        body=mail_body(letter).in_language(letter.language),
    )
    notices.queue_delivery(notice.pk)
    return notice.pk


def _readers(contract: Contract, to: Organisation) -> dict[str, list[str]]:
    """Language -> addresses: the contract's contacts for its contractor, else the party's own people."""
    if to.pk == contract.contractor_id:
        return readers_of(contract)
    found: dict[str, list[str]] = {}
    for person in people_of(to):
        if person.is_active:
            found.setdefault(person.language, []).append(person.email)
    return found


def _decide(actor: Actor, letter: DunningLetter, decision: DunningDecision, note: str) -> DunningLetter:
    letter.decision, letter.note = decision, note
    letter.decided_at, letter.decided_by_id = clock.now(), actor.pk
    letter.save()
    _record(actor, f"{'send' if decision == DunningDecision.SENT else 'drop'}_dunning_letter", letter)
    return letter


def _record(actor: Actor, verb: str, letter: DunningLetter) -> None:
    record(
        actor,
        act=f"billing.{verb}",
        object=f"dunning_letter:{letter.number}",
        contract_id=letter.contract_id,
        details={"level": letter.level, "open_yen": letter.open_yen, "interest_yen": letter.interest_yen},
    )
