"""Times in Suricata's own form in a byte array -> microseconds. Compiled; the same as ``parse.eve``."""

from __future__ import annotations

from sekisho.pipeline.columnar.machine_code import lean
from sekisho.pipeline.columnar.scan import MINUS, NINE, NOTHING, ZERO
from sekisho.pipeline.parse.eve import MICROS_END, OFFSET_MINUTES_MAX

INSTANT_CHARACTERS = 31
OFFSET_CHARACTERS = 5
NO_TIME = -(2**62)
CERTIFICATE_CHARACTERS = 19
_DIGIT_PLACES = (0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18)


@lean
def seconds_at(text, at):
    """Seconds since 1970 of ``2016-07-13T22:42:07`` as it stands, whatever its zone; NO_TIME if it is no such time."""
    for place in _DIGIT_PLACES:
        if not ZERO <= text[at + place] <= NINE:
            return NO_TIME
    if text[at + 4] != MINUS or text[at + 7] != MINUS or text[at + 10] != 0x54:
        return NO_TIME
    if text[at + 13] != 0x3A or text[at + 16] != 0x3A:
        return NO_TIME
    year = two(text, at) * 100 + two(text, at + 2)
    month, day = two(text, at + 5), two(text, at + 8)
    hour, minute, second = two(text, at + 11), two(text, at + 14), two(text, at + 17)
    if year < 1 or not 1 <= month <= 12 or hour > 23 or minute > 59 or second > 59:
        return NO_TIME
    if not 1 <= day <= _days_in(year, month):
        return NO_TIME
    return ((_days_before(year, month) + day - 1) * 24 + hour) * 3600 + minute * 60 + second


@lean
def two(text, at):
    """Two digits as a number."""
    return (int(text[at]) - ZERO) * 10 + int(text[at + 1]) - ZERO


@lean
def instant_at(text, at, end):
    """(microseconds since 1970 in UTC, minutes ahead of UTC); NOTHING first for any other form or absurd time."""
    if end - at != INSTANT_CHARACTERS or text[at + 19] != 0x2E:
        return NOTHING, 0
    seconds = seconds_at(text, at)
    if seconds == NO_TIME:
        return NOTHING, 0
    fraction = 0
    for place in range(at + 20, at + 26):
        if not ZERO <= text[place] <= NINE:
            return NOTHING, 0
        fraction = fraction * 10 + int(text[place]) - ZERO
    offset, sound = _offset_at(text, at + 26)
    micros = (seconds - offset * 60) * 1_000_000
    if not sound or not 0 <= micros < MICROS_END - 1_000_000:
        return NOTHING, 0
    return micros + fraction, offset


@lean
def _offset_at(text, at):
    """(minutes of +0900, whether it is one); -0000 is not."""
    sign = text[at]
    if sign != 0x2B and sign != MINUS:
        return 0, False
    for place in range(at + 1, at + OFFSET_CHARACTERS):
        if not ZERO <= text[place] <= NINE:
            return 0, False
    hours, minutes = two(text, at + 1), two(text, at + 3)
    found = hours * 60 + minutes
    if minutes > 59 or found > OFFSET_MINUTES_MAX or (sign == MINUS and not found):
        return 0, False
    return (-found if sign == MINUS else found), True


@lean
def _days_in(year, month):
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month == 4 or month == 6 or month == 9 or month == 11 else 31


@lean
def _days_before(year, month):
    """Days from 1970-01-01 to the first of the month."""
    if month <= 2:
        year -= 1
        month += 12
    days = 365 * year + year // 4 - year // 100 + year // 400 + (153 * (month - 3) + 2) // 5
    return days - 719_468
