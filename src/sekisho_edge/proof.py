"""What a new policy must leave possible: a new session with the centre, and services that were reached before it.

An old session proves nothing: it may live on where no new one could begin.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence

from sekisho_edge.link import LinkError, knock
from sekisho_wire.logs import WireError

PROOF_SECONDS_MAX = 3.0

Address = tuple[str, int]


class Proof:
    """``remember`` before a trial, ``objection`` during it. Without a centre and probes there is nothing to object."""

    def __init__(self, centre: Address | None, context: ssl.SSLContext | None, probes: Sequence[Address]) -> None:
        self._centre = centre
        self._context = context
        self._probes = tuple(probes)
        self._reached: list[Address] = []

    async def remember(self) -> None:
        """Which probes answer now: only those can be missed later."""
        answers = await asyncio.gather(*(reaches(*probe) for probe in self._probes))
        self._reached = [probe for probe, well in zip(self._probes, answers, strict=True) if well]

    async def objection(self) -> str:
        """What is missing, or nothing."""
        if self._centre:
            try:
                async with asyncio.timeout(PROOF_SECONDS_MAX):
                    await knock(*self._centre, self._context)
            except (OSError, TimeoutError, WireError, LinkError, asyncio.IncompleteReadError) as error:
                return f"no new session with the centre: {error or type(error).__name__}"
        for probe in self._reached:
            if not await reaches(*probe):
                return f"{probe[0]}:{probe[1]} can't be reached any more"
        return ""


async def reaches(host: str, port: int) -> bool:
    """Whether a TCP service answers from here."""
    try:
        async with asyncio.timeout(PROOF_SECONDS_MAX):
            _, writer = await asyncio.open_connection(host, port)
    except (OSError, TimeoutError):
        return False
    writer.transport.abort()
    return True
