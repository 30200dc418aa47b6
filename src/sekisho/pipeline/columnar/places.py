"""Addresses in a byte array: read strictly, written in the one spelling, told which side they are on. Compiled.

The same as ``normalise.addresses``: dotted decimal, or IPv6 with every digit written, as Suricata does.
Any other spelling is odd. An address is two 64-bit halves; that of IPv4 is in the lower one.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from sekisho.ocsf.device import Network
from sekisho.pipeline.columnar.machine_code import lean
from sekisho.pipeline.columnar.scan import NINE, NOTHING, ZERO
from sekisho.pipeline.normalise.addresses import sides_of

FULL_CHARACTERS = 39
TEXT_CHARACTERS_MAX = 45
_HALF = 2**64


def side_table(home_networks: Iterable[Network]) -> np.ndarray:
    """One row a network: version, mask, network (each in two halves), side; the first that fits counts."""
    rows = [
        (network.version, *_halves(int(network.netmask)), *_halves(int(network.network_address)), side)
        for network, side in sides_of(home_networks)
    ]
    return np.array(rows, np.int64).reshape(len(rows), 6)


def _halves(number: int) -> tuple[int, int]:
    return tuple(half - _HALF if half >= _HALF // 2 else half for half in divmod(number, _HALF))


@lean
def ipv4(text, at, end):
    """The number of a dotted address, or NOTHING."""
    number, part, digits, dots = 0, 0, 0, 0
    for place in range(at, end):
        byte = text[place]
        if ZERO <= byte <= NINE:
            if digits and not part:
                return NOTHING
            part = part * 10 + (byte - ZERO)
            digits += 1
            if part > 255:
                return NOTHING
        elif byte == 0x2E and digits and dots < 3:
            number = number * 256 + part
            part = digits = 0
            dots += 1
        else:
            return NOTHING
    return number * 256 + part if dots == 3 and digits else NOTHING


@lean
def ipv6(text, at, end, words, first):
    """Whether this is an address with all 32 digits in lower case; its eight words from ``words[first]`` on."""
    if end - at != FULL_CHARACTERS:
        return False
    for place in range(FULL_CHARACTERS):
        byte = text[at + place]
        if place % 5 == 4:
            if byte != 0x3A:
                return False
            continue
        if ZERO <= byte <= NINE:
            digit = byte - ZERO
        elif 0x61 <= byte <= 0x66:
            digit = byte - 0x61 + 10
        else:
            return False
        word = first + place // 5
        words[word] = (words[word] * 16 + digit) if place % 5 else digit
    return True


@lean
def half(words, first):
    """Four words as one 64-bit number."""
    return words[first] << 48 | words[first + 1] << 32 | words[first + 2] << 16 | words[first + 3]


@lean
def put_ipv6(words, start, out, to):
    """RFC 5952, with the dotted form for what embeds an IPv4 address, as the C library writes it."""
    first, length = _longest_run(words, start)
    for word in range(8):
        if first <= word < first + length:
            if word == first:
                out[to] = 0x3A
                to += 1
            continue
        if word:
            out[to] = 0x3A
            to += 1
        if word == 6 and first == 0 and (length == 6 or (length == 5 and words[start + 5] == 0xFFFF)):
            return _put_dotted(words, start + 6, out, to)
        to = _put_word(words[start + word], out, to)
    if length and first + length == 8:
        out[to] = 0x3A
        to += 1
    return to


@lean
def _longest_run(words, start):
    """(first, length) of the first longest run of at least two zero words; (-1, 0) if there is none."""
    best, best_length, first = -1, 1, -1
    for word in range(9):
        if word < 8 and words[start + word] == 0:
            if first < 0:
                first = word
            continue
        if first >= 0 and word - first > best_length:
            best, best_length = first, word - first
        first = -1
    return (best, best_length) if best >= 0 else (-1, 0)


@lean
def _put_word(word, out, to):
    begun = False
    for shift in (12, 8, 4, 0):
        digit = word >> shift & 15
        if digit or begun or shift == 0:
            begun = True
            out[to] = ZERO + digit if digit < 10 else 0x61 + digit - 10
            to += 1
    return to


@lean
def _put_dotted(words, start, out, to):
    for part in range(4):
        if part:
            out[to] = 0x2E
            to += 1
        to = put_decimal(words[start + part // 2] >> (0 if part % 2 else 8) & 255, out, to)
    return to


@lean
def put_decimal(number, out, to):
    """A number from 0 on in decimal digits; the place behind."""
    size = 1
    power = 10
    while number >= power and size < 19:
        size += 1
        power *= 10
    for place in range(to + size - 1, to - 1, -1):
        out[place] = ZERO + number % 10
        number //= 10
    return to + size
