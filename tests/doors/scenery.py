"""What stands behind the doors in these tests: one night of a small service, made through the real actions.

A queue with real-looking and hostile groups, a High incident that nobody has been called about yet, a
Medium one whose mail went out, one that is closed, and devices of which one is silent.
"""

from __future__ import annotations

import datetime as dt
import json

from sekisho.apps.accounts.actions import set_totp
from sekisho.apps.contracts.queries import contacts_of
from sekisho.apps.fleet.actions import add_device
from sekisho.apps.fleet.models import SecurityDevice
from sekisho.apps.incidents import actions, queries
from sekisho.apps.incidents.clocks import judge
from sekisho.apps.incidents.intake import record_findings
from sekisho.apps.incidents.models import Answer, EventGroup, Level, SecurityIncident
from sekisho.apps.notices.actions import deliver
from sekisho.apps.notices.models import CallResult, Channel, Notice
from sekisho.apps.scope import entered
from sekisho.gateways import clock
from sekisho.gateways.mail import HandOverUnclear, MailRefused, MemoryMail

from ..apps.world import EVERYTHING, TESTER, World, build_world, finding

TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
HOSTILE = "<script>alert('x')</script><img src=x onerror=alert(1)> \x1b[31mred\x1b[0m \u202egnp.exe"
QUEUE_GROUPS = 80
"""More than one page of the queue."""

_ATTACKS = (
    ("ET EXPLOIT Apache path traversal (CVE-2021-41773)", "critical", "initial-access", "allowed", "inbound"),
    ("ET MALWARE Cobalt Strike beacon observed", "critical", "command-and-control", "allowed", "outbound"),
    ("ET WEB_SERVER SQL injection attempt in URI", "high", "initial-access", "blocked", "inbound"),
    ("ET SCAN Nmap scripting engine user agent", "medium", "reconnaissance", "detected", "inbound"),
    ("ET POLICY DNS query to a dynamic DNS domain", "low", "command-and-control", "detected", "outbound"),
    (HOSTILE, "high", "execution", "detected", "outbound"),
)  # fmt: skip


def build_scenery() -> World:
    world = build_world()
    for person in (world.analyst, world.carrier):
        set_totp(TESTER, person=person, secret=TOTP_SECRET)
    with entered(EVERYTHING):
        _devices(world)
        record_findings(list(_findings(world)))
        _incidents(world)
    return world


def _findings(world: World):
    now = clock.now()
    for number in range(QUEUE_GROUPS):
        title, level, tactic, outcome, direction = _ATTACKS[number % len(_ATTACKS)]
        contract = world.contract if number % 3 else world.other_contract
        internal, external = f"192.168.10.{20 + number}", f"203.0.113.{10 + number}"
        source, target = (external, internal) if direction == "inbound" else (internal, external)
        for again in range(1 + number % 3):
            at = now - dt.timedelta(minutes=3 * number + again + 1)
            yield finding(
                contract.number, number * 10 + again, time=at, received_at=at + dt.timedelta(seconds=2),
                rule_id=str(2_030_000 + number % len(_ATTACKS)), rule_title=title, level=level, tactic=tactic,
                outcome=outcome, direction=direction, internal=internal, external=external, src_ip=source,
                dst_ip=target, summary=title, evidence=_line(at, title, source, target, outcome),
            )  # fmt: skip


def _line(at: dt.datetime, title: str, source: str, target: str, outcome: str) -> str:
    return json.dumps({
        "timestamp": at.isoformat(), "flow_id": 1_872_356_011, "event_type": "alert", "src_ip": source,
        "src_port": 51034, "dest_ip": target, "dest_port": 80, "proto": "TCP",
        "alert": {"action": outcome, "signature_id": 2034125, "signature": title, "severity": 1},
        "http": {"hostname": "www.aoba.example", "url": "/cgi-bin/.%2e/%2e%2e/bin/sh", "http_user_agent": HOSTILE},
    })  # fmt: skip


def _incidents(world: World) -> None:
    first, second, third, *_ = EventGroup.objects.filter(contract=world.contract).order_by("-score")
    high = _determine(world, first, Level.HIGH, "社内の機器から継続した通信があり、侵害の可能性が高い。")
    for draft in actions.drafts_for(high)[:2]:
        actions.propose_countermeasure(world.analyst, incident=high, draft=draft, answer_due_at=_in_hours(4))
    _two_mails_go_wrong(high)
    medium = _determine(world, second, Level.MEDIUM, "成功の形跡はないが、確認を依頼する。")
    _mails_go_out(medium)
    _closed(world, third)


def _two_mails_go_wrong(incident: SecurityIncident) -> None:
    """One whose hand-over broke off, one that the server refused."""
    mails = Notice.objects.filter(subject_of=queries.subject_of(incident), channel=Channel.MAIL).order_by("id")
    for notice, error in zip(
        mails, (HandOverUnclear("the line went dead"), MailRefused("550 no such user")), strict=True
    ):
        deliver(notice.pk, MemoryMail(_raising(error)))


def _raising(error: Exception):
    def answer(message: object) -> None:
        raise error

    return answer


def _closed(world: World, group: EventGroup) -> None:
    incident = _determine(world, group, Level.HIGH, "")
    _mails_go_out(incident)
    contact = contacts_of(EVERYTHING, world.contract)[0]
    for result in (CallResult.NO_ANSWER, CallResult.ANSWERED):
        actions.record_call_attempt(world.carrier, incident=incident, contact_id=contact.pk, result=result)
    proposal = actions.propose_countermeasure(
        world.analyst, incident=incident, draft=actions.drafts_for(incident)[0], answer_due_at=_in_hours(2)
    )
    actions.answer_countermeasure(world.owner, proposal=proposal, answer=Answer.ACCEPTED, note="お願いします。")
    actions.report_result(world.analyst, proposal=proposal, result="遮断を設定し、通信が止まったことを確認しました。")
    actions.close_incident(world.analyst, incident=incident, note="再発はありません。")


def _determine(world: World, group: EventGroup, level: Level, note: str) -> SecurityIncident:
    done = actions.determine_level(world.analyst, level=level, group=group, note=note)
    assert done.incident is not None
    return done.incident


def _mails_go_out(incident: SecurityIncident) -> None:
    subject = queries.subject_of(incident)
    for notice in Notice.objects.filter(subject_of=subject, channel=Channel.MAIL):
        deliver(notice.pk, MemoryMail())
    judge(incident)


def _devices(world: World) -> None:
    now = clock.now()
    for contract, serial, silent in ((world.contract, "A-1", False), (world.other_contract, "B-1", True)):
        device = add_device(TESTER, contract=contract, model="UTM-200", serial=serial)
        seen = now - dt.timedelta(minutes=45 if silent else 0)
        SecurityDevice.objects.filter(pk=device.pk).update(last_seen_at=seen)


def _in_hours(hours: int) -> dt.datetime:
    return clock.now() + dt.timedelta(hours=hours)
