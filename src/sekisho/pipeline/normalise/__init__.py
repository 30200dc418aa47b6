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
from sekisho.pipeline.normalise import products, suricata, vendor
from sekisho.pipeline.normalise.cells import Batch, Unparsed, empty_cells, events_table, unparsed_table
from sekisho.pipeline.parse import ParseError
from sekisho.pipeline.parse.text import text_of

AUTO = "auto"
SURICATA = "suricata"
PRODUCTS = (SURICATA, *products.BY_NAME)
"""Products whose logs can be read, by the names that devices and ``--product`` use."""

LINES_SNIFFED_MAX = 20
DEVICES_REMEMBERED_MAX = 128
COLUMNAR_BYTES_MIN = 32_000
"""Below this there is nothing to be gained by reading a body at once."""
NOBODYS = "no product known here writes such lines"

Numbered = list[tuple[int, bytes]]


class Normalised(NamedTuple):
    """``events`` in EVENT_SCHEMA, ``unparsed`` in UNPARSED_SCHEMA; every record is in exactly one of them."""

    events: pa.Table
    unparsed: pa.Table


def normalise(batch: StreamBatch, device: DeviceContext) -> Normalised:
    """One stream message as tables. Rows are in the order of its records, but for the odd ones of a large body."""
    product = device.product if device.product != AUTO else batch.product
    shared = Batch(batch.batch_id, batch.received, device)
    if product == SURICATA and batch.framing == "lines":
        body = batch.unpacked
        if len(body) >= COLUMNAR_BYTES_MIN:
            return normalise_body(body, shared)
    return normalise_records(records(batch), shared, product)


def normalise_body(body: bytes, batch: Batch) -> Normalised:
    """Suricata's lines, divided by newlines, all at once; only the odd ones line by line."""
    # Compiled loops are loaded (or made) when there is work for them, not for every command that reads a line.
    from sekisho.pipeline.columnar import eve

    if len(body) > eve.BODY_BYTES_MAX:
        return normalise_records(body.removesuffix(b"\n").split(b"\n"), batch, SURICATA)
    read = eve.read(body, batch)
    if not read.odd:
        return Normalised(read.events, unparsed_table(batch, []))
    odd = _of_one(read.odd, batch, SURICATA)
    # Odd rows come last: to put them where they stood would cost a third of all the reading, and ``record`` tells.
    return Normalised(pa.concat_tables([read.events, odd.events]), odd.unparsed)


def normalise_records(
    lines: Sequence[bytes], batch: Batch, product: str = AUTO, first_record: int = 0, likely: str | None = None
) -> Normalised:
    """The same for records at hand; ``first_record`` is the index of the first.

    With ``auto`` each line is read by the product that it looks like. One that looks like none is given to
    the product of the lines before it (at first ``likely``), so that the reason it fails for is of use.
    """
    numbered = list(enumerate(lines, first_record))
    if product in PRODUCTS:
        return _of_one(numbered, batch, product)
    if product in (AUTO, ""):
        return _of_any(numbered, batch, likely)
    return _unread(numbered, batch, f"no parser for product {product}")


def recognise(lines: Sequence[bytes]) -> str | None:
    """The product that wrote these lines, by the first of them that says, or None."""
    return next(filter(None, map(recognise_line, lines[:LINES_SNIFFED_MAX])), None)


def recognise_line(line: bytes, first: str | None = None) -> str | None:
    """The product that wrote this line, or None. ``first`` is tried first: lines come in runs."""
    if b"{" in line[:256] and suricata.recognises(line):
        return SURICATA
    try:
        text = text_of(line)
    except ParseError:
        return None
    if first in products.BY_NAME and first not in _GENERIC and products.BY_NAME[first].recognises(text):
        return first
    return next((each.name for each in products.VENDORS if each.recognises(text)), None)


_GENERIC = frozenset({"cef", "leef"})
"""Formats that other products write too: they never go before the rest."""


def _of_one(numbered: Numbered, batch: Batch, product: str) -> Normalised:
    if product == SURICATA:
        rows, cells, unparsed = _suricata(batch.device).rows(numbered, len(numbered))
    else:
        rows, cells, unparsed = _vendor(product, batch.device).rows(numbered, batch.received)
    return Normalised(events_table(batch, rows, cells), unparsed_table(batch, unparsed))


def _of_any(numbered: Numbered, batch: Batch, likely: str | None) -> Normalised:
    found = _by_product(numbered, likely or recognise([line for _, line in numbered]))
    parts = [
        _unread(group, batch, NOBODYS) if product is None else _of_one(group, batch, product)
        for product, group in found.items()
    ]
    if len(parts) == 1:
        return parts[0]
    if not parts:
        return _unread([], batch, NOBODYS)
    events, unparsed = zip(*parts, strict=True)
    return Normalised(_in_order(events), _in_order(unparsed))


def _by_product(numbered: Numbered, likely: str | None) -> dict[str | None, Numbered]:
    groups: dict[str | None, Numbered] = {}
    product = likely
    for record, line in numbered:
        product = recognise_line(line, product) or product
        groups.setdefault(product, []).append((record, line))
    return groups


def _in_order(tables: Sequence[pa.Table]) -> pa.Table:
    """Rows of several products in the order of their records, in one chunk a column as elsewhere."""
    return pa.concat_tables(tables).sort_by("record").combine_chunks()


def _unread(numbered: Numbered, batch: Batch, reason: str) -> Normalised:
    unparsed = [Unparsed(record, line, reason) for record, line in numbered]
    return Normalised(events_table(batch, [], empty_cells(0)), unparsed_table(batch, unparsed))


@lru_cache(DEVICES_REMEMBERED_MAX)
def _suricata(device: DeviceContext) -> suricata.Normaliser:
    return suricata.Normaliser(device)


@lru_cache(DEVICES_REMEMBERED_MAX)
def _vendor(product: str, device: DeviceContext) -> vendor.Normaliser:
    return vendor.Normaliser(products.BY_NAME[product], device)
