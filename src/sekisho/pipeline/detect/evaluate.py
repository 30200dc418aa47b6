"""Rules over one batch: route, test each distinct value once, combine, and name the rows that matched."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sekisho.pipeline.detect.expression import And, AnyOf, Expression, Field, Not, Or, Present, Route, SameAs
from sekisho.pipeline.detect.rule import Rule
from sekisho.pipeline.detect.scan import FieldScan, FieldScanner, Mask, any_of
from sekisho.pipeline.detect.view import FieldView, view, whole


class Engine:
    """All rules, made ready once; ``matches`` may be called for any number of batches."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._by_route: dict[Route, list[Rule]] = defaultdict(list)
        tests: dict[Field, dict[AnyOf, None]] = defaultdict(dict)
        for rule in rules:
            self._by_route[rule.route].append(rule)
            for test in tests_of(rule.expression):
                tests[test.field][test] = None
        self._scanners = {field: FieldScanner(tuple(of_field)) for field, of_field in tests.items()}
        self._columns = {route: _columns(rules) for route, rules in self._by_route.items()}
        self._waking = {route: _Waking(rules, self._scanners) for route, rules in self._by_route.items()}

    def matches(self, events: pa.Table) -> list[tuple[int, Rule]]:
        """(row number, rule) of every match, by row, then by rule id."""
        found: list[tuple[int, Rule]] = []
        for route in self._by_route:
            numbers = routed(events, route)
            if len(numbers):
                rows = events.select(self._columns[route]).take(numbers)
                found += self._of_route(rows, numbers, self._waking[route])
        return sorted(found, key=lambda match: (match[0], match[1].id))

    def _of_route(self, rows: pa.Table, numbers: pa.Array, waking: _Waking) -> Iterator[tuple[int, Rule]]:
        evaluation = _Evaluation(rows, self._scanners)
        for rule in waking.awake(evaluation):
            mask = evaluation.mask(rule.expression)
            if mask is not None:
                for number in numbers.filter(mask).to_pylist():
                    yield number, rule


class _Waking:
    """Which rules are worth a look: those that need a test which no value can pass are asleep, at no cost each."""

    def __init__(self, rules: Sequence[Rule], scanners: Mapping[Field, FieldScanner]) -> None:
        self._always: list[Rule] = []
        self._by_test: dict[AnyOf, list[Rule]] = defaultdict(list)
        for rule in rules:
            needed = _needed(rule.expression, scanners)
            if needed is None:
                self._always.append(rule)
            for test in needed or ():
                self._by_test[test].append(rule)
        self._fields = {test.field for test in self._by_test}

    def awake(self, evaluation: _Evaluation) -> Iterator[Rule]:
        """Every rule that may match; in no order."""
        yield from self._always
        woken: dict[str, Rule] = {}
        for field in self._fields:
            for test in evaluation.candidates(field):
                woken.update((rule.id, rule) for rule in self._by_test.get(test, ()))
        yield from woken.values()


def _needed(expression: Expression, scanners: Mapping[Field, FieldScanner]) -> tuple[AnyOf, ...] | None:
    """Tests of which at least one has to find a literal before the expression can be true; None if there are none."""
    if isinstance(expression, AnyOf):
        return (expression,) if _is_textual(expression, scanners) else None
    if isinstance(expression, Or):
        each = [_needed(term, scanners) for term in expression.terms]
        return None if None in each else tuple(test for tests in each for test in tests or ())
    if isinstance(expression, And):
        known = [needed for term in expression.terms if (needed := _needed(term, scanners)) is not None]
        return min(known, key=len, default=None)
    return None


def _is_textual(test: AnyOf, scanners: Mapping[Field, FieldScanner]) -> bool:
    plain = all(not isinstance(atom, Present | SameAs) for atom in test.atoms)
    return plain and scanners[test.field].needs_literal(test)


def tests_of(expression: Expression) -> Iterator[AnyOf]:
    """Every test in the tree."""
    if isinstance(expression, AnyOf):
        yield expression
    elif isinstance(expression, Not):
        yield from tests_of(expression.term)
    else:
        for term in expression.terms:
            yield from tests_of(term)


def _columns(rules: Iterable[Rule]) -> list[str]:
    """Only what the rules look at is copied when rows are picked."""
    fields = {field for rule in rules for test in tests_of(rule.expression) for field in _fields(test)}
    return sorted({field.column for field in fields})


def _fields(test: AnyOf) -> Iterator[Field]:
    yield test.field
    yield from (atom.other for atom in test.atoms if isinstance(atom, SameAs))


def routed(events: pa.Table, route: Route) -> pa.Array:
    """Numbers of the rows that a route means."""
    conditions = []
    if route.classes:
        conditions.append(_is_in(events["class_uid"], route.classes))
    if route.products:
        conditions.append(_is_in(pc.utf8_lower(events["metadata.product.name"]), route.products))
    if route.having:
        conditions.append(_one_array(any_of(_one_array(events[name].is_valid()) for name in route.having), events))
    numbers = pa.array(np.arange(events.num_rows))
    for condition in conditions:
        numbers = numbers.filter(condition.take(numbers))
    return numbers


class _Evaluation:
    """The answers for one set of rows. Every test is made at most once, and only when a rule comes to it."""

    def __init__(self, rows: pa.Table, scanners: Mapping[Field, FieldScanner]) -> None:
        self._rows = rows
        self._scanners = scanners
        self._views: dict[Field, tuple[FieldView, FieldScan]] = {}
        self._masks: dict[AnyOf, Mask] = {}

    def mask(self, expression: Expression) -> Mask:
        """Rows for which the expression is true; None if there are none."""
        if isinstance(expression, AnyOf):
            return self._test(expression)
        if isinstance(expression, Not):
            return _some(self._inverted(self.mask(expression.term)))
        if isinstance(expression, Or):
            return any_of(self.mask(term) for term in expression.terms)
        return self._all(expression)

    def candidates(self, field: Field) -> Iterable[AnyOf]:
        """Tests on the field of which a literal was found."""
        return self._view(field)[1].candidates

    def _all(self, expression: And) -> Mask:
        found: Mask = None
        for position, term in enumerate(expression.terms):
            mask = self.mask(term)
            if mask is None:
                return None
            found = mask if position == 0 else _some(pc.and_(found, mask))
            if found is None:
                return None
        return found

    def _inverted(self, mask: Mask) -> pa.BooleanArray:
        return pa.array(np.ones(self._rows.num_rows, bool)) if mask is None else pc.invert(mask)

    def _test(self, test: AnyOf) -> Mask:
        if test not in self._masks:
            self._masks[test] = self._made(test)
        return self._masks[test]

    def _made(self, test: AnyOf) -> Mask:
        field_view, scan = self._view(test.field)
        masks = [field_view.expand(scan.mask(test))]
        for atom in test.atoms:
            if isinstance(atom, Present):
                masks.append(field_view.present if atom.wanted else pc.invert(field_view.present))
            elif isinstance(atom, SameAs):
                same = pc.equal(whole(self._rows, test.field), whole(self._rows, atom.other))
                masks.append(pc.fill_null(same, False))
        return any_of(masks)

    def _view(self, field: Field) -> tuple[FieldView, FieldScan]:
        if field not in self._views:
            made = view(self._rows, field)
            self._views[field] = made, self._scanners[field].scan(made.values)
        return self._views[field]


def _some(mask: pa.BooleanArray) -> Mask:
    return mask if mask.true_count else None


def _is_in(column: pa.ChunkedArray, wanted: Sequence[int] | Sequence[str]) -> pa.Array:
    return _one_array(pc.is_in(column, value_set=pa.array(wanted, column.type)))


def _one_array(mask: pa.ChunkedArray | pa.Array | None, events: pa.Table | None = None) -> pa.Array:
    if mask is None:
        return pa.array(np.zeros(events.num_rows if events is not None else 0, bool))
    return mask.combine_chunks() if isinstance(mask, pa.ChunkedArray) else mask
