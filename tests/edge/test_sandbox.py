"""The sandbox's door: asked by hash first, sent once, held or let go by policy; a stand-in answers, and says so."""

from __future__ import annotations

import asyncio
import hashlib
import io
import socket
import subprocess
import sys
import zipfile
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho_edge.icap.risky import risky_kind
from sekisho_edge.icap.settings import SandboxSettings
from sekisho_edge.lab.programs.verdicts import BY, MALICIOUS, NEVER, THREAT
from sekisho_wire.logs import Deframer, WireError
from sekisho_wire.sandbox import Answer, Piece, Question, frame, read_from_centre, read_from_edge

from .centre import make_site
from .conftest import wait_until
from .icap_client import Proxy, service

PROGRAM = b"MZ" + bytes(range(256)) * 8
BAD, UNDECIDED = PROGRAM + MALICIOUS, PROGRAM + NEVER


@dataclass
class Door:
    """``socket`` is the box's side; the stand-in sits behind TLS at ``port``."""

    socket: Path
    port: int


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """The stand-in, and the relay that an agent runs, each a process of its own."""
    state = tmp_path_factory.mktemp("box")
    make_site(state)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    verdicts = [sys.executable, "-m", "sekisho_edge.lab.programs.verdicts", str(state), "127.0.0.1", str(port)]
    relay = [sys.executable, "-m", "sekisho_edge.sandbox_relay", str(state), "127.0.0.1", str(port)]
    with subprocess.Popen(verdicts, stdout=subprocess.PIPE) as centre, subprocess.Popen(relay) as agent:
        try:
            assert centre.stdout.readline() == b"ready\n"
            wait_until((state / "sandbox.sock").exists)
            yield Door(state / "sandbox.sock", port)
        finally:
            agent.terminate()
            centre.terminate()


def play(tmp_path: Path, door: Door, story: Callable[[Proxy], Awaitable[None]], mode: str, **how: object) -> None:
    async def told():
        sandbox = SandboxSettings(mode=mode, socket=str(door.socket), **how)
        async with service(tmp_path, sandbox=sandbox, comfort_seconds=30) as proxy:
            await story(proxy)

    asyncio.run(told())


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.05)


def test_without_the_sandbox_an_unknown_program_passes(tmp_path: Path, door: Door):
    async def story(proxy: Proxy):
        assert (await proxy.respmod(BAD)).status == 204

    play(tmp_path, door, story, "off")


def test_a_held_program_waits_for_its_verdict_and_is_refused(tmp_path: Path, door: Door):
    async def story(proxy: Proxy):
        answer = await proxy.respmod(BAD, url="http://files.test/setup.exe")
        assert b"403" in answer.head or not answer.whole
        event = proxy.events("sandbox")[0]
        assert (event["action"], event["threat"], event["by"]) == ("blocked", THREAT, BY)
        assert b"403" in (await proxy.respmod(BAD)).head
        assert proxy.events("download")[-1]["engine"] == "sandbox"

    play(tmp_path, door, story, "hold", hold_seconds_max=10)
    assert hashlib.sha256(BAD).hexdigest() in (tmp_path / "run" / "learned.sha256").read_text()


def test_a_clean_program_passes_whole_after_it_was_held(tmp_path: Path, door: Door):
    async def story(proxy: Proxy):
        content = PROGRAM + tmp_path.name.encode() + bytes(5000)
        answer = await proxy.respmod(content)
        assert answer.status == 204 or answer.body == content
        assert not proxy.events("sandbox")

    play(tmp_path, door, story, "hold", hold_seconds_max=10)


@pytest.mark.parametrize("at_deadline", ["allow", "block"])
def test_at_the_deadline_the_policy_decides(tmp_path: Path, door: Door, at_deadline: str):
    async def story(proxy: Proxy):
        answer = await proxy.respmod(UNDECIDED + at_deadline.encode())
        event = proxy.events("sandbox")[0]
        if at_deadline == "block":
            assert b"403" in answer.head and event["action"] == "blocked"
            assert "もう一度" in answer.body.decode()
        else:
            assert answer.status in (200, 204) and event["action"] == "allowed"

    play(tmp_path, door, story, "hold", hold_seconds_max=1, at_deadline=at_deadline)


def test_alert_later_lets_it_pass_and_blocks_the_next_one(tmp_path: Path, door: Door):
    async def story(proxy: Proxy):
        content = BAD + b"later"
        assert (await proxy.respmod(content)).status == 204
        await until(lambda: proxy.events("sandbox"))
        assert proxy.events("sandbox")[0]["action"] == "alert"
        assert b"403" in (await proxy.respmod(content)).head

    play(tmp_path, door, story, "alert_later")


def test_a_sandbox_that_cannot_be_asked_leaves_it_to_the_policy(tmp_path: Path, door: Door):
    async def story(proxy: Proxy):
        answer = await proxy.respmod(PROGRAM)
        assert b"403" in answer.head and proxy.events("sandbox")[0]["reason"]

    play(tmp_path, Door(tmp_path / "nobody.sock", 0), story, "hold", hold_seconds_max=1, at_deadline="block")


def test_harmless_kinds_are_never_asked_about(tmp_path: Path, door: Door):
    async def story(proxy: Proxy):
        assert (await proxy.respmod(b"just text " + MALICIOUS)).status == 204
        assert not proxy.events("sandbox")

    play(tmp_path, door, story, "hold")


def packed(*names: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name in names:
            archive.writestr(name, b"x")
    return made.getvalue()


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (PROGRAM, "", "program"),
        (b"\x7fELF" + b"\0" * 60, "", "program"),
        (b"#!/bin/sh\n", "", "script"),
        (b"WScript.Echo 1", "a.VBS", "script"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "", "office"),
        (packed("word/document.xml", "word/vbaProject.bin"), "a.docx", "office"),
        (packed("word/document.xml"), "a.docx", None),
        (packed("readme.txt", "Setup.EXE"), "", "archive"),
        (packed("readme.txt"), "", None),
        (b"PK\x03\x04 but broken", "", "archive"),
        (b"Rar!\x1a\x07\x00", "", "archive"),
        (b"%PDF-1.7\n1 0 obj << /OpenAction 2 0 R >>", "", "pdf"),
        (b"%PDF-1.7\n" + b" " * (64 * 1024 - 12) + b"/JavaScript", "", "pdf"),
        (b"%PDF-1.7\n1 0 obj << /Type /Page >>", "", None),
        (b"<html></html>", "index.html", None),
    ],
)
def test_the_kind_is_told_by_the_content(content: bytes, name: str, kind: str | None):
    assert risky_kind(io.BytesIO(content), name) == kind


@given(st.binary(max_size=3000), st.text(max_size=20))
def test_no_content_makes_it_fail(content, name):
    risky_kind(io.BytesIO(content), name)
    risky_kind(io.BytesIO(b"PK\x03\x04" + content), name)


MESSAGES = st.one_of(
    st.builds(Question, st.from_regex(r"[0-9a-f]{64}", fullmatch=True), st.integers(0, 1 << 20), st.just("pdf")),
    st.builds(Piece, st.from_regex(r"[0-9a-f]{64}", fullmatch=True), st.binary(max_size=100), st.booleans()),
)


@given(st.lists(MESSAGES, max_size=5))
def test_messages_arrive_as_they_were_sent(messages):
    payloads = Deframer().feed(b"".join(map(frame, messages)))
    assert [read_from_edge(payload) for payload in payloads] == messages


@given(st.binary(max_size=200))
def test_nonsense_is_a_wire_error(data):
    for read in (read_from_edge, read_from_centre):
        try:
            read(data)
        except WireError:
            continue


def test_an_answer_says_who_judged():
    (payload,) = Deframer().feed(frame(Answer("a" * 64, "clean", by=BY)))
    assert read_from_centre(payload).by == BY
