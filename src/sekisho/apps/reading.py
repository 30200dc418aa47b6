"""A page that only reads asks the same question once: answers are kept while it is made, and gone with it.

For what nothing changes while a page is made, whoever asks: the carrier's settings, the price lists. Outside of
``reading``, as in every action, nothing is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, TypeVar

_P = ParamSpec("_P")
_T = TypeVar("_T")
_answers: ContextVar[dict[tuple, Any] | None] = ContextVar("answers", default=None)


@contextmanager
def reading() -> Iterator[None]:
    """While a page is made that changes nothing."""
    before = _answers.set({})
    try:
        yield
    finally:
        _answers.reset(before)


def asked_once(question: Callable[_P, _T]) -> Callable[_P, _T]:
    """The question, by its positional arguments, is asked once in each ``reading``; what it raises is not kept."""

    @wraps(question)
    def asked(*what: _P.args, **named: _P.kwargs) -> _T:
        answers = _answers.get()
        if answers is None or named:
            return question(*what, **named)
        key = (question, *what)
        if key not in answers:
            answers[key] = question(*what)
        return answers[key]

    return asked
