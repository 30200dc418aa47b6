"""The mails' words: whole, in two languages, and proof against what an attacker writes into them."""

from __future__ import annotations

import datetime as dt
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.apps.incidents.letters import IncidentFacts, body, subject
from sekisho.apps.notices.text import defanged, one_line
from sekisho.terms.words import Words

DETERMINED = dt.datetime(2026, 5, 4, 2, 13, 20, tzinfo=dt.UTC)


def facts(**changes: object) -> IncidentFacts:
    return IncidentFacts(
        **{
            "number": "IN20260504-0001",
            "level": "high",
            "title": Words("Webサーバーへの攻撃", "Attack on a web server"),
            "contract": "SK100001",
            "contractor": "株式会社青葉製作所",
            "device": "UTM100001",
            "detected_at": DETERMINED - dt.timedelta(minutes=2),
            "determined_at": DETERMINED,
            "internal": "192.168.10.20",
            "external": "203.0.113.66",
            "rule_title": "ET WEB_SERVER exploit",
            "outcome": "allowed",
            "count": 3,
            "recommendations": (Words("遮断します。", "Block it."),),
            "portal_url": "https://portal.example/incidents/IN20260504-0001",
            **changes,
        }
    )


def test_the_japanese_mail_says_what_when_how_grave_and_what_to_do() -> None:
    assert subject(facts(), "ja") == ("【High】セキュリティインシデントのお知らせ Webサーバーへの攻撃(IN20260504-0001)")
    text = body(facts(), "ja")
    for part in (
        "株式会社青葉製作所 ご担当者さま",
        "2026年05月04日(月) 11:13:20(日本時間)",
        "遮断されていません",
        "203[.]0[.]113[.]66",
        "1. 遮断します。",
        "https://portal.example/incidents/IN20260504-0001",
    ):
        assert part in text


def test_the_english_mail_says_the_same() -> None:
    assert subject(facts(level="medium"), "en") == (
        "[Medium] Security incident: Attack on a web server (IN20260504-0001)"
    )
    text = body(facts(), "en")
    for part in ("Mon 2026-05-04 11:13:20 (Japan time)", "let through (not blocked)", "1. Block it."):
        assert part in text


def test_the_two_languages_have_the_same_sections() -> None:
    assert body(facts(), "ja").count("■") == body(facts(), "en").count("\n* ")


@given(st.text())
def test_a_line_is_one_line_of_visible_characters(hostile: str) -> None:
    line = one_line(hostile)
    assert line.splitlines() in ([], [line])
    assert not any(unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for c in line)
    assert len(line) <= 300
    assert one_line(line) == line


@given(st.text())
def test_no_address_in_a_mail_becomes_a_link(hostile: str) -> None:
    text = defanged(f"http://evil.example/{hostile}")
    assert "http://" not in text and "evil.example" not in text


@pytest.mark.parametrize("language", ["ja", "en"])
@given(hostile=st.text(min_size=1))
def test_hostile_text_adds_no_line_to_a_mail(language: str, hostile: str) -> None:
    plain = body(facts(), language).splitlines()
    attacked = body(facts(rule_title=hostile, internal=hostile, external=hostile, device=hostile), language)
    assert len(attacked.splitlines()) == len(plain)
