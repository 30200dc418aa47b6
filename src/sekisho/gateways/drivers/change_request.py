"""What should be otherwise at a vendor's box, as a document for the people who work there. Pure.

It names the configuration that it begins with, so that nobody carries it out on another one; every change is one
sentence in Japanese and English with what was and what shall be. ``outcome`` compares the box afterwards.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec

from sekisho_wire.policy import SecurityPolicy, resolved
from sekisho_wire.policy.canonical import content_hash
from sekisho_wire.policy.diff import Change, diff
from sekisho_wire.policy.diff_words import change_words

from . import VendorState


class ProposedChange(msgspec.Struct, frozen=True):
    """One change: in words, and exactly."""

    ja: str
    en: str
    change: Change


class ChangeRequest(msgspec.Struct, frozen=True):
    """``begins_with`` and ``comes_to`` are the hashes of what the policies mean, before and afterwards."""

    serial: str
    hostname: str
    configuration: str
    begins_with: str
    comes_to: str
    why: str
    ticket: str
    at: dt.datetime
    changes: tuple[ProposedChange, ...]
    cannot_say: tuple[str, ...] = ()
    """What the box has besides, which our model can't say; it is to stay as it is."""


class Outcome(msgspec.Struct, frozen=True):
    """``remaining``: what is still otherwise than asked, also what nobody asked for; empty when it is done."""

    done: bool
    remaining: tuple[ProposedChange, ...]


def propose(state: VendorState, wanted: SecurityPolicy, *, why: str, ticket: str, at: dt.datetime) -> ChangeRequest:
    """The request that brings the box from what it enforces to ``wanted``. Without changes there is nothing to do."""
    return ChangeRequest(
        state.serial,
        state.hostname,
        state.configuration,
        content_hash(state.policy),
        content_hash(wanted),
        why,
        ticket,
        at,
        _told(state.policy, wanted),
        tuple(f"{left.text}: {left.words.en}" for left in state.left if left.weight == "lost"),
    )


def outcome(state: VendorState, wanted: SecurityPolicy) -> Outcome:
    """What the box says now, compared with what was asked for; how its objects are called is its own affair."""
    remaining = _told(resolved(state.policy), resolved(wanted))
    return Outcome(not remaining, remaining)


def document(request: ChangeRequest, language: str = "ja") -> str:
    """The request as text for a mail or a ticket."""
    words = _WORDS["ja" if language == "ja" else "en"]
    lines = [
        words["title"],
        "",
        f"{words['box']}: {request.hostname} ({request.serial})",
        f"{words['configuration']}: {request.configuration or '—'}",
        f"{words['why']}: {request.why}",
        f"{words['ticket']}: {request.ticket or '—'}",
        "",
        words["changes"],
    ]
    lines += [f"{n}. {getattr(one, 'ja' if language == 'ja' else 'en')}" for n, one in enumerate(request.changes, 1)]
    if not request.changes:
        lines.append(words["nothing"])
    if request.cannot_say:
        lines += ["", words["stays"], *(f"- {one}" for one in request.cannot_say)]
    return "\n".join([*lines, "", words["check"]]) + "\n"


def builtins(request: ChangeRequest) -> dict[str, Any]:
    """As plain values, for JSON."""
    return msgspec.to_builtins(request)


def _told(before: SecurityPolicy, after: SecurityPolicy) -> tuple[ProposedChange, ...]:
    said = [(change_words(change), change) for change in diff(before, after)]
    return tuple(ProposedChange(words.ja, words.en, change) for words, change in said)


_WORDS = {
    "ja": {
        "title": "設定変更のご依頼",
        "box": "対象の装置",
        "configuration": "変更前の設定",
        "why": "理由",
        "ticket": "チケット",
        "changes": "変更していただく内容",
        "nothing": "変更はありません。",
        "stays": "次の設定は変更しないでください(当社の表現に移せないもの)",
        "check": "変更前の設定が上記と異なる場合は、作業せずにご連絡ください。"
        "作業後、当社で装置の設定を読み取り確認します。",
    },
    "en": {
        "title": "Request for a change of configuration",
        "box": "Box",
        "configuration": "Configuration before the change",
        "why": "Why",
        "ticket": "Ticket",
        "changes": "What to change",
        "nothing": "Nothing to change.",
        "stays": "Please leave these as they are (our model can't say them)",
        "check": "If the configuration before the change is another one, tell us and change nothing. "
        "Afterwards we read the box and check.",
    },
}
