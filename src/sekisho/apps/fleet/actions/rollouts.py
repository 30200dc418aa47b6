"""Rollouts: the canaries first, then wave by wave; the centre stops when boxes roll back.

``advance`` does the next bit of whatever is due and is called again and again by the worker: everything that it needs
is in the rows, so a worker that was killed is followed by another one where it stood.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from sekisho.apps.accounts.models import Person
from sekisho.apps.accounts.permissions import require
from sekisho.apps.audit.actions import Actor, record
from sekisho.apps.audit.models import SystemActor
from sekisho.apps.refusals import Refused
from sekisho.apps.scope import entered, system_scope
from sekisho.gateways import clock

from ..models import (
    DeviceReport,
    DeviceState,
    MemberState,
    PolicyRevision,
    ReportState,
    Rollout,
    RolloutMember,
    RolloutState,
    SecurityDevice,
)
from .policies import publish_as

WAVE_DEVICES = 50
FAILURES_MAX = 1
DEVICES_MAX = 20_000
ANSWER_SECONDS_MAX = 900
"""A box that is online answers within a minute; one that is away so long does not hold the others up."""
ROLLOUTS = SystemActor("rollouts")
SCOPE = system_scope("rollouts")

_ENDS = {
    ReportState.CONFIRMED: MemberState.CONFIRMED,
    ReportState.ROLLED_BACK: MemberState.FAILED,
    ReportState.REFUSED: MemberState.FAILED,
}


@transaction.atomic
def start_rollout(
    actor: Person, *, title: str, devices: Sequence[SecurityDevice], canaries: Sequence[SecurityDevice], why: str,
    ticket: str = "", wave_size: int = WAVE_DEVICES, failures_max: int = FAILURES_MAX,
) -> Rollout:  # fmt: skip
    """Bring what the layers say now to these devices: wave 0 are the canaries, then ``wave_size`` others at a time.

    It stops when more than ``failures_max`` boxes of a later wave, or a single canary, refuse it or roll back. Nothing
    is sent here; the worker does that.
    """
    require(actor, "policies.publish")
    waves = _waves(devices, canaries, wave_size)
    if not why.strip() or not waves.get(0):
        raise Refused("rollout.incomplete", "理由と先行する装置が必要です。", "A rollout needs a reason and a canary.")
    now = clock.now()
    rollout = Rollout.objects.create(
        title=title.strip()[:200], why=why.strip()[:2_000], ticket=ticket.strip()[:100], wave_size=wave_size,
        failures_max=failures_max, started_at=now, judged_from_at=now, started_by_id=actor.pk,
    )  # fmt: skip
    RolloutMember.objects.bulk_create(
        RolloutMember(rollout=rollout, device=device, contract_id=device.contract_id, wave=wave, changed_at=now)
        for wave, some in waves.items()
        for device in some
    )
    _record(actor, "fleet.start_rollout", rollout, {"devices": sum(map(len, waves.values())), "waves": len(waves)})
    return rollout


@transaction.atomic
def stop_rollout(actor: Actor, *, rollout: Rollout, why: str) -> Rollout:
    """No further device gets it; those that have it keep it. Refused ``rollout.not_running``."""
    if actor.pk is not None:
        require(actor, "policies.publish")  # type: ignore[arg-type]  - who has a key is a person
    rollout = _locked(rollout)
    if rollout.state != RolloutState.RUNNING:
        raise Refused("rollout.not_running", "この展開は進行中ではありません。", "This rollout is not under way.")
    rollout.state, rollout.stopped_why = RolloutState.STOPPED, why[:2_000]
    rollout.save(update_fields=("state", "stopped_why"))
    _record(actor, "fleet.stop_rollout", rollout, {"wave": rollout.wave})
    return rollout


@transaction.atomic
def resume_rollout(actor: Person, *, rollout: Rollout, why: str) -> Rollout:
    """Go on where it stopped. Failures so far are forgiven; devices that failed are left as they are."""
    require(actor, "policies.publish")
    rollout = _locked(rollout)
    if rollout.state != RolloutState.STOPPED:
        raise Refused("rollout.not_stopped", "この展開は停止していません。", "This rollout is not stopped.")
    rollout.state, rollout.stopped_why, rollout.judged_from_at = RolloutState.RUNNING, "", clock.now()
    rollout.save(update_fields=("state", "stopped_why", "judged_from_at"))
    _record(actor, "fleet.resume_rollout", rollout, {"wave": rollout.wave, "why": why[:200]})
    return rollout


def advance(rollout: Rollout) -> Rollout:
    """Read the reports, stop it or send what is due, go to the next wave, or end it."""
    with entered(SCOPE):
        rollout = _locked(rollout)
        if rollout.state != RolloutState.RUNNING:
            return rollout
        _settle(rollout)
        if said := _too_many_failures(rollout):
            return stop_rollout(ROLLOUTS, rollout=rollout, why=said)
    _send_waiting(rollout)
    with entered(SCOPE):
        return _step(_locked(rollout))


def _settle(rollout: Rollout) -> None:
    """Whoever was sent something and has answered, or has been silent for too long."""
    now = clock.now()
    sent = list(rollout.members.filter(state=MemberState.SENT).select_related("revision"))
    answers = _answers(sent)
    for member in sent:
        report = answers.get((member.device_id, member.revision.number if member.revision else 0))
        if report is not None:
            _change(member, _ENDS[ReportState(report.state)], report.reason)
        elif now - member.changed_at > dt.timedelta(seconds=ANSWER_SECONDS_MAX):
            _change(member, MemberState.LEFT_OUT, "no answer: the box gets it when it is back")


def _answers(sent: Sequence[RolloutMember]) -> dict[tuple[int, int], DeviceReport]:
    """(device, revision) -> the report that ends its trial."""
    rows = DeviceReport.objects.filter(device__in=[m.device_id for m in sent], kind="policy", state__in=list(_ENDS))
    return {(row.device_id, row.revision): row for row in rows.order_by("pk")}


def _too_many_failures(rollout: Rollout) -> str:
    failed = rollout.members.filter(state=MemberState.FAILED, changed_at__gte=rollout.judged_from_at)
    count = failed.filter(wave=rollout.wave).count()
    allowed = 0 if rollout.wave == 0 else rollout.failures_max
    if count <= allowed:
        return ""
    first = failed.filter(wave=rollout.wave).select_related("device").order_by("changed_at").first()
    return f"{count} of wave {rollout.wave} failed; first {first.device.device_id}: {first.reason}"


def _send_waiting(rollout: Rollout) -> None:
    """Each device in a transaction of its own: what is sent stays sent, whatever becomes of the others."""
    with entered(SCOPE):
        waiting = list(rollout.members.filter(wave=rollout.wave, state=MemberState.WAITING).select_related("device"))
    for member in waiting:
        with entered(SCOPE):
            if _locked(rollout).state != RolloutState.RUNNING:
                return
            _send(rollout, member)


def _send(rollout: Rollout, member: RolloutMember) -> None:
    why = rollout.why or rollout.title
    try:
        with transaction.atomic():
            member.revision = publish_as(ROLLOUTS, device=member.device, why=why, ticket=rollout.ticket)
    except Refused as refused:
        if refused.code == "policy.unchanged":
            member.revision = PolicyRevision.objects.filter(device=member.device).order_by("-number").first()
            _change(member, MemberState.SENT, "")
            return
        _change(member, MemberState.FAILED, refused.words.en)
        return
    _change(member, MemberState.SENT, "")


def _step(rollout: Rollout) -> Rollout:
    """The next wave when nobody of this one is waited for; the end after the last."""
    if rollout.state != RolloutState.RUNNING or _too_many_failures(rollout):
        return rollout
    if rollout.members.filter(wave=rollout.wave, state__in=(MemberState.WAITING, MemberState.SENT)).exists():
        return rollout
    if rollout.members.filter(wave__gt=rollout.wave).exists():
        rollout.wave += 1
        rollout.save(update_fields=("wave",))
        return rollout
    rollout.state, rollout.ended_at = RolloutState.DONE, clock.now()
    rollout.save(update_fields=("state", "ended_at"))
    _record(ROLLOUTS, "fleet.end_rollout", rollout, {})
    return rollout


def _change(member: RolloutMember, state: MemberState, reason: str) -> None:
    member.state, member.reason, member.changed_at = state, reason[:2_000], clock.now()
    member.save(update_fields=("state", "reason", "changed_at", "revision"))


def _waves(devices, canaries, wave_size) -> dict[int, list[SecurityDevice]]:
    if wave_size < 1 or len(devices) + len(canaries) > DEVICES_MAX:
        raise Refused("rollout.size", "展開の大きさが正しくありません。", "No such size of a rollout.")
    first = {device.pk: device for device in canaries if device.state != DeviceState.RETIRED}
    rest = [d for d in {d.pk: d for d in devices}.values() if d.pk not in first and d.state != DeviceState.RETIRED]
    waves = {0: list(first.values())} if first else {}
    return waves | {n // wave_size + 1: rest[n : n + wave_size] for n in range(0, len(rest), wave_size)}


def _locked(rollout: Rollout) -> Rollout:
    return Rollout.objects.select_for_update(of=("self",)).get(pk=rollout.pk)


def _record(actor: Actor, act: str, rollout: Rollout, details: dict) -> None:
    record(actor, act=act, object=f"rollout:{rollout.pk}", details=details)
