"""One EVE line into cells: a walk over its JSON, side by side with the plan's nodes. Compiled.

What a field's operation moves goes into its cell and nowhere else; all else is written to ``out``, as
our encoder would write it: that is ``unmapped``. The walk needs no recursion: each open container is a
frame. Whatever is not as expected makes the line odd (False or NOTHING), and what it wrote is taken back.
"""

# ruff: noqa: SIM102, SIM108, SIM109, SIM110  (plain comparisons and loops are what compiles well)
from __future__ import annotations

from sekisho.pipeline.columnar.eve_plan import (
    ADDRESS,
    ANSWER_DATA,
    ANSWER_TTL,
    ANSWER_TYPE,
    CERTIFICATE,
    COPY_NUMERAL,
    COPY_TEXT,
    FIRST,
    FLAGS,
    HASH_FACTOR,
    HASH_PARTS,
    HASH_SHIFT,
    HASH_SLOTS,
    INSTANT,
    KIND,
    LATE_NUMBER,
    LATE_TEXT,
    MILLISECONDS,
    NODE,
    NUMBER,
    NUMERAL,
    OBJECTS,
    ONLY_TEXT,
    P_KEYS,
    P_OPERATIONS,
    PROTOCOL,
    TEXT,
    TEXTS,
    TIMESTAMP,
    WATCH_NUMBER,
    WATCH_TEXT,
    WORDS_PROTOCOL,
)
from sekisho.pipeline.columnar.eve_plan import (
    plan as _plan,
)
from sekisho.pipeline.columnar.gather import CELL_LENGTH, CELL_LEVEL
from sekisho.pipeline.columnar.instants import (
    CERTIFICATE_CHARACTERS,
    NO_TIME,
    OFFSET_CHARACTERS,
    instant_at,
    seconds_at,
)
from sekisho.pipeline.columnar.machine_code import lean
from sekisho.pipeline.columnar.scan import (
    BACKSLASH,
    CLOSE_ARRAY,
    CLOSE_OBJECT,
    COLON,
    COMMA,
    MINUS,
    NINE,
    NOTHING,
    NUMBER_DIGITS_MAX,
    OPEN_ARRAY,
    OPEN_OBJECT,
    QUOTE,
    SPACE,
    ZERO,
    after_space,
    copy,
    lower_at,
    number_end,
    put_encoded,
    put_plain,
    string_end,
    word_end,
)

DEPTH_MAX = 24
KEYS_MAX = 512
"""Open containers, and keys of all open objects of one line; beyond it is odd."""
KEEP = -1
LATE, COPIED, MOVED = 1, 2, 3
"""What filled a cell: a later one fills only what a lesser one filled, and of equals the first counts."""

(OUT, SPARE, ENTRIES, ENTRIES_AT, ENTRIES_MAX, DEPTH, KEY_AT, KEY_END, OPERATION, TIME_AT, MICROS, OFFSET) = range(12)
(SEEN, QUERIES, ROW, ROW_NUMBER, SIDES_COUNT, DATA_AT, DATA_LENGTH, TYPE_AT, TYPE_LENGTH, TTL) = range(12, 22)
FRAMES = 32
(F_NODE, F_IS_ARRAY, F_BACK, F_WROTE, F_HAD, F_SEEN, F_ELEMENTS, F_PARENT_WROTE, F_IS_ANSWER) = range(9)
FRAME_PARTS = 9
SEEN_KEYS = FRAMES + DEPTH_MAX * FRAME_PARTS
WORDS = SEEN_KEYS + KEYS_MAX
SIDES = WORDS + 8
SIDES_MAX = 1024
SIDE_PARTS = 6
ROWS = SIDES + SIDES_MAX * SIDE_PARTS
"""Where things are in ``mem``, the one array of all that the walk keeps: cursors, frames, keys of open objects, words
of an address, networks, rows, and behind them the entries of lists."""

_SLOTS = _plan()[1]
NUMBERS = len(_SLOTS.texts)
LEVELS = NUMBERS + len(_SLOTS.numbers)
MEANING = LEVELS + 1
MEANINGS = 11
LINE = MEANING + MEANINGS
ROW_PARTS = LINE + 4
"""A row: cells of texts, numbers, levels of the numbers (two bits each), what it means, which line it is."""
BODY_BYTES_MAX = 2**28
"""So that a place in ``text`` and ``out`` together has 31 bits, and a length 29."""
ENTRY_PARTS = 7
AN_ANSWER = -1
"""An entry: slot of its list or AN_ANSWER, number of the row, place and length of data, of type, time to live."""
UNTOLD = -1
"""An answer without data, type or time to live."""


@lean
def walk(text, out, mem, plan, at, end, root):
    """Whether the object that starts at ``at`` and ends the line was taken, all of it."""
    mem[SEEN] = mem[QUERIES] = 0
    mem[TIME_AT] = NOTHING
    mem[DEPTH] = NOTHING
    _open(out, mem, root, False, KEEP, False, mem[OUT])
    at += 1
    while True:
        at = after_space(text, at, end)
        if at >= end:
            return False
        depth = mem[DEPTH]
        if text[at] == (CLOSE_ARRAY if mem[FRAMES + depth * FRAME_PARTS + F_IS_ARRAY] else CLOSE_OBJECT):
            _close(out, mem)
            at += 1
            if mem[DEPTH] < 0:
                return after_space(text, at, end) == end
            continue
        if mem[FRAMES + depth * FRAME_PARTS + F_HAD]:
            if text[at] != COMMA:
                return False
            at = after_space(text, at + 1, end)
        if mem[FRAMES + depth * FRAME_PARTS + F_IS_ARRAY]:
            at = _element(text, mem, at, end, depth)
        else:
            at = _key(text, mem, plan, at, end, depth)
        if at < 0 or at >= end:
            return False
        mem[FRAMES + depth * FRAME_PARTS + F_HAD] += 1
        at = _value(text, out, mem, plan, at, end)
        if at < 0:
            return False


@lean
def _open(out, mem, node, is_array, elements, is_answer, back):
    """A frame for a container; ``back`` is where ``out`` was before its key."""
    depth = mem[DEPTH] + 1
    if depth >= DEPTH_MAX:
        return False
    mem[DEPTH] = depth
    frame = FRAMES + depth * FRAME_PARTS
    mem[frame + F_NODE] = node
    mem[frame + F_IS_ARRAY] = is_array
    mem[frame + F_BACK] = back
    mem[frame + F_WROTE] = mem[frame + F_HAD] = 0
    mem[frame + F_SEEN] = mem[SEEN]
    mem[frame + F_ELEMENTS] = elements
    mem[frame + F_IS_ANSWER] = is_answer
    out[mem[OUT]] = OPEN_ARRAY if is_array else OPEN_OBJECT
    mem[OUT] += 1
    return True


@lean
def _close(out, mem):
    """End the open container; an object of which everything was moved leaves nothing behind."""
    depth = mem[DEPTH]
    frame = FRAMES + depth * FRAME_PARTS
    mem[DEPTH] = depth - 1
    mem[SEEN] = mem[frame + F_SEEN]
    if mem[frame + F_IS_ANSWER]:
        _end_answer(mem)
    if mem[frame + F_NODE] >= 0 and mem[frame + F_HAD] and not mem[frame + F_WROTE]:
        mem[OUT] = mem[frame + F_BACK]
        if depth:
            mem[FRAMES + (depth - 1) * FRAME_PARTS + F_WROTE] = mem[frame + F_PARENT_WROTE]
        return
    out[mem[OUT]] = CLOSE_ARRAY if mem[frame + F_IS_ARRAY] else CLOSE_OBJECT
    mem[OUT] += 1


@lean
def _end_answer(mem):
    entry = new_entry(mem, AN_ANSWER)
    for part in range(5):
        mem[entry + 2 + part] = mem[DATA_AT + part]


@lean
def new_entry(mem, what):
    """Room for an element of a list of this row. Where there is no more, the last is used over, and the row is odd."""
    entry = mem[ENTRIES_AT] + mem[ENTRIES] * ENTRY_PARTS
    if mem[ENTRIES] < mem[ENTRIES_MAX]:
        mem[ENTRIES] += 1
    mem[entry], mem[entry + 1] = what, mem[ROW_NUMBER]
    return entry


@lean
def _element(text, mem, at, end, depth):
    """The next element of an array; lists of objects tell what their elements are."""
    frame = FRAMES + depth * FRAME_PARTS
    mem[KEY_AT] = NOTHING
    mem[OPERATION] = KEEP
    if mem[frame + F_ELEMENTS] != KEEP and (at >= end or text[at] != OPEN_OBJECT):
        return NOTHING
    return at


@lean
def _key(text, mem, plan, at, end, depth):
    """Read a key and its colon; the place of the value. A key with escapes, or one that comes again, is odd."""
    if at >= end or text[at] != QUOTE:
        return NOTHING
    node = mem[FRAMES + depth * FRAME_PARTS + F_NODE]
    start = at = at + 1
    found = node
    while at < end and text[at] != QUOTE:
        byte = text[at]
        if byte == BACKSLASH or byte < SPACE:
            return NOTHING
        found = (found ^ byte) * HASH_FACTOR
        at += 1
    if not _is_new(mem, found, depth):
        return NOTHING
    mem[KEY_AT], mem[KEY_END] = start, at
    mem[OPERATION] = look_up(plan, node, text, start, at, found) if node >= 0 else KEEP
    at = after_space(text, at + 1, end)
    if at >= end or text[at] != COLON:
        return NOTHING
    return after_space(text, at + 1, end)


@lean
def _is_new(mem, found, depth):
    """Whether the open object has no such key yet. Two keys of one hash count as the same: that line is only odd."""
    last = mem[SEEN]
    if last >= KEYS_MAX:
        return False
    for place in range(mem[FRAMES + depth * FRAME_PARTS + F_SEEN], last):
        if mem[SEEN_KEYS + place] == found:
            return False
    mem[SEEN_KEYS + last] = found
    mem[SEEN] = last + 1
    return True


@lean
def look_up(plan, node, text, at, end, found):
    """What the plan has for a key of the node, whose hash is ``found``; NOTHING (which is KEEP) if it has none."""
    place = (found ^ found >> HASH_SHIFT) & (HASH_SLOTS - 1)
    while plan[place * HASH_PARTS + 2]:
        if plan[place * HASH_PARTS] == node and plan[place * HASH_PARTS + 2] == end - at:
            if _is_key(plan, P_KEYS + plan[place * HASH_PARTS + 1], text, at, end):
                return plan[place * HASH_PARTS + 3]
        place = (place + 1) & (HASH_SLOTS - 1)
    return NOTHING


@lean
def _is_key(plan, key, text, at, end):
    for place in range(at, end):
        if plan[key] != text[place]:
            return False
        key += 1
    return True


@lean
def word_at(plan, vocabulary, text, at, end):
    """The number of a word, NOTHING for an unknown one."""
    found = vocabulary
    for place in range(at, end):
        found = (found ^ text[place]) * HASH_FACTOR
    return look_up(plan, vocabulary, text, at, end, found)


@lean
def _begin_member(text, out, mem):
    """Comma and key in ``out``; the place of ``out`` before, and whether the container had written anything."""
    frame = FRAMES + mem[DEPTH] * FRAME_PARTS
    back, wrote = mem[OUT], mem[frame + F_WROTE]
    to = back
    if wrote:
        out[to] = COMMA
        to += 1
    mem[frame + F_WROTE] = 1
    if mem[KEY_AT] >= 0:
        out[to] = QUOTE
        to = copy(text, mem[KEY_AT], mem[KEY_END], out, to + 1)
        out[to] = QUOTE
        out[to + 1] = COLON
        to += 2
    mem[OUT] = to
    return back, wrote


@lean
def _value(text, out, mem, plan, at, end):
    """Take the value at ``at`` by the operation of its key; the place behind it, inside it if it is a container."""
    operation = mem[OPERATION]
    code = KEEP if operation == KEEP else plan[P_OPERATIONS + operation * 3]
    byte = text[at]
    if byte == QUOTE:
        return _string(text, out, mem, plan, at + 1, end, code, operation)
    if byte == MINUS or ZERO <= byte <= NINE:
        return _number(text, out, mem, plan, at, end, code, operation)
    if byte == OPEN_OBJECT:
        return _object(text, out, mem, plan, at, code, operation)
    if byte == OPEN_ARRAY:
        return _array(text, out, mem, plan, at, end, code, operation)
    stop = word_end(text, at, end) if code == KEEP else NOTHING
    if stop > 0:
        _begin_member(text, out, mem)
        mem[OUT] = copy(text, at, stop, out, mem[OUT])
    return stop


@lean
def _object(text, out, mem, plan, at, code, operation):
    frame = FRAMES + mem[DEPTH] * FRAME_PARTS
    node, is_answer = KEEP, False
    if mem[frame + F_IS_ARRAY] and mem[frame + F_ELEMENTS] != KEEP:
        node, is_answer = _element_node(mem, plan, frame)
    elif code == NODE:
        node = plan[P_OPERATIONS + operation * 3 + 2]
    elif code != KEEP:
        return NOTHING
    back, wrote = _begin_member(text, out, mem)
    if not _open(out, mem, node, False, KEEP, is_answer, back):
        return NOTHING
    mem[FRAMES + mem[DEPTH] * FRAME_PARTS + F_PARENT_WROTE] = wrote
    return at + 1


@lean
def _element_node(mem, plan, frame):
    """(node of the next element of a list of objects, whether it is an answer)."""
    operation = mem[frame + F_ELEMENTS]
    node = plan[P_OPERATIONS + operation * 3 + 2]
    if plan[P_OPERATIONS + operation * 3] == FIRST:
        return (node if mem[frame + F_HAD] == 1 else KEEP), False
    for part in range(5):
        mem[DATA_AT + part] = UNTOLD
    return node, True


@lean
def _array(text, out, mem, plan, at, end, code, operation):
    if code == TEXTS:
        return _list_of_texts(text, out, mem, at + 1, end, plan[P_OPERATIONS + operation * 3 + 1])
    if code == ONLY_TEXT:
        return _only_text(text, out, mem, at + 1, end, plan[P_OPERATIONS + operation * 3 + 1])
    if code != KEEP and code != OBJECTS and code != FIRST:
        return NOTHING
    if code == FIRST:
        if mem[QUERIES]:
            return NOTHING
        mem[QUERIES] = 1
    back, _ = _begin_member(text, out, mem)
    if not _open(out, mem, KEEP, True, KEEP if code == KEEP else operation, False, back):
        return NOTHING
    return at + 1


@lean
def _list_of_texts(text, out, mem, at, end, slot):
    """A list of at least one string, and nothing else."""
    while True:
        at = after_space(text, at, end)
        if at >= end or text[at] != QUOTE:
            return NOTHING
        stop, escaped = string_end(text, at + 1, end)
        start, length = plain(text, out, mem, at + 1, stop, escaped)
        if length < 0:
            return NOTHING
        entry = new_entry(mem, slot)
        mem[entry + 2], mem[entry + 3] = start, length
        at = after_space(text, stop + 1, end)
        if at >= end or (text[at] != COMMA and text[at] != CLOSE_ARRAY):
            return NOTHING
        at += 1
        if text[at - 1] == CLOSE_ARRAY:
            return at


@lean
def _only_text(text, out, mem, at, end, slot):
    """A list of exactly one string."""
    at = after_space(text, at, end)
    if at >= end or text[at] != QUOTE:
        return NOTHING
    stop, escaped = string_end(text, at + 1, end)
    if not fill_text(text, out, mem, slot, MOVED, at + 1, stop, escaped):
        return NOTHING
    at = after_space(text, stop + 1, end)
    return at + 1 if at < end and text[at] == CLOSE_ARRAY else NOTHING


@lean
def plain(text, out, mem, at, stop, escaped):
    """(place, length) of a string's meaning: where it stands, in ``out`` if it has escapes; length NOTHING if bad."""
    if stop < 0:
        return at, NOTHING
    if not escaped:
        return at, stop - at
    start = mem[SPARE]
    to = put_plain(text, at, stop, out, start)
    if to < 0:
        return at, NOTHING
    mem[SPARE] = to
    return text.size + start, to - start


@lean
def fill_text(text, out, mem, slot, level, at, stop, escaped):
    """Fill a cell, if what filled it before is less; whether the string is sound."""
    start, length = plain(text, out, mem, at, stop, escaped)
    if length < 0:
        return False
    cell = mem[ROW] + slot
    if mem[cell] >> CELL_LEVEL < level:
        mem[cell] = level << CELL_LEVEL | length << CELL_LENGTH | start
    return True


@lean
def _fill_number(mem, slot, level, value):
    if number_level(mem, slot) < level:
        mem[mem[ROW] + NUMBERS + slot] = value
        levels = mem[ROW] + LEVELS
        mem[levels] = mem[levels] & ~(3 << 2 * slot) | level << 2 * slot


@lean
def number_level(mem, slot):
    """What filled the number of the slot in this row; 0 if nothing did."""
    return mem[mem[ROW] + LEVELS] >> 2 * slot & 3


@lean
def _string(text, out, mem, plan, at, end, code, operation):
    stop, escaped = string_end(text, at, end)
    if stop < 0:
        return NOTHING
    slot = plan[P_OPERATIONS + operation * 3 + 1] if operation != KEEP else KEEP
    if code == KEEP or code == COPY_TEXT or code == LATE_TEXT or code == WATCH_TEXT or code >= ANSWER_DATA:
        return _kept_string(text, out, mem, at, stop, escaped, code, slot)
    if code == TEXT or code == KIND:
        taken = fill_text(text, out, mem, slot, MOVED, at, stop, escaped)
    elif code == ADDRESS or code == PROTOCOL:
        taken = not escaped and _spelt(text, out, mem, plan, slot, at, stop, code)
    elif code == TIMESTAMP:
        taken = _timestamp(text, mem, at, stop)
    else:
        taken = _number_of(text, mem, slot, at, stop, code)
    return stop + 1 if taken else NOTHING


@lean
def _kept_string(text, out, mem, at, stop, escaped, code, slot):
    """A string that goes to ``out``, and perhaps into a cell too."""
    if code == COPY_TEXT or code == LATE_TEXT or code == WATCH_TEXT:
        if not fill_text(text, out, mem, slot, LATE if code == LATE_TEXT else COPIED, at, stop, escaped):
            return NOTHING
    elif code == ANSWER_DATA or code == ANSWER_TYPE:
        start, length = plain(text, out, mem, at, stop, escaped)
        part = DATA_AT if code == ANSWER_DATA else TYPE_AT
        mem[part], mem[part + 1] = start, length
    elif code == ANSWER_TTL:
        return NOTHING
    _begin_member(text, out, mem)
    to = mem[OUT]
    out[to] = QUOTE
    if escaped:
        to = put_encoded(text, at, stop, out, to + 1)
    else:
        to = copy(text, at, stop, out, to + 1)
    if to < 0:
        return NOTHING
    out[to] = QUOTE
    mem[OUT] = to + 1
    return stop + 1


@lean
def _spelt(text, out, mem, plan, slot, at, stop, code):
    """A protocol by its known name goes into the cell in lower case; an address as it stands, to be read at the end."""
    if code == ADDRESS:
        return fill_text(text, out, mem, slot, MOVED, at, stop, False)
    if word_at(plan, WORDS_PROTOCOL, text, at, stop) < 0:
        return False
    start = mem[SPARE]
    lower_at(text, at, stop, out, start)
    mem[SPARE] = start + stop - at
    mem[mem[ROW] + slot] = MOVED << CELL_LEVEL | (stop - at) << CELL_LENGTH | text.size + start
    return True


@lean
def _timestamp(text, mem, at, stop):
    micros, offset = instant_at(text, at, stop)
    mem[MICROS], mem[OFFSET] = micros, offset
    mem[TIME_AT] = at
    return micros >= 0


@lean
def _number_of(text, mem, slot, at, stop, code):
    """A string that means a number: a time, or flags in hexadecimal."""
    value = NO_TIME
    if code == INSTANT:
        micros, _ = instant_at(text, at, stop)
        if micros >= 0 and _same_offset(text, mem, stop):
            value = micros
    elif code == CERTIFICATE and stop - at == CERTIFICATE_CHARACTERS:
        seconds = seconds_at(text, at)
        if seconds != NO_TIME:
            value = seconds * 1_000_000
    elif code == FLAGS and stop - at == 2:
        high, low = _digit(text[at]), _digit(text[at + 1])
        if high >= 0 and low >= 0:
            value = high * 16 + low
    if value == NO_TIME:
        return False
    _fill_number(mem, slot, MOVED, value)
    return True


@lean
def _digit(byte):
    """A hexadecimal digit in lower case."""
    if ZERO <= byte <= NINE:
        return int(byte) - ZERO
    return int(byte) - 0x61 + 10 if 0x61 <= byte <= 0x66 else NOTHING


@lean
def _same_offset(text, mem, stop):
    """Whether a time that ends at ``stop`` has the offset of the event's own, which came before it."""
    own = mem[TIME_AT] + 26
    if own < 26:
        return False
    for place in range(OFFSET_CHARACTERS):
        if text[own + place] != text[stop - OFFSET_CHARACTERS + place]:
            return False
    return True


@lean
def _number(text, out, mem, plan, at, end, code, operation):
    stop, value = number_end(text, at, end)
    if stop < 0 or (code != KEEP and stop - at > NUMBER_DIGITS_MAX):
        return NOTHING
    slot = plan[P_OPERATIONS + operation * 3 + 1] if operation != KEEP else KEEP
    if code == NUMERAL:
        return stop if fill_text(text, out, mem, slot, MOVED, at, stop, False) else NOTHING
    if code == NUMBER or code == MILLISECONDS:
        if value < 0 or value > plan[P_OPERATIONS + operation * 3 + 2] or (code == MILLISECONDS and value >= 10**15):
            return NOTHING
        _fill_number(mem, slot, MOVED, value * 1000 if code == MILLISECONDS else value)
        return stop
    if not _look_at_number(text, out, mem, code, slot, at, stop, value):
        return NOTHING
    _begin_member(text, out, mem)
    mem[OUT] = copy(text, at, stop, out, mem[OUT])
    return stop


@lean
def _look_at_number(text, out, mem, code, slot, at, stop, value):
    """For a number that is kept: what else is done with it. False where it is no number that belongs there."""
    if code == KEEP:
        return True
    if code == COPY_NUMERAL:
        return fill_text(text, out, mem, slot, COPIED, at, stop, False)
    if value < 0:
        return False
    if code == ANSWER_TTL:
        mem[TTL] = value
    elif code == LATE_NUMBER or code == WATCH_NUMBER:
        _fill_number(mem, slot, LATE if code == LATE_NUMBER else COPIED, value)
    else:
        return False
    return True
