"""The field tables of Suricata's events as flat arrays that compiled loops can walk.

Made from ``normalise.suricata_fields`` and ``suricata_meaning`` themselves, so that a field which is
added there is understood here, or makes its lines odd: a conversion that this file doesn't know never
becomes a guess. An object's table is a node; equal tables are one node, whatever kind of event has them.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from sekisho.ocsf.columns import EVENT_SCHEMA
from sekisho.pipeline.normalise import suricata_fields as fields
from sekisho.pipeline.normalise import suricata_meaning as meaning
from sekisho.pipeline.normalise.fields import (
    INT64_MAX,
    Converted,
    FieldTable,
    Number,
    as_text,
    numeral,
    only_text,
    texts,
)

(ODD, NODE, OBJECTS, FIRST, TEXT, ADDRESS, NUMBER, NUMERAL, PROTOCOL, INSTANT, MILLISECONDS, FLAGS, CERTIFICATE) = (
    range(13)
)
(TEXTS, ONLY_TEXT, COPY_TEXT, COPY_NUMERAL, LATE_TEXT, LATE_NUMBER, WATCH_TEXT, WATCH_NUMBER, TIMESTAMP, KIND) = range(
    13, 23
)
(ANSWER_DATA, ANSWER_TYPE, ANSWER_TTL) = range(23, 26)
"""What to do with a value. Moved: TEXT to ONLY_TEXT. Copied, the value stays: COPY (fills what is empty), LATE
(fills what is empty at the end). Only looked at: WATCH. OBJECTS: a list of objects of a node; FIRST: only its first."""

WATCHES = ("direction", "verdict.action", "flow.src_ip", "flow.src_port", "dns.type", "smb.disposition")
"""Fields that give an event its meaning without having a column, by their slot."""
WATCH = "watch:"
ANSWERS = ("answers.rdata", "answers.type", "answers.ttl")
ODD_KINDS = (
    *("http2", "mdns", "dhcp", "rdp", "dcerpc", "ftp", "ftp_data", "tftp", "nfs", "krb5", "stats", "engine", "netflow"),
)
"""Rare, or with a meaning that needs more than one field: read line by line."""
OTHER_KIND = "other"
KINDS = (
    "alert",
    "drop",
    "dns",
    "http",
    "smb",
    "ssh",
    "smtp",
    "fileinfo",
    "ntp",
    "ike",
    "tls",
    "flow",
    "anomaly",
    OTHER_KIND,
)
ALERT, DROP, DNS, HTTP, SMB = range(5)
FLOW = UNCLASSED = KINDS.index("flow")
"""Kinds from UNCLASSED on are network activity if they have addresses, else they have no class."""
SLOW_KIND = len(KINDS)

_CONVERSIONS = {
    numeral: NUMERAL,
    fields.protocol_name: PROTOCOL,
    fields.usual_instant: INSTANT,
    fields.milliseconds: MILLISECONDS,
    fields.tcp_flags: FLAGS,
    fields.certificate_time: CERTIFICATE,
    texts: TEXTS,
    only_text: ONLY_TEXT,
}
_COPIES = {as_text: COPY_TEXT, numeral: COPY_NUMERAL}
_ADDRESSES = frozenset({"src_endpoint.ip", "dst_endpoint.ip"})
_OF_FILES = {
    "filename": "file.name",
    "magic": "file.desc",
    **{h: f"file.hashes.{h}" for h in ("md5", "sha1", "sha256")},
}

(WORDS_KIND, WORDS_METHOD, WORDS_DNS, WORDS_SMB, WORDS_AUTHOR, WORDS_CONFIDENCE, WORDS_PROTOCOL, WORDS_WAY) = range(
    -8, 0
)
WORDS_VERDICT, WORDS_ACTION, WORDS_FLOW, WORDS_STATUS = range(-12, -8)
"""Vocabularies: nodes below zero, whose entries are numbers."""
BLOCKED, ALLOWED, DETECTED, UNKNOWN = range(4)
OUTCOMES = ("blocked", "allowed", "detected", "unknown")
TO_CLIENT, TO_SERVER = 1, 2


class Slots(NamedTuple):
    texts: tuple[str, ...]
    numbers: tuple[str, ...]
    lists: tuple[str, ...]


def key_hash(node: int, key: bytes) -> int:
    """As ``eve_walk`` makes it: 64 bits with a sign, wrapping."""
    found = node
    for byte in key:
        found = ((found ^ byte) * HASH_FACTOR) & (2**64 - 1)
    return found - 2**64 if found >= 2**63 else found


HASH_FACTOR = 0x100000001B3
HASH_SHIFT = 17
HASH_SLOTS, HASH_PARTS = 2048, 4
OPERATIONS_MAX, KINDS_MAX = 256, 16
P_OPERATIONS = HASH_SLOTS * HASH_PARTS
P_ROOTS = P_OPERATIONS + OPERATIONS_MAX * 3
P_CLASSES = P_ROOTS + KINDS_MAX
P_KEYS = P_CLASSES + KINDS_MAX * 2
"""The plan is one array: a hash table of the keys of all nodes and of all words (node, place of the key, its length,
number), operations (code, slot, limit), the root of each kind, its class_uid and activity_id (-1: the event tells it),
and the keys themselves, a byte an element. One array, because compiled functions pay for each argument."""


@cache
def plan() -> tuple[np.ndarray, Slots]:
    """Made once a process."""
    return _Maker().made()


class _Maker:
    def __init__(self) -> None:
        self._texts: dict[str, int] = {}
        self._numbers: dict[str, int] = {}
        self._lists: dict[str, int] = {}
        self._operations: dict[tuple[int, int, int], int] = {}
        self._nodes: dict[frozenset[tuple[str, int]], int] = {}
        self._entries: dict[tuple[int, bytes], int] = {}

    def made(self) -> tuple[np.ndarray, Slots]:
        roots = [self._root(kind) for kind in KINDS]
        self._words()
        table, keys = self._hashed()
        if len(self._operations) > OPERATIONS_MAX or len(KINDS) > KINDS_MAX:
            raise AssertionError("the plan has no room for so many operations or kinds")
        made = np.zeros(P_KEYS + len(keys), np.int64)
        for at, part in (
            (0, table),
            (P_OPERATIONS, [number for operation in self._operations for number in operation]),
            (P_ROOTS, roots),
            (P_CLASSES, _classes()),
            (P_KEYS, list(keys)),
        ):
            made[at : at + len(part)] = part
        return made, Slots(tuple(self._texts), tuple(self._numbers), tuple(self._lists))

    def _root(self, kind: str) -> int:
        table = fields.FIELDS_BY_KIND.get(kind, fields.FIELDS_OF_OTHERS)
        extra: dict[str, int] = {
            "timestamp": self._operation(TIMESTAMP),
            "event_type": self._operation(KIND, self._text("metadata.event_code")),
            "log_level": self._operation(ODD),
            "direction": self._watch("direction"),
        }
        if kind == "alert":
            extra["files"] = self._operation(FIRST, limit=self._node({}, self._files()))
        if kind not in ("alert", "dns"):
            extra["dns"] = self._operation(ODD)
        if kind in ("alert", "drop"):
            extra["verdict"] = self._operation(NODE, limit=self._node({}, {"action": self._watch("verdict.action")}))
        else:
            extra["verdict"] = extra["alert"] = self._operation(ODD)
        return self._node(table, extra, top=True)

    def _node(self, table: FieldTable, extra: Mapping[str, int], top: bool = False, name: str = "") -> int:
        members = {key: self._member(key, field, top) for key, field in table.items()}
        members |= extra
        for watch in WATCHES:
            parent, _, leaf = watch.rpartition(".")
            if parent == name != "" and leaf not in members:
                members[leaf] = self._watch(watch)
        if name == "dns":
            members |= self._dns()
        found = frozenset(members.items())
        if found not in self._nodes:
            self._nodes[found] = node = len(self._nodes)
            for key, operation in members.items():
                self._entries[node, key.encode()] = operation
        return self._nodes[found]

    def _member(self, key: str, field: object, top: bool) -> int:
        if isinstance(field, dict):
            return self._operation(NODE, limit=self._node(field, {}, name=key if top else ""))
        if isinstance(field, Number):
            return self._operation(NUMBER, self._number(_name(field.column)), field.limit)
        if isinstance(field, Converted):
            return self._converted(field)
        name = _name(field)
        return self._operation(ADDRESS if name in _ADDRESSES else TEXT, self._text(name))

    def _converted(self, field: Converted) -> int:
        code = _CONVERSIONS.get(field.exact, ODD) if field.exact is not None else _COPIES.get(field.near, ODD)
        name = _name(field.column)
        if code == ODD:
            return self._operation(ODD)
        kind = EVENT_SCHEMA.field(name).type
        if pa.types.is_list(kind):
            slot = self._lists.setdefault(name, len(self._lists))
        else:
            slot = self._text(name) if pa.types.is_string(kind) else self._number(name)
        return self._operation(code, slot, INT64_MAX)

    def _dns(self) -> dict[str, int]:
        query = {
            "rrname": self._operation(LATE_TEXT, self._text("query.hostname")),
            "rrtype": self._operation(LATE_TEXT, self._text("query.type")),
        }
        answer = {"rdata": ANSWER_DATA, "rrtype": ANSWER_TYPE, "ttl": ANSWER_TTL}
        queries = self._operation(FIRST, limit=self._node({}, query))
        return {
            "queries": queries,
            "query": queries,
            "answers": self._operation(
                OBJECTS, limit=self._node({}, {key: self._operation(code) for key, code in answer.items()})
            ),
            "answer": self._operation(ODD),
            "rdata": self._operation(ODD),
        }

    def _files(self) -> dict[str, int]:
        found = {key: self._operation(LATE_TEXT, self._text(column)) for key, column in _OF_FILES.items()}
        return {**found, "size": self._operation(LATE_NUMBER, self._number("file.size"), INT64_MAX)}

    def _watch(self, name: str) -> int:
        if name == "flow.src_port":
            return self._operation(WATCH_NUMBER, self._number(f"{WATCH}{name}"), INT64_MAX)
        return self._operation(WATCH_TEXT, self._text(f"{WATCH}{name}"))

    def _operation(self, code: int, slot: int = -1, limit: int = -1) -> int:
        return self._operations.setdefault((code, slot, limit), len(self._operations))

    def _text(self, name: str) -> int:
        return self._texts.setdefault(name, len(self._texts))

    def _number(self, name: str) -> int:
        return self._numbers.setdefault(name, len(self._numbers))

    def _words(self) -> None:
        kinds = {kind: number for number, kind in enumerate(KINDS) if kind != OTHER_KIND}
        for vocabulary, words in (
            (WORDS_KIND, {**kinds, **dict.fromkeys(ODD_KINDS, SLOW_KIND)}),
            (WORDS_METHOD, meaning.HTTP_METHODS),
            (WORDS_DNS, meaning.DNS_TYPES),
            (WORDS_SMB, meaning.SMB_DISPOSITIONS),
            (WORDS_AUTHOR, meaning.AUTHORS_SEVERITIES),
            (WORDS_CONFIDENCE, meaning.CONFIDENCES),
            (WORDS_PROTOCOL, dict.fromkeys(fields.PROTOCOLS, 1)),
            (WORDS_VERDICT, {"drop": BLOCKED, "reject": BLOCKED, "pass": ALLOWED}),
            (WORDS_ACTION, {"blocked": BLOCKED}),
            (WORDS_FLOW, {"drop": BLOCKED, "accept": ALLOWED, "pass": ALLOWED}),
            (WORDS_STATUS, {"status_success": 1}),
            (WORDS_WAY, {"to_client": TO_CLIENT, "to_server": TO_SERVER}),
        ):
            for word, number in words.items():
                self._entries[vocabulary, word.encode()] = number

    def _hashed(self) -> tuple[list[int], bytes]:
        """The hash table, row by row, and the text of its keys."""
        rows: list[tuple[int, int, int, int]] = [(0, 0, 0, 0)] * HASH_SLOTS
        keys = bytearray()
        if len(self._entries) > HASH_SLOTS // 2:
            raise AssertionError("the table of keys is too small")
        for (owner, key), number in self._entries.items():
            found = key_hash(owner, key)
            place = (found ^ found >> HASH_SHIFT) & (HASH_SLOTS - 1)
            while rows[place][2]:
                place = (place + 1) & (HASH_SLOTS - 1)
            rows[place] = (owner, len(keys), len(key), number)
            keys += key
        return [number for row in rows for number in row], bytes(keys)


def _name(column: int) -> str:
    return EVENT_SCHEMA.names[column]


def _classes() -> list[int]:
    known = [meaning.KINDS.get(kind, meaning.OTHER_TRAFFIC) for kind in KINDS]
    return [number for k in known for number in (k.class_uid, -1 if callable(k.activity) else k.activity)]
