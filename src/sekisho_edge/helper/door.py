"""The one door for programs that root runs to their end. Refused with what the program said; nothing else leaves."""

from __future__ import annotations

import os
import subprocess

SAID_CHARS_MAX = 4_000
TEXT_CHARS_MAX = 64 * 1024 * 1024
IN_UTC = {"TZ": "UTC"}
"""The kernel compares hours in UTC, and nft shifts what it is told by the zone that it runs in."""


class Refused(Exception):
    """The command was not done."""


def run(argv, text: str, seconds_max: float) -> str:
    """What it said, on both outputs; Refused when it failed, hung or is not installed."""
    if len(text) > TEXT_CHARS_MAX:
        raise Refused(f"{argv[0]}: a text of {len(text)} characters is over the limit")
    try:
        done = subprocess.run(
            argv, input=text, capture_output=True, text=True, timeout=seconds_max, check=False, env=os.environ | IN_UTC
        )
    except FileNotFoundError as error:
        raise Refused(f"{argv[0]} is not installed") from error
    except subprocess.TimeoutExpired as error:
        raise Refused(f"{argv[0]} still ran after {seconds_max:g} s") from error
    if done.returncode != 0:
        raise Refused(f"{argv[0]}: {(done.stderr or done.stdout).strip()[:SAID_CHARS_MAX]}")
    return done.stdout + done.stderr
