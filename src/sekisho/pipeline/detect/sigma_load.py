"""Folders of Sigma files into rules that can run, and a list of everything that is wrong, with its line.

Never raises for what a file contains: each fault is a ``Problem``, all of them are collected, and the
other rules still load. A folder or file that can't be read raises OSError.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
from sigma import exceptions
from sigma.conditions import ConditionItem
from sigma.exceptions import SigmaError
from sigma.rule import SigmaDetectionItem, SigmaRule

from sekisho.ocsf.finding import Level
from sekisho.pipeline.detect import attack
from sekisho.pipeline.detect.expression import Expression, Field, Or
from sekisho.pipeline.detect.rule import Problem, ProblemKind, Rule, RuleSet
from sekisho.pipeline.detect.sigma_collections import Filters, expanded
from sekisho.pipeline.detect.sigma_compile import Blindness, compile_condition
from sekisho.pipeline.detect.sigma_correlate import Countable, correlated
from sekisho.pipeline.detect.sigma_fields import Logsource, Source, source
from sekisho.pipeline.detect.sigma_files import Document, documents, files

SUCCESS_TAG = "sekisho.success"
"""A rule with this tag matches only what is left behind by an attack that worked."""

_SECTION: Mapping[type[SigmaError], str] = {
    exceptions.SigmaLogsourceError: "logsource",
    exceptions.SigmaConditionError: "condition",
    exceptions.SigmaIdentifierError: "id",
    exceptions.SigmaTagError: "tags",
    **{
        getattr(exceptions, f"Sigma{key.title()}Error"): key
        for key in ("title", "status", "level", "date", "modified", "author", "references", "related", "license")
    },
}
_LEVELS: dict[str, Level] = {
    "INFORMATIONAL": "informational",
    "LOW": "low",
    "MEDIUM": "medium",
    "HIGH": "high",
    "CRITICAL": "critical",
}
_RETIRED = frozenset({"DEPRECATED", "UNSUPPORTED"})


class _Loading(msgspec.Struct):
    """What is known while folders are read. ``countable`` finds rules by id and by name, ``dead`` those that can't."""

    rules: dict[str, Rule] = {}
    problems: list[Problem] = []
    countable: dict[str, Countable] = {}
    dead: dict[str, str] = {}


def load(*places: Path) -> RuleSet:
    """All rules and correlations in these files and folders (at any depth)."""
    loading = _Loading()
    everything = [item for path in files(places) for item in expanded(documents(path))]
    loading.problems += [item for item in everything if isinstance(item, Problem)]
    items = [item for item in everything if isinstance(item, Document)]
    filters = Filters(item for item in items if "filter" in item.content)
    loading.problems += filters.problems
    for item in items:
        if not {"filter", "correlation"} & item.content.keys():
            _take(item, filters, loading)
    found = correlated([item for item in items if "correlation" in item.content], loading.countable, loading.dead)
    rules = (
        msgspec.structs.replace(rule, reported=key not in found.silent) for key, rule in sorted(loading.rules.items())
    )
    correlations = tuple(
        msgspec.structs.replace(each, reported=each.id not in found.silent) for each in found.correlations
    )
    problems = (*loading.problems, *found.problems, *filters.unused())
    return RuleSet(tuple(rules), problems, correlations)


def _take(document: Document, filters: Filters, loading: _Loading) -> None:
    """One rule's document: as a rule, or as what is wrong with it."""
    compiled = _rule(document, filters)
    loading.problems += compiled.problems
    names = [str(document.content[key]) for key in ("id", "name") if document.content.get(key)]
    if compiled.rule is None:
        loading.dead.update(dict.fromkeys(names, document.rule_id))
        return
    if compiled.rule.id in loading.rules:
        loading.problems.append(_repeated(compiled.rule, document, loading.rules[compiled.rule.id]))
        return
    loading.rules[compiled.rule.id] = compiled.rule
    loading.countable.update(dict.fromkeys(names, Countable(compiled.rule, compiled.fields)))


class _Compiled(msgspec.Struct, frozen=True):
    """A rule that can run, or none, and what its author should know. ``fields`` is its log source's table."""

    rule: Rule | None = None
    problems: tuple[Problem, ...] = ()
    fields: Mapping[str, Field] = {}


def _rule(document: Document, filters: Filters) -> _Compiled:
    try:
        parsed = SigmaRule.from_dict(dict(document.content), collect_errors=True)
    except (SigmaError, TypeError, AttributeError, ValueError, RecursionError) as error:
        return _Compiled(problems=(document.problem("error", _said(error), "detection"),))
    if parsed.errors:
        return _Compiled(problems=tuple(_sigma_problems(document, parsed.errors)))
    if parsed.id is None:
        return _Compiled(problems=(document.problem("error", "a rule needs an id (a UUID)", "title"),))
    filters.apply(parsed)
    return _compiled(document, parsed)


def _compiled(document: Document, parsed: SigmaRule) -> _Compiled:
    logsource = Logsource(parsed.logsource.category, parsed.logsource.product, parsed.logsource.service)
    if parsed.status is not None and parsed.status.name in _RETIRED:
        retired = document.problem("unfirable", f"its status is {parsed.status.name.lower()}", "status")
        return _Compiled(problems=(retired,))
    rows = source(logsource)
    if rows is None:
        # The condition is still read, so that a broken one is not hidden behind a missing source.
        broken = _conditions(document, parsed, None)
        silent = document.problem("unfirable", f"no log of ours is the source: {logsource}", "logsource")
        return _Compiled(problems=(*broken[1], silent))
    expression, problems = _conditions(document, parsed, rows)
    if expression is None:
        return _Compiled(problems=problems)
    return _Compiled(_made(document, parsed, rows, expression), problems, rows.fields)


def _conditions(
    document: Document, parsed: SigmaRule, rows: Source | None
) -> tuple[Expression | None, tuple[Problem, ...]]:
    """Several conditions are alternatives. With ``rows`` None they are only read."""
    expressions: list[Expression] = []
    blind: list[Blindness] = []
    errors: list[Problem] = []
    for condition in parsed.detection.parsed_condition:
        tree = _tree(document, condition)
        if isinstance(tree, Problem):
            errors.append(tree)
        elif rows is not None:
            compiled = compile_condition(tree, rows)
            blind += compiled.blind
            expressions += [compiled.expression] if compiled.expression is not None else []
    if errors or not expressions:
        return None, (*errors, *_blind_problems(document, blind, "unfirable"))
    expression = expressions[0] if len(expressions) == 1 else Or(tuple(expressions))
    return expression, _blind_problems(document, blind, "partial")


def _tree(document: Document, condition: Any) -> ConditionItem | Problem:
    try:
        tree = condition.parsed
    except (SigmaError, RecursionError, AttributeError, TypeError) as error:
        return document.problem("error", f"the condition {condition.condition!r}: {_said(error)}", "condition")
    if tree is None:
        return document.problem("error", f"the condition {condition.condition!r} tests nothing", "condition")
    return tree


def _made(document: Document, parsed: SigmaRule, rows: Source, expression: Expression) -> Rule:
    tags = [str(tag) for tag in parsed.tags]
    tactic, technique = attack.of_tags(tags)
    return Rule(
        id=str(parsed.id),
        title=parsed.title,
        level=_LEVELS[parsed.level.name] if parsed.level is not None else "medium",
        family=f"sigma:{technique or tactic or parsed.logsource.category or parsed.logsource.service or 'other'}",
        tactic=tactic,
        technique=technique,
        success=SUCCESS_TAG in tags,
        path=document.path,
        route=rows.route,
        expression=expression,
    )


def _blind_problems(document: Document, blind: Iterable[Blindness], kind: ProblemKind) -> tuple[Problem, ...]:
    unique = dict.fromkeys((b.about, b.reason) for b in blind)
    return tuple(document.problem(kind, reason, about, "detection") for about, reason in unique)


def _sigma_problems(document: Document, errors: Iterable[SigmaError]) -> Iterator[Problem]:
    for error in errors:
        # pySigma stops at the first bad item of a detection and does not say where it was.
        items = list(_bad_items(document)) if _section(error) == "detection" else []
        yield from items or [document.problem("error", _said(error), _section(error), "detection")]


def _section(error: SigmaError) -> str:
    """The key that pySigma complains about."""
    return next((key for kind, key in _SECTION.items() if isinstance(error, kind)), "detection")


def _bad_items(document: Document) -> Iterator[Problem]:
    for key, value in _items(document.content.get("detection")):
        try:
            SigmaDetectionItem.from_mapping(key, value)
        except SigmaError as error:
            yield document.problem("error", _said(error), key, "detection")


def _items(detection: object) -> Iterator[tuple[str, Any]]:
    """Every ``field|modifier: value`` in the selections; each shared part of the document once."""
    seen: set[int] = set()
    waiting = list(detection.values()) if isinstance(detection, dict) else []
    while waiting:
        current = waiting.pop(0)
        if id(current) in seen:
            continue
        seen.add(id(current))
        if isinstance(current, dict):
            yield from ((str(key), value) for key, value in current.items() if not _is_nested(value))
        elif isinstance(current, list):
            waiting += current


def _is_nested(value: object) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and any(isinstance(v, dict | list) for v in value))


def _repeated(rule: Rule, item: Any, first: Rule) -> Problem:
    return item.problem("error", f"the id {rule.id} is already used by {first.path}", "id")


def _said(error: Exception) -> str:
    return " ".join(str(error).split())
