from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.triage import Context, Scored, ThreatIntel, accepts, alert_score, dedup_key, grouped, scan_key, scanning
from sekisho.triage.score import NEUTRAL

from . import samples
from .samples import NOON, finding, minutes


def scored(context: Context = NEUTRAL, **parts: object) -> Scored:
    seen = finding(**parts)
    return Scored(seen, alert_score(seen, context), context)


def test_the_same_detection_is_one_group_and_its_count_grows():
    found = grouped(scored(record=i, time=NOON + minutes(i)) for i in range(7))
    assert [(g.count, g.first_at, g.last_at) for g in found] == [(7, NOON, NOON + minutes(6))]
    assert len(found[0].samples) == 5


@pytest.mark.parametrize(
    "difference",
    [
        {"contract": "SK100002"},
        {"device": "UTM100002"},
        {"rule_id": "1:2000002"},
        {"internal": "192.168.1.11"},
        {"external": "203.0.113.10"},
        {"outcome": "blocked"},
    ],
)
def test_each_part_of_the_key_keeps_groups_apart(difference):
    assert dedup_key(finding()) != dedup_key(finding(**difference))


def test_parts_of_a_key_cannot_flow_into_each_other():
    assert dedup_key(finding(rule_id="1", internal="10.0.0.1")) != dedup_key(finding(rule_id="11", internal="0.0.0.1"))


def test_findings_without_addresses_are_never_merged():
    nowhere = {"internal": None, "external": None}
    assert dedup_key(finding(record=1, **nowhere)) != dedup_key(finding(record=2, **nowhere))


def test_where_the_border_is_unknown_source_and_destination_make_the_key():
    ends = {"internal": None, "external": None, "src_ip": "10.0.0.1", "dst_ip": "10.0.0.2"}
    assert dedup_key(finding(record=1, **ends)) == dedup_key(finding(record=2, **ends))
    assert dedup_key(finding(**ends)) != dedup_key(finding(**{**ends, "internal": "10.0.0.1", "external": "10.0.0.2"}))


def test_an_hour_of_silence_starts_a_new_group():
    found = grouped(
        [scored(record=1), scored(record=2, time=NOON + minutes(60)), scored(record=3, time=NOON + minutes(121))]
    )
    assert [g.count for g in found] == [2, 1]


def test_no_group_lasts_longer_than_a_day_however_steady_the_noise():
    found = grouped(scored(record=i, time=NOON + minutes(30 * i)) for i in range(100))
    assert sum(g.count for g in found) == 100
    assert all(g.last_at - g.first_at <= dt.timedelta(hours=24) for g in found)
    assert len(found) == 3


def test_a_late_event_joins_backwards_within_the_same_limits():
    running = samples.group(first_at=NOON, last_at=NOON + minutes(60 * 23.5))
    assert accepts(running, NOON - minutes(20))
    assert not accepts(running, NOON - minutes(40))
    assert not accepts(samples.group(), NOON - minutes(61))


def test_a_group_keeps_the_worst_that_it_saw():
    listed = Context(threat_intel=ThreatIntel(0.9))
    (one,) = grouped([scored(record=1, level="low"), scored(listed, record=2, level="high", success=True)])
    assert (one.level, one.success, one.intel_confidence) == ("high", True, 0.9)
    assert one.score == alert_score(finding(level="high", success=True), listed).value


def sweep(targets: int, seconds_apart: float, **parts: object) -> list[Scored]:
    step = dt.timedelta(seconds=seconds_apart)
    return [scored(record=i, internal=f"192.168.1.{i}", time=NOON + i * step, **parts) for i in range(1, targets + 1)]


def test_one_address_that_tries_many_hosts_is_one_scan():
    (scan,) = grouped(sweep(21, 20))
    assert scan.count == 21


@pytest.mark.parametrize(("targets", "seconds_apart"), [(20, 1), (40, 31)])
def test_few_or_slow_targets_are_no_scan(targets, seconds_apart):
    assert len(grouped(sweep(targets, seconds_apart))) == targets


def test_a_host_on_which_the_scan_worked_stands_out_of_it():
    found = grouped([*sweep(30, 1), scored(record=99, internal="192.168.1.5", success=True, time=NOON + minutes(1))])
    assert sorted(g.count for g in found) == [1, 30]
    assert [g.internal for g in found if g.success] == ["192.168.1.5"]


def test_outbound_findings_are_never_folded_into_a_scan():
    assert len(grouped(sweep(30, 1, direction="outbound"))) == 30


def test_scans_of_two_contracts_are_two():
    one, other = finding(), finding(contract="SK100002")
    assert scan_key(one) != scan_key(other)
    half = [s.finding for s in [*sweep(15, 1), *sweep(15, 1, contract="SK100002")]]
    assert scanning(half) == frozenset()


@given(st.lists(st.tuples(st.integers(0, 3000), st.integers(1, 3)), max_size=60))
def test_grouping_loses_nothing_and_does_not_depend_on_order(seen):
    findings = [
        scored(record=i, time=NOON + minutes(at), internal=f"192.168.1.{host}") for i, (at, host) in enumerate(seen)
    ]
    found = grouped(findings)
    assert sum(g.count for g in found) == len(findings)
    assert grouped(reversed(findings)) == found
