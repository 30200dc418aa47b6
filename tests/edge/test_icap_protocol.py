"""The ICAP wire: what a proxy sends is read the same however it is cut, and what is no ICAP is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho_edge.icap import replies
from sekisho_edge.icap.http_head import Head, HeadError, read_head
from sekisho_edge.icap.protocol import Body, BodyEnd, Parser, PreviewEnd, ProtocolError, Request

REQUEST = b"GET http://files.test/a HTTP/1.1\r\nHost: files.test\r\n\r\n"
RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n"


def respmod(body: bytes | None, *, preview: int | None = None, chunk: int = 1000, ends: bytes = b"0\r\n\r\n") -> bytes:
    """A RESPMOD as Squid writes it."""
    kind = "null-body" if body is None else "res-body"
    fields = [b"Host: 127.0.0.1", b"Allow: 204"] + ([b"Preview: %d" % preview] if preview is not None else [])
    fields.append(
        b"Encapsulated: req-hdr=0, res-hdr=%d, %b=%d" % (len(REQUEST), kind.encode(), len(REQUEST + RESPONSE))
    )
    head = b"RESPMOD icap://127.0.0.1:1344/response ICAP/1.0\r\n" + b"\r\n".join(fields) + b"\r\n\r\n"
    text = head + REQUEST + RESPONSE
    if body is None:
        return text
    pieces = [body[i : i + chunk] for i in range(0, len(body), chunk)]
    return text + b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + ends


def events(*pieces: bytes) -> list:
    parser, found = Parser(), []
    for piece in pieces:
        found += parser.feed(piece)
    return found


def body_of(found: list) -> bytes:
    return b"".join(event.data for event in found if isinstance(event, Body))


def test_heads_and_body_of_a_response_are_read():
    request, *rest, end = events(respmod(b"hello" * 500))
    assert isinstance(request, Request) and request.allows_204 and request.has_body and request.preview is None
    assert request.request.first == "GET http://files.test/a HTTP/1.1"
    assert request.response.get("content-type") == "text/plain"
    assert body_of(rest) == b"hello" * 500 and end == BodyEnd()


def test_a_response_without_a_body_is_complete_with_its_heads():
    (request,) = events(respmod(None))
    assert not request.has_body


@given(st.binary(max_size=5000), st.lists(st.integers(1, 400), max_size=60), st.integers(1, 700))
def test_it_does_not_matter_how_the_bytes_are_cut(body, cuts, chunk):
    text = respmod(body, chunk=chunk) * 2
    pieces, at = [], 0
    for cut in cuts:
        pieces.append(text[at : at + cut])
        at += cut
    found = events(*pieces, text[at:])
    assert body_of(found) == body * 2
    assert [type(event) for event in found if not isinstance(event, Body)] == [Request, BodyEnd] * 2


@given(st.binary(max_size=20_000))
def test_nothing_that_is_sent_makes_it_fail_in_another_way_than_refusing(data):
    parser = Parser()
    try:
        for _ in parser.feed(data):
            pass
    except ProtocolError as error:
        assert error.status in (400, 405, 413)


@given(st.binary(max_size=300), st.integers(0, 400))
def test_bytes_changed_in_the_middle_never_crash_it(noise, at):
    text = respmod(b"x" * 100)
    parser = Parser()
    try:
        for _ in parser.feed(text[:at] + noise + text[at + len(noise) :]):
            pass
    except ProtocolError:
        with pytest.raises(ProtocolError):
            list(parser.feed(b"more"))


def test_a_preview_waits_for_a_decision_and_goes_on():
    parser = Parser()
    first = list(parser.feed(respmod(b"begin", preview=5)))
    assert first[-1] == PreviewEnd() and body_of(first) == b"begin"
    assert list(parser.feed(b"")) == []
    parser.go_on()
    assert body_of(rest := list(parser.feed(b"4\r\nning\r\n0\r\n\r\n"))) == b"ning" and rest[-1] == BodyEnd()
    assert parser.idle


def test_a_preview_that_is_the_whole_body_says_so():
    found = events(respmod(b"all", preview=10, ends=b"0; ieof\r\n\r\n"))
    assert found[-1] == BodyEnd()


def test_after_a_preview_that_was_answered_the_next_request_is_read():
    parser = Parser()
    list(parser.feed(respmod(b"begin", preview=5)))
    parser.stop()
    (request,) = parser.feed(respmod(None))
    assert isinstance(request, Request)


def test_a_decision_that_nobody_waits_for_is_a_mistake_of_ours():
    with pytest.raises(RuntimeError):
        Parser().go_on()


@pytest.mark.parametrize(
    ("text", "status"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"LOGMOD icap://x/ ICAP/1.0\r\n\r\n", 405),
        (b"OPTIONS icap://x/ ICAP/1.0\r\nno field\r\n\r\n", 400),
        (b"RESPMOD icap://x/ ICAP/1.0\r\nEncapsulated: res-body=0, req-hdr=3\r\n\r\n", 400),
        (b"RESPMOD icap://x/ ICAP/1.0\r\nEncapsulated: req-hdr=5, res-body=3\r\n\r\n", 400),
        (b"RESPMOD icap://x/ ICAP/1.0\r\nEncapsulated: req-hdr=0, null-body=9999999\r\n\r\n", 400),
        (b"RESPMOD icap://x/ ICAP/1.0\r\nEncapsulated: res-body=0\r\nPreview: -4\r\n\r\n", 400),
        (b"RESPMOD icap://x/ ICAP/1.0\r\nEncapsulated: res-body=0\r\n\r\nzz\r\n", 400),
        (b"RESPMOD icap://x/ ICAP/1.0\r\nEncapsulated: res-body=0\r\n\r\nffffffff\r\n", 413),
        (b"RESPMOD icap://x/ ICAP/1.0\r\nEncapsulated: res-body=0\r\n\r\n2\r\nabcd\r\n", 400),
        (b"X" * 70_000, 413),
    ],
)
def test_what_is_no_icap_is_refused_with_its_status(text, status):
    with pytest.raises(ProtocolError) as refused:
        events(text)
    assert refused.value.status == status


@given(
    st.lists(
        st.tuples(
            st.from_regex(r"[A-Za-z][A-Za-z-]{0,20}", fullmatch=True), st.from_regex(r"[!-~]{0,30}", fullmatch=True)
        ),
        max_size=20,
    )
)
def test_a_head_is_read_as_it_was_written(fields):
    head = Head("HTTP/1.1 200 OK", tuple(fields))
    assert read_head(head.encode()) == head


def test_a_folded_field_is_one_and_a_field_without_a_name_is_none():
    assert read_head(b"GET / HTTP/1.1\r\nA: one\r\n two\r\n").get("a") == "one two"
    for text in (b"\r\n", b"GET / HTTP/1.1\r\n: x\r\n", b"GET / HTTP/1.1\r\nA : x\r\n"):
        with pytest.raises(HeadError):
            read_head(text)


def test_a_page_is_a_whole_response_that_our_own_parser_would_take():
    said = replies.page("tag", 403, "Forbidden", "<p>止めました</p>".encode())
    assert said.startswith(b"ICAP/1.0 200 OK\r\n") and said.endswith(replies.LAST_CHUNK)
    assert b"HTTP/1.1 403 Forbidden" in said and b"default-src 'none'" in said


def test_an_empty_piece_never_ends_a_body_by_mistake():
    assert replies.chunk(b"") == b""
