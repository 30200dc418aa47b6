"""A message and what was found in it -> what becomes of it. Pure: bytes in, bytes out.

Only what has to be said or taken out changes: the infected part, the subject, and headers of ours. Fields of ours that
come with a message are taken out first: nobody outside may say what was scanned here.
"""

from __future__ import annotations

import base64
import enum
import re
from dataclasses import dataclass
from email.header import Header

from sekisho_edge.mail import mime
from sekisho_edge.mail.examine import Findings, Infection
from sekisho_edge.mail.settings import Settings

OURS = "x-sekisho-"
THREAT_CHARS_MAX = 100
LINE_CHARS_MAX = 76
_UNSAFE = re.compile(r"[^\x21-\x7e]+")


class Action(enum.StrEnum):
    DELIVERED = "delivered"
    TAGGED = "tagged"
    CLEANED = "cleaned"
    DELETED = "deleted"
    DEFERRED = "deferred"
    """Not now: an engine that has to look is not there, and the line is closed for what was not looked at."""


@dataclass(frozen=True)
class Treated:
    action: Action
    message: bytes = b""


@dataclass(frozen=True)
class _Edit:
    start: int
    end: int
    text: bytes


def treat(message: bytes, settings: Settings, findings: Findings) -> Treated:
    """By policy: delete, put off, or deliver with what has to be said."""
    spam = findings.opinion is not None and findings.opinion.spam
    if (findings.infections and settings.virus == "delete") or (spam and settings.spam == "delete"):
        return Treated(Action.DELETED)
    if findings.engine_down and settings.failure == "closed":
        return Treated(Action.DEFERRED)
    removed = findings.infections if settings.virus == "remove" else ()
    edits = [edit for infection in removed for edit in _removal(message, infection)]
    body = mime.header_end(message, 0, len(message))
    prefixes = [settings.virus_subject] * bool(findings.infections) + [settings.spam_subject] * spam
    edits += _top(message, body, prefixes, _said(settings, findings, spam))
    action = Action.CLEANED if removed else Action.TAGGED if prefixes else Action.DELIVERED
    return Treated(action, _applied(message, edits))


def _said(settings, findings, spam):
    """Header lines of ours."""
    lines = []
    if findings.infections:
        word = "removed" if settings.virus == "remove" else "found"
        lines.append(f"X-Sekisho-Virus: {word}; threat={_threat(findings.infections[0])}")
    if spam:
        opinion = findings.opinion
        lines.append(f"X-Sekisho-Spam: yes; score={opinion.score:.1f}; symbols={','.join(opinion.symbols[:5])}")
    if findings.gaps:
        lines.append(f"X-Sekisho-Not-Scanned: {' '.join(findings.gaps[:5])}")
    return "".join(f"{line}\r\n" for line in lines).encode("ascii", "replace")


def _top(message, body, prefixes, said):
    """Edits of the message's own header block."""
    fields = mime.fields(message, 0, body)
    edits = [_Edit(field.start, field.end, b"") for field in fields if field.name.startswith(OURS)]
    subjects = [field for field in fields if field.name == "subject"]
    tags = b"".join(_prefix(text) for text in prefixes if not _has(subjects, text))
    if tags and subjects:
        colon = message.index(b":", subjects[0].start) + 1
        edits.append(_Edit(colon, colon, b" " + tags.rstrip(b" ")))
    elif tags:
        said += b"Subject: " + tags.rstrip(b" ") + b"\r\n"
    return [*edits, _Edit(0, 0, said)]


def _has(subjects, text):
    return bool(subjects) and subjects[0].value.startswith(_prefix(text).strip())


def _prefix(text):
    """As it stands if it is ASCII, else as an encoded word."""
    if text.isascii():
        return text.encode() + b" "
    return Header(text, "utf-8", maxlinelen=LINE_CHARS_MAX).encode(linesep="\r\n").encode() + b" "


def _removal(message: bytes, infection: Infection) -> list[_Edit]:
    """The notice in place of the part, under the part's headers that don't describe its content."""
    part = infection.part
    if part is None:
        body = mime.header_end(message, 0, len(message))
        part = mime.Part("1", 0, body, len(message))
    kept = [
        _Edit(field.start, field.end, b"")
        for field in mime.fields(message, part.start, part.body)
        if field.name.startswith("content-") or (field.name == "mime-version" and part.start == 0)
    ]
    return [*kept, _Edit(_blank_line(message, part), part.end, _notice(infection, whole=part.start == 0))]


def _blank_line(message, part):
    """Where the empty line before the content begins."""
    for empty in (b"\r\n", b"\n"):
        if part.body - len(empty) >= part.start and message[: part.body].endswith(empty):
            return part.body - len(empty)
    return part.body


def _notice(infection, *, whole):
    name = infection.part.name if infection.part else ""
    text = notice_text(name, _threat(infection))
    head = "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n"
    version = "MIME-Version: 1.0\r\n" if whole else ""
    lines = base64.encodebytes(text.encode()).replace(b"\n", b"\r\n").rstrip()
    return (version + head + "\r\n").encode() + lines + (b"\r\n" if whole else b"")


def notice_text(name: str, threat: str) -> str:
    """What the reader finds in the part's place, Japanese first."""
    shown = "".join(letter for letter in name if letter.isprintable())[:200]
    return (
        "この部分はウイルスに感染していたため、回線の装置(関所)が取り除きました。\r\n"
        f"ファイル名: {shown or '(なし)'}\r\nウイルス名: {threat}\r\n"
        "必要なファイルでしたら、送信者に確認のうえ、別の方法で受け取ってください。\r\n"
        "\r\n"
        "This part was infected and was removed by the security device of your line (Sekisho).\r\n"
        f"File name: {shown or '(none)'}\r\nThreat: {threat}\r\n"
        "If you need the file, ask its sender for it in another way.\r\n"
    )


def _threat(infection):
    return _UNSAFE.sub("_", infection.threat)[:THREAT_CHARS_MAX]


def _applied(message, edits):
    """All edits, none of which overlap: later places first, so that earlier ones stay where they are."""
    out = message
    for edit in sorted(edits, key=lambda one: (one.start, one.end), reverse=True):
        out = out[: edit.start] + edit.text + out[edit.end :]
    return out
