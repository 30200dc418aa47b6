"""XML -> elements with their lines. The standard tree forgets lines, and an import must name them.

No document types and no entities: an export has none, and they are how XML attacks its reader.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from sekisho_wire.policy_import.carried import ImportFailed

DEPTH_MAX = 64
ELEMENTS_MAX = 500_000


@dataclass
class Element:
    """One element. ``taken`` once somebody read it; what nobody took must be reported."""

    line: int
    name: str
    text: str = ""
    children: list[Element] = field(default_factory=list)
    last: int = 0
    taken: bool = False

    def all(self, name: str) -> list[Element]:
        return [child for child in self.children if child.name == name]

    def at(self, path: str) -> Element | None:
        """The first element on a path of names, without taking it."""
        here: Element | None = self
        for name in path.split("/"):
            here = next(iter(here.all(name)), None) if here else None
        return here

    def take(self, name: str) -> str:
        """The text of the first child of that name, '' if there is none; notes that all of them were read."""
        children = self.all(name)
        for child in children:
            child.taken = True
        return children[0].text.strip() if children else ""

    def flag(self, name: str) -> bool:
        """A switch: an element that is there, unless it says 0. Old exports write <log/>, new ones <log>1</log>."""
        return bool(self.all(name)) and self.take(name).lower() not in ("0", "no", "off", "false")

    def take_all(self) -> None:
        """Note that this and everything inside was read, or is reported as a whole."""
        self.taken = True
        for child in self.children:
            child.take_all()

    def untaken(self) -> Iterator[Element]:
        """The highest elements that nobody read and that say something."""
        for child in self.children:
            if not child.taken and not any(True for _ in _taken_below(child)):
                if child.text.strip() or child.children:
                    yield child
            else:
                yield from child.untaken()


def _taken_below(element):
    for child in element.children:
        if child.taken:
            yield child
        yield from _taken_below(child)


def read_xml(text: bytes) -> Element:
    """The root element, or ImportFailed with the line."""
    tree = _Tree()
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda name, _: tree.start(name, parser.CurrentLineNumber)
    parser.EndElementHandler = lambda _: tree.end(parser.CurrentLineNumber)
    parser.CharacterDataHandler = tree.data
    parser.StartDoctypeDeclHandler = _no_doctype
    try:
        parser.Parse(text, True)
    except (expat.ExpatError, ValueError) as error:
        raise ImportFailed(f"no XML that can be read: {error}") from error
    return tree.root


def _no_doctype(*_):
    raise ImportFailed("a document type has no place in an export")


class _Tree:
    """Events of the parser in, elements out."""

    def __init__(self) -> None:
        self.root = Element(0, "")
        self.open: list[Element] = []
        self.count = 0

    def start(self, name: str, line: int) -> None:
        self.count += 1
        if len(self.open) >= DEPTH_MAX or self.count > ELEMENTS_MAX:
            raise ImportFailed(f"line {line}: deeper than {DEPTH_MAX} or more than {ELEMENTS_MAX} elements")
        element = Element(line, name, last=line)
        if self.open:
            self.open[-1].children.append(element)
        else:
            self.root = element
        self.open.append(element)

    def end(self, line: int) -> None:
        self.open.pop().last = line

    def data(self, text: str) -> None:
        self.open[-1].text += text
