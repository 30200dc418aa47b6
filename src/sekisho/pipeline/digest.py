"""One stream message -> the rows that the lake gets of it. No I/O; every message ends as rows.

A message that is no batch, a batch of a device that nobody knows, and a batch that keeps failing are
kept whole as unparsed rows with their reason: that is the quarantine, and it is searched like the rest.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import NamedTuple

import msgspec
import pyarrow as pa

from sekisho.ocsf.columns import EVENT_SCHEMA
from sekisho.ocsf.device import DeviceContext
from sekisho.pipeline.batch import BatchError, StreamBatch, decode, pack_octets, records
from sekisho.pipeline.collect.syslog import message_of
from sekisho.pipeline.normalise.cells import Batch, Unparsed, unparsed_table

UNKNOWN_DEVICE = DeviceContext(device="unknown", contract="", retention_years=1)
"""Whose lines they are that nobody can place: no contract sees them, the carrier does."""
QUARANTINE_MARK = "!quarantine"
"""Ends the ledger id of a batch that was put aside: its own id may be in the lake already."""

SYSLOG_SOURCE = "syslog-"
"""Starts the name of a source whose records have a syslog header before the message."""

Directory = Callable[[str], DeviceContext | None]
"""Device id -> what the platform knows of it now, or None."""
Normalise = Callable[[StreamBatch, DeviceContext], tuple[pa.Table, pa.Table]]
"""(batch, device) -> (events, unparsed)."""


class Digest(NamedTuple):
    """``batch`` is the ledger id; ``events`` and ``unparsed`` have the lake's schemas."""

    batch: str
    events: pa.Table
    unparsed: pa.Table


def digest(message: bytes, message_id: str, directory: Directory, normalise: Normalise, now: dt.datetime) -> Digest:
    """The rows of one message. Raises only what ``directory`` or ``normalise`` raise on their own faults."""
    try:
        batch = decode(message)
        device = directory(batch.device)
        if device is None:
            return _of_nobody(batch)
        if batch.source.startswith(SYSLOG_SOURCE):
            return _of_syslog(batch, device, normalise)
        return Digest(batch.batch_id, *normalise(batch, device))
    except BatchError as error:
        return quarantined(message, message_id, str(error), UNKNOWN_DEVICE, now)


def quarantined(message: bytes, message_id: str, reason: str, device: DeviceContext, now: dt.datetime) -> Digest:
    """The whole message as one unparsed row."""
    shared = Batch(message_id, now, device)
    rows = unparsed_table(shared, [Unparsed(0, message, f"the whole message: {reason}")])
    return Digest(message_id + QUARANTINE_MARK, EVENT_SCHEMA.empty_table(), rows)


def owner_of(message: bytes, directory: Directory) -> DeviceContext:
    """Whose message that is, as far as it can be told without understanding it."""
    try:
        return directory(decode(message).device) or UNKNOWN_DEVICE
    except Exception:  # whatever made it fail before may do so here
        return UNKNOWN_DEVICE


def _of_syslog(batch: StreamBatch, device: DeviceContext, normalise: Normalise) -> Digest:
    """The parser gets the messages, the lake keeps the records as they were received, header and all."""
    received = records(batch)
    messages = msgspec.structs.replace(batch, framing="octets", body=pack_octets([message_of(r) for r in received]))
    whole = pa.array(received, pa.binary())
    return Digest(batch.batch_id, *(_with_raw(rows, whole) for rows in normalise(messages, device)))


def _with_raw(rows: pa.Table, whole: pa.Array) -> pa.Table:
    raw = whole.take(rows["record"].combine_chunks())
    return rows.set_column(rows.schema.get_field_index("raw"), rows.schema.field("raw"), raw)


def _of_nobody(batch: StreamBatch) -> Digest:
    shared = Batch(batch.batch_id, batch.received, UNKNOWN_DEVICE)
    reason = f"no device {batch.device!r} is known"
    rows = unparsed_table(shared, [Unparsed(index, line, reason) for index, line in enumerate(records(batch))])
    return Digest(batch.batch_id, EVENT_SCHEMA.empty_table(), rows)
