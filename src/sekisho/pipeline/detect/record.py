"""From a row of the event table to the parts of a finding that every rule fills in the same way."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from sekisho.ocsf.device import PRIVATE_NETWORKS, Network
from sekisho.ocsf.finding import EVIDENCE_BYTES_MAX, DetectionFinding
from sekisho.pipeline.normalise.addresses import HOME, AddressBook

SUMMARY_CHARS_MAX = 300
DEVICES_KEPT_MAX = 128

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)

Homes = Mapping[str, tuple[Network, ...]]
"""Device id -> the networks on the contractor's side of it."""

IsHome = Callable[[str, str | None], bool]

_NAMED = (
    "contract",
    "device",
    "batch",
    "record",
    "time",
    "received_at",
    "outcome",
    "direction",
    "src_endpoint.ip",
    "src_endpoint.port",
    "dst_endpoint.ip",
    "dst_endpoint.port",
    "connection_info.protocol_name",
    "http_request.http_method",
    "http_request.url.hostname",
    "http_request.url.url_string",
    "query.type",
    "query.hostname",
    "tls.sni",
    "file.name",
)

COLUMNS = [*_NAMED, "raw"]
"""What ``findings`` needs of a row."""

_OUTCOMES = frozenset({"blocked", "allowed", "detected", "unknown"})
_DIRECTIONS = frozenset({"inbound", "outbound", "lateral", "local", "unknown"})


def findings(rows: pa.Table, rule_parts: Iterable[Mapping[str, Any]], homes: Homes) -> list[DetectionFinding]:
    """One finding a row; ``rule_parts`` gives what the rule knows (level, rule_id, ...) in the rows' order."""
    home = _asking(homes)
    return [
        DetectionFinding(**_shared(record, home), evidence=seen, **parts)
        for record, seen, parts in zip(_records(rows), _evidence(rows), rule_parts, strict=True)
    ]


def _records(rows: pa.Table) -> Iterator[dict[str, Any]]:
    """Rows as dictionaries. Column by column, and with our own instants: ten times faster than to_pylist."""
    columns = [_values(rows[name]) for name in _NAMED]
    return (dict(zip(_NAMED, values, strict=True)) for values in zip(*columns, strict=True))


def _values(column: pa.ChunkedArray) -> list[Any]:
    if not pa.types.is_timestamp(column.type):
        return column.to_pylist()
    return [_instant(micros) for micros in column.cast(pa.int64()).to_pylist()]


def _instant(micros: int | None) -> dt.datetime | None:
    """None also for a time beyond the year 9999, which a log may claim."""
    try:
        return None if micros is None else _EPOCH + dt.timedelta(microseconds=micros)
    except OverflowError:
        return None


def _shared(record: Mapping[str, Any], home: IsHome) -> dict[str, Any]:
    internal, external = _sides(record, home)
    return {
        "contract": record["contract"],
        "device": record["device"],
        "batch": record["batch"],
        "record": record["record"],
        "time": record["time"] or record["received_at"],
        "received_at": record["received_at"],
        "outcome": record["outcome"] if record["outcome"] in _OUTCOMES else "unknown",
        "direction": record["direction"] if record["direction"] in _DIRECTIONS else "unknown",
        "internal": internal,
        "external": external,
        "src_ip": record["src_endpoint.ip"],
        "src_port": record["src_endpoint.port"],
        "dst_ip": record["dst_endpoint.ip"],
        "dst_port": record["dst_endpoint.port"],
        "protocol": record["connection_info.protocol_name"],
        "summary": _summary(record),
    }


def _sides(record: Mapping[str, Any], home: IsHome) -> tuple[str | None, str | None]:
    """(internal, external). An alert may be about an answer, so the packet's source is not always the opener:
    the networks decide. Between two internal hosts the internal one is the source, and nobody is external."""
    src, dst = record["src_endpoint.ip"], record["dst_endpoint.ip"]
    device = record["device"]
    src_home, dst_home = home(device, src), home(device, dst)
    if src_home:
        return src, None if dst_home else dst
    if dst_home:
        return dst, src
    if record["direction"] == "outbound":
        return src, dst
    return (dst, src) if record["direction"] == "inbound" else (None, None)


def _asking(homes: Homes) -> IsHome:
    """Whether an address lies on the contractor's side of a device; each device's networks are read once."""
    books: dict[str, AddressBook] = {}

    def is_home(device: str, address: str | None) -> bool:
        if not address:
            return False
        book = books.get(device)
        if book is None:
            book = books[device] = _book(homes.get(device, PRIVATE_NETWORKS))
        return book.look_up(address).side == HOME

    return is_home


@functools.lru_cache(maxsize=DEVICES_KEPT_MAX)
def _book(networks: tuple[Network, ...]) -> AddressBook:
    return AddressBook(networks)


def _summary(record: Mapping[str, Any]) -> str:
    """What happened, in the log's own (hostile) words, for a list: short and on one line."""
    what = " ".join(
        str(record[name])
        for name in ("http_request.http_method", "query.type", "query.hostname", "tls.sni", "file.name")
        if record[name]
    )
    url = f"{record['http_request.url.hostname'] or ''}{record['http_request.url.url_string'] or ''}"
    ends = f"{_end(record, 'src_endpoint')} > {_end(record, 'dst_endpoint')}"
    return " ".join(f"{ends} {what} {url}".split())[:SUMMARY_CHARS_MAX]


def _end(record: Mapping[str, Any], side: str) -> str:
    address, port = record[f"{side}.ip"] or "?", record[f"{side}.port"]
    if port is None:
        return address
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def _evidence(rows: pa.Table) -> list[str]:
    """The lines, cut by bytes before they are decoded, so that a huge line costs no more than a long one."""
    cut = pc.binary_slice(rows["raw"], 0, EVIDENCE_BYTES_MAX)
    return [(line or b"").decode("utf-8", "replace") for line in cut.to_pylist()]
