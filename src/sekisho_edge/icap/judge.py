"""What a body is: asked of the memory of clean files, of what the sandbox found, then of the scanner.

``Opinion`` is the scanner's verdict in the words of the log, with what could not even be handed to it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from sekisho_edge.icap.clean_files import CleanFiles
from sekisho_edge.icap.files import MEMORY_BYTES_MAX, Kept, NoRoom, NotDecoded, Room, decoded
from sekisho_edge.icap.learned import Learned
from sekisho_edge.icap.multipart import boundary_of, parts
from sekisho_edge.icap.settings import Settings
from sekisho_edge.scan import Limits, Outcome, Reason, Scanner, Verdict

ENCODING, BUSY = "content-encoding", "too-many-files"
SANDBOX = "sandbox"
HOST = "127.0.0.1"
FORM_BYTES_MAX = 64 << 20


@dataclass(frozen=True)
class Opinion:
    """``engine`` found ``threat`` when infected; ``reason`` says why not everything was scanned."""

    outcome: Outcome
    engine: str = ""
    threat: str = ""
    member: str = ""
    reason: str = ""


CLEAN = Opinion(Outcome.CLEAN)


def unscanned(reason: str) -> Opinion:
    return Opinion(Outcome.UNSCANNED, reason=reason)


class Judge:
    """One for a process; ``refresh`` after a while takes new definitions."""

    def __init__(self, settings: Settings, learned: Learned) -> None:
        self._limits = Limits(settings.file_bytes_max, settings.archive_depth_max)
        self._scanner = Scanner(
            Path(settings.definitions), (HOST, settings.clamd_port) if settings.clamd_port else None
        )
        self._clean = CleanFiles()
        self._learned = learned
        self._folder = Path(settings.run)
        self.room = Room()

    async def refresh(self) -> bool:
        """True when other definitions are in force from now on; DefinitionsError leaves the old ones."""
        if not await self._scanner.refresh():
            return False
        self._clean.clear()
        return True

    def forget(self, sha256: str) -> None:
        self._clean.forget(sha256)

    async def of_download(self, body: Kept, encoding: str) -> Opinion:
        """A body that comes in, with what its Content-Encoding says."""
        if encoding.strip().lower() in ("", "identity"):
            return await self._of(body)
        try:
            inside = await asyncio.to_thread(decoded, body, encoding, self.room, self._folder)
        except NotDecoded:
            return unscanned(ENCODING)
        except NoRoom:
            return unscanned(BUSY)
        with inside:
            return await self._of(inside)

    async def of_upload(self, body: Kept, content_type: str) -> Opinion:
        """A body that goes out: as it is, and each file of a form by itself. The worst opinion counts."""
        worst = await self._of(body)
        boundary = boundary_of(content_type)
        if boundary is None or worst.outcome is Outcome.INFECTED:
            return worst
        if body.size_bytes > FORM_BYTES_MAX:
            return unscanned(Reason.TOO_LARGE.value)
        for content in parts(body.part(0, body.size_bytes), boundary):
            opinion = _opinion(await self._scanner.scan(content, limits=self._limits))
            if opinion.outcome is Outcome.INFECTED:
                return opinion
            worst = worst if opinion.outcome is Outcome.CLEAN else opinion
        return worst

    async def _of(self, body):
        sha256 = body.sha256
        if threat := self._learned.name_of(sha256):
            return Opinion(Outcome.INFECTED, SANDBOX, threat)
        if sha256 in self._clean:
            return CLEAN
        opinion = _opinion(await self._scan(body))
        if opinion.outcome is Outcome.CLEAN:
            self._clean.add(sha256)
        return opinion

    async def _scan(self, body):
        if body.size_bytes <= MEMORY_BYTES_MAX:
            return await self._scanner.scan(body.part(0, body.size_bytes), limits=self._limits)
        with body.reader() as file:  # comfort reads at the same time
            return await self._scanner.scan(file, limits=self._limits)


def _opinion(verdict: Verdict) -> Opinion:
    return Opinion(verdict.outcome, verdict.engine, verdict.threat, verdict.member, verdict.reason)
