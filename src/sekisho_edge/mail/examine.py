"""What is wrong with a message: spam by Rspamd, infected parts by the scanner. Nothing raises."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from sekisho_edge.mail import mime, rspamd
from sekisho_edge.mail.mime import Part
from sekisho_edge.mail.rspamd import Envelope, Opinion, RspamdDown
from sekisho_edge.mail.settings import Settings
from sekisho_edge.scan import Limits, Outcome, Reason, Scanner

NAME_CHARS_MAX = 120


@dataclass(frozen=True)
class Infection:
    """``part`` is None when only the message as a whole shows it."""

    threat: str
    engine: str
    part: Part | None = None


@dataclass(frozen=True)
class Findings:
    """``gaps``: what was not looked at, and why, such as ``2:encrypted`` or ``rspamd:engine-down``."""

    opinion: Opinion | None = None
    infections: tuple[Infection, ...] = ()
    gaps: tuple[str, ...] = ()

    @property
    def engine_down(self) -> bool:
        """Whether an engine that should have looked was not there."""
        return any(gap.endswith(Reason.ENGINE_DOWN.value) for gap in self.gaps)


async def examine(message: bytes, envelope: Envelope, settings: Settings, scanner: Scanner) -> Findings:
    """Both questions at once, as far as the policy asks them."""
    (opinion, unasked), (infections, gaps) = await asyncio.gather(
        _spam(message, envelope, settings), _viruses(message, settings, scanner)
    )
    return Findings(opinion, tuple(infections), (*unasked, *gaps))


async def _spam(message, envelope, settings):
    if settings.spam == "off":
        return None, ()
    try:
        return await rspamd.ask(settings.rspamd_port, message, envelope), ()
    except RspamdDown:
        return None, (f"rspamd:{Reason.ENGINE_DOWN.value}",)


async def _viruses(message, settings, scanner):
    if settings.virus == "off":
        return [], ()
    limits = Limits(settings.message_bytes_max, settings.archive_depth_max)
    infections, gaps = [], []
    for part in await asyncio.to_thread(mime.leaves, message):
        verdict = await scanner.scan(mime.content(message, part), part.name[:NAME_CHARS_MAX], limits)
        gaps += [f"{part.path}:{gap.reason.value}" for gap in verdict.gaps[:1]]
        if verdict.outcome is Outcome.INFECTED:
            infections.append(Infection(verdict.threat, verdict.engine, part))
    if not infections:  # what one program takes for text another may take for an attachment
        verdict = await scanner.scan(message, "message", limits)
        if verdict.outcome is Outcome.INFECTED:
            infections.append(Infection(verdict.threat, verdict.engine))
    return infections, tuple(dict.fromkeys(gaps))
