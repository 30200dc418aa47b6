"""Syslog framing: whatever the pieces, the same records; whatever the bytes, none lost."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.pipeline.collect.framing import Deframer

RECORD = st.binary(min_size=1, max_size=60)
LINE = RECORD.map(lambda r: b"<" + r.translate(None, b"\n\0\r"))


def deframed(data: bytes, cuts: list[int] = (), **limits: int) -> list[bytes]:
    deframer = Deframer(**limits)
    places = sorted({min(c, len(data)) for c in cuts} | {0, len(data)})
    found = [f for a, b in itertools.pairwise(places) for f in deframer.feed(data[a:b])]
    return [f.record for f in found + deframer.finish()]


def counted(record: bytes) -> bytes:
    return b"%d " % len(record) + record


@pytest.mark.parametrize(
    ("data", "records"),
    [
        (b"<13>a\n<13>b\n", [b"<13>a", b"<13>b"]),
        (b"<13>a\r\n<13>b\r\n", [b"<13>a", b"<13>b"]),
        (b"<13>a\0<13>b\0", [b"<13>a", b"<13>b"]),
        (b"5 <1>ab6 <1>a\nb", [b"<1>ab", b"<1>a\nb"]),
        (b"5 <1>ab<13>line\n5 <1>cd", [b"<1>ab", b"<13>line", b"<1>cd"]),
        (b"\n\n<13>a\n\n", [b"<13>a"]),
        (b"<13>cut off", [b"<13>cut off"]),
        (b"9 <1>cut", [b"<1>cut"]),
        (b"0 <13>a\n", [b"0 <13>a"]),
        (b"2026-11-23 no count\n", [b"2026-11-23 no count"]),
        (b"99999999 far too long\n", [b"99999999 far too long"]),
        (b"123", [b"123"]),
        (b"", []),
    ],
)
def test_frames_are_told_apart_by_how_they_start(data: bytes, records: list[bytes]):
    assert deframed(data) == records


@given(
    st.lists(st.one_of(RECORD.map(lambda r: (r, counted(r))), LINE.map(lambda r: (r, r + b"\n")))),
    st.lists(st.integers(0, 2_000)),
)
def test_records_do_not_depend_on_how_the_bytes_arrive(frames: list[tuple[bytes, bytes]], cuts: list[int]):
    data = b"".join(framed for _, framed in frames)
    assert deframed(data, cuts) == [record for record, _ in frames]


@given(st.binary(max_size=400), st.lists(st.integers(0, 400)))
def test_hostile_bytes_never_raise_and_chunks_change_nothing(data: bytes, cuts: list[int]):
    assert deframed(data, cuts, record_bytes_max=32) == deframed(data, record_bytes_max=32)


@given(st.text("abc<>{}", min_size=1, max_size=300))
def test_a_record_over_the_limit_is_cut_and_nothing_is_lost(text: str):
    pieces = deframed(text.encode() + b"\n", record_bytes_max=32)
    assert b"".join(pieces) == text.encode()
    assert all(len(p) <= 32 for p in pieces)


def test_memory_stays_bounded_while_no_frame_ends():
    deframer = Deframer(record_bytes_max=1_000)
    for _ in range(1_000):
        deframer.feed(b"x" * 999)
        assert len(deframer._buffer) < 2_000
