"""Which values pass which tests.

A ``FieldScanner`` is made once for all tests that all rules have on one field. For a batch it first
asks, in one pass over the distinct values, which literals are where (``literals``); a test is then tried
exactly, on the few values that contain one of its own. Tests that are not text are rare and are made directly.
"""

from __future__ import annotations

import functools
import ipaddress
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sekisho.pipeline.detect import text
from sekisho.pipeline.detect.expression import AnyOf, Atom, Compare, Network, Operator, Regex, Text
from sekisho.pipeline.detect.literals import Literal, Literals, of_regex, of_text

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
        self._tests = {test: _ValueTest(test.atoms) for test in tests}
        known: dict[Literal, int] = {}
        of_test: dict[AnyOf, list[int]] = {}
        for test, made in self._tests.items():
            of_test[test] = [known.setdefault(literal, len(known)) for literal in made.literals or ()]
        self._literals = Literals(list(known))
        self._naming: list[list[AnyOf]] = [[] for _ in known]
        for test, numbers in of_test.items():
            for number in dict.fromkeys(numbers):
                self._naming[number].append(test)

    def needs_literal(self, test: AnyOf) -> bool:
        """Whether the test can pass only where one of its literals is."""
        made = self._tests[test]
        return made.literals is not None and not made.checks

    def scan(self, values: pa.Array) -> FieldScan:
        """Ready to answer for these distinct values (no nulls among them)."""
        return FieldScan(self._tests, self._literals, self._naming, values)


class FieldScan:
    """The answers of one scanner about one array of values."""

    def __init__(
        self,
        tests: Mapping[AnyOf, _ValueTest],
        literals: Literals,
        naming: Sequence[Sequence[AnyOf]],
        values: pa.Array,
    ) -> None:
        self._tests = tests
        self._literals = literals
        self._naming = naming
        self._values = values

    def mask(self, test: AnyOf) -> Mask:
        """Which values pass the test."""
        made = self._tests[test]
        masks = [self._text_mask(test, made)] if made.has_text else []
        masks += [check(self._values) for check in made.checks]
        return any_of(masks)

    def _text_mask(self, test: AnyOf, made: _ValueTest) -> Mask:
        if made.literals is None:
            return made.match(self._folded, self._strings)
        positions = self.candidates.get(test)
        if positions is None or not len(positions):
            return None
        some = pa.array(positions)
        hits = made.match(self._folded.take(some), self._strings.take(some))
        if hits is None or not hits.true_count:
            return None
        found = np.zeros(len(self._values), bool)
        found[positions[hits.to_numpy(zero_copy_only=False)]] = True
        return pa.array(found)

    @functools.cached_property
    def candidates(self) -> Mapping[AnyOf, np.ndarray]:
        """Test -> positions of the values that contain one of its literals. Tests without any are not there."""
        found: dict[AnyOf, list[np.ndarray]] = {}
        numbers, positions = self._literals.found(self._folded)
        order = np.argsort(numbers, kind="stable")
        numbers, positions = numbers[order], positions[order]
        starts = np.flatnonzero(np.diff(numbers, prepend=-1))
        for start, part in zip(starts, np.split(positions, starts[1:]), strict=True) if len(starts) else ():
            for test in self._naming[numbers[start]]:
                found.setdefault(test, []).append(part)
        return {test: np.unique(np.concatenate(parts)) for test, parts in found.items()}

    @functools.cached_property
    def _strings(self) -> pa.Array:
        return _as_strings(self._values)

    @functools.cached_property
    def _folded(self) -> pa.Array:
        return text.folded(self._strings)


class _ValueTest:
    """One AnyOf, made ready: its texts as one expression for each way of comparing, the rest as functions.

    ``literals`` are texts of which one is in each value that passes; None if there is a pattern without any.
    """

    def __init__(self, atoms: Iterable[Atom]) -> None:
        atoms = tuple(atoms)
        texts = [atom for atom in atoms if isinstance(atom, Text)]
        regexes = [(atom, of_regex(atom)) for atom in atoms if isinstance(atom, Regex)]
        self._folded = text.union(text.pattern(t, cased=False) for t in texts if not t.cased)
        self._has_folded = any(not t.cased for t in texts)
        self._plain = [text.union(text.pattern(t, cased=True) for t in texts if t.cased)] if _any_cased(texts) else []
        self._plain += [_regex_source(regex) for regex, literal in regexes if literal is not None]
        found = [*map(of_text, texts), *(literal for _, literal in regexes if literal is not None)]
        self.has_text = bool(found)
        self.literals = None if None in found or not found else tuple(each for each in found if each is not None)
        checked = [regex for regex, literal in regexes if literal is None]
        checked += [atom for atom in atoms if isinstance(atom, Network | Compare)]
        self.checks = [_check(atom) for atom in checked]

    def match(self, folded: pa.Array, plain: pa.Array) -> Mask:
        """Which of these values pass by their text; ``folded`` are the same without case."""
        masks = [pc.match_substring_regex(folded, self._folded)] if self._has_folded else []
        return any_of([*masks, *(pc.match_substring_regex(plain, source) for source in self._plain)])


def _any_cased(texts: Iterable[Text]) -> bool:
    return any(each.cased for each in texts)


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
