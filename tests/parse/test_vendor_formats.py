"""The parsers of vendors' formats: what comes back from what was written, and that nothing else ever comes out."""

from __future__ import annotations

import contextlib
import string
import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.pipeline.normalise.products import BY_NAME
from sekisho.pipeline.parse import (
    ParseError,
    asa,
    barracuda,
    cef,
    checkpoint,
    delimited,
    jsonline,
    junos,
    keyvalue,
    leef,
    netfilter,
    squid,
    unbound,
    zeek,
)
from sekisho.pipeline.parse.text import split_head, text_of

PARSERS: dict[str, Callable[[str], object]] = {
    "asa": asa.parse,
    "barracuda": barracuda.parse,
    "cef": cef.parse,
    "checkpoint": checkpoint.parse,
    "delimited": delimited.parse,
    "jsonline": jsonline.parse,
    "junos": junos.parse,
    "keyvalue": keyvalue.parse,
    "leef": leef.parse,
    "netfilter": netfilter.parse,
    "squid": squid.parse,
    "unbound": unbound.parse,
    "zeek": lambda text: zeek.Reader().parse(text),
}
PIECES = st.sampled_from(
    [
        *(
            "a=",
            "b=1 ",
            'c="x y" ',
            '"',
            "\\",
            "|",
            "CEF:0|v|p|1|id|n|5|",
            "LEEF:2.0|v|p|1|id|^|",
            "LEEF:1.0|v|p|1|id|",
        ),
        *(
            "cs1Label=Rule ",
            "cs1=x ",
            "\t",
            "#011",
            ",",
            "\\=",
            "[",
            "]",
            ":",
            "; ",
            "src:",
            "->",
            "1.2.3.4/5",
            "(",
            ")",
        ),
        *("%ASA-6-302013: ", "Built inbound TCP connection 1 for ", "outside:", "%FTD-1-430003: ", "SrcIP: ", ", "),
        *(
            "RT_FLOW_SESSION_CREATE: ",
            "session created ",
            "mgd[1]: ",
            "IN=eth0 OUT= ",
            "SRC=::1 ",
            "MAC=",
            "[1:0] info: ",
        ),
        *(
            "1564576741.982 5 ",
            "TCP_HIT/200 ",
            "GET ",
            "#fields\tts\tuid",
            "1591367999.305988\tCMdzit1AMNsmfAIiQc\t",
            "{",
            "}",
        ),
        *(
            "Info     BOX ",
            "login succeeded: ",
            "é",
            "日",
            "\x00",
            "\n",
            " ",
            "  ",
            "0x",
            "N/A",
            "-",
            "1,",
            "2024/01/01 00:00:00,",
        ),
    ]
)
LINES = st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=30).map("".join))


@pytest.mark.parametrize("name", PARSERS)
def test_whatever_the_line_is_a_parser_returns_or_raises_parse_error(name: str) -> None:
    @settings(max_examples=150, deadline=None)
    @given(LINES)
    def holds(line: str) -> None:
        try:
            assert PARSERS[name](line) is not None
        except ParseError as error:
            assert str(error)

    holds()


@pytest.mark.parametrize("name", BY_NAME)
def test_whatever_the_line_is_a_product_reads_it_or_raises_parse_error(name: str) -> None:
    @settings(max_examples=100, deadline=None)
    @given(LINES.map(str.encode))
    def holds(line: bytes) -> None:
        try:
            text = text_of(line)
            BY_NAME[name].recognises(text)
            BY_NAME[name].read(text)
        except ParseError as error:
            assert str(error)

    holds()


KEYS = st.text(string.ascii_letters, min_size=1, max_size=8)
PLAIN = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters='\n\r"='), max_size=20)


@given(st.dictionaries(KEYS, PLAIN, min_size=1, max_size=8))
def test_key_value_pairs_come_back(fields: dict[str, str]) -> None:
    assert keyvalue.parse(keyvalue.serialise(fields)) == fields


@given(
    st.lists(
        st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\n\r\\"), max_size=10), min_size=2
    )
)
def test_comma_separated_values_come_back(values: list[str]) -> None:
    assert delimited.parse(delimited.serialise(values)) == values


VISIBLE = st.text(st.characters(blacklist_categories=("Cs", "Cc", "Z")), max_size=12)
HEADER = st.text(st.characters(blacklist_categories=("Cs", "Cc", "Z")), min_size=1, max_size=12)


@given(st.tuples(HEADER, HEADER, HEADER, HEADER, HEADER, HEADER), st.dictionaries(KEYS, VISIBLE, max_size=6))
def test_cef_comes_back(header: tuple[str, ...], extension: dict[str, str]) -> None:
    message = cef.Cef(*header, extension)
    assert cef.parse(cef.serialise(message)) == message


BARLESS = st.text(
    st.characters(blacklist_categories=("Cs", "Cc", "Z"), blacklist_characters="|"), min_size=1, max_size=12
)
TABLESS = st.text(st.characters(blacklist_categories=("Cs", "Cc", "Z"), blacklist_characters="#\\"), max_size=12)


@given(st.tuples(BARLESS, BARLESS, BARLESS, BARLESS), st.dictionaries(KEYS, TABLESS, max_size=6))
def test_leef_comes_back(header: tuple[str, ...], fields: dict[str, str]) -> None:
    message = leef.Leef(*header, fields)
    assert leef.parse(leef.serialise(message)) == message


@given(st.dictionaries(KEYS, st.text(st.characters(blacklist_categories=("Cs",)), max_size=12), min_size=1, max_size=6))
def test_check_points_fields_come_back(fields: dict[str, str]) -> None:
    assert checkpoint.parse(checkpoint.serialise(fields)) == fields


UNITS = [
    *(
        'a="',
        'a="b" ',
        'a="x\\" ',
        "a=b ",
        "a=b c ",
        "=",
        '"',
        ' "',
        "\\",
        "|",
        "||",
        "a=|",
        "\\=",
        " a\\=b",
        "[",
        "(",
        "x:",
        ": ",
    ),
    *(
        "<",
        "Group <a> User <b> ",
        "a: b, ",
        "-",
        "0",
        "a",
        " ",
        "\t",
        ",",
        '",',
        "1.2.3.4 ",
        "from a to ",
        "user ",
        "src a dst ",
        "''",
    ),
]
FRONTS = [
    "",
    "CEF:0|v|p|1|i|n|5|",
    "LEEF:1.0|v|p|1|i|",
    "%ASA-6-302013: ",
    "%ASA-6-999999: ",
    "%FTD-1-430003: ",
    '[a:"',
    "RT_FLOW_SESSION_CREATE: session created ",
]
FRONTS += [
    "mgd[1]: UI_X_Y: ",
    "IN= OUT= ",
    "[1:0] info: ",
    "Info B ",
    "RT_SCREEN_TCP: ",
    "date=1 type=",
    "1,2024/01/01 00:00:00,1,SYSTEM,auth,1,1,1,1,1,0,0,general,medium,",
]
LENGTH = 8_000
SECONDS_MAX = 0.25
"""A pattern that goes back over what it read takes seconds for such a line, one that does not a few milliseconds."""


@pytest.mark.parametrize("front", FRONTS)
def test_time_grows_with_the_length_of_a_line_and_no_faster(front: str) -> None:
    slow = []
    for unit in UNITS:
        line = front + unit * (LENGTH // len(unit))
        for name, parse in {**PARSERS, **{each: BY_NAME[each].read for each in BY_NAME}, "head": split_head}.items():
            began = time.process_time()
            with contextlib.suppress(ParseError):
                parse(line)
            took = time.process_time() - began
            if took > SECONDS_MAX:
                slow.append((name, front, unit, round(took, 2)))
    assert slow == []


def test_a_quoted_value_may_hold_quotes_spaces_and_backslashes() -> None:
    line = r'path="C:\temp\" msg="say \"hi\" there" user="A\b" url=http://x/?a=1 ether_type=IPv4 (0x0800) last=1'
    assert keyvalue.parse(line) == {
        "path": "C:\\temp\\",
        "msg": r"say \"hi\" there",
        "user": r"A\b",
        "url": "http://x/?a=1",
        "ether_type": "IPv4 (0x0800)",
        "last": "1",
    }


def test_commas_separate_pairs_only_where_the_first_pair_ends_with_one() -> None:
    assert keyvalue.parse('date=2016-02-12,vd="v, 1",msg=a b,c,n=1') == {
        "date": "2016-02-12",
        "vd": "v, 1",
        "msg": "a b,c",
        "n": "1",
    }
    assert keyvalue.parse("a=1 CPU=0,7,0 b=2") == {"a": "1", "CPU": "0,7,0", "b": "2"}


def test_custom_fields_of_cef_are_found_under_their_labels() -> None:
    extension = {"cs1": "x", "cs1Label": "Rule", "cn1": "5", "cs2Label": "Lonely", "act": "deny"}
    assert cef.by_label(extension) == {"Rule": "x", "cn1": "5", "cs2Label": "Lonely", "act": "deny"}


@pytest.mark.parametrize("delimiter", ["^|a=1^b=2", "x5E|a=1^b=2", "0x09|a=1\tb=2", "|a=1\tb=2", "a=1#011b=2"])
def test_leef_names_its_delimiter_in_many_ways(delimiter: str) -> None:
    assert leef.parse(f"LEEF:2.0|v|p|1|id|{delimiter}").fields == {"a": "1", "b": "2"}


@settings(max_examples=400)
@given(
    st.lists(
        st.tuples(
            KEYS, st.sampled_from(["=", '="']), PLAIN | LINES, st.sampled_from(['" ', '"', " ", "", '"  ', '",'])
        ),
        max_size=8,
    )
)
def test_the_short_way_through_pairs_finds_what_the_long_way_finds(pieces: list[tuple[str, ...]]) -> None:
    line = "a=1 " + "".join("".join(piece) for piece in pieces)
    found = keyvalue.parse(line)
    if found != keyvalue.of_any(line, commas=False):
        # Only a line that the first pair shows to be separated by commas may differ.
        assert "," in line.split("=")[1][:2]
