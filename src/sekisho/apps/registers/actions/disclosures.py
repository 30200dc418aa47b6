"""Personal data that goes to others, and who handles it for us (Art. 38; R137, R138)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from sekisho.apps.accounts.models import Person
from sekisho.apps.accounts.permissions import require
from sekisho.apps.audit.actions import Actor, record
from sekisho.apps.contracts.models import Contract
from sekisho.apps.contracts.queries import terms_of
from sekisho.apps.refusals import Refused, refuse
from sekisho.apps.turns import next_number
from sekisho.gateways import clock
from sekisho.terms.grounds import Catalogue, ground_named
from sekisho.terms.secrecy import disclosure_check
from sekisho.terms.values import Refusal

from ..inventory import PURPOSES
from ..models import Disclosure, DisclosureProposal, PrivacyPolicy, Processor

_SOMEBODY = "another person"
"""Who approves a proposal is not known yet; that somebody has to is what the rule asks for."""


@transaction.atomic
def disclose(
    actor: Person,
    *,
    contract: Contract,
    basis: str,
    recipient: str,
    items: Sequence[str],
    reference: str,
    approver: Person | None,
) -> Disclosure:
    """Personal data is given to a third party; refused without a basis of Art. 38-4 and another person's approval."""
    approved_by = _approval(actor, approver)
    answer = disclosure_check(basis, approved_by, terms=terms_of(contract))
    if isinstance(answer, Refusal):
        refuse(answer)
    _check_complete(recipient, items, reference, answer.article)
    disclosure = Disclosure.objects.create(
        number=next_number("DL"),
        contract=contract,
        basis=basis,
        article=ground_named(Catalogue.DISCLOSURE, basis).article,
        recipient=recipient.strip(),
        items=list(items),
        reference=reference.strip(),
        disclosed_at=clock.now(),
        by=actor,
        approved_by=approver,
    )
    record(
        actor,
        act="registers.disclose",
        object=f"disclosure:{disclosure.number}",
        contract_id=contract.pk,
        terms_version=contract.terms_version,
        details={"basis": basis, "items": len(disclosure.items), "approved_by": f"person:{disclosure.approved_by_id}"},
    )
    return disclosure


@transaction.atomic
def propose_disclosure(
    actor: Person, *, contract: Contract, basis: str, recipient: str, items: Sequence[str], reference: str
) -> DisclosureProposal:
    """Ask for a disclosure; nothing is given before another person has approved it. Refused like ``disclose``."""
    answer = disclosure_check(basis, _SOMEBODY, terms=terms_of(contract))
    if isinstance(answer, Refusal):
        refuse(answer)
    _check_complete(recipient, items, reference, answer.article)
    proposal = DisclosureProposal.objects.create(
        number=next_number("DP"),
        contract=contract,
        basis=basis,
        recipient=recipient.strip(),
        items=list(items),
        reference=reference.strip(),
        proposed_at=clock.now(),
        proposed_by=actor,
    )
    _record_proposal(actor, "registers.propose_disclosure", proposal, {"basis": basis})
    return proposal


@transaction.atomic
def decide_disclosure(actor: Person, *, proposal: DisclosureProposal, approved: bool) -> Disclosure | None:
    """Another person's word: the disclosure is made now, or not at all. Refused for the one who asked."""
    require(actor, "disclosures.approve")
    row = DisclosureProposal.objects.select_for_update(of=("self",)).get(pk=proposal.pk)
    if row.decided_at is not None:
        raise Refused("disclosure.decided", "既に決裁済みです。", "It has been decided already.", "38-4")
    if row.proposed_by_id == actor.pk:
        raise Refused("disclosure.needs_two", "別の担当者の承認が必要です。", "Another person has to decide.", "38-4")
    if approved:
        row.disclosure = disclose(
            row.proposed_by,
            contract=row.contract,
            basis=row.basis,
            recipient=row.recipient,
            items=row.items,
            reference=row.reference,
            approver=actor,
        )
        row.recipient, row.items, row.reference = "", [], ""
    row.decided_at, row.decided_by = clock.now(), actor
    row.save()
    _record_proposal(actor, "registers.decide_disclosure", row, {"approved": approved})
    return row.disclosure


@transaction.atomic
def add_processor(actor: Actor, *, name: str, purposes: Sequence[str], safeguards: str, since_on: dt.date) -> Processor:
    """Who handles personal data for the carrier from a day on; only for purposes that the carrier has itself."""
    unknown = sorted(set(purposes) - set(PURPOSES))
    if unknown or not purposes:
        raise Refused(
            "processor.no_purpose",
            "利用目的の範囲内の目的を選んでください。",
            "Choose purposes for which the carrier itself may use the data.",
            "38-3",
        )
    processor = Processor.objects.create(
        name=name.strip(), purposes=sorted(set(purposes)), safeguards=safeguards.strip(), since_on=since_on
    )
    _record(actor, "registers.add_processor", processor, {"purposes": processor.purposes})
    return processor


@transaction.atomic
def end_processor(actor: Actor, *, processor: Processor, until_on: dt.date) -> Processor:
    processor = Processor.objects.select_for_update().get(pk=processor.pk)
    processor.until_on = until_on
    processor.save(update_fields=("until_on",))
    _record(actor, "registers.end_processor", processor, {"until_on": until_on.isoformat()})
    return processor


@transaction.atomic
def set_privacy_policy(actor: Actor, *, url: str, since_on: dt.date) -> PrivacyPolicy:
    """From a day on the carrier's policy stands there."""
    policy = PrivacyPolicy.objects.create(url=url, since_on=since_on)
    record(actor, act="registers.set_privacy_policy", object=f"privacy_policy:{since_on}", details={"url": url})
    return policy


def _check_complete(recipient: str, items: Sequence[str], reference: str, article: str) -> None:
    if not (recipient.strip() and items and reference.strip()):
        raise Refused(
            "disclosure.incomplete",
            "提供先、項目、根拠書類の記録が必要です。",
            "A disclosure needs its recipient, its items and the paper it rests on.",
            article,
        )


def _record_proposal(actor: Person, act: str, proposal: DisclosureProposal, details: dict) -> None:
    record(
        actor,
        act=act,
        object=f"disclosure_proposal:{proposal.number}",
        contract_id=proposal.contract_id,
        terms_version=proposal.contract.terms_version,
        details=details,
    )


def _approval(actor: Person, approver: Person | None) -> str:
    """Who approved, or "": nobody approves what one asks for oneself."""
    if approver is None or approver.pk == actor.pk:
        return ""
    require(approver, "disclosures.approve")
    return approver.email


def _record(actor: Actor, act: str, processor: Processor, details: dict) -> None:
    record(actor, act=act, object=f"processor:{processor.pk}", details=details)
