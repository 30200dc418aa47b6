"""``python -m sekisho_edge.guardian STATE SECONDS ATTACH INTERFACE``: brings the confirmed policy back, by itself.

A process of its own, started before a policy is tried and tied to nobody. It reads, renders and dry-runs the confirmed
policy first and only then says ``armed``, so that nothing is tried which could not be undone. When the trial is not
confirmed within SECONDS, when it is withdrawn, or when the agent ends, it loads the confirmed policy's firewall. An
agent that then does not take over within a few seconds hangs in the middle of something: it is ended with its helper,
because it might still apply what was withdrawn, and the firewall is loaded once more. Traffic of an open line is not
turned to an engine that does not run: it is the agent that starts engines.

Whatever fails is tried again until it works; nothing else is left to do for it.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import sys
import time
from pathlib import Path

from sekisho_edge.bookmark import write_durably
from sekisho_edge.converge import own_names
from sekisho_edge.daemons.engines import daemons_of
from sekisho_edge.daemons.places import places_of
from sekisho_edge.helper.commands import Commands
from sekisho_edge.helper.daemons import alive
from sekisho_edge.helper.door import Refused
from sekisho_edge.render import nftables, shaper
from sekisho_edge.render.nftables import Attach
from sekisho_edge.trial import Trials
from sekisho_wire.policy import read_policy

POLL_SECONDS = 0.1
TAKE_OVER_SECONDS_MAX = 5.0
END_SECONDS_MAX = 5.0
AGAIN_SECONDS = 0.5
OOM_SCORE = -900


class Peer:
    """A process by a handle that can't come to mean another one."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._handle = os.pidfd_open(pid)

    @property
    def ended(self) -> bool:
        return bool(select.select([self._handle], [], [], 0)[0])

    def kill(self, *, group: bool = False) -> None:
        """Also what is stopped; with its group if it leads one. Returns when it is gone."""
        if self.ended:
            return
        with contextlib.suppress(ProcessLookupError):
            if group and os.getpgid(self.pid) == self.pid:
                os.killpg(self.pid, signal.SIGKILL)
            else:
                signal.pidfd_send_signal(self._handle, signal.SIGKILL)
        select.select([self._handle], [], [], END_SECONDS_MAX)


class _Line:
    """The confirmed policy's firewall, ready to be loaded as often as needed."""

    def __init__(self, commands: Commands, script: dict[str, str], shaping: str, open_daemons: list[str]) -> None:
        self._commands = commands
        self._script = script
        self._shaping = shaping
        self._open_daemons = open_daemons

    def insist(self) -> None:
        """Load it, and again until it is loaded."""
        while True:
            try:
                self._commands.apply_filter(**self._script)
            except Refused as refusal:
                sys.stderr.write(f"{refusal}\n")
                sys.stderr.flush()
                time.sleep(AGAIN_SECONDS)
            else:
                with contextlib.suppress(Refused):
                    self._commands.apply_shaper(text=self._shaping)
                return self._pass_by_the_dead()

    def _pass_by_the_dead(self):
        """Traffic is not turned to an engine that does not run; the agent brings it back with its first plan."""
        for name in self._open_daemons:
            if not alive(self._commands.state, name):
                with contextlib.suppress(Refused):
                    self._commands.bypass(name=name)


def main(state: str, seconds: str, attach: str, management_interface: str) -> None:
    helper = Peer(os.getppid())
    agent = Peer(_parent(helper.pid))
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(str(OOM_SCORE))
    trials, commands = Trials(Path(state)), Commands(Path(state))
    policy = read_policy(trials.confirmed.read_bytes())
    places = places_of(Path(state), policy)
    script = {
        "nft": nftables.render(policy, Attach(attach), management_interface, own_names(places)),
        "xtables": nftables.render_xtables(policy, Attach(attach)),
    }
    commands.check_filter(**script)
    shaping = shaper.render(policy)
    line = _Line(commands, script, shaping, [one.name for one in daemons_of(policy, places) if one.failure == "open"])
    deadline = _now() + float(seconds)
    _leave_note(trials, deadline)
    sys.stdout.write("armed\n")
    sys.stdout.flush()
    while trials.stands and _now() < deadline and not agent.ended:
        time.sleep(POLL_SECONDS)
    if trials.withdraw() or trials.withdrawn:
        _bring_back(trials, line, helper, agent)


def _bring_back(trials, line, helper, agent):
    """The line first, then whoever stands in its way."""
    line.insist()
    until = _now() + TAKE_OVER_SECONDS_MAX
    while trials.withdrawn and not agent.ended and _now() < until:
        time.sleep(POLL_SECONDS)
    if trials.withdrawn:
        agent.kill()
        helper.kill(group=True)
        line.insist()


def _leave_note(trials, deadline):
    """For people, and for whoever comes after: until when, in this boot, and who keeps watch."""
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    note = {
        "pid": os.getpid(),
        "boot": boot,
        "deadline_boottime": deadline,
        "deadline_at": time.time() + deadline - _now(),
    }
    write_durably(trials.folder / "guard.json", json.dumps(note).encode(), mode=0o644)


def _now():
    """Goes on while the machine sleeps, and nobody can set it."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def _parent(pid):
    return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])


if __name__ == "__main__":
    main(*sys.argv[1:5])
