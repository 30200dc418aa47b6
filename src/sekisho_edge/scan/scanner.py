"""The order of the engines: hash list, YARA-X, archives, clamd. The first that finds something ends the scan.

clamd gets the file as it came, because it opens more kinds of archive than we do. ``clamd=None`` is a box without it;
a clamd that should be there and does not answer is a gap (``engine-down``), and the caller's policy decides.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from sekisho_edge.scan import archives
from sekisho_edge.scan.archives import Budget
from sekisho_edge.scan.clamd import Clamd, ClamdDown
from sekisho_edge.scan.definitions import Definitions, load, stamp_of
from sekisho_edge.scan.sample import Sample, sample_of
from sekisho_edge.scan.verdict import Gap, Limits, Outcome, Reason, Verdict

SCANS_AT_ONCE_MAX = 4
HASH_LIST, YARA, CLAMD = "hash-list", "yara-x", "clamd"
GAPS_MAX = 100


@dataclass(frozen=True)
class _Find:
    engine: str
    threat: str
    member: str = ""


class Scanner:
    """One for a process. ``definitions``: a folder, or a link to one that may be turned to another (``refresh``)."""

    def __init__(self, definitions: Path, clamd: Path | tuple[str, int] | None = None) -> None:
        self._folder = definitions
        self._definitions = load(definitions)
        self._clamd = Clamd(clamd) if clamd else None
        self._turn = asyncio.Semaphore(SCANS_AT_ONCE_MAX)

    async def refresh(self) -> bool:
        """Take other definitions if there are any; DefinitionsError leaves the ones in force. True if taken."""
        if stamp_of(self._folder) == self._definitions.stamp:
            return False
        self._definitions = await asyncio.to_thread(load, self._folder)
        return True

    async def scan(self, data: bytes | Path | BinaryIO, name: str = "", limits: Limits = Limits()) -> Verdict:  # noqa: B008
        """The verdict on one file. ``name`` is only for people; what a thing is, its content says."""
        async with self._turn:
            sample = sample_of(data, name)
            try:
                return await self._scan(sample, limits)
            finally:
                if isinstance(data, bytes | Path):
                    sample.file.close()

    async def _scan(self, sample, limits):
        sha256 = await asyncio.to_thread(sample.sha256)
        budget = Budget.of(limits)
        engines = [HASH_LIST]
        if threat := self._definitions.known_hash(sha256):
            find = _Find(HASH_LIST, threat)
        elif sample.size_bytes > limits.file_bytes_max:
            budget.gaps.append(Gap("", Reason.TOO_LARGE))
            find = None
        else:
            engines.append(YARA)
            find = await asyncio.to_thread(_look_inside, sample, self._definitions, budget)
            if find is None and self._clamd:
                find = await self._ask_clamd(sample, budget, engines)
        return _verdict(sample, sha256, find, budget, engines)

    async def _ask_clamd(self, sample, budget, engines):
        try:
            async with asyncio.timeout(budget.limits.seconds_max):
                threat, reason = await self._clamd.scan(sample)
        except ClamdDown:
            budget.gaps.append(Gap("", Reason.ENGINE_DOWN))
            return None
        except TimeoutError:
            budget.gaps.append(Gap("", Reason.TIMED_OUT))
            return None
        engines.append(CLAMD)
        if reason:
            budget.gaps.append(Gap("", reason))
        else:  # it opens what we can't
            budget.gaps[:] = [gap for gap in budget.gaps if gap.reason is not Reason.UNSUPPORTED]
        return _Find(CLAMD, threat) if threat else None


def _look_inside(
    sample: Sample, definitions: Definitions, budget: Budget, depth: int = 0, path: str = ""
) -> _Find | None:
    """Our own engines on a file and on everything in it; runs in a thread."""
    try:
        if threat := definitions.matching_rule(sample.content()):
            return _Find(YARA, threat, path)
    except TimeoutError:
        budget.gaps.append(Gap(path, Reason.TIMED_OUT))
    kind = archives.kind_of(sample)
    if kind is None:
        return None
    if depth >= budget.limits.archive_depth_max:
        budget.gaps.append(Gap(path, Reason.TOO_DEEP))
        return None
    for member in archives.members(sample, kind, path, budget):
        if threat := definitions.known_hash(member.sha256()):
            return _Find(HASH_LIST, threat, member.name)
        if find := _look_inside(member, definitions, budget, depth + 1, member.name):
            return find
    return None


def _verdict(sample, sha256, find, budget, engines):
    outcome = Outcome.INFECTED if find else Outcome.UNSCANNED if budget.gaps else Outcome.CLEAN
    found = {"threat": find.threat, "engine": find.engine, "member": find.member} if find else {}
    return Verdict(
        outcome, sha256, sample.size_bytes, **found, gaps=tuple(budget.gaps[:GAPS_MAX]), engines=tuple(engines)
    )
