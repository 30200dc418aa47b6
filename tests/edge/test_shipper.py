"""The pure core of log shipping, against every chunking and every pattern of acknowledgements."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sekisho_edge.shipper import IN_FLIGHT_MAX, LINE_BYTES_MAX, WAIT_SECONDS_MAX, Shipper
from sekisho_wire.logs import BATCH_RAW_BYTES_MAX, Position

START = Position(0, 0)


def drain(shipper: Shipper, now: float = 1e9) -> list:
    batches = []
    while batch := shipper.take(now):
        batches.append(batch)
        shipper.acknowledge(batch.next)
    return batches


def test_a_line_waits_for_company_but_not_long():
    shipper = Shipper(START)
    shipper.feed(b"one\n", now=10.0)
    assert shipper.take(10.0 + WAIT_SECONDS_MAX / 2) is None
    batch = shipper.take(10.0 + WAIT_SECONDS_MAX)
    assert (batch.first, batch.next, batch.raw, batch.lines) == (START, Position(0, 4), b"one\n", 1)


def test_half_a_line_is_never_sent():
    shipper = Shipper(START)
    shipper.feed(b"whole\nhal", now=0.0)
    assert shipper.take(100.0).raw == b"whole\n"
    assert shipper.take(200.0) is None
    shipper.feed(b"f\n", now=200.0)
    assert shipper.take(300.0).raw == b"half\n"


def test_enough_bytes_need_no_waiting_and_a_batch_has_a_limit():
    shipper = Shipper(START)
    line = b"x" * 999 + b"\n"
    shipper.feed(line * 1000, now=0.0)
    batch = shipper.take(0.0)
    assert batch.lines == BATCH_RAW_BYTES_MAX // 1000
    assert len(batch.raw) <= BATCH_RAW_BYTES_MAX


def test_a_line_over_the_batch_limit_goes_alone():
    shipper = Shipper(START)
    long = b"x" * (2 * BATCH_RAW_BYTES_MAX) + b"\n"
    shipper.feed(b"a\n" + long + b"b\n", now=0.0)
    assert [batch.raw for batch in drain(shipper)] == [b"a\n", long, b"b\n"]
    assert shipper.split_lines == 0


def test_a_line_over_the_frame_limit_goes_in_pieces_and_is_counted():
    shipper = Shipper(START)
    shipper.feed(b"x" * (LINE_BYTES_MAX + 5) + b"\n", now=0.0)
    pieces = [batch.raw for batch in drain(shipper)]
    assert pieces == [b"x" * LINE_BYTES_MAX + b"\n", b"x" * 5 + b"\n"]
    assert shipper.split_lines == 1


def test_no_more_batches_than_the_window_are_out_at_once():
    shipper = Shipper(START)
    for _ in range(IN_FLIGHT_MAX):
        shipper.feed(b"line\n", now=0.0)
        assert shipper.take(9.0)
    shipper.feed(b"line\n", now=0.0)
    assert shipper.take(9.0) is None
    shipper.acknowledge(Position(0, 5))
    assert shipper.take(9.0)


def test_acknowledgements_only_move_forward():
    shipper = Shipper(START)
    shipper.feed(b"one\n", now=0.0)
    shipper.take(9.0)
    assert shipper.acknowledge(Position(0, 4))
    assert not shipper.acknowledge(Position(0, 4))
    assert not shipper.acknowledge(Position(0, 0))
    assert shipper.acked == Position(0, 4)


def test_what_was_not_acknowledged_is_sent_again_as_it_was():
    shipper = Shipper(START)
    shipper.feed(b"one\n", now=0.0)
    batch = shipper.take(9.0)
    shipper.feed(b"two\n", now=9.0)
    assert shipper.unacknowledged() == [batch]


def test_a_batch_of_an_earlier_life_keeps_its_bounds():
    before = Shipper(START)
    before.feed(b"one\n", now=0.0)
    before.take(9.0)
    after = Shipper(before.acked, before.cuts)
    after.feed(b"one\ntwo\nthree\n", now=0.0)
    assert [batch.raw for batch in drain(after)] == [b"one\n", b"two\nthree\n"]


def test_the_tail_of_a_finished_file_counts_as_a_line():
    shipper = Shipper(START)
    shipper.feed(b"one\ntail", now=0.0)
    shipper.end_generation()
    assert b"".join(batch.raw for batch in drain(shipper)) == b"one\ntail\n"
    assert shipper.drained
    shipper.next_generation()
    assert shipper.read_at == Position(1, 0)


lines = st.lists(st.binary(max_size=40).map(lambda b: b.replace(b"\n", b"") + b"\n"), max_size=40)


@given(content=lines.map(b"".join), tail=st.binary(max_size=8), data=st.data())
def test_any_chunking_and_any_acknowledgements_give_back_the_file(content, tail, data):
    """Across restarts too: what the centre has kept, in the order of positions, is the file."""
    content += tail.replace(b"\n", b"")
    kept: dict[Position, bytes] = {}
    shipper, now = Shipper(START), 0.0
    ended = False
    for _ in range(400):
        now += 1.0
        act = data.draw(st.sampled_from(["feed", "take", "ack", "crash"])) if now < 200 else None
        if act in ("feed", None) and shipper.read_at.offset < len(content) and not ended:
            size = data.draw(st.integers(1, 64)) if act else 64
            shipper.feed(content[shipper.read_at.offset :][:size], now)
        elif act in ("feed", None) and not ended:
            ended = True
            shipper.end_generation()
        if act in ("take", None) and (batch := shipper.take(now)):
            assert kept.setdefault(batch.first, batch.raw) == batch.raw, "a batch changed its bounds"
        if act in ("ack", None) and (out := shipper.unacknowledged()):
            shipper.acknowledge(out[0].next)
        if act == "crash":
            shipper, ended = Shipper(shipper.acked, shipper.cuts), False
        if act is None and ended and shipper.drained and shipper.idle:
            break
    assert shipper.drained and shipper.idle
    received = b"".join(kept[first] for first in sorted(kept))
    expected = content if content.endswith(b"\n") or not content else content + b"\n"
    assert received == expected
