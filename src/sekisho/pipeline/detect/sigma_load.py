"""Folders of Sigma files into rules that can run, and a list of everything that is wrong, with its line.

Never raises for what a file contains: each fault is a ``Problem``, all of them are collected, and the
other rules still load. A folder or file that can't be read raises OSError.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import yaml
from sigma.conditions import ConditionItem
from sigma.exceptions import SigmaConditionError, SigmaDetectionError, SigmaError, SigmaLogsourceError
from sigma.rule import SigmaRule

from sekisho.ocsf.finding import Level
from sekisho.pipeline.detect import attack
from sekisho.pipeline.detect.expression import Expression, Or
from sekisho.pipeline.detect.rule import Problem, ProblemKind, Rule, RuleSet
from sekisho.pipeline.detect.sigma_compile import Blindness, compile_condition
from sekisho.pipeline.detect.sigma_fields import Logsource, Source, source

RULE_FILE_BYTES_MAX = 1_000_000
RULE_SUFFIXES = (".yml", ".yaml")
SUCCESS_TAG = "sekisho.success"
"""A rule with this tag matches only what is left behind by an attack that worked."""

_SECTION = {SigmaLogsourceError: "logsource", SigmaConditionError: "condition", SigmaDetectionError: "detection"}
_LEVELS: dict[str, Level] = {
    "INFORMATIONAL": "informational",
    "LOW": "low",
    "MEDIUM": "medium",
    "HIGH": "high",
    "CRITICAL": "critical",
}
_RETIRED = frozenset({"DEPRECATED", "UNSUPPORTED"})


class _Document(msgspec.Struct, frozen=True):
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


def load(*places: Path) -> RuleSet:
    """All rules in these files and folders (at any depth)."""
    rules: dict[str, Rule] = {}
    problems: list[Problem] = []
    for path in _files(places):
        for item in _read(path):
            found = item if isinstance(item, Problem) else _rule(item)
            if not isinstance(found, RuleSet):
                problems.append(found)
                continue
            problems += found.problems
            for rule in found.rules:
                if rule.id in rules:
                    problems.append(_repeated(rule, item, rules[rule.id]))
                else:
                    rules[rule.id] = rule
    return RuleSet(tuple(rules[key] for key in sorted(rules)), tuple(problems))


def _files(places: Iterable[Path]) -> Iterator[Path]:
    for place in places:
        if place.is_dir():
            yield from sorted(path for path in place.rglob("*") if path.suffix in RULE_SUFFIXES and path.is_file())
        else:
            yield place


def _read(path: Path) -> Iterator[_Document | Problem]:
    if path.stat().st_size > RULE_FILE_BYTES_MAX:
        yield Problem("error", path.name, path, 1, f"the file is larger than {RULE_FILE_BYTES_MAX} bytes")
        return
    try:
        text = path.read_bytes().decode("utf-8")
        yield from _documents(path, text)
    except UnicodeDecodeError as error:
        yield Problem("error", path.name, path, 1, f"the file is not UTF-8: {error.reason} at byte {error.start}")
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        yield Problem("error", path.name, path, mark.line + 1 if mark else 1, f"no YAML: {error.problem}")
    except (yaml.YAMLError, RecursionError, ValueError, TypeError) as error:
        yield Problem("error", path.name, path, 1, f"no YAML: {' '.join(str(error).split())}")


def _documents(path: Path, text: str) -> Iterator[_Document | Problem]:
    loader = yaml.CSafeLoader(text)
    try:
        while loader.check_node():
            node = loader.get_node()
            line = node.start_mark.line + 1
            content = loader.construct_document(node)
            if not isinstance(content, dict):
                if content is not None:
                    yield Problem("error", path.name, path, line, "a rule is a mapping of keys to values")
                continue
            document = _Document(path, line, _key_lines(node), content)
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
            lines.setdefault(str(key.value).split("|")[0], key.start_mark.line + 1)
    return lines


def _repeated_key(node: yaml.Node) -> yaml.Node | None:
    for mapping in _mappings(node):
        keys: set[str] = set()
        for key, _ in mapping.value:
            if str(key.value) in keys:
                return key
            keys.add(str(key.value))
    return None


def _rule(document: _Document) -> RuleSet | Problem:
    for key, what in (("correlation", "correlations"), ("filter", "filters"), ("action", "rule collections")):
        if key in document.content and (key != "action" or "detection" not in document.content):
            return document.problem("unfirable", f"{what} are not evaluated yet", key)
    try:
        parsed = SigmaRule.from_dict(dict(document.content), collect_errors=True)
    except (SigmaError, TypeError, AttributeError, ValueError, RecursionError) as error:
        return document.problem("error", _said(error), "detection")
    if parsed.errors:
        return RuleSet(problems=tuple(_sigma_problem(document, error) for error in parsed.errors))
    if parsed.id is None:
        return document.problem("error", "a rule needs an id (a UUID)", "title")
    return _compiled(document, parsed)


def _compiled(document: _Document, parsed: SigmaRule) -> RuleSet | Problem:
    logsource = Logsource(parsed.logsource.category, parsed.logsource.product, parsed.logsource.service)
    if parsed.status is not None and parsed.status.name in _RETIRED:
        return document.problem("unfirable", f"its status is {parsed.status.name.lower()}", "status")
    rows = source(logsource)
    if rows is None:
        # The condition is still read, so that a broken one is not hidden behind a missing source.
        broken = _conditions(document, parsed, None)
        silent = document.problem("unfirable", f"no log of ours is the source: {logsource}", "logsource")
        return RuleSet(problems=(*broken[1], silent))
    expression, problems = _conditions(document, parsed, rows)
    if expression is None:
        return RuleSet(problems=problems)
    return RuleSet((_made(document, parsed, rows, expression),), problems)


def _conditions(
    document: _Document, parsed: SigmaRule, rows: Source | None
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


def _tree(document: _Document, condition: Any) -> ConditionItem | Problem:
    try:
        tree = condition.parsed
    except (SigmaError, RecursionError, AttributeError, TypeError) as error:
        return document.problem("error", f"the condition {condition.condition!r}: {_said(error)}", "condition")
    if tree is None:
        return document.problem("error", f"the condition {condition.condition!r} tests nothing", "condition")
    return tree


def _made(document: _Document, parsed: SigmaRule, rows: Source, expression: Expression) -> Rule:
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


def _blind_problems(document: _Document, blind: Iterable[Blindness], kind: ProblemKind) -> tuple[Problem, ...]:
    unique = dict.fromkeys((b.about, b.reason) for b in blind)
    return tuple(document.problem(kind, reason, about, "detection") for about, reason in unique)


def _sigma_problem(document: _Document, error: SigmaError) -> Problem:
    key = next((key for kind, key in _SECTION.items() if isinstance(error, kind)), "detection")
    named = next((name for name in ("id", "status", "level", "date", "modified", "tags") if _names(error, name)), key)
    return document.problem("error", _said(error), named, key)


def _names(error: SigmaError, key: str) -> bool:
    return type(error).__name__.lower() in (f"sigma{key}error", f"sigma{key.rstrip('s')}error", f"sigmarule{key}error")


def _repeated(rule: Rule, item: Any, first: Rule) -> Problem:
    return item.problem("error", f"the id {rule.id} is already used by {first.path}", "id")


def _said(error: Exception) -> str:
    return " ".join(str(error).split())
