"""The filter language by itself: always valid SQL, never a way out of the scope, errors with their place."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.lake import FilterError, Lake, LakeWriter
from sekisho.lake.filter import compile_filter
from sekisho.ocsf.columns import EVENT_SCHEMA

from .rows import ALL_TIME, commit

WORDS = [
    "and", "or", "not", "in", "exists", "(", ")", ",", "=", "!=", "~", "!~", "<", ">=",
    "src_endpoint.ip", "record", "time", "raw", "answers.rdata", "contract", "day", "class_uid", "unmapped",
    "10.0.0.0/8", "10.0.0.1", "SK100002", "4001", "-1", "2026-11-23T00:00:00Z", "2026-11-23", '"it\'s"', '"a\\"b"',
    "*", "%", "';", "--", "$1", "?", "日本", '"\x1b"', "::1/64",
]  # fmt: skip
ANYTHING = st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join)
FIELD = st.sampled_from(EVENT_SCHEMA.names)
VALUE = st.one_of(
    st.integers(-(2**70), 2**70).map(str),
    st.text(max_size=20).map(lambda t: '"' + t.replace("\\", "\\\\").replace('"', '\\"') + '"'),
    st.sampled_from(["10.0.0.0/8", "2026-11-23", "2026-11-23T09:00:00+09:00", "SK100002"]),
)
COMPARISON = st.one_of(
    st.tuples(FIELD, st.sampled_from(["=", "!=", "<", "<=", ">", ">=", "~", "!~", "in"]), VALUE).map(" ".join),
    st.tuples(FIELD, st.lists(VALUE, min_size=1, max_size=4)).map(lambda p: f"{p[0]} in ({', '.join(p[1])})"),
    FIELD.map(lambda f: f"{f} exists"),
)
FILTER = st.recursive(
    COMPARISON,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda p: f"({p[0]}) {p[1]} ({p[2]})"),
        inner.map(lambda f: f"not ({f})"),
    ),
    max_leaves=6,
)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("nothing = 1", 0),
        ("record = one", 9),
        ("record = 99999999999", 9),
        ("record =", 8),
        ("record = 1 and", 14),
        ("(record = 1", 11),
        ("record = 1)", 10),
        ("record 1", 7),
        ("record ~ 1", 9),
        ("raw = \x00", 6),
        ("time > 2026-11-23T00:00:00", 7),
        ("record in 10.0.0.0/8", 10),
        ("src_endpoint.ip in ::1/64", 19),
        ("; drop", 0),
        ('raw = "open', 6),
    ],
)
def test_mistakes_are_told_with_their_place(text: str, at: int):
    with pytest.raises(FilterError) as caught:
        compile_filter(text, EVENT_SCHEMA)
    assert caught.value.at == at


def test_limits_are_kept():
    for text in ("(" * 100 + "record = 1" + ")" * 100, "record = 1 or " * 1_000 + "record = 1"):
        with pytest.raises(FilterError):
            compile_filter(text, EVENT_SCHEMA)


@given(st.text(max_size=200))
def test_any_text_is_a_filter_or_a_filter_error(text: str):
    try:
        condition = compile_filter(text, EVENT_SCHEMA)
    except FilterError as error:
        assert 0 <= error.at <= max(len(text), 4_000)
    else:
        assert condition.sql.count("?") == len(condition.values)


@given(st.one_of(ANYTHING, FILTER))
def test_values_only_ever_become_parameters(text: str):
    try:
        condition = compile_filter(text, EVENT_SCHEMA)
    except FilterError:
        return
    assert "SK100002" not in condition.sql
    assert "日本" not in condition.sql
    assert "--" not in condition.sql
    assert ";" not in condition.sql


def test_every_filter_is_valid_sql_and_finds_only_the_scopes_rows(writer: LakeWriter, lake: Lake):
    writer.append([commit("mine", 5, contract="SK100001"), commit("theirs", 5, contract="SK100002")])

    @given(st.one_of(ANYTHING, FILTER))
    @settings(max_examples=150, deadline=None)
    def holds(text: str) -> None:
        try:
            rows = lake.search(contracts={"SK100001"}, **ALL_TIME, where=text, columns=["contract"]).rows
        except FilterError:
            return
        assert set(rows["contract"].to_pylist()) <= {"SK100001"}

    holds()
