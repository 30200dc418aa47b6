"""Which values pass which tests: the part that a multi-pattern engine replaces when rules grow many.

A ``FieldScanner`` is made once for all tests that all rules have on one field. For a batch it first
asks, in one pass over the distinct values, which of them could pass any text test at all; only those
candidates are then tried test by test. Tests that are not text are rare and are made directly.
"""

from __future__ import annotations

import functools
import ipaddress
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from sekisho.pipeline.detect import text
from sekisho.pipeline.detect.expression import AnyOf, Atom, Compare, Network, Operator, Regex, Text

ADDRESSES_KEPT_MAX = 65_536

_COMPARE: Mapping[Operator, Callable[[pa.Array, float], pa.Array]] = {
    "<": pc.less,
    "<=": pc.less_equal,
    ">": pc.greater,
    ">=": pc.greater_equal,
    "!=": pc.not_equal,
}
Mask: TypeAlias = "pa.BooleanArray | None"
"""One boolean a value; None is "none of them", the common case, which is worth knowing at once."""


class FieldScanner:
    """All tests on one field. ``tests`` are the distinct AnyOf of all rules that name this field."""

    def __init__(self, tests: Sequence[AnyOf]) -> None:
        texts = [atom for test in tests for atom in test.atoms if isinstance(atom, Text)]
        self._any_text = tuple(text.unions(text.pattern(atom, cased=False) for atom in texts))
        self._tests = {test: _ValueTest(test.atoms) for test in tests}

    def scan(self, values: pa.Array) -> FieldScan:
        """Ready to answer for these distinct values (no nulls among them)."""
        return FieldScan(self._tests, self._any_text, values)


class FieldScan:
    """The answers of one scanner about one array of values."""

    def __init__(self, tests: Mapping[AnyOf, _ValueTest], any_text: Sequence[str], values: pa.Array) -> None:
        self._tests = tests
        self._any_text = any_text
        self._values = values

    def mask(self, test: AnyOf) -> Mask:
        """Which values pass the test."""
        made = self._tests[test]
        masks = [self._text_mask(made)] if made.has_text else []
        masks += [check(self._values) for check in made.checks]
        return any_of(masks)

    def _text_mask(self, made: _ValueTest) -> Mask:
        positions, folded, plain = self._candidates
        if not len(positions):
            return None
        hits = any_of([made.match_folded(folded), made.match_cased(plain)])
        if hits is None:
            return None
        return pc.is_in(self._numbers, value_set=positions.filter(hits))

    @functools.cached_property
    def _numbers(self) -> pa.Array:
        return pa.array(range(len(self._values)), pa.int32())

    @functools.cached_property
    def _candidates(self) -> tuple[pa.Array, pa.Array, pa.Array]:
        """(positions, folded values, values as they are) of what could pass any text test."""
        strings = _as_strings(self._values)
        folded = text.folded(strings)
        hits = any_of([pc.match_substring_regex(folded, source) for source in self._any_text])
        if hits is None:
            return pa.array([], pa.int32()), strings.slice(0, 0), strings.slice(0, 0)
        return self._numbers.filter(hits), folded.filter(hits), strings.filter(hits)


class _ValueTest:
    """One AnyOf, made ready: its texts as one expression for each way of comparing, the rest as functions."""

    def __init__(self, atoms: Iterable[Atom]) -> None:
        atoms = tuple(atoms)
        texts = [atom for atom in atoms if isinstance(atom, Text)]
        self._folded = text.union(text.pattern(t, cased=False) for t in texts if not t.cased)
        self._cased = text.union(text.pattern(t, cased=True) for t in texts if t.cased)
        self._has_folded = any(not t.cased for t in texts)
        self._has_cased = any(t.cased for t in texts)
        self.has_text = bool(texts)
        self.checks = [_check(atom) for atom in atoms if isinstance(atom, Regex | Network | Compare)]

    def match_folded(self, folded: pa.Array) -> Mask:
        return pc.match_substring_regex(folded, self._folded) if self._has_folded else None

    def match_cased(self, plain: pa.Array) -> Mask:
        return pc.match_substring_regex(plain, self._cased) if self._has_cased else None


def any_of(masks: Iterable[Mask]) -> Mask:
    """The union of masks."""
    found: Mask = None
    for mask in masks:
        if mask is not None and mask.true_count:
            found = mask if found is None else pc.or_(found, mask)
    return found


def regex_problem(regex: Regex) -> str | None:
    """Why an expression can't be used, or None. Look-around and back-references can't: Sigma forbids them too,
    and without them every expression takes linear time on whatever an attacker writes."""
    try:
        pc.match_substring_regex(pa.array([""]), _regex_source(regex))
    except pa.ArrowInvalid as error:
        return f"the regular expression {regex.pattern!r} can't be used: {error}"
    return None


def _check(atom: Regex | Network | Compare) -> Callable[[pa.Array], Mask]:
    if isinstance(atom, Regex):
        return functools.partial(_searched, _regex_source(atom))
    if isinstance(atom, Network):
        return functools.partial(_inside, ipaddress.ip_network(atom.cidr))
    return functools.partial(_compared, _COMPARE[atom.operator], atom.number)


def _regex_source(regex: Regex) -> str:
    return f"(?{regex.flags}){regex.pattern}" if regex.flags else regex.pattern


def _searched(source: str, values: pa.Array) -> Mask:
    return pc.match_substring_regex(_as_strings(values), source)


def _inside(network: ipaddress.IPv4Network | ipaddress.IPv6Network, values: pa.Array) -> Mask:
    addresses = map(_address, values.to_pylist())
    return pa.array([address is not None and address in network for address in addresses], pa.bool_())


@functools.lru_cache(maxsize=ADDRESSES_KEPT_MAX)
def _address(value: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(value)
    except ValueError:
        return None


def _compared(compare: Callable[[pa.Array, float], pa.Array], number: float, values: pa.Array) -> Mask:
    return compare(values, number)


def _as_strings(values: pa.Array) -> pa.Array:
    return values if pa.types.is_string(values.type) else pc.cast(values, pa.string())
