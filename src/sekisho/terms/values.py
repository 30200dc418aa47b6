"""What a rule answers: a value that carries how it came about, or a refusal that says why.

``Value | Refusal`` is returned, never raised: a refusal is an answer. ``BadParameter`` is raised, because a
question that makes no sense has no answer; its text is one sentence that names the parameter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeAlias, TypeVar

from sekisho.terms.words import Step, Words

T = TypeVar("T")


class BadParameter(ValueError):
    """The question cannot be asked like this. ``parameter`` is its name, ``why`` the reason, in English."""

    def __init__(self, parameter: str, why: str) -> None:
        super().__init__(f"{parameter} {why}")
        self.parameter = parameter
        self.why = why


class Switched(NamedTuple):
    """One switch that had a say in an answer, and how it stood."""

    name: str
    setting: object


@dataclass(frozen=True, slots=True)
class Value(Generic[T]):
    """An answer: the value, the article that gives it, the version of the terms, and the way to it."""

    value: T
    article: str
    terms_version: str
    steps: tuple[Step, ...] = ()
    switches: tuple[Switched, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """The terms say no. ``code`` is stable (stored, sent over the API); ``words`` are for people."""

    code: str
    article: str
    words: Words
    terms_version: str = ""


Answer: TypeAlias = Value[T] | Refusal
