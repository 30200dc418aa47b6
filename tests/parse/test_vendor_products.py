"""What the products' lines mean, case by case, by their makers' references: beyond what the samples show."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.ocsf.columns import EVENT_SCHEMA
from sekisho.ocsf.device import DeviceContext
from sekisho.pipeline.normalise import PRODUCTS, normalise_records
from sekisho.pipeline.normalise.cells import Batch

from .conftest import RECEIVED


def rows(product: str, *lines: str | bytes, time_zone: str = "UTC") -> list[dict[str, Any]]:
    device = DeviceContext(device="UTM100001", contract="SK100001", product=product, time_zone=time_zone)
    raw = [line if isinstance(line, bytes) else line.encode() for line in lines]
    found = normalise_records(raw, Batch("b", RECEIVED, device), product)
    assert found.events.schema.equals(EVENT_SCHEMA)
    assert found.unparsed.to_pylist() == []
    return found.events.to_pylist()


def row(product: str, line: str | bytes, **more: str) -> dict[str, Any]:
    (found,) = rows(product, line, **more)
    return found


def fortigate(pairs: str) -> dict[str, Any]:
    return row("fortigate", f'date=2026-11-01 time=10:00:00 devname="fw" devid="FG1" vd="root" {pairs}')


@pytest.mark.parametrize(
    ("pairs", "outcome", "class_uid"),
    [
        ('type="traffic" subtype="forward" action="deny"', "blocked", 4001),
        ('type="traffic" subtype="forward" action="close"', "allowed", 4001),
        ('type="traffic" subtype="forward" action="accept" utmaction="block"', "blocked", 4001),
        ('type="traffic" subtype="local" action="ip-conn"', "allowed", 4001),
        ('type="utm" subtype="ips" action="detected" attack="X" severity="high"', "detected", 2004),
        ('type="utm" subtype="ips" action="dropped" attack="X" severity="high"', "blocked", 2004),
        ('type="utm" subtype="virus" action="blocked" virus="EICAR"', "blocked", 2004),
        ('type="utm" subtype="webfilter" action="passthrough" url="/"', "allowed", 4002),
        ('type="utm" subtype="webfilter" action="blocked" url="/"', "blocked", 4002),
        ('type="utm" subtype="dns" eventtype="dns-response" action="redirect" qname="a.example"', "allowed", 4003),
        ('type="event" subtype="system" action="login" status="failed"', "blocked", 3002),
        ('type="event" subtype="vpn" action="ssl-login-fail"', "blocked", 3002),
        ('type="event" subtype="vpn" action="tunnel-up"', "unknown", 4014),
        ('type="event" subtype="system" action="Edit" cfgpath="firewall.policy"', "unknown", 3004),
    ],
)
def test_what_a_fortigate_did(pairs: str, outcome: str, class_uid: int) -> None:
    found = fortigate(pairs)
    assert (found["outcome"], found["class_uid"]) == (outcome, class_uid)


@pytest.mark.parametrize("stamp", ["1793494800", "1793494800000", "1793494800000000", "1793494800000000999"])
def test_a_fortigates_event_time_is_counted_in_any_unit(stamp: str) -> None:
    found = fortigate(f'eventtime={stamp} tz="+0900" type="traffic"')
    assert found["time"] == dt.datetime.fromtimestamp(1_793_494_800, dt.UTC)
    assert found["timezone_offset"] == 540


def test_a_fortigates_clock_without_event_time_has_its_own_zone_or_the_devices() -> None:
    assert fortigate('tz="+0900" type="traffic"')["time"].isoformat() == "2026-11-01T01:00:00+00:00"
    line = 'date=2026-11-01 time=10:00:00 devname="fw" devid="FG1" vd="root" type="traffic"'
    assert row("fortigate", line, time_zone="Asia/Tokyo")["time"].isoformat() == "2026-11-01T01:00:00+00:00"


def test_translation_users_counters_and_what_has_no_column_of_a_fortigate() -> None:
    found = fortigate(
        'type="traffic" srcip=10.0.0.5 srcport=1025 dstip=2001:DB8:0:0::1 dstport=443 proto=6 trandisp="snat" '
        'transip=198.51.100.1 transport=4097 sentbyte=10 rcvdbyte=20 user="CORP\\joe" policyid=7 policyname="web out" '
        'newfield="of FortiOS 9" dstport2=99999'
    )
    assert (found["dst_endpoint.ip"], found["nat.src_ip"], found["nat.src_port"]) == (
        "2001:db8::1",
        "198.51.100.1",
        4097,
    )
    assert (found["user.domain"], found["user.name"]) == ("CORP", "joe")
    assert (found["traffic.bytes_out"], found["traffic.bytes_in"]) == (10, 20)
    assert (found["firewall_rule.uid"], found["firewall_rule.name"]) == ("7", "web out")
    unmapped = json.loads(found["unmapped"])
    assert (unmapped["newfield"], unmapped["dstport2"]) == ("of FortiOS 9", "99999")


def test_a_value_that_its_column_cannot_hold_stays_unmapped() -> None:
    found = fortigate(
        'type="traffic" srcip=10.0.0.5 srcport=99999 proto=6 sentbyte=-5 srcmac="nonsense" dstip=fw.example'
    )
    assert (found["src_endpoint.port"], found["traffic.bytes_out"], found["src_endpoint.mac"]) == (None, None, None)
    assert (found["dst_endpoint.ip"], found["dst_endpoint.hostname"]) == (None, "fw.example")
    unmapped = json.loads(found["unmapped"])
    assert {"srcport": "99999", "sentbyte": "-5", "srcmac": "nonsense"}.items() <= unmapped.items()


PAN_START = "1,2026/11/01 10:00:00,0011,{kind},{subtype},2816,2026/11/01 10:00:00,"
PAN_ENDS = (
    "10.0.0.5,203.0.113.9,198.51.100.1,203.0.113.9,out,corp\\joe,,ssl,vsys1,in,out,ae1,ae2,fwd,"
    "2026/11/01 10:00:00,77,1,"
)


@pytest.mark.parametrize(
    ("action", "outcome"),
    [
        ("allow", "allowed"),
        ("deny", "blocked"),
        ("drop", "blocked"),
        ("reset-both", "blocked"),
        ("drop-icmp", "blocked"),
    ],
)
def test_traffic_of_pan_os(action: str, outcome: str) -> None:
    line = PAN_START.format(kind="TRAFFIC", subtype="end") + PAN_ENDS
    line += (
        f"51000,443,40000,443,0x400,tcp,{action},300,100,200,9,2026/11/01 09:59:00,30,any,,55,0x0,Japan,US,,5,4,tcp-fin"
    )
    found = row("panos", line)
    assert (found["outcome"], found["direction"], found["class_uid"]) == (outcome, "outbound", 4001)
    assert (found["src_endpoint.ip"], found["src_endpoint.port"], found["dst_endpoint.port"]) == (
        "10.0.0.5",
        51000,
        443,
    )
    assert (found["user.name"], found["user.domain"], found["app_name"]) == ("joe", "corp", "ssl")
    assert (found["traffic.bytes_out"], found["traffic.packets_in"], found["duration"]) == (100, 4, 30_000)
    assert (found["status_detail"], found["dst_endpoint.location.country"]) == ("tcp-fin", "US")


@pytest.mark.parametrize(
    ("subtype", "action", "target", "threat", "class_uid", "outcome"),
    [
        ("vulnerability", "alert", "x.php", "Apache Log4j(91991)", 2004, "detected"),
        ("spyware", "sinkhole", "bad.example", "C2(12)", 2004, "blocked"),
        ("wildfire", "allow", "a.exe", "Windows Executable(52020)", 2004, "detected"),
        ("url", "block-url", "bad.example/x", "(9999)", 4002, "blocked"),
        ("url", "alert", "good.example/x", "(9999)", 4002, "detected"),
    ],
)
def test_threats_of_pan_os(subtype: str, action: str, target: str, threat: str, class_uid: int, outcome: str) -> None:
    line = PAN_START.format(kind="THREAT", subtype=subtype) + PAN_ENDS
    line += (
        f'51000,443,0,0,0x0,tcp,{action},"{target}",{threat},any,critical,client-to-server,5,0x0,JP,US,,,,,,,,,,,,,,0'
    )
    found = row("panos", line)
    assert (found["class_uid"], found["outcome"], found["severity_id"]) == (class_uid, outcome, 5)
    if subtype == "url":
        assert found["http_request.url.hostname"] == target.partition("/")[0]
    else:
        assert found["finding_info.title"] == threat.partition("(")[0]
        assert found["finding_info.analytic.uid"] == threat.partition("(")[2].rstrip(")")


ASA = "<166>Nov 01 2026 10:00:00 fw1 : %ASA-{}"


def test_who_opened_a_connection_through_an_asa() -> None:
    ends = "for outside:203.0.113.9/443 (203.0.113.9/443) to inside:10.0.0.5/51000 (198.51.100.2/33000)"
    out = row("cisco_asa", ASA.format(f"6-302013: Built outbound TCP connection 12 {ends}"))
    assert (out["src_endpoint.ip"], out["nat.src_ip"], out["dst_endpoint.port"]) == ("10.0.0.5", "198.51.100.2", 443)
    assert (out["direction"], out["device.hostname"], out["timezone_offset"]) == ("outbound", "fw1", 0)
    into = row("cisco_asa", ASA.format(f"6-302013: Built inbound TCP connection 12 {ends}"))
    assert (into["src_endpoint.ip"], into["direction"]) == ("203.0.113.9", "inbound")


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        (
            '4-106023: Deny tcp src outside:192.0.2.1/4000 dst inside:10.0.0.5/22 by access-group "acl" [0x0, 0x0]',
            "blocked",
        ),
        (
            "6-106100: access-list a permitted tcp in/10.0.0.5(4000) -> out/192.0.2.1(22) hit-cnt 1 first hit",
            "allowed",
        ),
        (
            "6-106100: access-list acl denied tcp inside/10.0.0.5(4000) -> outside/192.0.2.1(22) hit-cnt 1 first hit",
            "blocked",
        ),
        ("3-710003: TCP access denied by ACL from 192.0.2.1/4000 to outside:10.0.0.5/22", "blocked"),
        ("2-106017: Deny IP due to Land Attack from 192.0.2.1 to 10.0.0.5", "blocked"),
        ('6-605005: Login permitted from 192.0.2.1/4000 to inside:10.0.0.5/ssh for user "joe"', "allowed"),
        ('6-605004: Login denied from 192.0.2.1/4000 to inside:10.0.0.5/ssh for user "joe"', "blocked"),
        ("4-401004: Shunned packet: 192.0.2.1 ==> 10.0.0.5 on interface outside", "blocked"),
    ],
)
def test_what_an_asa_did(text: str, outcome: str) -> None:
    found = row("cisco_asa", ASA.format(text))
    assert found["outcome"] == outcome
    assert {found["src_endpoint.ip"], found["dst_endpoint.ip"]} == {"192.0.2.1", "10.0.0.5"}


def test_an_asas_clock_without_a_year_gets_the_one_nearest_to_receipt() -> None:
    late = row("cisco_asa", "<166>Dec 31 23:59:00 fw1 %ASA-6-609001: Built local-host inside:10.0.0.5")
    assert late["time"].year == RECEIVED.year - 1
    assert (
        row("cisco_asa", "<166>Oct 31 23:59:00 fw1 %ASA-6-609001: Built local-host inside:10.0.0.5")["time"].year
        == 2026
    )


def test_a_line_without_any_time_has_that_of_its_receipt() -> None:
    found = row("cisco_asa", "%ASA-6-609001: Built local-host inside:10.0.0.5")
    assert (found["time"], found["timezone_offset"]) == (RECEIVED, None)


def test_zeeks_tables_are_read_under_their_header_and_without_one() -> None:
    header = (
        "#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\tduration\torig_bytes\tresp_bytes"
    )
    ends = "1591367999.305988\tCMdzit1AMNsmfAIiQc\t192.168.4.76\t36844\t192.0.2.1\t53\tudp\tdns\t0.066852\t62\t141"
    *_, under = rows("zeek", "#path\tconn", header, ends)
    alone = row("zeek", ends + "\tSF\t-\t-\t0\tDd\t2\t118\t2\t197\t-")
    for found in (under, alone):
        assert (found["metadata.log_name"], found["app_name"], found["traffic.bytes_in"]) == ("conn", "dns", 141)
        assert (found["class_uid"], found["direction"], found["dst_endpoint.port"]) == (4001, "outbound", 53)
        assert found["time"].isoformat() == "2020-06-05T14:39:59.305988+00:00"


def test_zeeks_json_is_told_apart_by_its_fields() -> None:
    line = '{"ts":1591367999.3,"uid":"C1","id.orig_h":"192.168.4.76","id.resp_h":"192.0.2.1","query":"a.example",'
    found = row(
        "zeek", line + '"qclass":1,"qtype_name":"A","rcode_name":"NOERROR","answers":["192.0.2.7"],"TTLs":[60.0]}'
    )
    assert (found["class_uid"], found["query.hostname"], found["answers.rdata"], found["answers.ttl"]) == (
        4003,
        "a.example",
        ["192.0.2.7"],
        [60],
    )


def test_leef_of_any_product_has_what_its_dictionary_says() -> None:
    line = "LEEF:2.0|Acme|Box|1|LoginFailed|^|src=192.0.2.1^dst=10.0.0.5^dstPort=22^usrName=joe"
    line += "^devTime=Nov 01 2026 10:00:00"
    found = row("leef", line)
    assert (found["metadata.product.name"], found["metadata.product.vendor_name"]) == ("Box", "Acme")
    assert (found["class_uid"], found["outcome"], found["user.name"]) == (3002, "blocked", "joe")
    assert (found["time"].isoformat(), found["direction"]) == ("2026-11-01T10:00:00+00:00", "inbound")


def test_a_sonicwalls_ends_hold_address_port_interface_and_name() -> None:
    line = 'id=firewall sn=18B1 time="2026-11-01 10:00:00" fw=203.0.113.1 pri=6 c=1 m=98 msg="Connection Opened" n=1 '
    found = row("sonicwall", line + "src=192.168.5.10:49152:X0 dst=203.0.113.5:53:X1:ns.example proto=udp/dns sent=64")
    assert (found["src_endpoint.ip"], found["src_endpoint.port"], found["src_endpoint.interface_name"]) == (
        "192.168.5.10",
        49152,
        "X0",
    )
    assert (found["dst_endpoint.hostname"], found["app_name"], found["outcome"]) == ("ns.example", "dns", "allowed")


def test_a_junos_session_in_structured_data() -> None:
    line = "<14>1 2026-11-01T10:00:00.123+09:00 srx1 RT_FLOW - RT_FLOW_SESSION_DENY [junos@2636.1.1.1.2.129 "
    line += 'source-address="10.0.0.5" source-port="51000" destination-address="203.0.113.9" destination-port="23" '
    line += 'protocol-id="6" policy-name="no telnet" source-zone-name="trust" destination-zone-name="untrust"]'
    found = row("juniper_srx", line)
    assert (found["outcome"], found["firewall_rule.name"], found["device.hostname"]) == ("blocked", "no telnet", "srx1")
    assert (found["time"].isoformat(), found["timezone_offset"]) == ("2026-11-01T01:00:00.123000+00:00", 540)
    assert (found["dst_endpoint.port"], found["connection_info.protocol_name"]) == (23, "tcp")


@pytest.mark.parametrize("product", sorted(set(PRODUCTS) - {"suricata"}))
def test_every_record_of_every_product_comes_out_exactly_once(product: str) -> None:
    device = DeviceContext(device="UTM100001", contract="SK100001", product=product)

    @settings(max_examples=40, deadline=None)
    @given(st.lists(st.binary(max_size=80), max_size=6))
    def holds(lines: list[bytes]) -> None:
        found = normalise_records(lines, Batch("b", RECEIVED, device), product)
        both = [*found.events.to_pylist(), *found.unparsed.to_pylist()]
        assert [each["raw"] for each in sorted(both, key=lambda each: each["record"])] == lines

    holds()
