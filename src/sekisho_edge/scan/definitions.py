"""What the scanner knows by itself: the list of known bad files, and YARA rules. DefinitionsError says which and why.

``hashes.sha256`` has a digest a line, then the name of the threat; empty lines and # lines are left out. In the rules
of ``yara/*.yar`` the metadata ``threat`` names what was found; without it the rule's own name does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yara_x

HASHES_MAX = 2_000_000
YARA_SECONDS_MAX = 20
UNNAMED = "known-bad-file"


class DefinitionsError(Exception):
    """A file of definitions that can't be used; the ones in force stay."""


@dataclass(frozen=True)
class Definitions:
    """One loaded set. ``stamp`` changes when the files do."""

    hashes: Mapping[bytes, str]
    rules: yara_x.Rules
    stamp: tuple

    def known_hash(self, sha256: str) -> str:
        """The threat with this digest, or nothing."""
        return self.hashes.get(bytes.fromhex(sha256), "")

    def matching_rule(self, content: bytes | str) -> str:
        """The first rule's threat, or nothing. ``content``: bytes, or a path. TimeoutError when it takes too long."""
        scanner = yara_x.Scanner(self.rules)
        scanner.set_timeout(YARA_SECONDS_MAX)
        try:
            found = scanner.scan(content) if isinstance(content, bytes) else scanner.scan_file(content)
        except yara_x.TimeoutError as error:
            raise TimeoutError("YARA-X ran out of time") from error
        for rule in found.matching_rules:
            return str(dict(rule.metadata).get("threat", rule.identifier))
        return ""


def load(folder: Path) -> Definitions:
    """The set in a folder; parts that are not there are empty."""
    return Definitions(_hashes(folder / "hashes.sha256"), _rules(folder), stamp_of(folder))


def stamp_of(folder: Path) -> tuple:
    """Which files these are: another set behind the same link has another stamp."""
    files = [folder / "hashes.sha256", *sorted((folder / "yara").glob("*.yar"))]
    return tuple(
        (str(path.resolve()), (stat := path.stat()).st_mtime_ns, stat.st_size) for path in files if path.exists()
    )


def _hashes(path):
    found: dict[bytes, str] = {}
    if not path.exists():
        return found
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            digest, _, name = line.strip().partition(" ")
            if not digest or digest.startswith("#"):
                continue
            try:
                found[_digest(digest)] = name.strip() or UNNAMED
            except ValueError as error:
                raise DefinitionsError(f"{path.name}:{number}: no SHA-256: {digest[:80]!r}") from error
            if len(found) > HASHES_MAX:
                raise DefinitionsError(f"{path.name}: more than {HASHES_MAX} digests")
    return found


def _digest(text):
    raw = bytes.fromhex(text)
    if len(raw) != 32:
        raise ValueError(text)
    return raw


def _rules(folder):
    compiler = yara_x.Compiler()
    for path in sorted((folder / "yara").glob("*.yar")):
        compiler.new_namespace(path.stem)
        try:
            compiler.add_source(path.read_text(encoding="utf-8"), origin=path.name)
        except (yara_x.CompileError, ValueError) as error:
            del compiler  # it may only end in its own thread, and the traceback would carry it away
            raise DefinitionsError(f"{path.name}: {error}") from error
    return compiler.build()
