"""A row of flat columns -> the nested JSON object that OCSF describes (version in ``classes``).

Captions (``class_name``, ``severity``, ...) and what follows from other columns are added here, so that
no column has to carry them. Times are ``timestamp_t``, milliseconds since 1970; since devices tell
microseconds, the ``datetime`` profile adds the exact time beside each (``time_dt``). What Sekisho says
beyond OCSF (``outcome``, ``direction``, ``vendor_severity``, ``signature``) stays at the top level
under its own name. No error is possible for a row that this platform made.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

import msgspec
import pyarrow as pa

from sekisho.ocsf import classes
from sekisho.ocsf.columns import EVENT_SCHEMA, HOUSEKEEPING

Row = dict[str, Any]

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MILLISECOND = dt.timedelta(milliseconds=1)
_RENAMED = {
    "contract": "metadata.tenant_uid",
    "device": "device.uid",
    "received_at": "metadata.logged_time",
}
"""Housekeeping that OCSF has a place for; batch and record become ``metadata.uid``."""

_SHAPED = frozenset(
    {
        *(column.name for column in HOUSEKEEPING),
        *("raw", "unmapped", "codes", "malware.name", "http_request.x_forwarded_for"),
        *(
            name
            for name in EVENT_SCHEMA.names
            if name.startswith(("answers.", "file.hashes.", "finding_info.attacks."))
        ),
        *("tls.certificate.fingerprints.sha1", "tls.ja3_hash.value", "tls.ja3s_hash.value"),
    }
)
"""Columns that do not simply go where their name says."""

_PATHS = {name: tuple(name.split(".")) for name in EVENT_SCHEMA.names if name not in _SHAPED}


def rows(events: pa.Table) -> Iterator[Row]:
    """The rows of an event table as dicts, without the columns that are empty throughout."""
    filled = [name for name in events.column_names if events.column(name).null_count < events.num_rows]
    yield from events.select(filled).to_pylist()


def to_nested(row: Row, *, raw: bool = False) -> dict[str, Any]:
    """The OCSF object of one row. ``raw`` adds ``raw_data``, the line as received."""
    event = _nested(row, raw)
    if row.get("unmapped") is not None:
        event["unmapped"] = json.loads(row["unmapped"])
    return event


def to_json(row: Row, *, raw: bool = False) -> bytes:
    """The same as one line of JSON, without its line end."""
    event = _nested(row, raw)
    if row.get("unmapped") is not None:
        # As it is: it may hold lone surrogates, which are valid in JSON only as escapes.
        event["unmapped"] = msgspec.Raw(row["unmapped"].encode())
    return msgspec.json.encode(event)


def _nested(row: Row, raw: bool) -> Row:
    event: Row = {}
    for name, value in row.items():
        if value is not None and name in _PATHS:
            _put(event, _PATHS[name], value)
    _add_housekeeping(event, row)
    _add_captions(event)
    _add_lists(event, row)
    _add_network(event, row)
    if event.get("class_uid") == classes.DETECTION_FINDING:
        _add_finding(event, row)
    if raw and row.get("raw") is not None:
        event["raw_data"] = row["raw"].decode("utf-8", "replace")
    return event


def _put(event: Row, path: tuple[str, ...], value: Any) -> None:
    *parents, leaf = path
    for parent in parents:
        event = event.setdefault(parent, {})
    if isinstance(value, dt.datetime):
        event[leaf] = (value - _EPOCH) // _MILLISECOND
        event[f"{leaf}_dt"] = value.astimezone(dt.UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    else:
        event[leaf] = value


def _add_housekeeping(event: Row, row: Row) -> None:
    for name, attribute in _RENAMED.items():
        if row.get(name) not in (None, ""):
            _put(event, tuple(attribute.split(".")), row[name])
    if row.get("batch"):
        _put(event, ("metadata", "uid"), f"{row['batch']}#{row['record']}")
    metadata = event.setdefault("metadata", {})
    metadata["version"] = classes.OCSF_VERSION
    metadata["profiles"] = ["datetime", "host", "security_control"]


def _add_captions(event: Row) -> None:
    class_uid, activity_id = event.get("class_uid", 0), event.get("activity_id", 0)
    event["class_name"] = classes.class_name(class_uid)
    event["category_name"] = classes.CATEGORIES.get(event.get("category_uid", 0), "Other")
    caption = classes.activity_name(class_uid, activity_id)
    # For an activity that is none of the standard's, the standard wants the product's own word.
    event["activity_name"] = event.get("activity_name", caption) if activity_id == classes.OTHER else caption
    event["type_name"] = f"{event['class_name']}: {caption}"
    for identifier, caption, captions in (
        ("severity_id", "severity", classes.SEVERITIES),
        ("confidence_id", "confidence", classes.CONFIDENCES),
        ("status_id", "status", classes.STATUSES),
        ("disposition_id", "disposition", classes.DISPOSITIONS),
    ):
        if identifier in event:
            event[caption] = captions.get(event[identifier], "Other")


def _add_lists(event: Row, row: Row) -> None:
    """Attributes that OCSF makes arrays of objects, or numbers."""
    answers = _answers(row)
    if answers:
        event["answers"] = answers
    hashes = [
        _fingerprint(algorithm, row[f"file.hashes.{algorithm}"])
        for algorithm in classes.FINGERPRINT_ALGORITHMS
        if row.get(f"file.hashes.{algorithm}")
    ]
    if hashes:
        event.setdefault("file", {})["hashes"] = hashes
    if row.get("codes"):
        event["codes"] = [int(code) if code and code.isascii() and code.isdigit() else code for code in row["codes"]]
    if row.get("malware.name") is not None:
        event["malware"] = [{"name": row["malware.name"], "classification_ids": [0]}]
    if row.get("http_request.x_forwarded_for") is not None:
        addresses = [address.strip() for address in row["http_request.x_forwarded_for"].split(",")]
        _put(event, ("http_request", "x_forwarded_for"), addresses)
    _add_tls_fingerprints(event, row)


def _add_tls_fingerprints(event: Row, row: Row) -> None:
    for name in ("ja3_hash", "ja3s_hash"):
        value = row.get(f"tls.{name}.value")
        if value is not None:
            _put(event, ("tls", name), _fingerprint("md5", value))
    sha1 = row.get("tls.certificate.fingerprints.sha1")
    if sha1 is not None:
        _put(event, ("tls", "certificate", "fingerprints"), [_fingerprint("sha1", sha1)])


def _fingerprint(algorithm: str, value: str) -> Row:
    return {"algorithm_id": classes.FINGERPRINT_ALGORITHMS[algorithm], "value": value}


def _answers(row: Row) -> list[Row]:
    parts = [row.get(f"answers.{name}") or [] for name in ("rdata", "type", "ttl")]
    # Some products tell the addresses alone, without types and times to live.
    named = [dict(zip(("rdata", "type", "ttl"), values, strict=True)) for values in zip_longest(*parts)]
    return [{name: value for name, value in answer.items() if value is not None} for answer in named]


def _add_network(event: Row, row: Row) -> None:
    connection = event.get("connection_info")
    if connection is not None:
        direction = row.get("direction") or "unknown"
        connection["direction_id"] = classes.DIRECTION_IDS[direction]
        connection["direction"] = direction.capitalize()
        number = classes.PROTOCOL_NUMBERS.get(connection.get("protocol_name", ""))
        if number is not None:
            connection["protocol_num"] = number
        address = row.get("src_endpoint.ip")
        if address:
            connection["protocol_ver_id"] = 6 if ":" in address else 4
    traffic = event.get("traffic")
    if traffic is not None:
        for unit in ("bytes", "packets"):
            if f"{unit}_in" in traffic and f"{unit}_out" in traffic:
                traffic.setdefault(unit, traffic[f"{unit}_in"] + traffic[f"{unit}_out"])
    _split_url(event)


def _split_url(event: Row) -> None:
    """``path`` and ``query_string`` of the request target, beside the target as sent."""
    url = event.get("http_request", {}).get("url", {})
    target = url.get("url_string")
    if target is None:
        return
    if "://" in target.partition("?")[0]:
        target = "/" + target.partition("://")[2].partition("/")[2]
    path, mark, query = target.partition("?")
    url["path"] = path
    if mark:
        url["query_string"] = query


def _add_finding(event: Row, row: Row) -> None:
    """What a Detection Finding must have: an identity, its analytic, the attacks, and the evidence."""
    event["is_alert"] = True
    finding = event.setdefault("finding_info", {})
    analytic = finding.setdefault("analytic", {})
    analytic["type_id"], analytic["type"] = 1, "Rule"
    if "title" in finding:
        analytic["name"] = finding["title"]
    names = (row.get("signature.gid"), analytic.get("uid"), analytic.get("version"))
    rule = ":".join("" if name is None else str(name) for name in names)
    finding["uid"] = event["metadata"].get("uid") or f"{rule}@{event.get('time')}"
    attack = {
        part: {name: row[key] for name in ("uid", "name") if row.get(key := f"finding_info.attacks.{part}.{name}")}
        for part in ("tactic", "technique")
    }
    attack = {part: found for part, found in attack.items() if found}
    if attack:
        finding["attacks"] = [attack]
    evidence = {name: event[name] for name in ("src_endpoint", "dst_endpoint", "connection_info") if name in event}
    if evidence:
        event["evidences"] = [evidence]
