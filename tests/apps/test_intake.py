"""Findings become events and groups, whatever comes, however often."""

from __future__ import annotations

import datetime as dt
import threading

import msgspec
import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sekisho.apps.incidents import queries
from sekisho.apps.incidents.actions import archive_group
from sekisho.apps.incidents.intake import record_findings
from sekisho.apps.incidents.models import EventGroup, GroupState, Level, SecurityEvent
from sekisho.apps.scope import NOTHING, entered
from sekisho.ocsf.finding import DetectionFinding

from .world import EVERYTHING, NOW, World, build_world, finding

MINUTE = dt.timedelta(minutes=1)


def test_the_same_findings_again_change_nothing(seeing_all: World) -> None:
    findings = [finding(record=n) for n in range(5)]
    first = record_findings(findings)
    again = record_findings([*reversed(findings), findings[0]])

    assert (first.events, first.groups_opened) == (5, 1)
    assert (again.events, again.groups_opened, again.groups_grown) == (0, 0, 0)
    assert EventGroup.objects.get().count == SecurityEvent.objects.count() == 5


def test_findings_are_recorded_without_anybody_being_logged_in(world: World) -> None:
    with entered(NOTHING):
        assert record_findings([finding()]).events == 1


def test_what_differs_in_rule_host_or_contract_is_another_group(seeing_all: World) -> None:
    record_findings(
        [
            finding(),
            finding(record=1, rule_id="2"),
            finding(record=2, internal="192.168.10.21"),
            finding("SK100002", record=3),
        ]
    )
    assert EventGroup.objects.count() == 4


def test_a_group_ends_after_an_hours_silence(seeing_all: World) -> None:
    record_findings([finding(time=NOW - 200 * MINUTE)])
    record_findings([finding(record=1, time=NOW - 150 * MINUTE)])
    record_findings([finding(record=2, time=NOW - 10 * MINUTE)])

    assert sorted(EventGroup.objects.values_list("count", flat=True)) == [1, 2]


def test_a_scan_of_many_hosts_is_one_row(seeing_all: World) -> None:
    scan = [
        finding(record=n, internal=f"192.168.10.{n + 1}", dst_ip=f"192.168.10.{n + 1}", level="low", tactic=None)
        for n in range(40)
    ]
    record_findings(scan[:30])
    record_findings(scan[30:])

    assert EventGroup.objects.get().count == 40


def test_the_queue_shows_the_gravest_first_and_says_why(seeing_all: World) -> None:
    record_findings(
        [
            finding(level="low", outcome="blocked"),
            finding(
                record=1, rule_id="2", level="critical", outcome="allowed", direction="outbound",
                tactic="command-and-control", success=True,
            ),
        ]
    )  # fmt: skip
    top, rest = queries.triage_queue(EVERYTHING)

    assert top.score > 90 > rest.score
    assert top.proposed_level == Level.HIGH
    assert {"level", "outcome", "direction", "success"} <= {factor["name"] for factor in top.factors}
    assert all(factor["ja"] and factor["en"] for factor in top.factors + top.proposed_reasons)


def test_an_inbound_attempt_without_success_is_capped_with_the_reason_shown(seeing_all: World) -> None:
    record_findings([finding(level="critical")])
    (group,) = queries.triage_queue(EVERYTHING)

    assert (group.score > 75, group.proposed_level) == (True, Level.MEDIUM)
    assert any("Capped" in reason["en"] for reason in group.proposed_reasons)


def test_old_captures_are_weighed_by_their_own_time(seeing_all: World) -> None:
    then = NOW - dt.timedelta(days=3000)
    stages = ("initial-access", "execution", "command-and-control")
    record_findings(
        [
            finding(record=n, rule_id=str(n), rule_family=f"family {n}", level="critical", tactic=stage, time=then)
            for n, stage in enumerate(stages)
        ]
    )
    top = queries.triage_queue(EVERYTHING)[0]
    assert top.proposed_level == Level.HIGH  # three tactics against one host, whenever that was


def test_more_of_what_was_put_aside_stays_aside_and_is_counted(seeing_all: World) -> None:
    record_findings([finding()])
    archive_group(seeing_all.analyst, group=EventGroup.objects.get(), note="診断")
    record_findings([finding(record=1)])

    group = EventGroup.objects.get()
    assert (group.state, group.count) == (GroupState.ARCHIVED, 2)


def test_findings_of_an_unknown_contract_are_dropped_aloud(seeing_all: World, caplog: pytest.LogCaptureFixture) -> None:
    recorded = record_findings([finding("SK999999"), finding()])
    assert (recorded.events, recorded.unknown) == (1, 1)
    assert "SK999999" in caplog.text


hostile = st.text(max_size=60) | st.sampled_from(["\0", "\ud800", "'; DROP TABLE x; --", "<script>", "\r\nBcc: x"])


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(title=hostile, summary=hostile, evidence=hostile, family=hostile)
def test_any_text_from_a_log_is_kept(seeing_all: World, title: str, summary: str, evidence: str, family: str) -> None:
    one = finding(
        record=SecurityEvent.objects.count(), rule_title=title, summary=summary, evidence=evidence, rule_family=family
    )
    record_findings([one])
    kept = SecurityEvent.objects.get(key=one.key)
    assert kept.evidence == evidence.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def test_an_event_keeps_every_field_of_its_finding(seeing_all: World) -> None:
    one = finding(success=True)
    record_findings([one])
    kept = SecurityEvent.objects.get()
    for name in DetectionFinding.__struct_fields__:
        if name != "contract":
            assert getattr(kept, name) == getattr(one, name), name
    assert kept.contract == seeing_all.contract


def test_two_pipelines_at_once_lose_and_double_nothing(committed_db: None) -> None:
    build_world()
    findings = [finding(record=n) for n in range(40)]
    halves = [findings[:30], findings[10:]]

    def intake(half: list[DetectionFinding]) -> None:
        try:
            for start in range(0, len(half), 5):
                record_findings(half[start : start + 5])
        finally:
            connection.close()

    threads = [threading.Thread(target=intake, args=(half,)) for half in halves]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    with entered(EVERYTHING):
        assert SecurityEvent.objects.count() == 40
        assert EventGroup.objects.get().count == 40


def test_a_finding_that_came_over_the_wire_is_taken_like_any_other(seeing_all: World) -> None:
    one = finding()
    record_findings([msgspec.json.decode(msgspec.json.encode(one), type=DetectionFinding)])
    assert SecurityEvent.objects.get().key == one.key
