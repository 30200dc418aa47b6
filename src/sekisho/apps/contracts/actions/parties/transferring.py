"""A contract comes to another party (Arts. 15-1, 16-2): assignment with consent, merger and split without.

The successor takes over debts, minimum terms and joint liability with the contract itself: nothing of its history
changes. On the effective day the contract's organisation becomes the successor's, and tasks are opened.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from sekisho.apps.accounts.models import Organisation
from sekisho.apps.audit.actions import Actor, record
from sekisho.apps.refusals import Refused, refuse
from sekisho.apps.scope import current
from sekisho.apps.turns import next_number
from sekisho.gateways import clock
from sekisho.terms.due import succession_filing_due
from sekisho.terms.moments import ONE_DAY, tokyo_date
from sekisho.terms.parties import Transfer as TransferKind
from sekisho.terms.parties import succession_announced, succession_filed_in_time, transfer_check
from sekisho.terms.values import Refusal

from ...models import Contract, ContractParty, Transfer
from ...queries.parties import parties_on
from ...queries.standing import terms_of
from .following_up import follow_up
from .joining import PartyFacts, add_leaving, add_party, check_parties, represent


@transaction.atomic
def assign(
    actor: Actor,
    *,
    party: ContractParty,
    to: Organisation,
    facts: PartyFacts,
    effective_on: dt.date,
    consent_document: str,
) -> Transfer:
    """A party passes its rights and debts on; refused without the carrier's written consent (Art. 15-1)."""
    kind, terms = TransferKind.ASSIGNMENT, terms_of(party.contract)
    answer = transfer_check(kind, bool(consent_document.strip()), terms=terms)
    if isinstance(answer, Refusal):
        refuse(answer)
    return _transfer(
        actor, party, to, facts, kind=kind, effective_on=effective_on, consent_document=consent_document.strip()
    )


@transaction.atomic
def succeed(
    actor: Actor,
    *,
    parties: Sequence[ContractParty],
    kind: TransferKind,
    successor: Organisation,
    facts: PartyFacts,
    effective_on: dt.date,
    announced_on: dt.date | None = None,
) -> list[Transfer]:
    """A merger or split: every contract named passes to the successor, by law and without consent.

    Not announced before is a flag, not a refusal (Art. 15-1). The successor files within its days (16-2).
    """
    if kind not in (TransferKind.MERGER, TransferKind.COMPANY_SPLIT):
        raise ValueError(f"a {kind} is no succession")
    made = []
    for party in parties:
        terms = terms_of(party.contract)
        announced = succession_announced(announced_on, effective_on, terms=terms).value
        made.append(
            _transfer(
                actor,
                party,
                successor,
                facts,
                kind=kind,
                effective_on=effective_on,
                announced_on=announced_on,
                filing_due_on=succession_filing_due(effective_on, terms=terms).value,
                not_announced=not announced,
            )
        )
    return made


@transaction.atomic
def file_succession(actor: Actor, *, transfer: Transfer, arrived_on: dt.date, proof: str) -> Transfer:
    """The successor's filing with its proof arrived. Late is a flag, not a refusal (Art. 16-2)."""
    transfer = Transfer.objects.select_for_update(of=("self",)).select_related("contract").get(pk=transfer.pk)
    if transfer.filing_due_on is None or transfer.filed_on is not None:
        raise Refused("succession.not_awaited", "届出を待つ承継ではありません。", "No filing is awaited.", "16-2")
    if not proof.strip():
        raise Refused(
            "succession.no_proof", "承継を証明する書類が必要です。", "A filing needs a document that proves it.", "16-2"
        )
    in_time = succession_filed_in_time(transfer.effective_on, arrived_on, terms=terms_of(transfer.contract)).value
    transfer.filed_on, transfer.proof, transfer.filed_late = arrived_on, proof.strip(), not in_time
    transfer.save(update_fields=("filed_on", "proof", "filed_late"))
    _record(actor, "contracts.file_succession", transfer, {"filed_on": arrived_on.isoformat(), "in_time": in_time})
    return transfer


@transaction.atomic
def apply_transfer(actor: Actor, *, transfer: Transfer) -> bool:
    """On its day the contract becomes the new party's to see. True if that was done now; a repeat does nothing."""
    transfer = Transfer.objects.select_for_update(of=("self",)).get(pk=transfer.pk)
    if transfer.applied_at is not None or tokyo_date(clock.now()) < transfer.effective_on:
        return False
    leaving, joining = transfer.leaving, transfer.joining
    Contract.objects.filter(pk=transfer.contract_id, contractor_id=leaving.organisation_id).update(
        contractor_id=joining.organisation_id
    )
    transfer.applied_at = clock.now()
    transfer.save(update_fields=("applied_at",))
    follow_up(actor, transfer.contract, f"transfer:{transfer.number}")
    _record(actor, "contracts.apply_transfer", transfer, {"organisation": joining.organisation_id})
    return True


def _transfer(
    actor: Actor,
    party: ContractParty,
    to: Organisation,
    facts: PartyFacts,
    *,
    kind: TransferKind,
    effective_on: dt.date,
    **more: object,
) -> Transfer:
    contract = party.contract
    represented = any(
        found.party.pk == party.pk and found.represents for found in parties_on(current(), contract, effective_on)
    )
    joining = add_party(contract, to, facts, effective_on)
    if represented:
        represent(joining, effective_on)
    add_leaving(party, effective_on - ONE_DAY)
    check_parties(contract, effective_on)
    transfer = Transfer.objects.create(
        number=next_number("TR"),
        contract=contract,
        kind=kind,
        leaving=party,
        joining=joining,
        effective_on=effective_on,
        terms_version=contract.terms_version,
        told_at=clock.now(),
        **more,
    )
    details = {"kind": kind, "effective_on": effective_on.isoformat(), "not_announced": transfer.not_announced}
    _record(actor, "contracts.transfer", transfer, details)
    apply_transfer(actor, transfer=transfer)
    transfer.refresh_from_db()
    return transfer


def _record(actor: Actor, act: str, transfer: Transfer, details: dict) -> None:
    record(
        actor,
        act=act,
        object=f"transfer:{transfer.number}",
        contract_id=transfer.contract_id,
        terms_version=transfer.terms_version,
        details={"transfer": transfer.number, **details},
    )
