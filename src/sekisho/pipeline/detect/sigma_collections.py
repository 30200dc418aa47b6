"""Sigma's ways to say one thing for many rules: documents with an ``action``, and filters.

``global`` is laid over every rule after it in the file, ``reset`` ends that, ``repeat`` is the last rule
with some parts changed. A filter takes events away from rules that it names, or from all of its log source.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec
from sigma.exceptions import SigmaError
from sigma.filters import SigmaFilter
from sigma.rule import SigmaRule

from sekisho.pipeline.detect.rule import Problem
from sekisho.pipeline.detect.sigma_files import Document


def expanded(documents: Iterable[Document | Problem]) -> Iterator[Document | Problem]:
    """The documents of one file as if each said everything itself."""
    shared: Mapping[str, Any] = {}
    previous: Document | None = None
    for document in documents:
        if isinstance(document, Problem):
            yield document
            continue
        action = document.content.get("action")
        if action in ("global", "reset"):
            shared = _without_action(document) if action == "global" else {}
            previous = msgspec.structs.replace(document, content=shared) if action == "global" else previous
        elif action == "repeat" and previous is not None:
            previous = _laid_over(previous, _without_action(document), document)
            yield previous
        elif action is None or "detection" in document.content:
            previous = _laid_over(document, {} if _is_no_rule(document) else shared, document)
            yield previous
        else:
            yield document.problem("error", f"the action {action!r} has nothing to act on here", "action")


def _is_no_rule(document: Document) -> bool:
    return "correlation" in document.content or "filter" in document.content


def _without_action(document: Document) -> dict[str, Any]:
    return {key: value for key, value in document.content.items() if key != "action"}


def _laid_over(under: Document, over: Mapping[str, Any], place: Document) -> Document:
    """``place`` tells where a fault of the result is to be looked for."""
    content = _merged(under.content, over)
    content.pop("action", None)
    return msgspec.structs.replace(place, content=content)


def _merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(copy.deepcopy(under))
    for key, value in over.items():
        mine = merged.get(key)
        both = isinstance(mine, dict) and isinstance(value, Mapping)
        merged[key] = _merged(mine, value) if both else copy.deepcopy(value)  # type: ignore[arg-type]
    return merged


class Filters:
    """Every filter of the folders, ready to be applied; ``problems`` tells of those that are none."""

    def __init__(self, documents: Iterable[Document]) -> None:
        self.problems: list[Problem] = []
        self._filters: list[tuple[Document, SigmaFilter]] = []
        self._used: set[int] = set()
        for document in documents:
            try:
                self._filters.append((document, SigmaFilter.from_dict(dict(document.content))))
            except (SigmaError, TypeError, AttributeError, ValueError, RecursionError) as error:
                said = " ".join(str(error).split())
                self.problems.append(document.problem("error", said, "filter"))

    def apply(self, rule: SigmaRule) -> None:
        """Take out of the rule, in place, what filters take out of it."""
        for number, (_, each) in enumerate(self._filters):
            before = len(rule.detection.detections)
            each.apply_on_rule(rule)
            if len(rule.detection.detections) > before:
                self._used.add(number)

    def unused(self) -> list[Problem]:
        """A filter that meets no rule takes nothing out, and its owner should know."""
        return [
            document.problem("unfirable", "it fits no rule that is loaded", "filter", "rules")
            for number, (document, _) in enumerate(self._filters)
            if number not in self._used
        ]
