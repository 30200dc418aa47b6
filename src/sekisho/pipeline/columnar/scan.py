"""JSON text in a byte array: ends of strings, escapes, whole numbers, UTF-8. Compiled; no allocation.

Policy: a function that meets anything that is not plain, valid JSON as loggers write it returns
NOTHING (-1), and the line is odd. So nothing here has to know why a line is bad.
"""

# ruff: noqa: SIM109  (plain comparisons and loops are what compiles well)
from __future__ import annotations

import numpy as np

from sekisho.pipeline.columnar.machine_code import lean

NOTHING = -1
QUOTE, BACKSLASH, COMMA, COLON, MINUS, ZERO, NINE = 0x22, 0x5C, 0x2C, 0x3A, 0x2D, 0x30, 0x39
SPACE, TAB, LINE_FEED, RETURN = 0x20, 0x09, 0x0A, 0x0D
OPEN_OBJECT, CLOSE_OBJECT, OPEN_ARRAY, CLOSE_ARRAY = 0x7B, 0x7D, 0x5B, 0x5D
NUMBER_DIGITS_MAX = 18
"""Every number of so many digits is below 2**63; the value of a longer one is not told."""
SPELLING_DIGITS_MAX = 20
"""Identifiers of 64 bits without a sign have so many; longer numbers are odd."""


@lean
def after_space(text, at, end):
    """The first place from ``at`` that is not white space."""
    while at < end and (text[at] == SPACE or text[at] == TAB or text[at] == RETURN or text[at] == LINE_FEED):
        at += 1
    return at


@lean
def string_end(text, at, end):
    """(place of the closing quote, whether there are escapes) of the string whose first character is at ``at``."""
    escaped = False
    while at < end:
        byte = text[at]
        if byte == QUOTE:
            return at, escaped
        if byte == BACKSLASH:
            escaped = True
            at += 1
        elif byte < SPACE:
            return NOTHING, escaped
        at += 1
    return NOTHING, escaped


@lean
def number_end(text, at, end):
    """(place behind, value) of a whole number in its only spelling; anything else is NOTHING."""
    negative = text[at] == MINUS
    start = at + 1 if negative else at
    at = start
    value = 0
    while at < end and ZERO <= text[at] <= NINE:
        value = value * 10 + (text[at] - ZERO)
        at += 1
        if at - start > (NUMBER_DIGITS_MAX if negative else SPELLING_DIGITS_MAX):
            return NOTHING, 0
    if at == start or (text[start] == ZERO and (negative or at - start > 1)):
        return NOTHING, 0
    if at < end and not ends_value(text[at]):
        return NOTHING, 0
    return at, -value if negative else value


@lean
def ends_value(byte):
    """What may stand behind a number or a word."""
    return byte == COMMA or byte == CLOSE_OBJECT or byte == CLOSE_ARRAY or byte == SPACE or byte == TAB


_WORDS = np.frombuffer(b"truefalsenull", np.uint8)
_WORD_PLACES = ((0, 4), (4, 5), (9, 4))


@lean
def word_end(text, at, end):
    """The place behind ``true``, ``false`` or ``null``."""
    for start, length in _WORD_PLACES:
        if at + length <= end:
            same = True
            for place in range(length):
                same = same and text[at + place] == _WORDS[start + place]
            if same and (at + length == end or ends_value(text[at + length])):
                return at + length
    return NOTHING


@lean
def _hexadecimal(byte):
    if ZERO <= byte <= NINE:
        return byte - ZERO
    byte |= 0x20
    return byte - 0x61 + 10 if 0x61 <= byte <= 0x66 else NOTHING


@lean
def escape_at(text, at, end):
    """(character, place behind) of the escape whose backslash is at ``at``; halves of pairs are NOTHING."""
    if at + 1 >= end:
        return NOTHING, at
    byte = text[at + 1]
    if byte == QUOTE or byte == BACKSLASH or byte == 0x2F:
        return int(byte), at + 2
    if byte == 0x6E:
        return 10, at + 2
    if byte == 0x74:
        return 9, at + 2
    if byte == 0x72:
        return 13, at + 2
    if byte == 0x62:
        return 8, at + 2
    if byte == 0x66:
        return 12, at + 2
    if byte != 0x75 or at + 6 > end:
        return NOTHING, at
    point = 0
    for place in range(at + 2, at + 6):
        digit = _hexadecimal(int(text[place]))
        if digit < 0:
            return NOTHING, at
        point = point * 16 + digit
    return (NOTHING, at) if 0xD800 <= point <= 0xDFFF else (point, at + 6)


@lean
def put_utf8(out, to, point):
    """Write a character of the basic plane; the place behind."""
    if point < 0x80:
        out[to] = point
        return to + 1
    if point < 0x800:
        out[to] = 0xC0 | point >> 6
        out[to + 1] = 0x80 | point & 0x3F
        return to + 2
    out[to] = 0xE0 | point >> 12
    out[to + 1] = 0x80 | point >> 6 & 0x3F
    out[to + 2] = 0x80 | point & 0x3F
    return to + 3


@lean
def put_plain(text, at, end, out, to):
    """Write what a string with escapes means; the place behind, or NOTHING."""
    while at < end:
        if text[at] != BACKSLASH:
            out[to] = text[at]
            to += 1
            at += 1
            continue
        point, at = escape_at(text, at, end)
        if point < 0:
            return NOTHING
        to = put_utf8(out, to, point)
    return to


@lean
def put_encoded(text, at, end, out, to):
    """Write a string with escapes as our encoder writes it: only what has to be escaped is. NOTHING if it is broken."""
    while at < end:
        if text[at] != BACKSLASH:
            out[to] = text[at]
            to += 1
            at += 1
            continue
        point, at = escape_at(text, at, end)
        if point < 0:
            return NOTHING
        to = _put_character(out, to, point)
    return to


@lean
def _put_character(out, to, point):
    if point == QUOTE or point == BACKSLASH:
        return _put_short(out, to, point)
    if point >= SPACE:
        return put_utf8(out, to, point)
    if point == 10:
        return _put_short(out, to, 0x6E)
    if point == 9:
        return _put_short(out, to, 0x74)
    if point == 13:
        return _put_short(out, to, 0x72)
    if point == 8:
        return _put_short(out, to, 0x62)
    if point == 12:
        return _put_short(out, to, 0x66)
    out[to] = BACKSLASH
    out[to + 1] = 0x75
    out[to + 2] = out[to + 3] = ZERO
    out[to + 4] = ZERO + (point >> 4)
    low = point & 15
    out[to + 5] = ZERO + low if low < 10 else 0x61 + low - 10
    return to + 6


@lean
def _put_short(out, to, letter):
    out[to] = BACKSLASH
    out[to + 1] = letter
    return to + 2


@lean
def copy(text, at, end, out, to):
    """Bytes as they are; the place behind."""
    for place in range(end - at):
        out[to + place] = text[at + place]
    return to + end - at


@lean
def lower_at(text, at, end, out, to):
    """Write ASCII text in lower case."""
    for place in range(end - at):
        byte = text[at + place]
        out[to + place] = byte | 0x20 if 0x41 <= byte <= 0x5A else byte


@lean
def is_ascii(text, at, end):
    found = 0
    for place in range(at, end):
        found |= text[place]
    return found < 0x80


@lean
def is_utf8(text, at, end):
    """As Unicode defines it: the shortest form only, no surrogates, nothing beyond U+10FFFF."""
    while at < end:
        byte = text[at]
        if byte < 0x80:
            at += 1
            continue
        if 0xC2 <= byte <= 0xDF:
            more, low, high = 1, 0x80, 0xBF
        elif 0xE0 <= byte <= 0xEF:
            more, low, high = 2, 0xA0 if byte == 0xE0 else 0x80, 0x9F if byte == 0xED else 0xBF
        elif 0xF0 <= byte <= 0xF4:
            more, low, high = 3, 0x90 if byte == 0xF0 else 0x80, 0x8F if byte == 0xF4 else 0xBF
        else:
            return False
        if at + more >= end or not low <= text[at + 1] <= high:
            return False
        for place in range(at + 2, at + more + 1):
            if text[place] & 0xC0 != 0x80:
                return False
        at += more + 1
    return True
