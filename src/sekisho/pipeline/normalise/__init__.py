"""A batch of raw records -> OCSF events, and the records that could not be read. One module a product; pure.

Error policy: a bad record never raises. It is kept in ``unparsed`` with its bytes and the reason, so
that events and unparsed records together are exactly the records of the batch. Only a batch that does
not unpack raises (BatchError): then there are no records.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import pyarrow as pa

from sekisho.ocsf.device import DeviceContext
from sekisho.pipeline.batch import StreamBatch, records
from sekisho.pipeline.normalise import suricata
from sekisho.pipeline.normalise.cells import Batch, Unparsed, empty_cells, events_table, unparsed_table

AUTO = "auto"
PRODUCTS = ("suricata",)
"""Products whose logs can be read, by the names that devices and ``--product`` use."""

LINES_SNIFFED_MAX = 20
DEVICES_REMEMBERED_MAX = 128


class Normalised(NamedTuple):
    """``events`` in EVENT_SCHEMA, ``unparsed`` in UNPARSED_SCHEMA; every record is in exactly one of them."""

    events: pa.Table
    unparsed: pa.Table


def normalise(batch: StreamBatch, device: DeviceContext) -> Normalised:
    """One stream message as tables, rows in the order of its records."""
    product = device.product if device.product != AUTO else batch.product
    return normalise_records(records(batch), Batch(batch.batch_id, batch.received, device), product)


def normalise_records(lines: Sequence[bytes], batch: Batch, product: str = AUTO, first_record: int = 0) -> Normalised:
    """The same for records at hand; ``first_record`` is the index of the first."""
    if product not in PRODUCTS:
        found = recognise(lines) if product in (AUTO, "") else None
        if found is None:
            return _unread(lines, batch, product, first_record)
    rows, cells, unparsed = _suricata(batch.device).rows(enumerate(lines, first_record), len(lines))
    return Normalised(events_table(batch, rows, cells), unparsed_table(batch, unparsed))


def recognise(lines: Sequence[bytes]) -> str | None:
    """The product that wrote these lines, by the first of them that says, or None."""
    return "suricata" if any(map(suricata.recognises, lines[:LINES_SNIFFED_MAX])) else None


def _unread(lines: Sequence[bytes], batch: Batch, product: str, first_record: int) -> Normalised:
    reason = "no product known here writes such lines" if product in (AUTO, "") else f"no parser for product {product}"
    unparsed = [Unparsed(first_record + index, line, reason) for index, line in enumerate(lines)]
    return Normalised(events_table(batch, [], empty_cells(0)), unparsed_table(batch, unparsed))


@lru_cache(DEVICES_REMEMBERED_MAX)
def _suricata(device: DeviceContext) -> suricata.Normaliser:
    return suricata.Normaliser(device)
