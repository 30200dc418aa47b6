"""Proofs about lines: whatever is true can be proven, and whatever is changed cannot."""

from __future__ import annotations

import datetime as dt
import hashlib

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from sekisho.evidence import bundle, note, tree
from sekisho.evidence.segment import CHUNK_RECORDS, Segment, chunk, root_of, root_of_lines, tree_of

NAME = "log.carrier.example"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
AT = dt.datetime(2026, 11, 24, 3, 0, tzinfo=dt.UTC)


def naive(leaves: list[bytes]) -> bytes:
    """The definition of RFC 9162 section 2.1.1, word for word."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + naive(leaves[:split]) + naive(leaves[split:])).digest()


def grown(leaves: list[bytes]) -> dict[tuple[int, int], bytes]:
    nodes: dict[tuple[int, int], bytes] = {}
    for size, leaf in enumerate(leaves):
        for level, index, value in tree.grown(size, tree.leaf_hash(leaf), lambda *at: nodes[at]):
            nodes[level, index] = value
    return nodes


LEAVES = [bytes([n]) for n in range(70)]
NODES = grown(LEAVES)


def nodes(level: int, index: int) -> bytes:
    return NODES[level, index]


@pytest.mark.parametrize("size", range(71))
def test_the_head_is_what_the_rfc_defines(size):
    assert tree.root(nodes, size) == naive(LEAVES[:size])


@pytest.mark.parametrize(
    ("leaves", "head"),
    [
        ([""], "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
        (["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"],
         "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
    ],
)  # fmt: skip
def test_the_head_is_that_of_the_known_test_vectors(leaves, head):
    """Of the certificate transparency project, which every implementation is tried on."""
    hashes = [tree.leaf_hash(bytes.fromhex(leaf)) for leaf in leaves]
    assert tree.Leaves(hashes).root.hex() == head


@given(st.data())
def test_every_leaf_is_proven_and_no_other_is(data):
    size = data.draw(st.integers(1, 70))
    index = data.draw(st.integers(0, size - 1))
    proof, head = tree.inclusion(nodes, index, size), tree.root(nodes, size)
    assert tree.is_included(tree.leaf_hash(LEAVES[index]), index, size, proof, head)
    other = data.draw(st.integers(0, 69).filter(lambda n: n != index))
    assert not tree.is_included(tree.leaf_hash(LEAVES[other]), index, size, proof, head)
    assert not tree.is_included(tree.leaf_hash(LEAVES[index]), other, size, proof, head)
    assert not tree.is_included(tree.leaf_hash(LEAVES[index]), index, size, [*proof, head], head)
    for place in range(len(proof)):
        assert not tree.is_included(
            tree.leaf_hash(LEAVES[index]), index, size, [*proof[:place], *proof[place + 1 :]], head
        )


@given(st.data())
def test_a_log_that_only_grew_is_proven_and_one_that_was_rewritten_is_not(data):
    size = data.draw(st.integers(1, 70))
    older = data.draw(st.integers(1, size))
    proof = tree.consistency(nodes, older, size)
    before, after = tree.root(nodes, older), tree.root(nodes, size)
    assert tree.is_consistent(older, before, size, after, proof)
    changed = list(LEAVES[:size])
    changed[data.draw(st.integers(0, older - 1))] = b"changed"
    assert not tree.is_consistent(older, naive(changed[:older]), size, after, proof)
    if older < size:
        assert not tree.is_consistent(older, before, size, naive(changed), proof)
        assert not tree.is_consistent(older, before, size, after, proof[:-1])


LINES = st.lists(st.binary(max_size=20).map(lambda line: line.replace(b"\n", b"")), max_size=300)


@given(LINES)
def test_a_body_of_lines_has_the_root_of_its_records(lines):
    assert root_of_lines(chunk(lines, "lines")) == root_of(lines, "lines")


def segment(lines: list[bytes], batch: str = "UTM1/eve/0:0") -> Segment:
    return Segment(batch, "UTM1", "SK100001", AT.timestamp(), "lines", len(lines), root_of(lines, "lines"))


def log(*segments: Segment) -> tuple[tree.Nodes, str]:
    """The nodes of a log with these segments, and its signed head."""
    made = grown([each.encoded() for each in segments])
    head = tree.root(lambda *at: made[at], len(segments))
    return (lambda *at: made[at]), note.signed(note.Checkpoint(NAME, len(segments), head, AT), KEY)


ALL = [f"line {number}".encode() for number in range(200)]
OTHERS = [segment([b"other"], f"UTM1/eve/0:{number}") for number in range(1, 6)]


def evidence(record: int, lines: list[bytes] = ALL) -> bundle.Evidence:
    mine = segment(lines)
    nodes, checkpoint = log(*OTHERS[:2], mine, *OTHERS[2:])
    return bundle.made(lines, record, mine, 2, nodes, checkpoint, 6)


@pytest.mark.parametrize("record", [0, 1, 63, 64, 199])
def test_a_line_is_proven_from_a_file_and_a_public_key(record):
    read = bundle.read(evidence(record).encoded())
    name, key = note.read_key(note.written_key(NAME, KEY.public_key()))
    found = bundle.proven(read, name, key)
    assert (found.line, found.record, found.segment.device) == (ALL[record], record, "UTM1")
    assert (found.checkpoint.size, found.checkpoint.signed_at) == (6, AT)
    assert len(read.chunk) <= CHUNK_RECORDS


def changed(**parts: object) -> bundle.Evidence:
    return msgspec.structs.replace(evidence(70), **parts)


def _moved(lines: tuple[bytes, ...]) -> tuple[bytes, ...]:
    return (lines[1], lines[0], *lines[2:])


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        (lambda e: {"chunk": (*e.chunk[:6], b"line 70 (edited)", *e.chunk[7:])}, "not those of the batch"),
        (lambda e: {"chunk": e.chunk[:-1]}, "not as many lines"),
        (lambda e: {"chunk": (*e.chunk, b"one more")}, "not as many lines"),
        (lambda e: {"chunk": _moved(e.chunk)}, "not those of the batch"),
        (lambda e: {"chunk": (b"line 64\nline 65", b"", *e.chunk[2:])}, "is two"),
        (lambda e: {"record": 6}, "not those of the batch"),
        (lambda e: {"record": 5_000}, "not in its chunk"),
        (lambda e: {"record": -1}, "not in its chunk"),
        (lambda e: {"index": 3}, "not in the log"),
        (lambda e: {"segment": segment(ALL, "UTM1/eve/0:9").encoded()}, "not in the log"),
        (lambda e: {"segment": b"{}"}, "not a segment"),
        (lambda e: {"segment_proof": e.segment_proof[1:]}, "not in the log"),
        (lambda e: {"checkpoint": e.checkpoint.replace("\n6\n", "\n7\n")}, "signature does not fit"),
        (lambda e: {"checkpoint": log(segment(ALL))[1]}, "not in the log"),
        (lambda e: {"checkpoint": "\n\n"}, "not signed"),
        (lambda e: {"checkpoint": ""}, "no signed note"),
    ],
)
def test_evidence_that_was_tampered_with_proves_nothing(parts, said):
    with pytest.raises(bundle.Refuted, match=said):
        bundle.proven(changed(**parts(evidence(70))), NAME, KEY.public_key())


def test_another_ones_signature_proves_nothing():
    stranger = Ed25519PrivateKey.from_private_bytes(b"\x01" * 32)
    with pytest.raises(bundle.Refuted, match="not signed by the key"):
        bundle.proven(evidence(0), NAME, stranger.public_key())


def test_lines_that_are_no_longer_as_received_are_not_exported():
    mine = segment(ALL)
    nodes, checkpoint = log(mine)
    with pytest.raises(bundle.Refuted, match="not those that were received"):
        bundle.made([*ALL[:-1], b"another"], 3, mine, 0, nodes, checkpoint, 1)


@given(st.binary(max_size=300))
def test_any_file_is_read_or_refuted(data):
    with pytest.raises(bundle.Refuted):
        bundle.read(data)


@given(st.text(max_size=200))
def test_any_text_is_a_checkpoint_or_refused(text):
    with pytest.raises(note.NoteError):
        note.opened(text, NAME, KEY.public_key())


@pytest.mark.parametrize("text", ["", "a+b+c", note.written_key(NAME, KEY.public_key()).replace("log", "lag")])
def test_a_key_that_is_none_is_refused(text):
    with pytest.raises(note.NoteError):
        note.read_key(text)


def test_octets_may_hold_line_ends():
    records = [b"a\nb", b"", b"c"]
    assert tree_of(records, "octets").root == root_of(records, "octets") != root_of([b"a", b"b", b"", b"c"], "octets")
