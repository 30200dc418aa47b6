"""The scanner of web traffic over its own wire: what passes, what becomes a page, what is cut, and what is said."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from .icap_client import Proxy, service
from .web_origin import EICAR, zipped

CLEAN = b"nothing to see here\n" * 50
LARGE = os.urandom(300_000)


def with_service(tmp_path: Path, story: Callable[[Proxy], Awaitable[None]], **settings) -> None:
    async def play():
        async with service(tmp_path, **settings) as proxy:
            await story(proxy)

    asyncio.run(play())


def test_what_is_clean_passes_by_a_word(tmp_path: Path):
    async def story(proxy: Proxy):
        assert (await proxy.respmod(CLEAN)).status == 204
        assert (await proxy.respmod(None)).status == 204
        assert (await proxy.respmod(CLEAN, preview=100)).status == 204
        assert proxy.said == []

    with_service(tmp_path, story)


def test_a_proxy_that_no_longer_has_the_body_gets_it_back_unchanged(tmp_path: Path):
    async def story(proxy: Proxy):
        answer = await proxy.respmod(LARGE, "X-Mine: kept", allow_204=False)
        assert answer.status == 200 and answer.body == LARGE and b"X-Mine: kept" in answer.head

    with_service(tmp_path, story)


@pytest.mark.parametrize("preview", [None, 10, 1000])
def test_a_virus_becomes_a_page_in_both_languages(tmp_path: Path, preview: int | None):
    async def story(proxy: Proxy):
        answer = await proxy.respmod(EICAR, url="http://files.test/<b>.com", preview=preview)
        assert b"403" in answer.head and EICAR not in answer.body
        text = answer.body.decode()
        assert "ウイルス" in text and "A virus was found" in text and "<b>" not in text
        (event,) = proxy.events("download")
        assert (event["action"], event["client"], event["threat"]) == ("blocked", "192.168.10.11", "Eicar-Test-File")
        assert event["sha256"] == hashlib.sha256(EICAR).hexdigest()

    with_service(tmp_path, story)


def test_with_the_function_off_the_same_virus_passes(tmp_path: Path):
    async def story(proxy: Proxy):
        assert (await proxy.respmod(EICAR)).status == 204

    with_service(tmp_path, story, malware="off")


def test_detecting_only_says_so_and_lets_it_pass(tmp_path: Path):
    async def story(proxy: Proxy):
        assert (await proxy.respmod(EICAR)).status == 204
        assert proxy.events("download")[0]["action"] == "detected"

    with_service(tmp_path, story, malware="detect")


@pytest.mark.parametrize("body", [zipped(EICAR), zipped(EICAR, depth=4)])
def test_a_virus_is_found_inside_archives(tmp_path: Path, body: bytes):
    async def story(proxy: Proxy):
        assert b"403" in (await proxy.respmod(body)).head
        assert proxy.events("download")[0]["member"]

    with_service(tmp_path, story)


def test_a_packed_answer_is_unpacked_before_it_is_judged(tmp_path: Path):
    async def story(proxy: Proxy):
        packed = gzip.compress(EICAR)
        assert b"403" in (await proxy.respmod(packed, "Content-Encoding: gzip")).head
        assert (await proxy.respmod(gzip.compress(CLEAN), "Content-Encoding: gzip")).status == 204

    with_service(tmp_path, story)


UNSCANNED = [
    ("content-encoding", CLEAN, ("Content-Encoding: x-odd",)),
    ("content-encoding", gzip.compress(CLEAN)[:-12], ("Content-Encoding: gzip",)),
    ("too-deep", zipped(CLEAN, depth=5), ()),
    ("too-large", LARGE, ()),
    ("too-large", LARGE, ("Content-Length: 300000",)),
    ("stream", b"data: one\n\n", ("Content-Type: text/event-stream; charset=utf-8",)),
]


@pytest.mark.parametrize(
    ("reason", "body", "fields"), UNSCANNED, ids=["odd", "cut", "deep", "large", "announced large", "stream"]
)
@pytest.mark.parametrize("unscanned", ["allow", "block"])
def test_what_could_not_be_scanned_goes_by_the_policy_and_is_written_down(
    tmp_path: Path, reason: str, body: bytes, fields: tuple, unscanned: str
):
    async def story(proxy: Proxy):
        answer = await proxy.respmod(body, *fields, allow_204=False)
        (event,) = proxy.events("download")
        assert (event["outcome"], event["reason"]) == ("unscanned", reason)
        if unscanned == "allow":
            assert answer.body == body and event["action"] == "allowed"
        else:
            assert b"403" in answer.head and event["action"] == "blocked" and "検査できなかった" in answer.body.decode()

    with_service(tmp_path, story, unscanned=unscanned, file_bytes_max=200_000, archive_depth_max=4)


@pytest.mark.parametrize(("failure", "passes"), [("open", True), ("closed", False)])
def test_without_the_engine_the_lines_profile_decides(tmp_path: Path, failure: str, passes: bool):
    async def story(proxy: Proxy):
        answer = await proxy.respmod(CLEAN)
        assert (answer.status == 204) is passes
        assert proxy.events("download")[0]["reason"] == "engine-down"

    with_service(tmp_path, story, failure=failure, clamd_port=9)


def test_an_infected_upload_is_refused_also_in_a_form(tmp_path: Path):
    async def story(proxy: Proxy):
        form = b'--xyz\r\nContent-Disposition: form-data; name="f"\r\n\r\n' + EICAR + b"\r\n--xyz--\r\n"
        kind = "Content-Type: multipart/form-data; boundary=xyz"
        for body, fields in ((EICAR, ()), (form, (kind,)), (form.replace(EICAR, zipped(EICAR)), (kind,))):
            answer = await proxy.reqmod("POST", "http://files.test/up", body, *fields)
            assert b"HTTP/1.1 403" in answer.head and "送信" in answer.body.decode()
        assert (await proxy.reqmod("POST", "http://files.test/up", form.replace(EICAR, CLEAN), kind)).status == 204
        assert [event["action"] for event in proxy.events("upload")] == ["blocked"] * 3

    with_service(tmp_path, story)


def test_who_waits_long_gets_drops_and_then_the_rest(tmp_path: Path):
    async def story(proxy: Proxy):
        more = asyncio.Event()
        asyncio.get_running_loop().call_later(0.5, more.set)
        answer = await proxy.respmod(LARGE, pause=more)
        assert answer.status == 200 and answer.body == LARGE and answer.whole

    with_service(tmp_path, story, comfort_seconds=0.05)


def test_an_infected_file_that_had_begun_is_cut_before_its_end(tmp_path: Path):
    body = zipped(EICAR) + b"\0" * 3000
    threats = tmp_path / "own"
    threats.mkdir()
    (threats / "hashes.sha256").write_text(f"{hashlib.sha256(body).hexdigest()} Own-Test\n")

    async def story(proxy: Proxy):
        more = asyncio.Event()
        asyncio.get_running_loop().call_later(0.5, more.set)
        answer = await proxy.respmod(body, pause=more)
        assert not answer.whole and len(answer.body) < len(body)
        assert [event["action"] for event in proxy.events("download")] == ["blocked", "cut"]
        assert b"403" in (await proxy.respmod(body)).head

    with_service(tmp_path, story, definitions=str(threats), comfort_seconds=0.05)


def test_an_old_squid_that_fell_silent_is_reminded(tmp_path: Path):
    async def story(proxy: Proxy):
        more = asyncio.Event()
        asyncio.get_running_loop().call_later(0.6, more.set)
        answer = await proxy.respmod(LARGE, pause=more)
        assert answer.status == 200 and answer.body == LARGE

    with_service(tmp_path, story, stall_seconds=0.1)


def test_a_peer_that_speaks_nonsense_costs_only_its_own_connection(tmp_path: Path):
    async def story(proxy: Proxy):
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        writer.write(b"GET / HTTP/1.1\r\n\r\n")
        assert (await reader.read()).startswith(b"ICAP/1.0 400")
        writer.close()
        assert (await proxy.respmod(CLEAN)).status == 204

    with_service(tmp_path, story)


def test_several_transactions_share_a_connection_and_unread_bodies_do_not_disturb(tmp_path: Path):
    async def story(proxy: Proxy):
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        head = b"RESPMOD icap://x/response ICAP/1.0\r\nPreview: 4\r\nEncapsulated: res-hdr=0, res-body=43\r\n\r\n"
        large = b"HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n"
        assert len(large) == 43 + 1
        for _ in range(3):
            writer.write(head.replace(b"=43", b"=44") + large + b"4\r\nabcd\r\n0\r\n\r\n")
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"ICAP/1.0 204")
        writer.close()

    with_service(tmp_path, story, file_bytes_max=1000)


def test_options_say_what_the_service_wants(tmp_path: Path):
    async def story(proxy: Proxy):
        said = await proxy.options()
        assert b"Methods: RESPMOD" in said and b"Allow: 204" in said and b"Preview: 1024" in said

    with_service(tmp_path, story)
