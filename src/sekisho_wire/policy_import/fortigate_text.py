"""FortiOS configuration text -> tables of settings with their lines. Pure; knows words, not their meaning.

Takes a whole backup, the output of ``show`` of one table, and several of these in one file, with prompts. Who reads
a setting ``take``s it; what nobody took is what an import must report.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from sekisho_wire.policy_import.carried import ImportFailed

DEPTH_MAX = 16
_WORD = re.compile(r'"((?:[^"\\]|\\.)*)"|(\S+)', re.S)
_PROMPT = re.compile(r"^\S+(?: \([^)]*\))? [#$] ")


@dataclass
class Setting:
    """``set key values`` on its line."""

    line: int
    key: str
    values: tuple[str, ...]
    taken: bool = False

    @property
    def text(self) -> str:
        return f"set {self.key} {' '.join(self.values)}"


@dataclass
class Entry:
    """One ``edit NAME``; also the body of a table that has settings of its own (then without a name)."""

    line: int
    name: str
    settings: dict[str, Setting] = field(default_factory=dict)
    tables: list[Table] = field(default_factory=list)
    last: int = 0
    taken: bool = False

    def take(self, key: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """The values of a setting, and note that they were read."""
        self.taken = True
        setting = self.settings.get(key)
        if setting is None:
            return default
        setting.taken = True
        return setting.values

    def one(self, key: str, default: str = "") -> str:
        """The first value of a setting."""
        return next(iter(self.take(key)), default)


@dataclass
class Table:
    """One ``config PATH``."""

    line: int
    path: str
    entries: list[Entry] = field(default_factory=list)
    own: Entry | None = None
    last: int = 0


@dataclass(frozen=True)
class Stray:
    """A line outside of every table, which is no comment."""

    line: int
    text: str


def read_tables(text: str) -> tuple[list[Table], list[Stray]]:
    """All tables of an export in order; those inside of ``config vdom`` come out as if on the top."""
    reader = _Reader()
    for line, words in _statements(text):
        reader.statement(line, words)
    if reader.open:
        raise ImportFailed(f"line {reader.open[-1].line}: config {reader.open[-1].path} is never ended")
    return reader.tables, reader.stray


def _statements(text) -> Iterator[tuple[int, list[str]]]:
    """(line, words) of each statement; a quoted text may go on over several lines."""
    held, began = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        if not held and (line.lstrip().startswith("#") or not line.strip()):
            continue
        began = began if held else number
        held = f"{held}\n{line}" if held else _PROMPT.sub("", line)
        if _quotes(held) % 2 == 0:
            if held.strip():
                yield began, _words(held)
            held = ""
    if held:
        raise ImportFailed(f"line {began}: a quoted text is never closed")


def _quotes(text):
    return len(re.findall(r'(?<!\\)"', re.sub(r"\\\\", "", text)))


def _words(statement):
    return [re.sub(r"\\(.)", r"\1", quoted) if bare == "" else bare for quoted, bare in _WORD.findall(statement)]


class _Reader:
    """Statements in, tables out. ``open`` is the way from the top to where we are."""

    def __init__(self) -> None:
        self.tables: list[Table] = []
        self.stray: list[Stray] = []
        self.open: list[Table] = []
        self.entry: list[Entry | None] = []

    def statement(self, line: int, words: list[str]) -> None:
        match words:
            case ["config", *path]:
                self._config(line, " ".join(path))
            case ["edit", *name] if self.open:
                self.entry[-1] = Entry(line, " ".join(name), last=line)
                self.open[-1].entries.append(self.entry[-1])
            case ["next"] if self.open:
                self.entry[-1] = None
            case ["end"] if self.open:
                self.entry.pop()
                self.open.pop().last = line
            case [("set" | "append" | "unset") as verb, key, *values] if self.open:
                self._set(line, verb, key, values)
            case ["show", *_] if not self.open:
                pass
            case _:
                self.stray.append(Stray(line, " ".join(words)))

    def _config(self, line, path):
        if len(self.open) >= DEPTH_MAX:
            raise ImportFailed(f"line {line}: nested deeper than {DEPTH_MAX}")
        table = Table(line, path)
        inside = self.entry[-1] if self.entry else None
        if not self.open or self.open[-1].path in ("vdom", "global"):
            self.tables.append(table)
        elif inside is not None:
            inside.tables.append(table)
        else:
            self._own().tables.append(table)
        self.open.append(table)
        self.entry.append(None)

    def _own(self):
        table = self.open[-1]
        table.own = table.own or Entry(table.line, "")
        return table.own

    def _set(self, line, verb, key, values):
        entry = self.entry[-1] or self._own()
        entry.last = line
        old = entry.settings.get(key)
        if verb == "append" and old is not None:
            values = [*old.values, *values]
        if verb == "unset":
            entry.settings.pop(key, None)
        else:
            entry.settings[key] = Setting(line, key, tuple(values))
