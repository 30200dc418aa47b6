"""Sigma files as YAML documents that know their lines.

PyYAML tells a line only for broken syntax; here every key of a document keeps its line, so that a
fault of meaning is told with its place too. Never raises for what a file contains.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import yaml

from sekisho.pipeline.detect.rule import Problem, ProblemKind

RULE_FILE_BYTES_MAX = 1_000_000
RULE_SUFFIXES = (".yml", ".yaml")


class Document(msgspec.Struct, frozen=True):
    """One YAML document with the line of each of its keys (first occurrence) and of its start."""

    path: Path
    start: int
    lines: Mapping[str, int]
    content: Mapping[str, Any]

    @property
    def rule_id(self) -> str:
        return str(self.content.get("id") or self.content.get("title") or self.path.name)

    def problem(self, kind: ProblemKind, message: str, *keys: str) -> Problem:
        """A problem at the line of the first key that the document has."""
        line = next((self.lines[key] for key in keys if key in self.lines), self.start)
        return Problem(kind, self.rule_id, self.path, line, message)


def files(places: Iterable[Path]) -> Iterator[Path]:
    """Rule files among these files and, at any depth, folders. A named file is taken whatever its suffix."""
    for place in places:
        if place.is_dir():
            yield from sorted(path for path in place.rglob("*") if path.suffix in RULE_SUFFIXES and path.is_file())
        else:
            yield place


def documents(path: Path) -> Iterator[Document | Problem]:
    """The documents of one file, or why they can't be read."""
    if path.stat().st_size > RULE_FILE_BYTES_MAX:
        yield Problem("error", path.name, path, 1, f"the file is larger than {RULE_FILE_BYTES_MAX} bytes")
        return
    try:
        text = path.read_bytes().decode("utf-8")
        yield from _of_text(path, text)
    except UnicodeDecodeError as error:
        yield Problem("error", path.name, path, 1, f"the file is not UTF-8: {error.reason} at byte {error.start}")
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        yield Problem("error", path.name, path, mark.line + 1 if mark else 1, f"no YAML: {error.problem}")
    except (yaml.YAMLError, RecursionError, ValueError, TypeError) as error:
        yield Problem("error", path.name, path, 1, f"no YAML: {' '.join(str(error).split())}")


def _of_text(path: Path, text: str) -> Iterator[Document | Problem]:
    loader = yaml.CSafeLoader(text)
    try:
        while loader.check_node():
            node = loader.get_node()
            if node is None:
                break
            line = node.start_mark.line + 1
            content = loader.construct_document(node)
            if not isinstance(content, dict):
                if content is not None:
                    yield Problem("error", path.name, path, line, "a rule is a mapping of keys to values")
                continue
            document = Document(path, line, _key_lines(node), content)
            repeated = _repeated_key(node)
            if repeated is None:
                yield document
            else:
                # YAML would keep the last one and drop the others without a word.
                message = f"the key {repeated.value!r} is there twice"
                yield Problem("error", document.rule_id, path, repeated.start_mark.line + 1, message)
    finally:
        loader.dispose()


def _mappings(node: yaml.Node) -> Iterator[yaml.MappingNode]:
    """Every mapping in the document, once, from the top; an alias is the same node again."""
    seen: set[int] = set()
    waiting = [node]
    while waiting:
        current = waiting.pop()
        if id(current) in seen:
            continue
        seen.add(id(current))
        if isinstance(current, yaml.MappingNode):
            yield current
            waiting += [value for _, value in reversed(current.value)]
        elif isinstance(current, yaml.SequenceNode):
            waiting += reversed(current.value)


def _key_lines(node: yaml.Node) -> dict[str, int]:
    lines: dict[str, int] = {}
    for mapping in _mappings(node):
        for key, _ in mapping.value:
            for name in (str(key.value), str(key.value).split("|")[0]):
                lines.setdefault(name, key.start_mark.line + 1)
    return lines


def _repeated_key(node: yaml.Node) -> yaml.Node | None:
    for mapping in _mappings(node):
        keys: set[str] = set()
        for key, _ in mapping.value:
            if str(key.value) in keys:
                return key
            keys.add(str(key.value))
    return None
