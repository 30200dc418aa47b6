"""How an action says no.

``Refused`` is raised, so that the transaction around the action is undone with it. The caller shows
``words`` in the reader's language and branches on ``code``; ``article`` names the terms where they decide.
"""

from __future__ import annotations

from typing import NoReturn

from sekisho.terms.values import Refusal
from sekisho.terms.words import Words


class Refused(Exception):
    """An act that the rules don't allow."""

    def __init__(self, code: str, ja: str, en: str, article: str = "") -> None:
        super().__init__(f"{code}: {en}")
        self.code = code
        self.words = Words(ja, en)
        self.article = article

    def said(self, language: str) -> str:
        """For a page: the words, the article where the terms decide, and the code, which our desk can look up."""
        return said(self, language)


def said(answer: Refused | Refusal, language: str) -> str:
    """How every page says no: of an action that was refused, or of a rule that would refuse it."""
    form = _BY_THE_TERMS if answer.article else _BY_THE_HOUSE
    return form.with_facts(answer.words, answer.article, answer.code).in_language(language)


def refuse(refusal: Refusal) -> NoReturn:
    """Raise what a rule of the terms answered."""
    raise Refused(refusal.code, refusal.words.ja, refusal.words.en, refusal.article)


_BY_THE_TERMS = Words("{0} (条項 {1}, {2})", "{0} (Article {1}, {2})")
_BY_THE_HOUSE = Words("{0} ({2})", "{0} ({2})")
