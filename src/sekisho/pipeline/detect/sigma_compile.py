"""A parsed Sigma rule into the engine's own tree, with everything that stands in its way.

A field without a column makes the part of the rule that needs it blind. Where that part is only one
of several alternatives the rule still runs without it (and says so); where it would have to be true,
or stands under a ``not``, the rule can't fire: guessing there would mean false alarms.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Mapping

import msgspec
import pyarrow as pa
from sigma.conditions import (
    ConditionAND,
    ConditionFieldEqualsValueExpression,
    ConditionNOT,
    ConditionOR,
    ConditionValueExpression,
)
from sigma.types import (
    CompareOperators,
    SigmaBool,
    SigmaCasedString,
    SigmaCIDRExpression,
    SigmaCompareExpression,
    SigmaExists,
    SigmaExpansion,
    SigmaFieldReference,
    SigmaNull,
    SigmaNumber,
    SigmaRegularExpression,
    SigmaString,
    SigmaTimestampPart,
    SigmaType,
    SpecialChars,
)

from sekisho.ocsf.columns import EVENT_SCHEMA
from sekisho.pipeline.detect.expression import (
    And,
    AnyOf,
    Atom,
    Compare,
    Expression,
    Field,
    Literally,
    Network,
    Not,
    Operator,
    Or,
    Part,
    Present,
    Regex,
    SameAs,
    Text,
    Wild,
)
from sekisho.pipeline.detect.scan import regex_problem
from sekisho.pipeline.detect.sigma_fields import KEYWORDS, Source

_OPERATORS: Mapping[CompareOperators, Operator] = {
    CompareOperators.LT: "<",
    CompareOperators.LTE: "<=",
    CompareOperators.GT: ">",
    CompareOperators.GTE: ">=",
    CompareOperators.NEQ: "!=",
}
_WILD = {SpecialChars.WILDCARD_MULTI: Wild("*"), SpecialChars.WILDCARD_SINGLE: Wild("?")}


class Blindness(msgspec.Struct, frozen=True):
    """Why one part of a rule can't be true. ``about`` is the Sigma field, "" for a keyword."""

    about: str
    reason: str
    fatal: bool


class Compiled(msgspec.Struct, frozen=True):
    """``expression`` is None if the rule can't fire."""

    expression: Expression | None
    blind: tuple[Blindness, ...]


class _Unusable(Exception):
    """A value that can't be tested on its column; only inside this file."""


def compile_condition(tree: object, source: Source) -> Compiled:
    """One condition of a rule (pySigma's tree, already postprocessed) on the fields of its log source."""
    compiler = _Compiler(source)
    expression = compiler.compile(tree, negated=False)
    if any(blindness.fatal for blindness in compiler.blind):
        expression = None
    return Compiled(expression, tuple(dict.fromkeys(compiler.blind)))


class _Compiler:
    def __init__(self, source: Source) -> None:
        self._source = source
        self.blind: list[Blindness] = []

    def compile(self, node: object, *, negated: bool) -> Expression | None:
        """None where the node can't be true on our columns."""
        if isinstance(node, ConditionNOT):
            inner = self.compile(node.args[0], negated=True)
            return None if inner is None else Not(inner)
        if isinstance(node, ConditionAND):
            return _and([self.compile(arg, negated=negated) for arg in node.args])
        if isinstance(node, ConditionOR):
            return _or([self.compile(arg, negated=negated) for arg in node.args])
        if isinstance(node, ConditionFieldEqualsValueExpression):
            return self._leaf(node.field, node.value, self._source.fields.get(node.field), _atoms, negated)
        if isinstance(node, ConditionValueExpression):
            return self._leaf("", node.value, KEYWORDS, _keyword_atoms, negated)
        raise AssertionError(f"pySigma made a {type(node).__name__}, which no condition may contain")

    def _leaf(
        self,
        name: str,
        value: SigmaType,
        field: Field | None,
        atoms: Callable[[SigmaType, Field, Source], Iterable[Atom]],
        negated: bool,
    ) -> Expression | None:
        if field is None:
            self.blind.append(Blindness(name, f"no column holds {name!r} in this log source", negated))
            return None
        try:
            return AnyOf(field, tuple(atoms(value, field, self._source)))
        except _Unusable as error:
            self.blind.append(Blindness(name, str(error), negated))
            return None


def _and(terms: list[Expression | None]) -> Expression | None:
    seeing = [term for term in terms if term is not None]
    if len(seeing) < len(terms):
        return None
    ordered = sorted(seeing, key=_cost)
    return ordered[0] if len(ordered) == 1 else And(tuple(ordered))


def _or(terms: list[Expression | None]) -> Expression | None:
    """Alternatives on the same field become one test, made in one go."""
    by_field: dict[Field, list[Atom]] = {}
    others: list[Expression] = []
    for term in terms:
        if isinstance(term, AnyOf):
            by_field.setdefault(term.field, []).extend(term.atoms)
        elif term is not None:
            others.append(term)
    merged: list[Expression] = [AnyOf(field, tuple(dict.fromkeys(atoms))) for field, atoms in by_field.items()]
    merged += others
    if not merged:
        return None
    return merged[0] if len(merged) == 1 else Or(tuple(merged))


def _cost(expression: Expression) -> int:
    """Cheap and selective tests first: a rule often ends there. The whole line comes last."""
    if isinstance(expression, AnyOf):
        return 2 if expression.field == KEYWORDS else 0
    return 3 if isinstance(expression, Not) else 1


def _atoms(value: SigmaType, field: Field, source: Source) -> Iterable[Atom]:
    if isinstance(value, SigmaExpansion):
        return [atom for inner in value.values for atom in _atoms(inner, field, source)]
    return [_atom(value, field, source)]


def _atom(value: SigmaType, field: Field, source: Source) -> Atom:
    if isinstance(value, SigmaNull):
        return Present(wanted=False)
    if isinstance(value, SigmaExists):
        return Present(wanted=value.exists)
    if isinstance(value, SigmaCompareExpression):
        return _compare(value, field)
    if isinstance(value, SigmaCIDRExpression):
        return _network(value, field)
    if isinstance(value, SigmaFieldReference):
        return _same_as(value, field, source)
    return _textual(value, field)


def _textual(value: SigmaType, field: Field) -> Atom:
    kind = _element_type(field)
    if not (pa.types.is_string(kind) or pa.types.is_integer(kind) or pa.types.is_binary(kind)):
        raise _Unusable(f"column {field.column!r} is a {kind} and can't be compared with text")
    if isinstance(value, SigmaRegularExpression):
        return _regex(value)
    if isinstance(value, SigmaString):
        return _text(value)
    if isinstance(value, SigmaNumber) and not isinstance(value, SigmaTimestampPart):
        return Text((Literally(str(value.number)),))
    if isinstance(value, SigmaBool):
        return Text((Literally(str(value.boolean).lower()),))
    raise _Unusable(f"a value of kind {type(value).__name__} can't be evaluated")


def _text(value: SigmaString) -> Atom:
    pieces: list[Literally | Wild] = []
    for part in value.s:
        if isinstance(part, str):
            pieces.append(Literally(part))
        elif isinstance(part, SpecialChars):
            pieces.append(_WILD[part])
        else:
            raise _Unusable(f"the placeholder %{part.name}% has no value")
    if pieces and all(piece == Wild("*") for piece in pieces):
        return Present()
    return Text(tuple(pieces), cased=isinstance(value, SigmaCasedString))


def _regex(value: SigmaRegularExpression) -> Regex:
    regex = Regex(str(value.regexp.to_plain_regex()), "".join(sorted(value.sigma_to_re_flag[f] for f in value.flags)))
    problem = regex_problem(regex)
    if problem is not None:
        raise _Unusable(problem)
    return regex


def _compare(value: SigmaCompareExpression, field: Field) -> Compare:
    if field.part is not Part.WHOLE or not pa.types.is_integer(_element_type(field)):
        raise _Unusable(f"column {field.column!r} holds no number to compare with")
    return Compare(_OPERATORS[value.op], value.number.number)


def _network(value: SigmaCIDRExpression, field: Field) -> Network:
    if not pa.types.is_string(_element_type(field)):
        raise _Unusable(f"column {field.column!r} holds no address")
    return Network(str(ipaddress.ip_network(value.cidr)))


def _same_as(value: SigmaFieldReference, field: Field, source: Source) -> SameAs:
    other = source.fields.get(value.field)
    if other is None:
        raise _Unusable(f"no column holds {value.field!r} in this log source")
    if value.starts_with or value.ends_with or any(_is_list(f) for f in (field, other)):
        raise _Unusable(f"{value.field!r} can only be compared as a whole, single value")
    return SameAs(other)


def _keyword_atoms(value: SigmaType, field: Field, source: Source) -> Iterable[Atom]:
    """A keyword is looked for anywhere in the line."""
    if isinstance(value, SigmaExpansion):
        return [atom for inner in value.values for atom in _keyword_atoms(inner, field, source)]
    if not isinstance(value, SigmaString | SigmaNumber | SigmaRegularExpression | SigmaBool):
        raise _Unusable(f"a keyword of kind {type(value).__name__} can't be evaluated")
    atom = _textual(value, field)
    if isinstance(atom, Text):
        return [Text((Wild("*"), *atom.pieces, Wild("*")), atom.cased)]
    return [atom]


def _element_type(field: Field) -> pa.DataType:
    kind = EVENT_SCHEMA.field(field.column).type
    return kind.value_type if pa.types.is_list(kind) else kind


def _is_list(field: Field) -> bool:
    return pa.types.is_list(EVENT_SCHEMA.field(field.column).type)
