"""A Sigma rule as the engine sees it: a route to rows, and a tree of tests on columns.

Pure data, hashable throughout, so that a test that a hundred rules share is made once. Nothing in
here knows pySigma (that is ``sigma_compile``) nor how a test is made (that is ``scan``): a faster
way to make all tests at once goes between the two without touching either.
"""

from __future__ import annotations

from enum import Enum
from typing import Literal

import msgspec

ANY = "*"
ONE = "?"

Operator = Literal["<", "<=", ">", ">=", "!="]


class Part(Enum):
    """What of a column's value a Sigma field means."""

    WHOLE = "whole"
    URL_PATH = "url path"
    URL_QUERY = "url query"
    URL_EXTENSION = "url extension"
    IS_BLOCKED = "is blocked"


class Field(msgspec.Struct, frozen=True):
    """A column, or a part of it, that a Sigma field name stands for."""

    column: str
    part: Part = Part.WHOLE


class Literally(msgspec.Struct, frozen=True):
    """Text without any wildcard inside a pattern."""

    text: str


class Wild(msgspec.Struct, frozen=True):
    """``*`` (any number of characters, none too) or ``?`` (exactly one)."""

    sign: Literal["*", "?"]


class Text(msgspec.Struct, frozen=True):
    """The whole value must look like this. Compared without case unless ``cased``."""

    pieces: tuple[Literally | Wild, ...]
    cased: bool = False


class Regex(msgspec.Struct, frozen=True):
    """Found anywhere in the value. ``flags`` is a selection of "ims"."""

    pattern: str
    flags: str = ""


class Network(msgspec.Struct, frozen=True):
    """The value is an address within this network (CIDR, IPv4 or IPv6)."""

    cidr: str


class Compare(msgspec.Struct, frozen=True):
    """The value is a number and stands in this relation to ``number``."""

    operator: Operator
    number: float


class Present(msgspec.Struct, frozen=True):
    """There is a value (or, if not ``wanted``, there is none)."""

    wanted: bool = True


class SameAs(msgspec.Struct, frozen=True):
    """The value equals that of another field of the same row, without case."""

    other: Field


Atom = Text | Regex | Network | Compare | Present | SameAs


class AnyOf(msgspec.Struct, frozen=True):
    """True where the field's value passes at least one of the atoms; false where the field is absent
    (unless an atom asks for absence)."""

    field: Field
    atoms: tuple[Atom, ...]


class And(msgspec.Struct, frozen=True):
    terms: tuple[Expression, ...]


class Or(msgspec.Struct, frozen=True):
    terms: tuple[Expression, ...]


class Not(msgspec.Struct, frozen=True):
    term: Expression


Expression = AnyOf | And | Or | Not


class Route(msgspec.Struct, frozen=True):
    """Which rows a log source means. An empty part does not restrict.

    ``classes`` are OCSF class_uids, ``products`` lower-case metadata.product.name, and at least one
    of the columns ``having`` must have a value.
    """

    classes: tuple[int, ...] = ()
    products: tuple[str, ...] = ()
    having: tuple[str, ...] = ()
