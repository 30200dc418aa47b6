"""Suricata EVE lines -> OCSF rows. Pure; a line that cannot be read becomes an ``Unparsed`` with the reason.

Nothing of an event is lost: what has no column, and what a column can't hold exactly, is in
``unmapped`` in the event's own structure. Columns and ``unmapped`` together give the event back, and
where both have a field ``unmapped`` is the source's word.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import msgspec

from sekisho.ocsf.device import DeviceContext
from sekisho.pipeline.collect.syslog import message_of
from sekisho.pipeline.normalise.addresses import ABSENT, SERVICE_PORT_END, Address, AddressBook, direction
from sekisho.pipeline.normalise.cells import COLUMN, Cells, Unparsed, empty_cells
from sekisho.pipeline.normalise.fields import take
from sekisho.pipeline.normalise.suricata_details import DETAILS
from sekisho.pipeline.normalise.suricata_fields import FIELDS_BY_KIND, FIELDS_OF_OTHERS
from sekisho.pipeline.normalise.suricata_meaning import (
    ACTION_AND_DISPOSITION,
    CONFIDENCES,
    kind_of,
    outcome,
    part,
    severity_id,
)
from sekisho.pipeline.parse import ParseError
from sekisho.pipeline.parse.eve import EveLine, parse

RAW, TIME, OFFSET = COLUMN["raw"], COLUMN["time"], COLUMN["timezone_offset"]
CLASS, ACTIVITY, SEVERITY = COLUMN["class_uid"], COLUMN["activity_id"], COLUMN["severity_id"]
OUTCOME, DIRECTION, UNMAPPED = COLUMN["outcome"], COLUMN["direction"], COLUMN["unmapped"]
ACTION_ID, DISPOSITION_ID = COLUMN["action_id"], COLUMN["disposition_id"]
PRODUCT, VENDOR = COLUMN["metadata.product.name"], COLUMN["metadata.product.vendor_name"]
AUTHORS_SEVERITY, CONFIDENCE, CONFIDENCE_ID = (
    COLUMN["signature.severity"],
    COLUMN["signature.confidence"],
    COLUMN["confidence_id"],
)
SRC_IP, DST_IP = COLUMN["src_endpoint.ip"], COLUMN["dst_endpoint.ip"]

_encode = msgspec.json.Encoder().encode


def recognises(line: bytes) -> bool:
    """Whether this is an EVE line: an object that says beside its timestamp what kind of event it is."""
    try:
        return _kind_word(parse(line if line[:1] == b"{" else message_of(line)).fields) is not None
    except ParseError:
        return False


class Normaliser:
    """Fills the cells of one batch. Remembers addresses from batch to batch, nothing else."""

    def __init__(self, device: DeviceContext) -> None:
        self._addresses = AddressBook(device.home_networks)

    def rows(self, lines: Iterable[tuple[int, bytes]], rows_max: int) -> tuple[list[int], Cells, list[Unparsed]]:
        """(record index of each row, cells, unreadable records) of lines with their record index."""
        cells = empty_cells(rows_max)
        records: list[int] = []
        unparsed: list[Unparsed] = []
        for record, line in lines:
            try:
                # A relay may have put a syslog header in front.
                parsed = parse(line if line[:1] == b"{" else message_of(line))
            except ParseError as error:
                unparsed.append(Unparsed(record, line, str(error)))
                continue
            row = len(records)
            cells[RAW][row] = line
            self._fill(parsed, cells, row)
            records.append(record)
        if len(records) < rows_max:
            for column in cells:
                del column[len(records) :]
        cells[PRODUCT] = ["Suricata"] * len(records)
        cells[VENDOR] = ["OISF"] * len(records)
        return records, cells, unparsed

    def _fill(self, line: EveLine, cells: Cells, row: int) -> None:
        event = _sound(line.fields) if line.has_surrogates else line.fields
        event_type = _kind_word(event)
        rest = take(event, FIELDS_BY_KIND.get(event_type or "", FIELDS_OF_OTHERS), cells, row)
        cells[TIME][row] = line.micros
        cells[OFFSET][row] = line.offset_minutes
        self._place(event, rest, cells, row)
        _judge(event, event_type, cells, row)
        details = DETAILS.get(event_type)
        if details is not None:
            details(event, cells, row)
        if line.usual_time:
            del rest["timestamp"]
        _keep_odd_offsets(event, rest)
        if line.has_surrogates:
            cells[UNMAPPED][row] = json.dumps(line.fields, separators=(",", ":"))
        elif rest:
            cells[UNMAPPED][row] = _encode(rest).decode()

    def _place(self, event: dict[str, Any], rest: dict[str, Any], cells: Cells, row: int) -> None:
        """Addresses in one spelling, and the direction of the connection."""
        src = self._address(event, rest, "src_ip", cells[SRC_IP], row)
        dst = self._address(event, rest, "dest_ip", cells[DST_IP], row)
        if _came_from_server(event):
            src, dst = dst, src
        cells[DIRECTION][row] = direction(src.side, dst.side)

    def _address(self, event: dict[str, Any], rest: dict[str, Any], name: str, column: list[Any], row: int) -> Address:
        written = column[row]
        if written is None:
            return ABSENT
        address = self._addresses.look_up(written)
        if address.text != written:
            column[row] = address.text
        if address.full != written:
            rest[name] = written
        return address


def _kind_word(event: dict[str, Any]) -> str | None:
    """The kind of event by its own word; relays that drop ``event_type`` leave the ``alert`` object."""
    said = event.get("event_type")
    if type(said) is str:
        return said
    return "alert" if type(event.get("alert")) is dict else None


def _came_from_server(event: dict[str, Any]) -> bool:
    """Whether the event's source is the side that answered. Alerts are about a packet, flows about who opened them.

    The flow's own addresses decide where the event has them, then the direction of the packet; else a
    service port that talks to a client's port is the server.
    """
    src_port, dest_port = event.get("src_port"), event.get("dest_port")
    flow = event.get("flow")
    if type(flow) is dict and "src_ip" in flow:
        opened_by = (flow["src_ip"], flow.get("src_port"))
        from_src = opened_by == (event.get("src_ip"), src_port)
        if from_src != (opened_by == (event.get("dest_ip"), dest_port)):
            return not from_src
    said = event.get("direction")
    if said == "to_client" or said == "to_server":
        return said == "to_client"
    return type(src_port) is int and type(dest_port) is int and 0 < src_port < SERVICE_PORT_END <= dest_port


def _judge(event: dict[str, Any], event_type: str | None, cells: Cells, row: int) -> None:
    """Class, activity, severity and outcome."""
    class_uid, activity = kind_of(event, event_type)
    cells[CLASS][row] = class_uid
    cells[ACTIVITY][row] = activity(event) if callable(activity) else activity
    cells[SEVERITY][row] = severity_id(event, part(event, "alert"), cells[AUTHORS_SEVERITY][row])
    confidence = cells[CONFIDENCE][row]
    if confidence is not None:
        cells[CONFIDENCE_ID][row] = CONFIDENCES.get(confidence.lower(), 0)
    decided = cells[OUTCOME][row] = outcome(event, event_type)
    if decided in ACTION_AND_DISPOSITION:
        cells[ACTION_ID][row], cells[DISPOSITION_ID][row] = ACTION_AND_DISPOSITION[decided]


def _keep_odd_offsets(event: dict[str, Any], rest: dict[str, Any]) -> None:
    """A flow's times whose offset is not the event's (a clock change) can't be told from their columns alone."""
    flow = event.get("flow")
    if type(flow) is not dict:
        return
    offset = event["timestamp"][-5:]
    for name in ("start", "end"):
        written = flow.get(name)
        if type(written) is str and written[-5:] != offset:
            kept = rest.setdefault("flow", {})
            kept[name] = written


def _sound(value: Any) -> Any:
    """The same with every lone surrogate replaced, so that columns can hold it. Depth was limited by the parser."""
    if type(value) is str:
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if type(value) is dict:
        return {_sound(key): _sound(inner) for key, inner in value.items()}
    return [_sound(inner) for inner in value] if type(value) is list else value
