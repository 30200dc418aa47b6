"""A question of a page is asked once, of an action every time."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sekisho.apps.reading import asked_once, reading
from sekisho.apps.tariff.queries import settings_book


class Counter:
    def __init__(self) -> None:
        self.asked: list[tuple] = []

    def __call__(self, *what: object) -> int:
        self.asked.append(what)
        return len(self.asked)


def test_in_a_page_the_same_question_is_asked_once_and_another_again() -> None:
    counter = Counter()
    question = asked_once(counter)
    with reading():
        assert [question("a"), question("a"), question("b")] == [1, 1, 2]
    assert counter.asked == [("a",), ("b",)]


def test_the_next_page_asks_anew_and_so_does_everybody_outside_of_one() -> None:
    question = asked_once(Counter())
    with reading():
        question()
    with reading():
        assert question() == 2
    assert [question(), question()] == [3, 4]


def test_a_page_within_a_page_does_not_see_the_others_answers() -> None:
    question = asked_once(Counter())
    with reading():
        question()
        with reading():
            assert question() == 2
        assert question() == 1


def test_what_was_refused_is_asked_again() -> None:
    @asked_once
    def question() -> None:
        raise LookupError

    with reading():
        for _turn in range(2):
            with pytest.raises(LookupError):
                question()


def test_the_carriers_settings_are_read_once_a_page(db: None) -> None:
    with reading(), CaptureQueriesContext(connection) as asked:
        assert settings_book() == settings_book()
    assert len(asked) == 1
