"""What a walked EVE line means: class, activity, severity, outcome, direction. Compiled; as ``suricata_meaning``.

Also the loop over all lines of a batch: whoever stays odd to the end is listed, and leaves no trace.
"""

from __future__ import annotations

import numpy as np

from sekisho.ocsf.classes import BASE_EVENT, OTHER
from sekisho.pipeline.columnar import eve_plan
from sekisho.pipeline.columnar.eve_plan import (
    ALERT,
    ALLOWED,
    BLOCKED,
    DETECTED,
    DNS,
    DROP,
    FLOW,
    HTTP,
    KINDS,
    P_CLASSES,
    P_ROOTS,
    SLOW_KIND,
    SMB,
    TO_CLIENT,
    UNCLASSED,
    UNKNOWN,
    WORDS_ACTION,
    WORDS_AUTHOR,
    WORDS_CONFIDENCE,
    WORDS_DNS,
    WORDS_FLOW,
    WORDS_KIND,
    WORDS_METHOD,
    WORDS_SMB,
    WORDS_STATUS,
    WORDS_VERDICT,
    WORDS_WAY,
)
from sekisho.pipeline.columnar.eve_walk import (
    ENTRIES,
    ENTRIES_MAX,
    LINE,
    MEANING,
    MICROS,
    MOVED,
    NUMBERS,
    OFFSET,
    OUT,
    ROW,
    ROW_NUMBER,
    ROW_PARTS,
    ROWS,
    SIDE_PARTS,
    SIDES,
    SIDES_COUNT,
    SPARE,
    TIME_AT,
    WORDS,
    number_level,
    walk,
    word_at,
)
from sekisho.pipeline.columnar.gather import CELL_LENGTH, CELL_LENGTH_MAX, CELL_LEVEL, CELL_PLACE_MAX
from sekisho.pipeline.columnar.machine_code import lean
from sekisho.pipeline.columnar.places import half, ipv4, ipv6, put_ipv6
from sekisho.pipeline.columnar.scan import (
    COLON,
    LINE_FEED,
    NOTHING,
    OPEN_OBJECT,
    QUOTE,
    after_space,
    is_ascii,
    is_utf8,
    lower_at,
    number_end,
    string_end,
)
from sekisho.pipeline.normalise.addresses import NOWHERE, OUTSIDE, SERVICE_PORT_END

(TIME, ZONE, CLASS, ACTIVITY, SEVERITY, OUTCOME, SOURCE_SIDE, TARGET_SIDE, CONFIDENCE, STATUS, DROPPED) = range(11)
UNSAID = -1
(LINE_AT, LINE_END, RECORD, UNMAPPED_END) = range(4)
ODD_PARTS = 3
NO_WORD, NO_PLAIN_WORD = -2, -3

_, _SLOTS = eve_plan.plan()
_TEXT = {name: slot for slot, name in enumerate(_SLOTS.texts)}
_NUMBER = {name: slot for slot, name in enumerate(_SLOTS.numbers)}
_CODE, _SOURCE, _TARGET = _TEXT["metadata.event_code"], _TEXT["src_endpoint.ip"], _TEXT["dst_endpoint.ip"]
_SOURCE_PORT, _TARGET_PORT = _NUMBER["src_endpoint.port"], _NUMBER["dst_endpoint.port"]
_WAY, _VERDICT = _TEXT["watch:direction"], _TEXT["watch:verdict.action"]
_FLOW_SOURCE, _FLOW_PORT = _TEXT["watch:flow.src_ip"], _NUMBER["watch:flow.src_port"]
_DNS_TYPE, _SMB_DISPOSITION = _TEXT["watch:dns.type"], _TEXT["watch:smb.disposition"]
_METHOD, _ACTION = _TEXT["http_request.http_method"], _TEXT["action"]
_STATUS_DETAIL, _PRIORITY = _TEXT["status_detail"], _TEXT["vendor_severity"]
_AUTHOR, _SURE = _TEXT["signature.severity"], _TEXT["signature.confidence"]
_OTHER_KIND = len(KINDS) - 1
_EVENT_TYPE = np.frombuffer(b'"event_type"', np.uint8)


@lean
def read_lines(text, out, mem, plan, odd):
    """(rows, odd lines) of a text. Rows are in ``mem``; ``odd`` gets place, end and number of each odd line."""
    at, record, row, odds = 0, 0, 0, 0
    while at < text.size:
        end = at
        while end < text.size and text[end] != LINE_FEED:
            end += 1
        mem[ROW], mem[ROW_NUMBER] = ROWS + row * ROW_PARTS, row
        before, spare, entries = mem[OUT], mem[SPARE], mem[ENTRIES]
        if _taken(text, out, mem, plan, at, end):
            line = mem[ROW] + LINE
            mem[line], mem[line + 1], mem[line + 2], mem[line + 3] = at, end, record, mem[OUT]
            row += 1
        else:
            mem[OUT], mem[SPARE], mem[ENTRIES] = before, spare, entries
            odd[odds, 0], odd[odds, 1], odd[odds, 2] = at, end, record
            odds += 1
        record += 1
        at = end + 1
    return row, odds


@lean
def _taken(text, out, mem, plan, at, end):
    """Whether the line could be taken as the row, with its meaning."""
    if at >= end or text[at] != OPEN_OBJECT:
        return False
    if not is_ascii(text, at, end) and not is_utf8(text, at, end):
        return False
    kind, kind_at = _kind(text, plan, at, end)
    if kind == SLOW_KIND:
        return False
    for place in range(mem[ROW], mem[ROW] + MEANING):
        mem[place] = 0
    if not walk(text, out, mem, plan, at, end, plan[P_ROOTS + kind]) or mem[TIME_AT] < 0:
        return False
    code = mem[mem[ROW] + _CODE]
    if code == 0 or code & CELL_PLACE_MAX != kind_at or mem[ENTRIES] >= mem[ENTRIES_MAX]:
        return False
    return _judged(text, out, mem, plan, kind)


@lean
def _kind(text, plan, at, end):
    """(kind, place of its word) that the line seems to be; the walk shows whether it is."""
    size = _EVENT_TYPE.size
    for place in range(at, end - size):
        if text[place] != QUOTE or text[place + 6] != 0x5F:
            continue
        same = True
        for offset in range(size):
            if text[place + offset] != _EVENT_TYPE[offset]:
                same = False
                break
        if same:
            return _kind_at(text, plan, place + size, end)
    return SLOW_KIND, NOTHING


@lean
def _kind_at(text, plan, at, end):
    at = after_space(text, at, end)
    if at >= end or text[at] != COLON:
        return SLOW_KIND, NOTHING
    at = after_space(text, at + 1, end)
    if at >= end or text[at] != QUOTE:
        return SLOW_KIND, NOTHING
    stop, escaped = string_end(text, at + 1, end)
    if stop < 0 or escaped:
        return SLOW_KIND, NOTHING
    kind = word_at(plan, WORDS_KIND, text, at + 1, stop)
    return (_OTHER_KIND if kind < 0 else kind), at + 1


@lean
def word_of(text, out, mem, plan, slot, vocabulary):
    """The number of the word in a cell, whatever its case; NOTHING if it is unknown, NO_WORD if there is none."""
    cell = mem[mem[ROW] + slot]
    length = cell >> CELL_LENGTH & CELL_LENGTH_MAX
    if length == 0:
        return NO_WORD
    at = cell & CELL_PLACE_MAX
    if at + length > text.size or not is_ascii(text, at, at + length):
        return NO_PLAIN_WORD
    lower_at(text, at, at + length, out, mem[SPARE])
    return word_at(plan, vocabulary, out, mem[SPARE], mem[SPARE] + length)


@lean
def _judged(text, out, mem, plan, kind):
    """Fill in what the row means; False where a word can't be told."""
    meaning = mem[ROW] + MEANING
    mem[meaning + TIME], mem[meaning + ZONE] = mem[MICROS], mem[OFFSET]
    mem[meaning + DROPPED] = kind == DROP
    mem[meaning + STATUS] = UNSAID
    if kind == SMB:
        said = word_of(text, out, mem, plan, _STATUS_DETAIL, WORDS_STATUS)
        if said == NO_PLAIN_WORD:
            return False
        mem[meaning + STATUS] = 1 if said == 1 else UNSAID
    return (
        _placed(text, out, mem, plan, meaning)
        and _classed(text, out, mem, plan, kind, meaning)
        and _weighed(text, out, mem, plan, kind, meaning)
        and _decided(text, out, mem, plan, kind, meaning)
    )


@lean
def _classed(text, out, mem, plan, kind, meaning):
    mem[meaning + CLASS], mem[meaning + ACTIVITY] = plan[P_CLASSES + kind * 2], plan[P_CLASSES + kind * 2 + 1]
    if kind == HTTP:
        said = word_of(text, out, mem, plan, _METHOD, WORDS_METHOD)
    elif kind == DNS:
        said = word_of(text, out, mem, plan, _DNS_TYPE, WORDS_DNS)
    elif kind == SMB:
        said = word_of(text, out, mem, plan, _SMB_DISPOSITION, WORDS_SMB)
    else:
        if kind >= UNCLASSED and mem[mem[ROW] + _SOURCE] == 0:
            mem[meaning + CLASS], mem[meaning + ACTIVITY] = BASE_EVENT, OTHER
        return True
    mem[meaning + ACTIVITY] = OTHER if said == NOTHING else 0 if said == NO_WORD else said
    return said != NO_PLAIN_WORD


@lean
def _weighed(text, out, mem, plan, kind, meaning):
    """Severity and confidence."""
    sure = word_of(text, out, mem, plan, _SURE, WORDS_CONFIDENCE)
    mem[meaning + CONFIDENCE] = max(sure, 0) if mem[mem[ROW] + _SURE] else UNSAID
    mem[meaning + SEVERITY] = 1
    if kind != ALERT and kind != DROP:
        return sure != NO_PLAIN_WORD
    author = word_of(text, out, mem, plan, _AUTHOR, WORDS_AUTHOR)
    cell = mem[mem[ROW] + _PRIORITY]
    if author > 0:
        mem[meaning + SEVERITY] = author
    elif cell:
        _, priority = number_end(
            text, cell & CELL_PLACE_MAX, (cell & CELL_PLACE_MAX) + (cell >> CELL_LENGTH & CELL_LENGTH_MAX)
        )
        mem[meaning + SEVERITY] = 5 - priority if 1 <= priority <= 3 else 1
    return sure != NO_PLAIN_WORD and author != NO_PLAIN_WORD


@lean
def _decided(text, out, mem, plan, kind, meaning):
    """What the device did about it."""
    mem[meaning + OUTCOME] = UNKNOWN
    if kind == DROP:
        mem[meaning + OUTCOME] = BLOCKED
    elif kind == ALERT:
        verdict = word_of(text, out, mem, plan, _VERDICT, WORDS_VERDICT)
        action = word_of(text, out, mem, plan, _ACTION, WORDS_ACTION)
        stopped = verdict == BLOCKED or action == BLOCKED
        mem[meaning + OUTCOME] = BLOCKED if stopped else ALLOWED if verdict == ALLOWED else DETECTED
        return verdict != NO_PLAIN_WORD and action != NO_PLAIN_WORD
    elif kind == FLOW:
        action = word_of(text, out, mem, plan, _ACTION, WORDS_FLOW)
        if action >= 0:
            mem[meaning + OUTCOME] = action
        return action != NO_PLAIN_WORD
    return True


@lean
def _placed(text, out, mem, plan, meaning):
    """Addresses in one spelling, and the sides of who opened the connection and who answered."""
    answered = _came_from_server(text, out, mem, plan)
    source, target = _address(text, out, mem, _SOURCE), _address(text, out, mem, _TARGET)
    if answered < 0 or source < 0 or target < 0:
        return False
    mem[meaning + SOURCE_SIDE], mem[meaning + TARGET_SIDE] = (target, source) if answered else (source, target)
    return True


@lean
def _address(text, out, mem, slot):
    """The side of an address, NOTHING for an odd one; IPv6 goes into the cell in its one spelling."""
    cell = mem[mem[ROW] + slot]
    if cell == 0:
        return NOWHERE
    at = cell & CELL_PLACE_MAX
    end = at + (cell >> CELL_LENGTH & CELL_LENGTH_MAX)
    number = ipv4(text, at, end)
    if number >= 0:
        return _side(mem, 4, 0, number)
    if not ipv6(text, at, end, mem, WORDS):
        return NOTHING
    start = mem[SPARE]
    mem[SPARE] = put_ipv6(mem, WORDS, out, start)
    mem[mem[ROW] + slot] = MOVED << CELL_LEVEL | (mem[SPARE] - start) << CELL_LENGTH | text.size + start
    return _side(mem, 6, half(mem, WORDS), half(mem, WORDS + 4))


@lean
def _side(mem, version, high, low):
    """On which side of the device an address is, by the first network that it lies in."""
    for side in range(SIDES, SIDES + mem[SIDES_COUNT] * SIDE_PARTS, SIDE_PARTS):
        inside = high & mem[side + 1] == mem[side + 3] and low & mem[side + 2] == mem[side + 4]
        if inside and mem[side] == version:
            return mem[side + 5]
    return OUTSIDE


@lean
def _came_from_server(text, out, mem, plan):
    """1 if the event's source is the side that answered, 0 if not; NOTHING where that can't be told here."""
    row = mem[ROW]
    if mem[row + _FLOW_SOURCE]:
        from_source = _is_end(text, out, mem, _SOURCE, _SOURCE_PORT)
        if from_source != _is_end(text, out, mem, _TARGET, _TARGET_PORT):
            return 0 if from_source else 1
    cell = mem[row + _WAY]
    if cell:
        at = cell & CELL_PLACE_MAX
        end = at + (cell >> CELL_LENGTH & CELL_LENGTH_MAX)
        if end > text.size:
            return NOTHING
        way = word_at(plan, WORDS_WAY, text, at, end)
        if way > 0:
            return 1 if way == TO_CLIENT else 0
    if number_level(mem, _SOURCE_PORT) == 0 or number_level(mem, _TARGET_PORT) == 0:
        return 0
    return 1 if 0 < mem[row + NUMBERS + _SOURCE_PORT] < SERVICE_PORT_END <= mem[row + NUMBERS + _TARGET_PORT] else 0


@lean
def _is_end(text, out, mem, slot, port):
    """Whether the flow was opened from that end. Addresses are compared as they are written."""
    row = mem[ROW]
    told = number_level(mem, port) > 0
    if told != (number_level(mem, _FLOW_PORT) > 0):
        return False
    if told and mem[row + NUMBERS + _FLOW_PORT] != mem[row + NUMBERS + port]:
        return False
    one, other = mem[row + _FLOW_SOURCE], mem[row + slot]
    length = one >> CELL_LENGTH & CELL_LENGTH_MAX
    if other == 0 or length != other >> CELL_LENGTH & CELL_LENGTH_MAX:
        return False
    for place in range(length):
        if _byte(text, out, (one & CELL_PLACE_MAX) + place) != _byte(text, out, (other & CELL_PLACE_MAX) + place):
            return False
    return True


@lean
def _byte(text, out, at):
    return text[at] if at < text.size else out[at - text.size]
