"""Syslog headers as real senders write them."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.pipeline.collect.syslog import Header, header_of, message_of

UTC = dt.UTC
DAY = dt.datetime(2026, 11, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("record", "priority", "time", "host", "app", "message"),
    [
        (
            b'<165>1 2026-11-23T09:00:00.5+09:00 fw01 utm 42 ID47 [x@1 a="\\]" b="2"][y@1] hello',
            165, dt.datetime(2026, 11, 23, 0, 0, 0, 500_000, UTC), "fw01", "utm", b"hello",
        ),
        (b"<14>1 2026-11-23T00:00:00Z - - - - - \xef\xbb\xbf!", 14, DAY, None, None, b"!"),
        (b"<14>1 - fw - - - -", 14, None, "fw", None, b""),
        (b"<13>Nov 23 09:00:00 fw01 sshd[7]: failed", 13, None, "fw01", "sshd", b"failed"),
        (b"<13>Nov  3 09:00:00 fw01 suricata: {}", 13, None, "fw01", "suricata", b"{}"),
        (b"<13>Nov 23 2026 09:00:00 asa : %ASA-6-302013: Built", 13, None, "asa", None, b": %ASA-6-302013: Built"),
        (b"<13>Nov 23 09:00:00 suricata[1]: x", 13, None, None, "suricata", b"x"),
        (b"<13>2026-11-23T09:00:00+09:00 fw01 app: m", 13, dt.datetime(2026, 11, 23, tzinfo=UTC), "fw01", "app", b"m"),
        (b"<189>date=2026-11-23 devname=FGT", 189, None, None, None, b"date=2026-11-23 devname=FGT"),
        (b"<999>x", None, None, None, None, b"<999>x"),
        (b'{"timestamp":1}', None, None, None, None, b'{"timestamp":1}'),
        (b"", None, None, None, None, b""),
    ],
)  # fmt: skip
def test_headers_are_read_and_the_message_is_what_follows(record, priority, time, host, app, message):
    header = header_of(record)
    assert (header.priority, header.time, header.host, header.app) == (priority, time, host, app)
    assert record[header.message :] == message


def test_the_cookie_before_json_is_no_part_of_the_message():
    assert message_of(b'<13>Nov 23 09:00:00 fw suricata: @cee: {"a":1}') == b'{"a":1}'


@given(st.binary(max_size=300))
def test_any_bytes_have_a_header_or_none(record: bytes):
    header = header_of(b"<13>" + record)
    assert isinstance(header, Header)
    assert 0 <= header.message <= len(record) + 4


@given(st.text(st.characters(codec="utf-8"), max_size=100))
def test_the_message_comes_out_byte_for_byte(text: str):
    record = b"<34>1 2026-11-23T00:00:00Z host app 1 - - " + text.encode()
    assert message_of(record).endswith(text.encode().removeprefix(b"\xef\xbb\xbf")) or text.startswith(
        (" @cee:", "@cee:")
    )


def test_a_header_that_backtracks_is_read_in_time():
    record = b"<13>1 2026-11-23T00:00:00Z h a p m " + b'[a b="' * 20_000
    assert header_of(record).host == "h"
