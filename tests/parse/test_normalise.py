"""Batches: every record comes out exactly once, whatever it is."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.ocsf.columns import EVENT_SCHEMA, UNPARSED_SCHEMA
from sekisho.ocsf.device import DeviceContext
from sekisho.pipeline.batch import BatchError, StreamBatch, pack_lines, pack_octets
from sekisho.pipeline.normalise import normalise, recognise

from .conftest import DEVICE, RECEIVED, read
from .eve_source import leaves, lost

EVENT = b'{"timestamp":"2016-07-13T22:42:07.199672-0600","event_type":"http","host":"a"}'


def batch(body: bytes, framing: str = "lines", product: str = "suricata") -> StreamBatch:
    return StreamBatch(
        batch_id="UTM100001/eve/1:0",
        device="UTM100001",
        source="eve",
        product=product,
        first="1:0",
        received_at=RECEIVED.timestamp(),
        records=0,
        framing=framing,
        body=body,
    )


def test_a_batch_becomes_events_and_unparsed_records_with_their_housekeeping() -> None:
    found = normalise(batch(pack_lines(EVENT + b"\r\nbroken\n\n" + EVENT + b"\n")), DEVICE)
    assert found.events.schema.equals(EVENT_SCHEMA, check_metadata=True)
    assert found.unparsed.schema.equals(UNPARSED_SCHEMA, check_metadata=True)
    assert found.events.column("record").to_pylist() == [0, 3]
    assert found.events.column("raw").to_pylist() == [EVENT + b"\r", EVENT]
    assert [(bad["record"], bad["raw"], bad["reason"].split(":")[0]) for bad in found.unparsed.to_pylist()] == [
        (1, b"broken", "not JSON"),
        (2, b"", "empty line"),
    ]
    for row in (*found.events.to_pylist(), *found.unparsed.to_pylist()):
        assert (row["contract"], row["device"], row["batch"]) == ("SK100001", "UTM100001", "UTM100001/eve/1:0")
        assert (row["received_at"], row["retention_years"]) == (RECEIVED, 3)
        # 15:30 in London is the next day in Tokyo: the day by which logs are kept and erased.
        assert row["day"] == dt.date(2026, 11, 2)


def test_records_that_contain_newlines_are_read_whole() -> None:
    found = normalise(batch(pack_octets([EVENT, b"{\n}", EVENT.replace(b",", b",\n")]), "octets"), DEVICE)
    assert found.events.column("record").to_pylist() == [0, 2]
    assert found.unparsed.column("reason").to_pylist() == ["no timestamp"]


def test_an_empty_batch_is_two_empty_tables() -> None:
    found = normalise(batch(pack_lines(b"")), DEVICE)
    assert (found.events.num_rows, found.unparsed.num_rows) == (0, 0)


def test_a_batch_that_does_not_unpack_has_no_records() -> None:
    with pytest.raises(BatchError):
        normalise(batch(b"no zstd"), DEVICE)


def unknown_device(product: str) -> DeviceContext:
    return DeviceContext(device="UTM1", contract="SK1", product=product)


def test_auto_finds_suricata_by_content() -> None:
    assert recognise([b"", b"garbage", EVENT]) == "suricata"
    assert normalise(batch(pack_lines(EVENT + b"\n"), product="auto"), unknown_device("auto")).events.num_rows == 1


@pytest.mark.parametrize(
    ("product", "reason"), [("auto", "no product known"), ("abacus", "no parser for product abacus")]
)
def test_lines_that_nobody_can_read_are_kept_with_that_reason(product: str, reason: str) -> None:
    found = normalise(batch(pack_lines(b"date=2026-11-01 devname=x\n" * 3), product=product), unknown_device(product))
    assert found.events.num_rows == 0
    assert found.unparsed.column("raw").to_pylist() == [b"date=2026-11-01 devname=x"] * 3
    assert all(reason in each for each in found.unparsed.column("reason").to_pylist())


def test_one_event_of_every_kind_in_one_batch_does_not_leak_into_its_neighbours() -> None:
    lines = [
        b'{"timestamp":"2016-07-13T22:42:07.199672-0600","event_type":"http","http":{"url":"/a"}}',
        b'{"timestamp":"2016-07-13T22:42:07.199672-0600","event_type":"dns","dns":{"rrname":"b"}}',
        b'{"timestamp":"2016-07-13T22:42:07.199672-0600","event_type":"smb","smb":{"filename":"c"}}',
    ]
    found = read(*lines).events.select(["http_request.url.url_string", "query.hostname", "file.name"]).to_pylist()
    assert [[value for value in row.values() if value] for row in found] == [["/a"], ["b"], ["c"]]


@given(st.lists(st.binary(max_size=60).filter(lambda line: b"\n" not in line), max_size=8))
def test_arbitrary_lines_come_out_exactly_once_and_byte_for_byte(lines: list[bytes]) -> None:
    lines.append(EVENT)
    found = normalise(batch(pack_lines(b"".join(line + b"\n" for line in lines))), DEVICE)
    rows = [*found.events.to_pylist(), *found.unparsed.to_pylist()]
    assert [row["raw"] for row in sorted(rows, key=lambda row: row["record"])] == lines


KNOWN_WORDS = [
    *("src_ip", "src_port", "dest_ip", "proto", "flow_id", "event_type", "alert", "http", "dns", "tls", "flow", "smb"),
    *("url", "hostname", "status", "rrname", "answers", "queries", "rdata", "ttl", "signature_id", "metadata", "files"),
    *(
        "severity",
        "start",
        "end",
        "age",
        "notbefore",
        "filename",
        "verdict",
        "action",
        "smtp",
        "rcpt_to",
        "krb5",
        "ftp",
    ),
    *("tcp", "tcp_flags", "ether", "src_mac", "direction", "command", "command_data", "dhcp", "netflow", "ja3", "hash"),
]
TEXTS = st.one_of(
    st.text(st.characters(), max_size=8),
    st.sampled_from(
        ["TCP", "10.0.0.1", "::1", "alert", "dns", "flow", "drop", "2020-01-01T00:00:00.000000+0000", "1b"]
    ),
)
NUMBERS = st.one_of(
    st.integers(-(2**80), 2**80), st.integers(0, 70_000), st.floats(allow_nan=False, allow_infinity=False)
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.one_of(st.sampled_from(KNOWN_WORDS), TEXTS), inner, max_size=4)
    ),
    max_leaves=12,
)
KINDS = st.one_of(
    VALUES, st.sampled_from(["alert", "http", "dns", "flow", "fileinfo", "smb", "ftp", "krb5", "drop", "dhcp", "tls"])
)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.one_of(st.sampled_from(KNOWN_WORDS), TEXTS), VALUES, max_size=8), KINDS)
def test_an_arbitrary_event_keeps_every_field(fields: dict[str, Any], kind: Any) -> None:
    event = {**fields, "event_type": kind, "timestamp": "2016-07-13T22:42:07.199672-0600"}
    line = json.dumps(event).encode()
    found = read(line)
    assert found.unparsed.to_pylist() == []
    (row,) = found.events.to_pylist()
    assert row["raw"] == line
    assert lost(event, row) == []
    assert list(leaves(event))
