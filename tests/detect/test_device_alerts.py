from __future__ import annotations

from ipaddress import ip_network

import pytest

from sekisho.ocsf.finding import EVIDENCE_BYTES_MAX
from sekisho.pipeline.detect import Detector, RuleSet

from .eve import event, events, real_events
from .rows import ALERT, http, table

HOMES = {"UTM100001": (ip_network("192.168.1.0/24"),)}


def alert(**parts: object) -> bytes:
    said = {
        "action": "allowed",
        "gid": 1,
        "signature_id": 2_000_001,
        "rev": 3,
        "signature": "ET MALWARE Something CnC Checkin",
        "category": "Malware Command and Control Activity Detected",
        "severity": 1,
        **parts,
    }
    return event("alert", alert=said)


def only(line: bytes):
    (finding,) = Detector(RuleSet(), HOMES).findings(events([line]))
    return finding


def test_an_alert_of_the_device_is_a_finding_without_any_rule():
    finding = only(alert())
    assert (finding.rule_source, finding.rule_id) == ("device", "suricata:1:2000001")
    assert finding.rule_title == "ET MALWARE Something CnC Checkin"
    assert (finding.level, finding.tactic, finding.success) == ("high", "command-and-control", False)
    assert (finding.contract, finding.device, finding.batch, finding.record) == (
        "SK100001",
        "UTM100001",
        "UTM100001/eve/0",
        0,
    )
    assert finding.time.isoformat() == "2026-06-01T11:59:59+00:00"
    assert (finding.direction, finding.internal, finding.external) == ("outbound", "192.168.1.10", "203.0.113.9")
    assert finding.summary == "192.168.1.10:50000 > 203.0.113.9:443"
    assert finding.evidence == alert().decode()


@pytest.mark.parametrize(
    ("parts", "level"),
    [
        ({"severity": 1}, "high"),
        ({"severity": 2}, "medium"),
        ({"severity": 3}, "low"),
        ({"severity": 4}, "informational"),
        ({"severity": 3, "metadata": {"signature_severity": ["Critical"]}}, "critical"),
        ({"severity": 1, "metadata": {"signature_severity": ["Informational"]}}, "informational"),
        ({"severity": 1, "signature_id": 2_200_074}, "informational"),
    ],
)
def test_the_level_follows_author_then_product_and_engine_messages_are_information(parts, level):
    assert only(alert(**parts)).level == level


@pytest.mark.parametrize(
    ("parts", "success"),
    [
        ({"category": "Successful Administrator Privilege Gain"}, True),
        ({"category": "Successful User Privilege Gain"}, True),
        ({"category": "Attempted Administrator Privilege Gain"}, False),
        ({"category": "Unsuccessful User Privilege Gain"}, False),
        ({"signature": "GPL ATTACK_RESPONSE id check returned root", "category": "Potentially Bad Traffic"}, True),
        ({"signature": "ET INFO about ATTACK_RESPONSES"}, False),
    ],
)
def test_what_counts_as_evidence_of_success(parts, success):
    assert only(alert(**parts)).success is success


def test_tactic_and_technique_come_from_the_signature_s_metadata():
    metadata = {"mitre_tactic_id": ["TA0010"], "mitre_technique_id": ["T1048"]}
    finding = only(alert(metadata=metadata))
    assert (finding.tactic, finding.technique) == ("exfiltration", "T1048")


@pytest.mark.parametrize(("action", "outcome"), [("blocked", "blocked"), ("allowed", "detected")])
def test_the_outcome_is_the_normaliser_s(action, outcome):
    assert only(alert(action=action)).outcome == outcome


def test_the_internal_side_is_found_by_the_networks_whichever_way_the_packet_went():
    answer = {"src_endpoint.ip": "203.0.113.9", "dst_endpoint.ip": "192.168.1.10", "direction": "outbound"}
    (finding,) = Detector(RuleSet(), HOMES).findings(table({"class_uid": ALERT, **answer}))
    assert (finding.internal, finding.external) == ("192.168.1.10", "203.0.113.9")


def test_between_two_internal_hosts_nobody_is_external():
    inside = {"src_endpoint.ip": "192.168.1.10", "dst_endpoint.ip": "192.168.1.20", "direction": "lateral"}
    (finding,) = Detector(RuleSet(), HOMES).findings(table({"class_uid": ALERT, **inside}))
    assert (finding.internal, finding.external) == ("192.168.1.10", None)


def test_an_alert_about_which_the_line_says_nothing_is_still_a_finding():
    empty = {"class_uid": ALERT, "raw": b"\xff" * 100_000, "time": None}
    (finding,) = Detector(RuleSet(), {}).findings(table(empty))
    assert (finding.rule_id, finding.level, finding.outcome) == ("suricata:unknown", "medium", "unknown")
    assert (finding.internal, finding.external, finding.summary) == (None, None, "? > ?")
    assert finding.time == finding.received_at
    assert len(finding.evidence) <= EVIDENCE_BYTES_MAX


def test_the_summary_is_one_short_line_whatever_the_log_holds():
    (finding,) = Detector(RuleSet()).findings(table({**http(url="/a\r\nb\t" + "x" * 5_000), "class_uid": ALERT}))
    assert len(finding.summary) <= 300
    assert finding.summary.isprintable()


def test_every_alert_of_real_logs_is_one_finding_with_its_own_key():
    found = Detector(RuleSet()).findings(real_events())
    assert len(found) == 15_770
    assert len({finding.key for finding in found}) == 15_770
    assert sum(finding.level != "informational" for finding in found) < 200
