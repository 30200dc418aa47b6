"""Disputes: talks in good faith first, the agreed court after them (Art. 40; R140)."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from sekisho.apps.audit.actions import Actor, record
from sekisho.apps.contracts.models import Contract
from sekisho.apps.refusals import Refused
from sekisho.apps.turns import next_number
from sekisho.gateways import clock

from ..models import Channel, Dispute, DisputeEntry, DisputeEntryKind


@transaction.atomic
def open_dispute(actor: Actor, *, contract: Contract, matter: str) -> Dispute:
    dispute = Dispute.objects.create(
        number=next_number("DP"),
        contract=contract,
        matter=matter.strip(),
        terms_version=contract.terms_version,
        opened_at=clock.now(),
    )
    _record(actor, "registers.open_dispute", dispute, {})
    return dispute


@transaction.atomic
def note_consultation(
    actor: Actor, *, dispute: Dispute, held_at: dt.datetime, channel: Channel, present: str, text: str
) -> DisputeEntry:
    """One talk about the matter: when, how, who took part, what was said."""
    _check_open(dispute)
    entry = _add(actor, dispute, DisputeEntryKind.CONSULTATION, held_at, text, channel, present)
    _record(actor, "registers.consult", dispute, {"held_at": held_at.isoformat(), "channel": channel})
    return entry


@transaction.atomic
def settle_dispute(actor: Actor, *, dispute: Dispute, text: str) -> DisputeEntry:
    """The parties agree; ``text`` is what on."""
    _check_open(dispute)
    entry = _add(actor, dispute, DisputeEntryKind.SETTLED, clock.now(), text)
    _record(actor, "registers.settle_dispute", dispute, {})
    return entry


@transaction.atomic
def go_to_court(actor: Actor, *, dispute: Dispute, text: str) -> DisputeEntry:
    """The matter goes to the court that the terms name; refused while nobody has talked."""
    _check_open(dispute)
    if not dispute.entries.filter(kind=DisputeEntryKind.CONSULTATION).exists():
        raise Refused(
            "dispute.no_consultation",
            "協議の記録がありません。まず誠意をもって協議してください。",
            "No consultation is on record: talk in good faith first.",
            "40-1",
        )
    entry = _add(actor, dispute, DisputeEntryKind.COURT, clock.now(), text)
    _record(actor, "registers.go_to_court", dispute, {})
    return entry


def _check_open(dispute: Dispute) -> None:
    if dispute.entries.exclude(kind=DisputeEntryKind.CONSULTATION).exists():
        raise Refused("dispute.over", "この紛争の協議は終了しています。", "The talks on this dispute are over.", "40-1")


def _add(
    actor: Actor,
    dispute: Dispute,
    kind: DisputeEntryKind,
    held_at: dt.datetime,
    text: str,
    channel: str = "",
    present: str = "",
) -> DisputeEntry:
    return DisputeEntry.objects.create(
        dispute=dispute,
        contract_id=dispute.contract_id,
        kind=kind,
        held_at=held_at,
        channel=channel,
        present=present.strip(),
        text=text.strip(),
        at=clock.now(),
        by_id=actor.pk,
    )


def _record(actor: Actor, act: str, dispute: Dispute, details: dict) -> None:
    record(
        actor,
        act=act,
        object=f"dispute:{dispute.number}",
        contract_id=dispute.contract_id,
        terms_version=dispute.terms_version,
        details=details,
    )
