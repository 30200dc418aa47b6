"""Zeek's logs, tab-separated with their header and as JSON: lines -> fields. Pure but for the header it is in.

A TSV line means something only under its header (``#fields``). Of a line whose header is not at hand
(a batch may begin anywhere) the usual layouts are tried, by what stands in their places.
"""

from __future__ import annotations

import re
from typing import Any

from sekisho.pipeline.parse import ParseError, jsonline

_ID = "ts uid id.orig_h id.orig_p id.resp_h id.resp_p"
USUAL = {
    "conn": (
        f"{_ID} proto service duration orig_bytes resp_bytes conn_state local_orig local_resp missed_bytes history"
        " orig_pkts orig_ip_bytes resp_pkts resp_ip_bytes tunnel_parents ip_proto"
    ).split(" "),
    "dns": (
        f"{_ID} proto trans_id rtt query qclass qclass_name qtype qtype_name rcode rcode_name"
        " AA TC RD RA Z answers TTLs rejected"
    ).split(),
    "http": (
        f"{_ID} trans_depth method host uri referrer version user_agent origin request_body_len response_body_len"
        " status_code status_msg info_code info_msg tags username password proxied orig_fuids orig_filenames"
        " orig_mime_types resp_fuids resp_filenames resp_mime_types"
    ).split(),
}
"""Path -> field names, as Zeek 4 to 7 writes them without further scripts."""

_STAMP = re.compile(r"\d{9,11}\.\d{6}\t[A-Za-z0-9]{10,24}\t")
_PROTOCOLS = frozenset(("tcp", "udp", "icmp", "sctp", "unknown_transport"))
_METHOD = re.compile(r"[A-Z]{3,16}|-")
_HEADER = re.compile(r"#(separator|set_separator|empty_field|unset_field|path|open|close|fields|types)\b")


def looks_like_tsv(text: str) -> bool:
    return _STAMP.match(text) is not None or _HEADER.match(text) is not None


class Reader:
    """Reads lines in their order."""

    def __init__(self) -> None:
        self._names: list[str] | None = None
        self._path: str | None = None
        self._unset, self._empty = "-", "(empty)"

    def parse(self, text: str) -> dict[str, Any]:
        """The fields of one line, with ``_path`` where it is known; a header's are ``header`` alone. Or ParseError."""
        if text.startswith("#"):
            return self._header(text)
        if text.startswith("{"):
            return _of_json(jsonline.parse(text))
        return self._row(text.split("\t"))

    def _header(self, text: str) -> dict[str, Any]:
        match = _HEADER.match(text)
        if match is None:
            raise ParseError("neither a header nor a line of a Zeek log")
        values = text.split("\t")[1:]
        if match[1] == "fields":
            self._names = values
        elif match[1] == "path" and values:
            self._path = values[0]
        elif match[1] == "unset_field" and values:
            self._unset = values[0]
        return {"header": text}

    def _row(self, values: list[str]) -> dict[str, Any]:
        path, names = self._path, self._names
        if names is None or len(names) != len(values):
            path = _usual_path(values)
            names = USUAL.get(path or "")
        if names is None:
            raise ParseError("a Zeek line without its header, of a log whose layout is not known")
        silent = (self._unset, self._empty)
        found: dict[str, Any] = {name: value for name, value in zip(names, values, strict=False) if value not in silent}
        if path:
            found["_path"] = path
        return found


def _usual_path(values: list[str]) -> str | None:
    if len(values) < 8 or not _STAMP.match("\t".join(values[:3])):
        return None
    if values[6] in _PROTOCOLS:
        return "dns" if values[7].isdigit() and len(values) >= 22 and len(values[7]) <= 5 else "conn"
    return "http" if values[6].isdigit() and _METHOD.fullmatch(values[7]) and len(values) >= 14 else None


def _of_json(fields: dict[str, Any]) -> dict[str, Any]:
    ends = fields.get("id")
    if type(ends) is dict:
        fields = {key: value for key, value in fields.items() if key != "id"}
        for key, value in ends.items():
            fields[f"id.{key}"] = jsonline.plain(value)
    if "ts" not in fields and "_write_ts" not in fields:
        raise ParseError("a JSON object without Zeek's ts")
    return fields
