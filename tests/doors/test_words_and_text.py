"""The pure rules behind the pages: inert text, times, taken-apart log lines, complete catalogues."""

from __future__ import annotations

import datetime as dt
import html
import json
import re
import unicodedata

import pytest
from babel.messages.pofile import read_po
from django.template import engines
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from sekisho.web import evidence, hostile, tokyo
from sekisho.web.templatetags.instants import clock_state
from sekisho.web.translations import LOCALE, compile_catalogues, messages

START = dt.datetime(2026, 5, 3, 17, 13, 20, tzinfo=dt.UTC)
"""Monday 4 May 2026, 02:13:20 in Tokyo: the register's own example."""
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture(scope="module", autouse=True)
def catalogues() -> None:
    compile_catalogues()


@given(st.text())
def test_nothing_that_acts_or_hides_survives(text: str) -> None:
    for shown in (hostile.plain(text), re.sub(r"<[^>]*>", "", hostile.marked(text))):
        acting = {c for c in shown if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") and c not in "\n\t"}
        assert acting == set()


@given(st.text(alphabet="<>&\"' abc/="))
def test_markup_in_a_log_is_shown_as_it_was_written(text: str) -> None:
    assert html.unescape(str(hostile.marked(text))) == text


def test_a_reversed_file_name_shows_the_character_that_reverses_it() -> None:
    assert hostile.plain("\u202egnp.exe") == "U+202Egnp.exe"
    assert hostile.marked("a\x1b[31m") == 'a<span class="hidden-char">U+001B</span>[31m'


def test_long_text_is_cut_visibly() -> None:
    assert hostile.plain("a" * (hostile.SHOWN_CHARACTERS_MAX + 1)).endswith("a…")


@given(
    st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists)
    | st.dictionaries(st.text(), st.text())
)
def test_any_json_line_is_taken_apart_or_left_whole(value: object) -> None:
    found = evidence.fields(json.dumps(value))
    assert len(found) == (min(len(value), evidence.FIELDS_SHOWN_MAX) if isinstance(value, dict) else 0)


@given(st.text())
def test_a_line_that_is_no_json_is_left_whole(line: str) -> None:
    assert isinstance(evidence.fields(line), list)


def test_nested_fields_carry_their_path() -> None:
    line = '{"alert": {"signature": "x"}, "answers": [{"rrname": "a"}], "tags": ["b"], "vlan": null}'
    assert evidence.fields(line) == [
        ("alert.signature", "x"),
        ("answers[0].rrname", "a"),
        ("tags", '["b"]'),
        ("vlan", "null"),
    ]


def test_a_bomb_of_brackets_is_not_parsed() -> None:
    assert evidence.fields("[" * 100_000) == []
    assert evidence.fields('{"a":' * 5_000) == []


def test_an_instant_is_written_in_tokyo_with_its_weekday() -> None:
    with translation.override("ja"):
        assert tokyo.written(START, seconds=True) == "2026-05-04(月) 02:13:20"
    with translation.override("en"):
        assert tokyo.written(START) == "Mon 4 May 2026, 02:13"


@pytest.mark.parametrize(
    ("ago", "japanese", "english"),
    [
        (dt.timedelta(seconds=20), "たった今", "just now"),
        (MINUTE, "1分前", "1 minute ago"),
        (90 * MINUTE, "1時間前", "1 hour ago"),
        (dt.timedelta(days=3), "3日前", "3 days ago"),
        (-5 * MINUTE, "5分後", "in 5 minutes"),
    ],
)
def test_how_long_ago_is_said_in_words(ago: dt.timedelta, japanese: str, english: str) -> None:
    with translation.override("ja"):
        assert tokyo.relative(START - ago, START) == japanese
    with translation.override("en"):
        assert tokyo.relative(START - ago, START) == english


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="naive"):
        tokyo.written(dt.datetime(2026, 5, 4, 2, 13))  # noqa: DTZ001


@pytest.mark.article("6-1(3)")
def test_a_clock_turns_once_at_its_warning_and_the_limit_itself_is_in_time() -> None:
    due = START + 15 * MINUTE
    second = dt.timedelta(seconds=1)
    assert clock_state(START, due, None, START + 9 * MINUTE - second) == "running"
    assert clock_state(START, due, None, START + 9 * MINUTE) == "warning"
    assert clock_state(START, due, None, due) == "warning"
    assert clock_state(START, due, None, due + second) == "breached"
    assert clock_state(START, due, due, due + MINUTE) == "met"
    assert clock_state(START, due, due + second, due + MINUTE) == "breached"


@pytest.mark.parametrize(("hour", "night"), [(5, True), (6, False), (17, False), (18, True), (0, True)])
def test_the_console_is_dark_from_six_to_six_in_tokyo(hour: int, night: bool) -> None:
    assert tokyo.is_night(dt.datetime(2026, 5, 4, hour, tzinfo=tokyo.TOKYO)) is night


def test_every_word_of_a_page_has_its_japanese() -> None:
    with (LOCALE / "ja" / "LC_MESSAGES" / "django.po").open("rb") as stream:
        catalogue = read_po(stream, locale="ja")
    missing = [message.id for message in messages() if message.id and not _translated(catalogue, message)]
    assert missing == []


def test_no_japanese_is_left_over_from_pages_that_are_gone() -> None:
    said = {(_first(message.id), message.context) for message in messages()}
    with (LOCALE / "ja" / "LC_MESSAGES" / "django.po").open("rb") as stream:
        kept = {(_first(message.id), message.context) for message in read_po(stream, locale="ja") if message.id}
    assert kept - said == set()


def test_the_catalogue_is_what_a_page_speaks() -> None:
    page = engines["django"].from_string("{% load i18n %}{% trans 'Waiting for a decision' %}")
    with translation.override("ja"):
        assert page.render() == "判断待ち"
    with translation.override("en"):
        assert page.render() == "Waiting for a decision"


def _first(message_id: str | tuple[str, ...]) -> str:
    return message_id[0] if isinstance(message_id, tuple) else message_id


def _translated(catalogue, message) -> bool:
    found = catalogue.get(_first(message.id), message.context)
    return found is not None and bool(_first(found.string))
