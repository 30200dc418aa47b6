"""Commit-confirm: how the policy that the centre wants becomes the line's, or doesn't.

Checked -> on disk as a trial -> guardian armed -> applied -> proven -> confirmed, by one rename. What is not proven in
time is withdrawn, by the guardian or by us, and the confirmed policy is applied anew from its document. A desired
policy is tried once; whoever wants it tried again brings it again.
"""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Protocol

from sekisho_edge.bookmark import write_durably
from sekisho_edge.daemons.places import SHIPPED, definitions_of
from sekisho_edge.powers import powers_of
from sekisho_edge.privileged import HelperGone, HelperRefused
from sekisho_edge.trial import Rollout, Trials
from sekisho_wire.policy import PolicyError, SecurityPolicy, problems, read_policy, write_policy
from sekisho_wire.policy.canonical import content_hash

CONFIRM_SECONDS = 45.0
"""From arming to confirmation; what is not proven by then is undone, well within a minute."""
POLL_SECONDS = 0.2
GUARDIAN_LATE_SECONDS_MAX = 2.0


class Line(Protocol):
    """What a trial asks of the agent."""

    async def arm(self, seconds: float) -> None:
        """Have the way back prepared and watched by another process; HelperRefused or HelperGone."""

    async def objection(self, policy: SecurityPolicy) -> str:
        """Why this policy is not proven yet, or nothing."""

    def failure(self, policy: SecurityPolicy) -> str:
        """Why it never will be, or nothing."""


class PolicyKeeper:
    """``policy`` is what the line is to have now; ``changed`` is set when that becomes another."""

    def __init__(self, trials: Trials, boot: SecurityPolicy, confirm_seconds: float = CONFIRM_SECONDS) -> None:
        self._trials = trials
        self._confirm_seconds = confirm_seconds
        self._seen = None
        self.policy = self._confirmed = boot
        self.changed = asyncio.Event()
        self._recover()

    @property
    def confirmed_revision(self) -> int:
        return self._confirmed.revision

    @property
    def on_trial(self) -> SecurityPolicy | None:
        """The policy that has yet to prove itself, or None."""
        return self.policy if self.policy is not self._confirmed else None

    def in_force(self, policy: SecurityPolicy) -> None:
        """The firewall of this policy is loaded. With the confirmed one a withdrawn trial is over."""
        if policy is self._confirmed:
            self._trials.settle()

    async def run(self, line: Line) -> None:
        """Try what is desired, one after the other, for ever."""
        while True:
            stamp = _stamp(self._trials.desired)
            if stamp is not None and stamp != self._seen:
                self._seen = stamp
                await self._consider(line, self._trials.desired.read_bytes())
            await asyncio.sleep(POLL_SECONDS)

    async def _consider(self, line, text):
        try:
            policy = checked(text, definitions_of(self._trials.folder))
        except PolicyError as error:
            self._trials.report(Rollout(_number(text), "", "refused", str(error)))
            return
        rollout = _rollout(policy)
        if content_hash(policy) == content_hash(self._confirmed):
            self._renumber(policy)
            self._trials.report(rollout("confirmed"))
        else:
            await self._try(line, policy, rollout)

    def _renumber(self, policy):
        """What means the same to every engine needs no proof; under its new number it is what boots."""
        if policy != self._confirmed:
            write_durably(self._trials.confirmed, write_policy(policy))
            self.policy = self._confirmed = policy
            self.changed.set()

    async def _try(self, line, policy, rollout):
        self._trials.begin(write_policy(policy))
        self._trials.report(rollout("trying"))
        try:
            await line.arm(self._confirm_seconds)
        except (HelperRefused, HelperGone) as error:
            self._trials.withdraw()
            self._trials.settle()
            self._trials.report(rollout("refused", str(error)))
            return
        self._switch(policy)
        reason = await self._prove(line, policy)
        if not reason and self._trials.confirm():
            self._confirmed = policy
            self._trials.report(rollout("confirmed"))
            return
        await self._go_back()
        self._trials.report(rollout("rolled-back", reason or "it was proven too late"))

    async def _prove(self, line, policy):
        """Nothing once it is proven; else what was wrong last."""
        reason = "it was never applied"
        latest = time.monotonic() + self._confirm_seconds + GUARDIAN_LATE_SECONDS_MAX
        while self._trials.stands and time.monotonic() < latest:
            if failure := line.failure(policy):
                return failure
            if not (reason := await line.objection(policy)):
                return ""
            await asyncio.sleep(POLL_SECONDS)
        return reason

    async def _go_back(self):
        self._trials.withdraw()
        self._switch(self._confirmed)
        while self._trials.withdrawn:
            await asyncio.sleep(POLL_SECONDS)

    def _switch(self, policy):
        self.policy = policy
        self.changed.set()

    def _recover(self):
        """A trial that nobody lived to decide was not proven. And what boots is on disk from the first day."""
        if self._trials.withdraw() or self._trials.withdrawn:
            last = self._trials.rollout() or Rollout(0, "", "trying")
            reason = "the edge or its agent ended before it was proven"
            self._trials.report(Rollout(last.revision, last.content, "rolled-back", reason))
        text = write_policy(self._confirmed)
        if not self._trials.confirmed.exists() or self._trials.confirmed.read_bytes() != text:
            write_durably(self._trials.confirmed, text)
        self._seen = self._decided()

    def _decided(self):
        """The desired policy that lies here was decided in an earlier life: it is not tried again."""
        last, stamp = self._trials.rollout(), _stamp(self._trials.desired)
        if stamp is None or last is None or last.state == "trying":
            return None
        try:
            policy = checked(self._trials.desired.read_bytes(), definitions_of(self._trials.folder))
        except PolicyError:
            return stamp
        desired = _rollout(policy)(last.state)
        return stamp if (desired.revision, desired.content) == (last.revision, last.content) else None


def checked(text: bytes, definitions: Path | None = None) -> SecurityPolicy:
    """A policy that this box can enforce, or PolicyError with everything that is wrong.

    ``definitions`` are those in force, whose categories and applications it may name; None for the package's own.
    """
    policy = read_policy(text)
    if wrong := problems(policy, powers_of(definitions or SHIPPED)):
        raise PolicyError(wrong)
    return policy


def _rollout(policy):
    content = content_hash(policy)
    return lambda state, reason="": Rollout(policy.revision, content, state, reason)


def _number(text):
    """The revision that a policy says it is, 0 if it says none."""
    try:
        number = json.loads(text).get("revision", 0)
    except (ValueError, AttributeError):
        return 0
    return number if isinstance(number, int) else 0


def _stamp(path):
    try:
        stat = path.stat()
    except FileNotFoundError:
        return None
    return stat.st_ino, stat.st_mtime_ns
