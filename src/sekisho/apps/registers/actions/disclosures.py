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
from ..models import Disclosure, PrivacyPolicy, Processor


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
    if not (recipient.strip() and items and reference.strip()):
        raise Refused(
            "disclosure.incomplete",
            "提供先、項目、根拠書類の記録が必要です。",
            "A disclosure needs its recipient, its items and the paper it rests on.",
            answer.article,
        )
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


def _approval(actor: Person, approver: Person | None) -> str:
    """Who approved, or "": nobody approves what one asks for oneself."""
    if approver is None or approver.pk == actor.pk:
        return ""
    require(approver, "disclosures.approve")
    return approver.email


def _record(actor: Actor, act: str, processor: Processor, details: dict) -> None:
    record(actor, act=act, object=f"processor:{processor.pk}", details=details)
