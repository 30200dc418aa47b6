"""Bodies of EVE lines at once: to the last cell what the normaliser gives line by line, and nothing lost."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.ocsf.device import DeviceContext
from sekisho.pipeline.columnar import eve
from sekisho.pipeline.normalise import normalise_body, normalise_records
from sekisho.pipeline.normalise.cells import Batch

from ..parse.conftest import captured_lines, recorded_lines, shared

__all__ = ["captured_lines", "recorded_lines"]

HOME = (ip_network("10.0.0.0/9"), ip_network("192.0.2.0/24"), ip_network("2001:db8::/32"))
DEVICE = DeviceContext(device="UTM100001", contract="SK100001", product="suricata", home_networks=HOME)
BATCH = Batch("UTM100001/eve/1:0", dt.datetime(2026, 11, 1, 15, 30, tzinfo=dt.UTC), DEVICE)
LINES_AT_ONCE = 3_000


def same(lines: list[bytes]) -> int:
    """Compare both ways, column by column; how many lines were odd."""
    body = b"".join(line + b"\n" for line in lines)
    found, expected = normalise_body(body, BATCH), normalise_records(lines, BATCH, "suricata")
    in_order = found.events.sort_by("record")
    for column in expected.events.column_names:
        array = in_order[column].combine_chunks()
        array.validate(full=True)
        assert array.equals(expected.events[column].combine_chunks()), _difference(in_order, expected.events, column)
    assert found.unparsed.equals(expected.unparsed)
    return len(eve.read(body, BATCH).odd)


def _difference(found: Any, expected: Any, column: str) -> str:
    pairs = zip(found[column].to_pylist(), expected[column].to_pylist(), strict=False)
    row, (one, other) = next((row, pair) for row, pair in enumerate(pairs) if pair[0] != pair[1])
    return f"{column}: {one!r} is not {other!r} in {expected['raw'][row].as_py()!r}"


def all_of(lines: list[bytes]) -> float:
    """The share of odd lines."""
    odd = sum(same(lines[at : at + LINES_AT_ONCE]) for at in range(0, len(lines), LINES_AT_ONCE))
    return odd / len(lines)


def test_recorded_events_become_the_same_rows(recorded_lines: list[bytes]) -> None:
    assert all_of(recorded_lines) < 0.05


def test_every_kind_of_event_of_a_live_suricata_becomes_the_same_rows(captured_lines: list[bytes]) -> None:
    assert all_of(captured_lines) < 0.6


def test_made_events_become_the_same_rows_and_hardly_any_is_odd(tmp_path: Path) -> None:
    events = tmp_path / "eve.json"
    subprocess.run([sys.executable, str(shared("make_eve.py")), "20000", str(events)], check=True)
    assert all_of(events.read_bytes().splitlines()) < 0.01


def test_what_other_products_collected_becomes_the_same_rows() -> None:
    cases = shared("logs/vendor/suricata.jsonl").read_text().splitlines()
    same([json.loads(case)["message"].encode() for case in cases])


USUAL = {
    "timestamp": "2026-06-01T20:59:59.000001+0900",
    "event_type": "alert",
    "src_ip": "192.0.2.10",
    "src_port": 50000,
    "dest_ip": "203.0.113.9",
    "dest_port": 443,
    "proto": "TCP",
    "flow": {"start": "2026-06-01T20:59:58.000001+0900", "bytes_toserver": 7},
    "alert": {"action": "allowed", "gid": 1, "signature_id": 7, "signature": "x", "severity": 2},
}


def line(**parts: Any) -> bytes:
    return json.dumps({**USUAL, **parts}, separators=(",", ":"), ensure_ascii=False).encode()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{}",
        b"not JSON",
        b"[]",
        b'{"timestamp":"2026-06-01T20:59:59.000001+0900"',
        b'{"timestamp":"2026-06-01T20:59:59.000001+0900","event_type":"dns",}',
        b'{"timestamp":"2026-06-01T20:59:59.000001+0900","event_type":"dns"}x',
        b'{"timestamp":"2026-06-01T20:59:59.000001+0900","event_type":"dns","a":1,"a":2}',
        b'{"timestamp":"2026-06-01T20:59:59.000001+0900","event_type":"dns","event_type":"http"}',
        b'{"timestamp":"2026-06-01T20:59:59.000001+0900","x":"\\"event_type\\":\\"dns\\"","event_type":"http"}',
        b'{"event_type":"dns","dns":{"rrname":"a.example"},"timestamp":"2026-06-01T20:59:59.000001+0900"}',
        b'{"alert":{"signature":"x"},"event_type":"alert","timestamp":"2026-06-01T20:59:59.000001+0900"}',
        b'{ "timestamp" : "2026-06-01T20:59:59.000001+0900" , "event_type" : "flow" , "x" : [ 1 , { } ] }\r',
        b'{"timestamp":"2026-06-01T20:59:59.000001+0900","event_type":"flow","x":"\xff"}',
        b'{"timestamp":"2026-06-01T20:59:59.000001+0900","event_type":"flow","x":"\xed\xa0\x80"}',
        b'{"timestamp":"2026-06-01T20:59:59.000001+0900","event_type":"flow","x":"a\tb"}',
        b'{"timestamp":"2026-06-01T20:59:59.000001+0900","event_type":"flow","x":01,"y":1.50,"z":-0,"e":1e3}',
        b'{"timestamp":"2026-06-01T20:59:59.000001+0900","event_type":"flow","x":123456789012345678901234567890}',
        b'{"timestamp":"2026-06-01T20:59:59.000001+0900","event_type":"flow","x":nul}',
        b"<134>Jun  1 20:59:59 host suricata: " + line(),
        line(src_ip="2001:0db8:0000:0000:0000:0000:0000:0001", dest_ip="2001:db8::2"),
        line(src_ip="0000:0000:0000:0000:0000:ffff:c000:0201", dest_ip="ff02:0000:0000:0000:0000:0000:0000:0001"),
        line(src_ip="192.0.2.010"),
        line(src_ip="192.0.2"),
        line(dest_port=99999),
        line(proto="tcp"),
        line(flow={"start": "2026-06-01T11:59:58.000001+0000", "src_ip": "203.0.113.9", "src_port": 443}),
        line(flow={"src_ip": "203.0.113.9", "src_port": 443}, direction="to_server"),
        line(alert={}),
        line(alert={"signature": 'a"b\\c/d\u00e9\n\u0000', "severity": 1, "metadata": {"confidence": ["High"]}}),
        line(verdict={"action": "drop"}),
        line(verdict={"action": "PASS"}),
        line(event_type="drop", alert={"action": "blocked"}),
        line(event_type="drop", alert={}),
        line(event_type="dns", dns={"type": "answer", "answers": [{"rrname": "a", "rdata": "b\u00fc", "ttl": 3}, {}]}),
        line(event_type="dns", dns={"version": 3, "queries": [{"rrname": "a", "rrtype": "A"}, {"rrname": "b"}]}),
        line(event_type="smb", smb={"status": "STATUS_SUCCESS", "disposition": "FILE_OPEN", "tree_id": 5}),
        line(event_type="smtp", smtp={"helo": "x", "rcpt_to": ["<a@b.example>", "<\u3042@b>"]}, email={"to": []}),
        line(event_type="tls", tls={"notbefore": "2026-02-29T00:00:00", "notafter": "2050-02-28T00:00:00", "sni": ""}),
    ],
    ids=range(40 - 1),
)  # fmt: skip
def test_an_odd_or_hostile_line_becomes_the_same_row_among_usual_ones(raw: bytes) -> None:
    same([line(), raw, line(event_type="flow"), raw])


WORDS = st.sampled_from(
    ["", "a", "TCP", "UDP", "Query", "answer", "GET", "to_client", "drop", "10.1.2.3", "\u3042", "/"]
)
TEXTS = st.text(max_size=12) | WORDS
NUMBERS = st.integers(-(2**70), 2**70) | st.integers(0, 70_000) | st.floats(allow_nan=False)
_NAIVE = dt.datetime  # the zone is written behind
TIMES = st.datetimes(_NAIVE(1969, 1, 1), _NAIVE(2300, 1, 1)).map(lambda at: at.strftime("%Y-%m-%dT%H:%M:%S.%f+0900"))
LEAVES = st.none() | st.booleans() | NUMBERS | TEXTS | TIMES | st.lists(TEXTS, max_size=3)
KEYS = st.sampled_from(
    [
        "timestamp",
        "event_type",
        "src_ip",
        "src_port",
        "dest_ip",
        "dest_port",
        "proto",
        "flow",
        "alert",
        "dns",
        "http",
        "tls",
        "smb",
        "smtp",
        "email",
        "tcp",
        "fileinfo",
        "type",
        "rrname",
        "rrtype",
        "answers",
        "queries",
        "rdata",
        "ttl",
        "action",
        "signature",
        "severity",
        "metadata",
        "confidence",
        "start",
        "end",
        "age",
        "tcp_flags",
        "hostname",
        "url",
        "http_method",
        "status",
        "disposition",
        "rcpt_to",
        "to",
        "sni",
        "notbefore",
        "verdict",
        "direction",
        "files",
        "filename",
        "flow_id",
        "x",
    ]
) | st.text(max_size=4)
VALUES = st.recursive(LEAVES, lambda inner: st.dictionaries(KEYS, inner, max_size=5) | st.lists(inner, max_size=3))
KINDS = st.sampled_from(
    ["alert", "drop", "flow", "dns", "http", "smb", "tls", "smtp", "fileinfo", "anomaly", "ftp", "new"]
)
EVENTS = st.fixed_dictionaries(
    {"timestamp": TIMES | st.just(USUAL["timestamp"]), "event_type": KINDS},
    optional={
        "src_ip": TEXTS | st.ip_addresses().map(lambda a: a.exploded),
        "dns": VALUES,
        "alert": VALUES,
        "flow": VALUES,
    },
)


@settings(deadline=None, max_examples=300)
@given(st.lists(st.tuples(EVENTS, st.dictionaries(KEYS, VALUES, max_size=6), st.booleans()), min_size=1, max_size=6))
def test_whatever_an_event_holds_both_ways_agree(events: list[Any]) -> None:
    lines = [
        json.dumps({**event, **more}, ensure_ascii=ascii_only, separators=(",", ":")).encode("utf-8", "surrogatepass")
        for event, more, ascii_only in events
    ]
    same([each for each in lines if b"\n" not in each])


@settings(deadline=None, max_examples=200)
@given(st.integers(0, 2**31), st.binary(min_size=1, max_size=3), st.integers(0, 3))
def test_whatever_bytes_are_put_into_a_line_both_ways_agree(place: int, added: bytes, removed: int) -> None:
    whole = line(dns={"type": "query"}, http={"url": "/\u3042\\"}, direction="to_client")
    at = place % len(whole)
    same([line(), (whole[:at] + added + whole[at + removed :]).replace(b"\n", b" "), line()])
