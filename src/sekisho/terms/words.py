"""One text in the two languages of the house. Whatever a person reads out of ``terms`` is one of these."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

_WEEKDAYS_JA = "月火水木金土日"
_WEEKDAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


class Words(NamedTuple):
    """``ja`` and ``en`` say the same; either may hold ``{0}``, ``{1}``... for ``with_facts``."""

    ja: str
    en: str

    def in_language(self, language: str) -> str:
        """The text for a language tag such as 'ja', 'en' or 'en-gb'; English where there is no Japanese asked for."""
        return self.ja if language.lower().startswith("ja") else self.en

    def with_facts(self, *facts: object) -> Words:
        """The placeholders filled, dates and instants and yen as each language writes them."""
        return Words(
            self.ja.format(*(_in_japanese(fact) for fact in facts)),
            self.en.format(*(_in_english(fact) for fact in facts)),
        )


class Yen(NamedTuple):
    """An amount as a fact of a text: '30,000円', '30,000 yen'."""

    amount: int


class Step(NamedTuple):
    """One line of how an answer came about. Kept unrendered: most answers are never explained."""

    template: Words
    facts: tuple[object, ...] = ()

    @property
    def words(self) -> Words:
        return self.template.with_facts(*self.facts)


def step(ja: str, en: str, *facts: object) -> Step:
    return Step(Words(ja, en), facts)


def _in_japanese(fact: object) -> str:
    if isinstance(fact, Words):
        return fact.ja
    if isinstance(fact, Yen):
        return f"{fact.amount:,}円"
    if isinstance(fact, dt.datetime):
        return f"{_in_japanese(fact.date())} {fact:%H:%M:%S}"
    if isinstance(fact, dt.date):
        return f"{fact.year}年{fact.month}月{fact.day}日({_WEEKDAYS_JA[fact.weekday()]})"
    return str(fact)


def _in_english(fact: object) -> str:
    if isinstance(fact, Words):
        return fact.en
    if isinstance(fact, Yen):
        return f"{fact.amount:,} yen"
    if isinstance(fact, dt.datetime):
        return f"{_in_english(fact.date())} {fact:%H:%M:%S}"
    if isinstance(fact, dt.date):
        return f"{_WEEKDAYS_EN[fact.weekday()]} {fact.isoformat()}"
    return str(fact)
