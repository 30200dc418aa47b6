"""What a value must contain to pass: never too much asked, with Hyperscan and without it."""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.pipeline.detect import literals, text
from sekisho.pipeline.detect.expression import Literally, Regex, Text, Wild
from sekisho.pipeline.detect.literals import Literal, Literals, of_regex, of_text


@pytest.fixture(params=["hyperscan", "RE2"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "RE2":
        monkeypatch.setattr(literals, "hyperscan", None)
    return request.param


def places(known: list[Literal], values: list[str]) -> set[tuple[int, int]]:
    numbers, positions = Literals(known).found(text.folded(pa.array(values, pa.string())))
    return set(zip(numbers.tolist(), positions.tolist(), strict=True))


def test_texts_are_found_where_they_are_and_whole_ones_only_where_they_are_all(way: str) -> None:
    found = places([Literal("passwd"), Literal("get", whole=True)], ["/etc/PASSWD", "GET", "target", "", "x"])
    assert {(0, 0), (1, 1)} <= found
    assert (1, 2) not in found
    assert not {position for _, position in found} & {3, 4}


def test_what_crosses_the_border_of_two_values_is_a_candidate_at_most(way: str) -> None:
    assert places([Literal("abc")], ["xab", "cab"]) <= {(0, 0), (0, 1)}


def test_a_slice_of_an_array_is_looked_at_and_nothing_else(way: str) -> None:
    values = pa.array(["passwd", "b", "cpasswd", "passwd"]).slice(1, 2)
    _, positions = Literals([Literal("passwd")]).found(values)
    assert np.unique(positions).tolist() == [1]


@pytest.mark.parametrize(
    ("pattern", "literal"),
    [
        ("/etc/(passwd|shadow)", "/etc/"),
        ("(?:evil)?x", None),
        ("evil*", "evi"),
        ("[a-z]+evil", "evil"),
        ("(?i)system", "tem"),
        ("a|evil", None),
        (r"\Qevil\E", None),
        ("ev", None),
    ],
)
def test_a_regular_expression_tells_what_each_of_its_matches_contains(pattern: str, literal: str | None) -> None:
    found = of_regex(Regex(pattern))
    assert (found.text if found else None) == literal


ALPHABET = st.text("abS\u017f\u212a\u0130i.", min_size=1, max_size=4)
PIECES = st.lists(ALPHABET.map(Literally) | st.sampled_from([Wild("*"), Wild("?")]), min_size=1, max_size=4)


@settings(deadline=None, max_examples=300)
@given(PIECES, st.text("abS\u017f\u212a\u0130i.k", max_size=10))
def test_no_value_that_passes_is_without_the_literal(pieces: list[Literally | Wild], value: str) -> None:
    pattern = Text(tuple(pieces))
    folded = text.fold(value)
    passes = pa.compute.match_substring_regex(pa.array([folded]), "(?s)" + text.pattern(pattern, cased=False))[
        0
    ].as_py()
    literal = of_text(pattern)
    if passes and literal is not None:
        assert folded == literal.text if literal.whole else literal.text in folded


@settings(deadline=None, max_examples=200)
@given(st.lists(st.sampled_from(["ab", "S", "k", ".", "b+", "(a|b)", "a?", "[xS]", "SkS"]), max_size=5), ALPHABET)
def test_no_match_of_an_expression_is_without_its_literal(parts: list[str], value: str) -> None:
    for flags in ("", "i"):
        regex = Regex("".join(parts), flags)
        source = f"(?{flags}){regex.pattern}" if flags else regex.pattern
        literal = of_regex(regex)
        for text_value in (value, re.sub(r"[?+()|\[\]x.]", "", regex.pattern).swapcase()):
            if literal and pa.compute.match_substring_regex(pa.array([text_value]), source)[0].as_py():
                assert literal.text in text.fold(text_value)
