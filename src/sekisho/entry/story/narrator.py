"""Tells the story as it happens, Japanese first, with the seconds since it began."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from rich.console import Console
from rich.text import Text

POLL_SECONDS = 0.05

T = TypeVar("T")


class StoryError(Exception):
    """The story can't go on; the message says what was waited for and where to look."""


class Narrator:
    """Prints chapters and lines. Text of a log is hostile: nothing here is read as markup."""

    def __init__(self, console: Console):
        self._console = console
        self._began = time.monotonic()

    def chapter(self, ja: str, en: str) -> None:
        self._console.print()
        self._console.print(Text.assemble((f"■ {ja}", "bold"), "  ", (en, "dim")))

    def line(self, ja: str, en: str) -> None:
        seconds = time.monotonic() - self._began
        self._console.print(Text.assemble((f"  {seconds:6.2f} s  ", "cyan"), ja), soft_wrap=True)
        self._console.print(Text.assemble(" " * 12, (en, "dim")), soft_wrap=True)

    @contextmanager
    def waiting(self, ja: str, en: str) -> Iterator[None]:
        """Show that something is waited for, where the terminal can show it."""
        with self._console.status(Text(f"{ja}  {en}")):
            yield


def wait_for(look: Callable[[], T | None], seconds_max: float, what: str) -> T:
    """Look until there is something; StoryError naming ``what`` when it does not come in time."""
    deadline = time.monotonic() + seconds_max
    while (found := look()) is None:
        if time.monotonic() > deadline:
            raise StoryError(f"{what} did not come within {seconds_max:.0f} s; see the logs in var/log")
        time.sleep(POLL_SECONDS)
    return found
