"""Sigma correlation documents into correlations, once the rules that they name are known.

Never raises for what a document contains: each fault is a ``Problem`` with its line. A rule that is
counted by a correlation makes no findings of its own unless some correlation says ``generate``.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence

import msgspec
from sigma.correlations import (
    CorrelationConditionAND,
    CorrelationConditionOR,
    SigmaCorrelationCondition,
    SigmaCorrelationRule,
    SigmaExtendedCorrelationCondition,
    SigmaRuleReference,
)
from sigma.exceptions import SigmaError

from sekisho.pipeline.detect import attack
from sekisho.pipeline.detect.correlation import (
    COUNT_MAX,
    TIMESPAN_SECONDS_MAX,
    VALUES_MAX,
    Correlation,
    Kind,
    Member,
    Term,
)
from sekisho.pipeline.detect.expression import Field
from sekisho.pipeline.detect.rule import Problem, Rule
from sekisho.pipeline.detect.sigma_files import Document

_TEMPORAL = ("temporal", "temporal_ordered")
_NEEDS_THE_END = ("event_count", "value_count", *_TEMPORAL)
_BELOW = ("lt", "lte", "neq")
KINDS = {
    "event_count", "value_count", "value_sum", "value_avg", "value_median", "value_percentile", *_TEMPORAL
}  # fmt: skip


class Countable(msgspec.Struct, frozen=True):
    """A rule that a correlation may name: its id, and what its log source's field names mean."""

    rule: Rule
    fields: Mapping[str, Field]


class Unfit(Exception):
    """The document is read, but can't be a correlation of ours. ``kind`` and ``key`` are the problem's."""

    def __init__(self, message: str, key: str, kind: str = "unfirable") -> None:
        super().__init__(message)
        self.key = key
        self.kind = kind


class Correlated(msgspec.Struct, frozen=True):
    """``silent`` are ids of rules that only count."""

    correlations: tuple[Correlation, ...]
    problems: tuple[Problem, ...]
    silent: frozenset[str]


def correlated(documents: Sequence[Document], known: Mapping[str, Countable], dead: Mapping[str, str]) -> Correlated:
    """All correlations among the documents.

    ``known`` finds a rule by id and by name; ``dead`` tells of names that exist but can't fire, with their ids.
    A correlation may name correlations: each waits until those are made.
    """
    made: dict[str, Correlation] = {}
    names: dict[str, Correlation] = {}
    problems: list[Problem] = []
    wanted: dict[str, bool] = {}
    waiting = list(documents)
    pending = {name for document in waiting for name in _names(document)}
    while waiting:
        later = []
        for document in waiting:
            if any(ref in pending and ref not in names for ref in _references(document)):
                later.append(document)
                continue
            pending -= set(_names(document))
            try:
                rule, generate = _one(document, known, names, dead)
            except Unfit as unfit:
                problems.append(document.problem(unfit.kind, str(unfit), unfit.key, "correlation"))  # type: ignore[arg-type]
                continue
            if rule.id in made or any(rule.id == each.rule.id for each in known.values()):
                problems.append(document.problem("error", f"the id {rule.id} is used twice", "id"))
                continue
            made[rule.id] = rule
            names.update(dict.fromkeys(_names(document), rule))
            for ref in rule.rules:
                wanted[ref] = wanted.get(ref, False) or generate
        if len(later) == len(waiting):
            problems += [d.problem("error", "correlations name each other in a circle", "rules") for d in later]
            break
        waiting = later
    silent = frozenset(ref for ref, generate in wanted.items() if not generate)
    return Correlated(tuple(made[key] for key in sorted(made)), tuple(problems), silent)


def _names(document: Document) -> list[str]:
    return [str(document.content[key]) for key in ("id", "name") if document.content.get(key)]


def _references(document: Document) -> list[str]:
    section = document.content.get("correlation")
    rules = section.get("rules") if isinstance(section, dict) else None
    return [str(ref) for ref in (rules if isinstance(rules, list) else [rules])]


def _one(
    document: Document, known: Mapping[str, Countable], names: Mapping[str, Correlation], dead: Mapping[str, str]
) -> tuple[Correlation, bool]:
    parsed = _parsed(document)
    references = [ref.reference for ref in parsed.rules or parsed.referenced_rules]
    term = None
    if isinstance(parsed.condition, SigmaExtendedCorrelationCondition):
        references = parsed.condition.get_referenced_rules()
        term = _term(parsed.condition.parsed, lambda ref: _id_of(ref, known, names))
    kind = _kind(parsed)
    values = _value_names(parsed)
    group_by = tuple(parsed.group_by or ())
    members = tuple(
        member for ref in references for member in _member(ref, parsed, group_by, values, kind, known, names, dead)
    )
    rules = tuple(dict.fromkeys(member.rule for member in members))
    if not rules:
        raise Unfit("none of its rules can fire", "rules")
    comparison, number = _condition(document, parsed, kind, rules)
    tactic, technique = attack.of_tags([str(tag) for tag in parsed.tags])
    return Correlation(
        id=str(parsed.id),
        title=parsed.title,
        level=parsed.level.name.lower() if parsed.level is not None else "medium",  # type: ignore[arg-type]
        family=f"sigma:{technique or tactic or 'correlation'}",
        tactic=tactic,
        technique=technique,
        path=document.path,
        kind=kind,
        rules=rules,
        group_by=group_by,
        timespan_seconds=_timespan(parsed),
        comparison=comparison,  # type: ignore[arg-type]
        number=number,
        percentile=float(getattr(parsed.condition, "percentile", None) or 50),
        term=term,
        members=members,
    ), parsed.generate


def _parsed(document: Document) -> SigmaCorrelationRule:
    try:
        parsed = SigmaCorrelationRule.from_dict(dict(document.content))
    except (SigmaError, TypeError, AttributeError, ValueError, RecursionError) as error:
        raise Unfit(" ".join(str(error).split()), _key_of(error), "error") from error
    if parsed.id is None:
        raise Unfit("a correlation needs an id (a UUID)", "title", "error")
    return parsed


def _key_of(error: Exception) -> str:
    said = str(error).lower()
    return next(
        (key for key in ("timespan", "condition", "group-by", "aliases", "type", "rules") if key in said), "correlation"
    )


def _kind(parsed: SigmaCorrelationRule) -> Kind:
    name = parsed.type.name.lower()
    if name not in KINDS:
        raise Unfit(f"the correlation type {name} is not known here", "type")
    return name  # type: ignore[return-value]


def _timespan(parsed: SigmaCorrelationRule) -> int:
    if parsed.timespan.seconds > TIMESPAN_SECONDS_MAX:
        raise Unfit(f"windows hold at most {TIMESPAN_SECONDS_MAX // 86_400} days", "timespan")
    return parsed.timespan.seconds


def _value_names(parsed: SigmaCorrelationRule) -> tuple[str, ...]:
    named = getattr(parsed.condition, "fieldref", None)
    return () if named is None else (named,) if isinstance(named, str) else tuple(named)


def _condition(
    document: Document, parsed: SigmaCorrelationRule, kind: Kind, rules: tuple[str, ...]
) -> tuple[str, float]:
    condition = parsed.condition
    section = document.content["correlation"]
    if not isinstance(condition, SigmaCorrelationCondition) or "condition" not in section:
        return "gte", float(len(rules))
    comparison, number = condition.op.name.lower(), float(condition.count)
    if kind in _NEEDS_THE_END and comparison in _BELOW:
        raise Unfit(
            f"whether a count stays {comparison} {number:g} is not known before its window has ended", "condition"
        )
    limit = COUNT_MAX if kind == "event_count" else VALUES_MAX
    if kind in ("event_count", "value_count") and number > limit:
        raise Unfit(f"a window holds at most {limit} of these", "condition")
    return comparison, number


def _id_of(reference: str, known: Mapping[str, Countable], names: Mapping[str, Correlation]) -> str:
    if reference in known:
        return known[reference].rule.id
    return names[reference].id if reference in names else reference


def _term(node: object, of: object) -> Term:
    if isinstance(node, SigmaRuleReference):
        return Term(True, (of(node.reference),))  # type: ignore[operator]
    if isinstance(node, CorrelationConditionAND | CorrelationConditionOR):
        parts = (_term(part, of) for part in node.args)
        return Term(
            isinstance(node, CorrelationConditionAND),
            tuple(part.parts[0] if len(part.parts) == 1 else part for part in parts),
        )
    raise Unfit("that a rule is not seen is not known before its window has ended: 'not' can't be used", "condition")


def _member(
    reference: str,
    parsed: SigmaCorrelationRule,
    group_by: tuple[str, ...],
    values: tuple[str, ...],
    kind: Kind,
    known: Mapping[str, Countable],
    names: Mapping[str, Correlation],
    dead: Mapping[str, str],
) -> Iterator[Member]:
    """The rule's part; none for one that can't fire, unless all of them are needed."""
    if reference in known:
        countable = known[reference]
        key = tuple(_field(countable, _named(parsed, name, reference), "group-by") for name in group_by)
        value = tuple(_field(countable, _named(parsed, name, reference), "condition") for name in values)
        yield Member(countable.rule.id, key, value)
    elif reference in names:
        yield _inherited(names[reference], reference, parsed, group_by, values)
    elif reference not in dead:
        raise Unfit(f"there is no rule {reference!r}", "rules", "error")
    elif kind in _TEMPORAL:
        raise Unfit(f"its rule {reference!r} can't fire", "rules")


def _inherited(
    rule: Correlation, reference: str, parsed: SigmaCorrelationRule, group_by: tuple[str, ...], values: tuple[str, ...]
) -> Member:
    if values:
        raise Unfit(f"{reference!r} is a correlation, whose findings have no field to count", "condition")
    places = []
    for name in group_by:
        own = _named(parsed, name, reference)
        if own not in rule.group_by:
            raise Unfit(f"the correlation {reference!r} is not grouped by {own!r}", "group-by")
        places.append(rule.group_by.index(own))
    return Member(rule.id, inherited=tuple(places))


def _named(parsed: SigmaCorrelationRule, name: str, reference: str) -> str:
    """What a field is called in one of the rules."""
    with contextlib.suppress(KeyError):
        mapping = parsed.aliases.aliases[name].mapping
        return next((field for ref, field in mapping.items() if ref.reference == reference), name)
    return name


def _field(countable: Countable, name: str, key: str) -> Field:
    field = countable.fields.get(name)
    if field is None:
        raise Unfit(f"no column of ours is the field {name!r} of the rule {countable.rule.title!r}", key)
    return field
