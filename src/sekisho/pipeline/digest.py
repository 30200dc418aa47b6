"""One stream message -> the rows that the lake gets of it. No I/O; every message ends as rows.

A message that is no batch, a batch of a device that nobody knows, and a batch that keeps failing are
kept whole as unparsed rows with their reason: that is the quarantine, and it is searched like the rest.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import NamedTuple

import pyarrow as pa

from sekisho.evidence.segment import Segment, root_of, root_of_lines
from sekisho.ocsf.columns import EVENT_SCHEMA
from sekisho.ocsf.device import DeviceContext
from sekisho.pipeline.batch import BatchError, StreamBatch, decode, records
from sekisho.pipeline.normalise.cells import Batch, Unparsed, unparsed_table

UNKNOWN_DEVICE = DeviceContext(device="unknown", contract="", retention_years=1)
"""Whose lines they are that nobody can place: no contract sees them, the carrier does."""
QUARANTINE_MARK = "!quarantine"
"""Ends the ledger id of a batch that was put aside: its own id may be in the lake already."""

Directory = Callable[[str], DeviceContext | None]
"""Device id -> what the platform knows of it now, or None."""
Normalise = Callable[[StreamBatch, DeviceContext], tuple[pa.Table, pa.Table]]
"""(batch, device) -> (events, unparsed)."""


class Digest(NamedTuple):
    """``batch`` is the ledger id; ``events`` and ``unparsed`` have the lake's schemas; ``segment`` is the batch's
    leaf in the log of evidence."""

    batch: str
    events: pa.Table
    unparsed: pa.Table
    segment: bytes | None = None


def digest(message: bytes, message_id: str, directory: Directory, normalise: Normalise, now: dt.datetime) -> Digest:
    """The rows of one message. Raises only what ``directory`` or ``normalise`` raise on their own faults."""
    try:
        batch = decode(message)
        device = directory(batch.device)
        if device is None:
            return _of_nobody(batch)
        return Digest(batch.batch_id, *normalise(batch, device), _segment(batch, device.contract))
    except BatchError as error:
        return quarantined(message, message_id, str(error), UNKNOWN_DEVICE, now)


def quarantined(message: bytes, message_id: str, reason: str, device: DeviceContext, now: dt.datetime) -> Digest:
    """The whole message as one unparsed row."""
    shared = Batch(message_id, now, device)
    rows = unparsed_table(shared, [Unparsed(0, message, f"the whole message: {reason}")])
    named = message_id + QUARANTINE_MARK
    leaf = Segment(named, device.device, device.contract, now.timestamp(), "octets", 1, root_of([message], "octets"))
    return Digest(named, EVENT_SCHEMA.empty_table(), rows, leaf.encoded())


def owner_of(message: bytes, directory: Directory) -> DeviceContext:
    """Whose message that is, as far as it can be told without understanding it."""
    try:
        return directory(decode(message).device) or UNKNOWN_DEVICE
    except Exception:  # whatever made it fail before may do so here
        return UNKNOWN_DEVICE


def _of_nobody(batch: StreamBatch) -> Digest:
    shared = Batch(batch.batch_id, batch.received, UNKNOWN_DEVICE)
    reason = f"no device {batch.device!r} is known"
    rows = unparsed_table(shared, [Unparsed(index, line, reason) for index, line in enumerate(records(batch))])
    return Digest(batch.batch_id, EVENT_SCHEMA.empty_table(), rows, _segment(batch, ""))


def _segment(batch: StreamBatch, contract: str) -> bytes:
    """Every byte of the batch's records, as they came."""
    if batch.framing == "lines":
        body = batch.unpacked
        body += b"" if body.endswith(b"\n") or not body else b"\n"
        root, count = root_of_lines(body), body.count(b"\n")
    else:
        lines = records(batch)
        root, count = root_of(lines, batch.framing), len(lines)
    leaf = Segment(batch.batch_id, batch.device, contract, batch.received_at, batch.framing, count, root)
    return leaf.encoded()
