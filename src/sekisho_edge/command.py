"""The one door for subprocesses of the agent and the lab (the root helper has its own, stdlib only).

A failed command raises CommandFailed, whose text can be pasted into a shell and tells what it said.
"""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Sequence

COMMAND_SECONDS_MAX = 60.0
OUTPUT_CHARS_SHOWN_MAX = 2_000


class CommandFailed(Exception):
    """A command ended with an error, or did not end in time, or is not installed."""


def run(argv: Sequence[str], *, stdin: str | None = None, seconds_max: float = COMMAND_SECONDS_MAX) -> str:
    """Run to the end and return what it wrote to standard output; CommandFailed for anything else."""
    done = _done(argv, stdin, seconds_max)
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip()[:OUTPUT_CHARS_SHOWN_MAX]
        raise CommandFailed(f"{shlex.join(argv)}\nended with {done.returncode}: {said}")
    return done.stdout


def ended(argv: Sequence[str], *, seconds_max: float = COMMAND_SECONDS_MAX) -> tuple[int, str]:
    """(exit code, everything it said) of a command whose failure is an answer; CommandFailed if it gives none."""
    done = _done(argv, None, seconds_max)
    return done.returncode, done.stdout + done.stderr


def _done(argv, stdin, seconds_max):
    try:
        return subprocess.run(argv, input=stdin, capture_output=True, text=True, timeout=seconds_max, check=False)
    except FileNotFoundError as error:
        raise CommandFailed(f"{argv[0]} is not installed") from error
    except subprocess.TimeoutExpired as error:
        raise CommandFailed(f"{shlex.join(argv)}\nstill ran after {seconds_max:g} s") from error
