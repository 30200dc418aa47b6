"""What single Suricata events become: classes, outcomes, directions, and the shapes that changed with versions."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .conftest import read

TIME = "2016-07-13T22:42:07.199672-0600"


def row(event_type: str | None = "alert", home: tuple[str, ...] = (), **fields: Any) -> dict[str, Any]:
    """The row of one event from a home client to a server outside."""
    event = {
        "timestamp": TIME,
        "event_type": event_type,
        "src_ip": "192.168.1.5",
        "src_port": 50123,
        "dest_ip": "203.0.113.9",
        "dest_port": 80,
        "proto": "TCP",
        **fields,
    }
    event = {name: value for name, value in event.items() if value is not None}
    found = read(json.dumps(event).encode(), home=home)
    assert found.unparsed.num_rows == 0
    return found.events.to_pylist()[0]


def alert(**said: Any) -> dict[str, Any]:
    return {
        "action": "allowed",
        "gid": 1,
        "signature_id": 2019401,
        "rev": 7,
        "signature": "ET X",
        "severity": 1,
        **said,
    }


@pytest.mark.parametrize(
    ("event_type", "fields", "outcome"),
    [
        ("alert", {"alert": alert()}, "detected"),
        ("alert", {"alert": alert(action="blocked")}, "blocked"),
        ("alert", {"alert": alert(), "verdict": {"action": "alert"}}, "detected"),
        ("alert", {"alert": alert(), "verdict": {"action": "pass"}}, "allowed"),
        ("alert", {"alert": alert(), "verdict": {"action": "drop"}}, "blocked"),
        ("alert", {"alert": alert(), "verdict": {"action": "drop", "reject": ["tcp-reset"]}}, "blocked"),
        ("alert", {"alert": alert(), "verdict": "drop"}, "blocked"),
        ("alert", {"alert": "?", "verdict": ["drop"]}, "detected"),
        ("drop", {"drop": {"reason": "rules"}}, "blocked"),
        ("flow", {"flow": {"action": "drop"}}, "blocked"),
        ("flow", {"flow": {"action": "pass"}}, "allowed"),
        ("flow", {"flow": {"action": "accept"}}, "allowed"),
        ("flow", {"flow": {"state": "closed"}}, "unknown"),
        ("http", {"http": {"status": 200}}, "unknown"),
        ("stats", {}, "unknown"),
    ],
)
def test_the_outcome_follows_the_packet_not_the_rule(event_type: str, fields: dict, outcome: str) -> None:
    assert row(event_type, **fields)["outcome"] == outcome


def test_a_dropped_packet_is_a_refused_connection_and_tells_why() -> None:
    found = row("drop", drop={"reason": "rules", "ttl": 64}, alert=alert(action="blocked"), verdict={"action": "drop"})
    assert (found["class_uid"], found["activity_id"], found["disposition_id"]) == (4001, 5, 6)
    assert found["status_detail"] == "rules"
    assert found["finding_info.analytic.uid"] == "2019401"


SERVER_TO_CLIENT = {"src_ip": "203.0.113.9", "src_port": 80, "dest_ip": "192.168.1.5", "dest_port": 50123}
OPENED_BY_CLIENT = {"src_ip": "192.168.1.5", "src_port": 50123, "dest_ip": "203.0.113.9", "dest_port": 80}


@pytest.mark.parametrize(
    ("fields", "direction"),
    [
        ({}, "outbound"),
        ({"src_ip": "203.0.113.9", "src_port": 50123, "dest_ip": "192.168.1.5"}, "inbound"),
        ({"dest_ip": "10.1.2.3"}, "lateral"),
        ({"src_ip": "198.51.100.1"}, "unknown"),
        ({"dest_ip": "255.255.255.255"}, "local"),
        ({"src_ip": "fe80::1", "dest_ip": "ff02::2"}, "local"),
        ({"src_ip": "fd00::1", "dest_ip": "2001:db8::1"}, "outbound"),
        ({"src_ip": None}, "unknown"),
        ({"src_ip": "not an address"}, "unknown"),
        # The source of an alert or a file may be the server; who opened the flow decides.
        ({**SERVER_TO_CLIENT, "flow": OPENED_BY_CLIENT}, "outbound"),
        ({**SERVER_TO_CLIENT, "src_port": 8080, "direction": "to_client"}, "outbound"),
        ({**SERVER_TO_CLIENT, "src_port": 8080, "direction": "to_server"}, "inbound"),
        ({**SERVER_TO_CLIENT}, "outbound"),
        ({**SERVER_TO_CLIENT, "dest_port": 123}, "inbound"),
        ({**SERVER_TO_CLIENT, "direction": "to_client", "flow": {"src_ip": "10.0.0.1"}}, "outbound"),
    ],
)
def test_the_direction_is_who_opened_the_connection_to_whom(fields: dict, direction: str) -> None:
    assert row("anomaly", **fields)["direction"] == direction


def test_the_contractors_own_public_addresses_can_be_home() -> None:
    assert row("http", home=("203.0.113.0/28",))["direction"] == "inbound"
    assert row("http", home=("203.0.113.0/28", "192.168.0.0/16"))["direction"] == "lateral"


def test_an_ipv6_address_has_one_spelling_whoever_writes_it() -> None:
    full = row("http", src_ip="2001:0db8:0000:0000:0000:0000:0000:0001", dest_ip="2001:db8::1")
    assert full["src_endpoint.ip"] == full["dst_endpoint.ip"] == "2001:db8::1"
    # The first can be told from its column; the second is not how Suricata spells it, so it is kept.
    assert json.loads(full["unmapped"]) == {"dest_ip": "2001:db8::1"}


def test_what_is_no_address_is_kept_but_not_taken_for_one() -> None:
    found = row("http", src_ip="10.0.0.0.1", dest_ip="010.0.0.1")
    assert found["src_endpoint.ip"] is found["dst_endpoint.ip"] is None
    assert json.loads(found["unmapped"]) == {"src_ip": "10.0.0.0.1", "dest_ip": "010.0.0.1"}


@pytest.mark.parametrize(
    ("priority", "metadata", "severity_id"),
    [
        (1, {}, 4),
        (2, {}, 3),
        (3, {}, 2),
        (4, {}, 1),
        (255, {}, 1),
        (3, {"signature_severity": ["Critical"]}, 5),
        (1, {"signature_severity": ["Informational"]}, 1),
        (2, {"signature_severity": ["Odd"]}, 3),
        ("high", {}, 1),
    ],
)
def test_the_rules_author_knows_the_severity_better_than_its_class(
    priority: Any, metadata: dict, severity_id: int
) -> None:
    found = row(alert=alert(severity=priority, metadata=metadata))
    assert found["severity_id"] == severity_id


def test_an_alert_carries_what_its_rule_says_about_the_attack() -> None:
    metadata = {
        "mitre_tactic_id": ["TA0001"],
        "mitre_tactic_name": ["Initial_Access"],
        "mitre_technique_id": ["T1190"],
        "mitre_technique_name": ["Exploit_Public_Facing_Application"],
        "confidence": ["High"],
        "malware_family": ["Mirai", "Gafgyt"],
        "tag": ["Exploit"],
    }
    found = row(alert=alert(metadata=metadata, category="Web Application Attack"))
    assert (found["class_uid"], found["type_uid"], found["category_uid"]) == (2004, 200401, 2)
    assert found["finding_info.title"] == "ET X"
    assert (found["signature.gid"], found["finding_info.analytic.uid"], found["finding_info.analytic.version"]) == (
        1,
        "2019401",
        "7",
    )
    assert found["finding_info.analytic.category"] == "Web Application Attack"
    assert found["finding_info.attacks.tactic.uid"] == "TA0001"
    assert found["finding_info.attacks.technique.name"] == "Exploit_Public_Facing_Application"
    assert found["confidence_id"] == 3
    assert found["malware.name"] == "Mirai"
    assert json.loads(found["unmapped"]) == {
        "alert": {"metadata": {"malware_family": ["Mirai", "Gafgyt"], "tag": ["Exploit"]}}
    }


ANSWER = {"rrname": "a.example", "rrtype": "A", "ttl": 60, "rdata": "192.0.2.1"}


@pytest.mark.parametrize(
    ("dns", "activity_id", "answers"),
    [
        ({"type": "query", "id": 1, "rrname": "a.example", "rrtype": "A", "tx_id": 0}, 1, None),
        ({"type": "answer", "id": 1, "rcode": "NOERROR", **ANSWER}, 2, ["192.0.2.1"]),
        (
            {
                "version": 2,
                "type": "answer",
                "id": 1,
                "rrname": "a.example",
                "rrtype": "A",
                "rcode": "NOERROR",
                "answers": [ANSWER, {"rrname": "x", "rrtype": "SOA", "ttl": 9, "soa": {"serial": 1}}],
                "grouped": {"A": ["192.0.2.1"]},
            },
            2,
            ["192.0.2.1", None],
        ),
        (
            {
                "version": 3,
                "type": "response",
                "id": 1,
                "rcode": "NOERROR",
                "queries": [{"rrname": "a.example", "rrtype": "A", "opcode": 0}],
                "answers": [ANSWER],
            },
            2,
            ["192.0.2.1"],
        ),
        ({"version": 3, "type": "request", "id": 1, "queries": [{"rrname": "a.example", "rrtype": "A"}]}, 1, None),
    ],
    ids=["version 1 query", "version 1 answer", "version 2", "version 3 response", "version 3 request"],
)
def test_every_shape_of_dns_gives_the_name_and_the_answers(dns: dict, activity_id: int, answers: Any) -> None:
    found = row("dns", dns=dns)
    assert (found["class_uid"], found["activity_id"]) == (4003, activity_id)
    assert (found["query.hostname"], found["query.type"]) == ("a.example", "A")
    assert found["answers.rdata"] == answers


def test_an_alert_about_dns_gives_the_name_that_was_asked() -> None:
    found = row(alert=alert(), dns={"query": [{"type": "query", "rrname": "c2.example", "rrtype": "TXT"}]})
    assert (found["query.hostname"], found["query.type"]) == ("c2.example", "TXT")


def test_an_alert_about_a_file_gives_its_name_and_hash() -> None:
    found = row(alert=alert(), files=[{"filename": "a.exe", "sha256": "ab" * 32, "size": 7}, {"filename": "b"}])
    assert (found["file.name"], found["file.hashes.sha256"], found["file.size"]) == ("a.exe", "ab" * 32, 7)


@pytest.mark.parametrize(
    ("event_type", "fields", "class_uid", "activity_id"),
    [
        ("http", {"http": {"http_method": "POST"}}, 4002, 6),
        ("http", {"http": {"http_method": "PROPFIND"}}, 4002, 99),
        ("http", {"http": {"status": 400}}, 4002, 0),
        ("http", {"http": {"version": "2", "http2": {"stream_id": 1}}}, 4002, 0),
        ("dhcp", {"dhcp": {"dhcp_type": "ack"}}, 4004, 5),
        ("rdp", {"rdp": {"event_type": "tls_handshake"}}, 4005, 5),
        ("smb", {"smb": {"disposition": "FILE_OVERWRITE_IF"}}, 4006, 6),
        ("dcerpc", {"dcerpc": {}}, 4006, 99),
        ("ssh", {"ssh": {}}, 4007, 1),
        ("ftp", {"ftp": {"command": "RETR"}}, 4008, 2),
        ("ftp_data", {"ftp_data": {"command": "STOR"}}, 4008, 1),
        ("smtp", {"smtp": {}}, 4009, 1),
        ("fileinfo", {"fileinfo": {}}, 4010, 99),
        ("nfs", {"nfs": {"procedure": "REMOVE"}}, 4010, 4),
        ("tftp", {"tftp": {"packet": "read"}}, 4010, 2),
        ("ike", {"ike": {}}, 4014, 1),
        ("krb5", {"krb5": {"msg_type": "KRB_AS_REQ"}}, 3002, 3),
        ("krb5", {"krb5": {"msg_type": "KRB_ERROR", "failed_request": "KRB_TGS_REQ"}}, 3002, 4),
        *((kind, {}, 4001, 6) for kind in ("flow", "netflow", "anomaly", "frame", "packet", "mqtt", "modbus", "dnp3")),
        *(
            (kind, {}, 4001, 6)
            for kind in ("quic", "sip", "snmp", "rfb", "pgsql", "enip", "bittorrent_dht", "template")
        ),
        ("ldap", {"ldap": {"request": {}}}, 4001, 6),
        ("stats", {"src_ip": None}, 0, 99),
        ("engine", {"src_ip": None}, 0, 99),
        ("something new", {"src_ip": None}, 0, 99),
        ("http", {"http": "not an object"}, 4002, 0),
        ("http", {"http": {"http_method": 7}}, 4002, 0),
    ],
)
def test_every_kind_of_event_has_its_class(event_type: str, fields: dict, class_uid: int, activity_id: int) -> None:
    found = row(event_type, **fields)
    assert (found["class_uid"], found["activity_id"]) == (class_uid, activity_id)
    assert (found["category_uid"], found["type_uid"]) == (class_uid // 1000, class_uid * 100 + activity_id)


def test_an_alert_that_a_relay_stripped_of_its_event_type_is_still_an_alert() -> None:
    found = row(None, alert=alert())
    assert (found["class_uid"], found["outcome"], found["metadata.event_code"]) == (2004, "detected", None)


def test_a_failed_ticket_is_a_failure_and_an_answered_one_a_success() -> None:
    failed = row("krb5", krb5={"msg_type": "KRB_ERROR", "error_code": "KDC_ERR_PREAUTH_REQUIRED", "cname": "eve"})
    assert (failed["status_id"], failed["status_code"], failed["user.name"]) == (2, "KDC_ERR_PREAUTH_REQUIRED", "eve")
    assert row("krb5", krb5={"msg_type": "KRB_AS_REP"})["status_id"] == 1
    assert row("krb5", krb5={"msg_type": "KRB_AS_REQ"})["status_id"] is None


def test_a_dhcp_clients_name_and_hardware_address_belong_to_the_client_end() -> None:
    asked = row("dhcp", dhcp={"type": "request", "client_mac": "00:11:32:17:49:f0", "hostname": "nas1\0"})
    assert (asked["src_endpoint.mac"], asked["src_endpoint.hostname"]) == ("00:11:32:17:49:f0", "nas1")
    answered = row("dhcp", dhcp={"type": "reply", "client_mac": "00:11:32:17:49:f0"})
    assert (answered["src_endpoint.mac"], answered["dst_endpoint.mac"]) == (None, "00:11:32:17:49:f0")


def test_what_an_ftp_command_is_about_is_a_user_or_a_file() -> None:
    assert row("ftp", ftp={"command": "USER", "command_data": "anonymous"})["user.name"] == "anonymous"
    assert row("ftp", ftp={"command": "RETR", "command_data": "secret.zip"})["file.name"] == "secret.zip"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("src_port", 65_536),
        ("src_port", -1),
        ("src_port", "80"),
        ("src_port", 80.0),
        ("src_port", True),
        ("flow_id", 2**64),
        ("flow_id", 1.5),
        ("proto", ["TCP"]),
        ("host", {"a": {}}),
        ("app_proto", None),
        ("flow", "none"),
        ("flow", {"bytes_toserver": 2**63, "age": 2**62, "start": "soon", "end": 5}),
        ("flow", {"start": "2016-07-13T22:42:07.199672+0900", "end": "2016-07-13T22:42:07Z"}),
        ("tcp", {"tcp_flags": "1B"}),
        ("http", []),
        ("http", {}),
        ("http", {"status": 2**40, "length": -5, "url": {"x": 1}}),
        ("tls", {"notbefore": "9999-99-99T00:00:00", "notafter": "0001-01-01T00:00:00", "ja3": {}}),
        ("smtp", {"rcpt_to": []}),
        ("smtp", {"rcpt_to": ["a", 5]}),
        ("alert", {"signature_id": 2**70, "metadata": {"confidence": "High", "malware_family": []}}),
        ("files", [7, {"filename": 5}]),
        ("dns", {"answers": [{"ttl": -1, "rdata": 5}, 3], "queries": {}, "id": 70_000}),
    ],
)
def test_a_value_that_fits_no_column_is_kept_as_it_was(path: str, value: Any) -> None:
    from .eve_source import lost

    for event_type in ("alert", "http", "dns", "flow", "smtp", None):
        event = {"timestamp": TIME, "event_type": event_type, path: value}
        found = read(json.dumps(event).encode())
        assert lost(event, found.events.to_pylist()[0]) == []


def test_hostile_strings_reach_their_columns_unharmed() -> None:
    hostile = "\x00\x1b]0;pwned\x07\u202e<script>'; DROP TABLE--\r\n\ufeff"
    found = row("http", http={"url": hostile, "hostname": "a\x00b"})
    assert (found["http_request.url.url_string"], found["http_request.url.hostname"]) == (hostile, "a\x00b")


def test_lone_surrogates_are_replaced_in_columns_and_kept_in_unmapped() -> None:
    found = row("http", http={"url": "/\ud800x", "\udfff": 1})
    assert found["http_request.url.url_string"] == "/\ufffdx"
    assert json.loads(found["unmapped"])["http"] == {"url": "/\ud800x", "\udfff": 1}
    assert found["unmapped"].isascii()
