"""A policy on trial, on disk: which one boots, which one is tried, and the one rename that decides.

    desired.json    what the centre wants; whoever brings it replaces the file
    trial.json      the policy on trial; exists as long as nothing is decided
    policy.json     the confirmed policy, which is what boots      (trial.json renamed: confirmed)
    withdrawn.json  decided against, the way back is being gone     (trial.json renamed: withdrawn)
    refused.json    the last one that did not stay, for people      (withdrawn.json renamed: the way back is done)
    rollout.json    what became of the desired one

The agent may confirm, the agent and the guardian may withdraw, and a file can be renamed only once: whoever is first
has decided, whoever is killed in the middle has not. After a power cut policy.json boots, whatever else lies here.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from sekisho_edge.bookmark import write_durably


@dataclass(frozen=True)
class Rollout:
    """``state`` is trying, confirmed, refused (never applied) or rolled-back; ``at`` is in seconds since 1970."""

    revision: int
    content: str
    state: str
    reason: str = ""
    at: float = 0.0


class Trials:
    """The files of one state folder. ``told`` hears every report, for who sends them on."""

    def __init__(self, state: Path, told: Callable[[Rollout], None] = lambda rollout: None) -> None:
        self.folder = state
        self._told = told
        self.desired = state / "desired.json"
        self.confirmed = state / "policy.json"
        self._trial = state / "trial.json"
        self._withdrawn = state / "withdrawn.json"
        self._refused = state / "refused.json"
        self._rollout = state / "rollout.json"

    def begin(self, policy: bytes) -> None:
        write_durably(self._trial, policy)

    @property
    def stands(self) -> bool:
        """Whether a policy is on trial and nothing is decided."""
        return self._trial.exists()

    @property
    def withdrawn(self) -> bool:
        """Whether the way back is not yet done."""
        return self._withdrawn.exists()

    def confirm(self) -> bool:
        """From now on this one boots. False if it has been withdrawn already."""
        return self._rename(self._trial, self.confirmed)

    def withdraw(self) -> bool:
        """Decide against it. False if that is decided already, either way."""
        return self._rename(self._trial, self._withdrawn)

    def settle(self) -> bool:
        """The confirmed policy is in force again."""
        return self._rename(self._withdrawn, self._refused)

    def report(self, rollout: Rollout) -> None:
        write_durably(self._rollout, json.dumps(asdict(rollout) | {"at": time.time()}).encode(), mode=0o644)
        self._told(rollout)

    def rollout(self) -> Rollout | None:
        """What was last reported, or None."""
        try:
            return Rollout(**json.loads(self._rollout.read_text()))
        except (FileNotFoundError, ValueError, TypeError):
            return None

    def _rename(self, old, new):
        try:
            old.rename(new)
        except FileNotFoundError:
            return False
        handle = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        return True
