"""Columns that need more than one field of a Suricata event, or a look into a list; by kind of event.

All of these are copies: their sources stay in ``unmapped`` or in a column of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sekisho.pipeline.normalise.cells import COLUMN, Cells
from sekisho.pipeline.normalise.fields import INT64_MAX
from sekisho.pipeline.normalise.suricata_meaning import DROPPED, Event, part, word

_SUCCESS, _FAILURE = 1, 2


def _set(cells: Cells, row: int, column: str, value: Any, type_: type = str) -> None:
    """Fill a cell that is still empty with a value of the right type."""
    cell = cells[COLUMN[column]]
    if cell[row] is None:
        cell[row] = _of_type(value, type_)


def _dns(event: Event, cells: Cells, row: int) -> None:
    """All shapes: one answer an event (version 1), a list (2), lists of queries (3), lists inside an alert."""
    dns = part(event, "dns")
    for query in (*_objects(dns.get("queries")), *_objects(dns.get("query"))):
        _set(cells, row, "query.hostname", query.get("rrname"))
        _set(cells, row, "query.type", query.get("rrtype"))
        break
    answers = _objects(dns.get("answers")) or _objects(part(dns, "answer").get("answers"))
    if not answers and "rdata" in dns:
        answers = [dns]
    if answers:
        cells[COLUMN["answers.rdata"]][row] = [_of_type(each.get("rdata"), str) for each in answers]
        cells[COLUMN["answers.type"]][row] = [_of_type(each.get("rrtype"), str) for each in answers]
        cells[COLUMN["answers.ttl"]][row] = [_of_type(each.get("ttl"), int) for each in answers]


def _of_type(value: Any, type_: type) -> Any:
    if type(value) is not type_ or (isinstance(value, int) and not 0 <= value <= INT64_MAX):
        return None
    return value


def _objects(value: Any) -> list[dict[str, Any]]:
    return [each for each in value if type(each) is dict] if type(value) is list else []


def _alert(event: Event, cells: Cells, row: int) -> None:
    if "dns" in event:
        _dns(event, cells, row)
    for file in _objects(event.get("files")):
        _set(cells, row, "file.name", file.get("filename"))
        _set(cells, row, "file.size", file.get("size"), int)
        _set(cells, row, "file.desc", file.get("magic"))
        for algorithm in ("md5", "sha1", "sha256"):
            _set(cells, row, f"file.hashes.{algorithm}", file.get(algorithm))
        break


def _drop(event: Event, cells: Cells, row: int) -> None:
    _set(cells, row, "action", "drop")
    cells[COLUMN["disposition_id"]][row] = DROPPED


def _ftp(event: Event, cells: Cells, row: int) -> None:
    ftp = part(event, "ftp")
    command = word(ftp, "command")
    if command == "user":
        _set(cells, row, "user.name", ftp.get("command_data"))
    elif command in ("retr", "stor", "stou", "appe", "dele", "rnfr", "rnto"):
        _set(cells, row, "file.name", ftp.get("command_data"))


def _smb(event: Event, cells: Cells, row: int) -> None:
    if word(part(event, "smb"), "status") == "status_success":
        cells[COLUMN["status_id"]][row] = _SUCCESS


def _krb5(event: Event, cells: Cells, row: int) -> None:
    message = word(part(event, "krb5"), "msg_type")
    if message == "krb_error":
        cells[COLUMN["status_id"]][row] = _FAILURE
    elif message.endswith("_rep"):
        cells[COLUMN["status_id"]][row] = _SUCCESS


def _dhcp(event: Event, cells: Cells, row: int) -> None:
    """The client's hardware address and name belong to the end that asked, or that is answered."""
    dhcp = part(event, "dhcp")
    end = "dst_endpoint" if word(dhcp, "type") == "reply" else "src_endpoint"
    _set(cells, row, f"{end}.mac", dhcp.get("client_mac"))
    hostname = dhcp.get("hostname")
    _set(cells, row, f"{end}.hostname", hostname.rstrip("\0") if type(hostname) is str else None)


DETAILS: dict[str | None, Callable[[Event, Cells, int], None]] = {
    "dns": _dns,
    "alert": _alert,
    "drop": _drop,
    "ftp": _ftp,
    "smb": _smb,
    "krb5": _krb5,
    "dhcp": _dhcp,
}
