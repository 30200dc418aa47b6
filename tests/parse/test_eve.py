"""The EVE parser: what it refuses and why, what survives it, and that nothing else ever comes out of it."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sekisho.pipeline.parse import LINE_BYTES_MAX, NESTING_LEVELS_MAX, ParseError
from sekisho.pipeline.parse.eve import YEAR_MAX, instant, parse

NOON = '"timestamp":"2016-07-13T12:00:00.199672-0600"'


def reason(line: bytes) -> str:
    with pytest.raises(ParseError) as refusal:
        parse(line)
    return str(refusal.value)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"", "empty line"),
        (b"  \r", "empty line"),
        (b"\x00\x00\x00", "not JSON"),
        (b"Nov 23 17:48:01 host suricata: started", "not JSON"),
        (b"\xef\xbb\xbf{}", "not JSON"),
        (f"{{{NOON}}} x".encode(), "not JSON"),
        (f'{{{NOON},"a":NaN}}'.encode(), "not JSON"),
        (f'{{{NOON},"a":"\\ud800","b":NaN}}'.encode(), "not JSON"),
        (f'{{{NOON},"a":"\x01"}}'.encode(), "not JSON"),
        (f'{{{NOON},"a":"b'.encode(), "truncated"),
        (f"{{{NOON}".encode(), "truncated"),
        (f"[{{{NOON}}}]".encode(), "not a JSON object"),
        (b"17", "not a JSON object"),
        (b"null", "not a JSON object"),
        (b"{}", "no timestamp"),
        (b'{"timestamp":null}', "no timestamp"),
        (b'{"timestamp":1468432800}', "the timestamp is not a string"),
        (b'{"timestamp":"yesterday"}', "the timestamp is no time"),
        (b'{"timestamp":""}', "the timestamp is no time"),
        (b'{"timestamp":"2016-13-13T22:42:07.199672-0600"}', "the timestamp is no time"),
        (b'{"timestamp":"2016-02-30T22:42:07.199672-0600"}', "the timestamp is no time"),
        (b'{"timestamp":"0001-01-01T00:00:00.000000+1400"}', "the timestamp is absurd"),
        (b'{"timestamp":"9999-12-31T23:59:59.999999-1400"}', "the timestamp is absurd"),
        (b'{"timestamp":"1969-12-31T23:59:59.999999+0000"}', "the timestamp is absurd"),
        (f'{{"timestamp":"{YEAR_MAX}-01-01T00:00:00.000000+0000"}}'.encode(), "the timestamp is absurd"),
        (b'{"timestamp":"2016-07-13T22:42:07.199672+2300"}', "the timestamp is absurd"),
        (f'{{{NOON},"a":"'.encode() + b'\xff"}', "not UTF-8"),
        (f'{{{NOON},"a":"'.encode() + b'\xed\xa0\x80"}', "not UTF-8"),
        (f'{{{NOON},"a":1e400}}'.encode(), "a number is out of range"),
        (f'{{{NOON},"a":{"9" * 5000}}}'.encode(), "a number is out of range"),
        (b"[" * 100_000, "nested deeper"),
        (b'{"a":' * 100_000, "nested deeper"),
        (b" " * (LINE_BYTES_MAX + 1), "longer than"),
    ],
    ids=lambda value: value[:24] if isinstance(value, str) else repr(value[:40]),
)
def test_an_unreadable_line_is_refused_with_the_reason(line: bytes, expected: str) -> None:
    assert expected in reason(line)


def test_a_reason_never_quotes_the_line() -> None:
    assert "evil" not in reason(b'{"timestamp":"evil"}') + reason(b"evil") + reason(b'{"evil')


def nested(levels: int) -> bytes:
    """An event whose objects and lists go that many levels deep, the event itself being the first."""
    return f'{{{NOON},"a":{"[" * (levels - 1)}{"]" * (levels - 1)}}}'.encode()


def test_the_limit_of_nesting_is_exact() -> None:
    assert parse(nested(NESTING_LEVELS_MAX)).fields["a"]
    assert f"nested deeper than {NESTING_LEVELS_MAX}" in reason(nested(NESTING_LEVELS_MAX + 1))


def test_many_brackets_side_by_side_are_not_deep() -> None:
    assert len(parse(f'{{{NOON},"a":[{",".join(["{}"] * 10_000)}],"b":"{"[" * 500}"}}'.encode()).fields["a"]) == 10_000


def test_line_ends_and_spaces_around_an_event_do_no_harm() -> None:
    assert parse(f" {{{NOON}}} \r".encode()).fields == {"timestamp": "2016-07-13T12:00:00.199672-0600"}


def test_nul_control_characters_and_lone_surrogates_survive() -> None:
    said = r"\u0000\u001b[2J\ud800 \udfff \ud83d\ude00"
    line = parse(f'{{{NOON},"a":"{said}"}}'.encode())
    assert line.fields["a"] == "\x00\x1b[2J\ud800 \udfff \U0001f600"
    assert line.has_surrogates
    assert not parse(f'{{{NOON},"a":"\\ud83d\\ude00"}}'.encode()).has_surrogates


@pytest.mark.parametrize(
    ("text", "utc", "offset", "usual"),
    [
        ("2016-07-13T22:42:07.199672-0600", "2016-07-14T04:42:07.199672", -360, True),
        ("2016-07-14T13:42:07.199672+0900", "2016-07-14T04:42:07.199672", 540, True),
        ("2016-07-14T10:12:07.000001+0530", "2016-07-14T04:42:07.000001", 330, True),
        ("1970-01-01T00:00:00.000000+0000", "1970-01-01T00:00:00", 0, True),
        ("2016-07-14T04:42:07Z", "2016-07-14T04:42:07", 0, False),
        ("2016-07-14T04:42:07.199672Z", "2016-07-14T04:42:07.199672", 0, False),
        ("2016-07-14T13:42:07.199672+09:00", "2016-07-14T04:42:07.199672", 540, False),
        ("2016-07-14T04:42:07.199672-0000", "2016-07-14T04:42:07.199672", 0, False),
        ("2016-07-14 04:42:07.199672+0000", "2016-07-14T04:42:07.199672", 0, False),
        ("2009-11-24T21:27:09.534255", "2009-11-24T21:27:09.534255", 0, False),
    ],
)
def test_times_are_read_to_the_microsecond(text: str, utc: str, offset: int, usual: bool) -> None:
    micros, offset_minutes, in_usual_form = instant(text)
    assert dt.datetime(1970, 1, 1) + dt.timedelta(microseconds=micros) == dt.datetime.fromisoformat(utc)  # noqa: DTZ001
    assert (offset_minutes, in_usual_form) == (offset, usual)


def test_digits_of_other_scripts_are_no_digits() -> None:
    assert "no time" in reason('{"timestamp":"2016-07-13T22:42:07.١٢٣٤٥٦-0600"}'.encode())


ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: dt.timezone(dt.timedelta(minutes=minutes)))


@given(st.datetimes(dt.datetime(1970, 1, 2), dt.datetime(2199, 12, 30), timezones=ZONES))  # noqa: DTZ001
def test_any_time_in_suricatas_form_is_read_exactly_and_can_be_written_back(moment: dt.datetime) -> None:
    text = moment.strftime("%Y-%m-%dT%H:%M:%S.%f%z")
    micros, offset_minutes, usual = instant(text)
    read = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=micros)
    assert usual
    assert read == moment
    assert read.astimezone(dt.timezone(dt.timedelta(minutes=offset_minutes))).strftime("%Y-%m-%dT%H:%M:%S.%f%z") == text


@given(st.text(max_size=40))
@example("2016-W28-3T00:00")
@example("2016-07-13T24:00:00.000000+0000")
def test_any_text_is_a_time_or_refused(text: str) -> None:
    try:
        micros, offset_minutes, usual = instant(text)
    except ParseError:
        return
    assert isinstance(micros, int)
    assert abs(offset_minutes) <= 18 * 60
    assert usual in (True, False)


@given(st.binary(max_size=300))
def test_arbitrary_bytes_are_read_or_refused(line: bytes) -> None:
    try:
        assert type(parse(line).fields) is dict
    except ParseError as error:
        assert str(error)


@given(st.integers(0, 400), st.integers(0, 400), st.binary(max_size=4))
def test_a_damaged_event_is_read_or_refused(at: int, length: int, instead: bytes) -> None:
    whole = json.dumps(
        {"timestamp": "2016-07-13T22:42:07.199672-0600", "event_type": "http", "http": {"url": "/\ud800é", "n": [1.5]}}
    ).encode()
    try:
        parse(whole[:at] + instead + whole[at + length :])
    except ParseError as error:
        assert str(error)
