"""CEF of any product, and LEEF of any product: what the two dictionaries say, and no more. Pure.

``product`` and ``vendor`` are those of the header. Whether a line is a finding is told by its severity
and by words of its name: CEF has no field for that.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from sekisho.ocsf import classes
from sekisho.ocsf.finding import Outcome
from sekisho.pipeline.normalise.cef_fields import TABLE
from sekisho.pipeline.normalise.compound import split_urls, split_users
from sekisho.pipeline.normalise.draft import Draft, Fields
from sekisho.pipeline.normalise.vendor import Line, Product, conclude
from sekisho.pipeline.normalise.verdicts import outcome_of, severity_of
from sekisho.pipeline.parse import ParseError, cef, leef
from sekisho.pipeline.parse.moment import Moment
from sekisho.pipeline.parse.text import split_at

_FINDING = re.compile(
    r"malware|virus|trojan|attack|exploit|intrusion|infect|malop|phish|spyware|botnet|threat|\bips\b|alert",
    re.IGNORECASE,
)
_LOGIN = re.compile(r"log[ -]?in(?!fo)|log[ -]?on(?!g)|logged (?:in|on)|authenticat", re.IGNORECASE)
_LOGOUT = re.compile(r"log[ -]?(?:out|off)\b|logged (?:out|off)", re.IGNORECASE)
_WAYS = {"0": "inbound", "1": "outbound"}


def recognises_cef(text: str) -> bool:
    return cef.BEGINS.search(text, 0, 600) is not None


def recognises_leef(text: str) -> bool:
    return leef.BEGINS.search(text, 0, 600) is not None


def read_cef(text: str) -> Line:
    found = split_at(text, cef.BEGINS)
    if found is None:
        raise ParseError("not a CEF header")
    parsed = cef.parse(found[1])
    fields: Fields = {key: _unquoted(value) for key, value in cef.by_label(parsed.extension).items()}
    return found[0], {
        **fields,
        **_header(parsed.vendor, parsed.product, parsed.version, parsed.class_id),
        "event_name": parsed.name,
        "severity_of_header": parsed.severity,
    }


def _unquoted(value: str) -> str:
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] == '"' else value


def read_leef(text: str) -> Line:
    found = split_at(text, leef.BEGINS)
    if found is None:
        raise ParseError("not a LEEF header")
    parsed = leef.parse(found[1])
    return found[0], {**parsed.fields, **_header(parsed.vendor, parsed.product, parsed.version, parsed.event_id)}


def _header(vendor: str, product: str, version: str, class_id: str) -> Fields:
    return {"vendor": vendor, "product": product, "version": version, "class_id": class_id}


def fill(draft: Draft) -> Sequence[Moment | None]:
    split_users(draft)
    names, logs = draft.seen("activity_name"), draft.seen("metadata.log_name")
    urls, codes = draft.seen("http_request.url.url_string"), draft.seen("metadata.event_code")
    ends = draft.seen("src_endpoint.ip")
    kinds = [
        _kind(name or code or "", log or "", bool(url), bool(end))
        for name, code, log, url, end in zip(names, codes, logs, urls, ends, strict=True)
    ]
    told = [draft.seen("action"), draft.values("outcome"), names, codes]
    outcomes = [_outcome(kind[0], *words) for kind, *words in zip(kinds, *told, strict=True)]
    conclude(
        draft,
        kinds,
        outcomes,
        [severity_of(word) for word in draft.seen("vendor_severity")],
        titles=("malware.name", "activity_name", "message", "metadata.event_code"),
    )
    split_urls(draft)
    draft.place(words=[_WAYS.get(way) for way in draft.values("deviceDirection")])
    return moments(draft)


@lru_cache(4096)
def _kind(name: str, log: str, has_url: bool, has_end: bool) -> tuple[int, int]:
    words = f"{name} {log}"
    if _LOGIN.search(words):
        return classes.AUTHENTICATION, 1
    if _LOGOUT.search(words):
        return classes.AUTHENTICATION, 2
    if _FINDING.search(words):
        return classes.DETECTION_FINDING, 1
    if has_url:
        return classes.HTTP_ACTIVITY, classes.UNKNOWN
    return (classes.NETWORK_ACTIVITY, 6) if has_end else (classes.BASE_EVENT, classes.OTHER)


@lru_cache(8192)
def _outcome(class_uid: int, *words: str | None) -> Outcome:
    found = next((said for said in map(outcome_of, words) if said != "unknown"), "unknown")
    if class_uid == classes.DETECTION_FINDING and found in ("allowed", "unknown"):
        return "detected"
    return found  # type: ignore[return-value]


def moments(draft: Draft) -> list[Moment | None]:
    """When it started, else when the device had it (``rt``, ``devTime``), else its end; start and end have columns."""
    moment = draft.clock.moment
    starts = [moment(text) for text in draft.values("start", "startTime")]
    ends = [moment(text) for text in draft.values("end", "endTime")]
    draft.put("start_time", [each.micros if each else None for each in starts])
    draft.put("end_time", [each.micros if each else None for each in ends])
    zones = draft.values("dtz", "deviceTimeZone")
    said = zip(draft.values("rt", "devTime", "deviceReceiptTime"), zones, starts, ends, strict=True)
    return [start or _zoned(moment, text, zone) or end for text, zone, start, end in said]


def _zoned(moment, text: str | None, zone: str | None) -> Moment | None:
    if text is None:
        return None
    return (moment(f"{text} {zone}") if zone else None) or moment(text)


CEF = Product(
    name="cef", title="CEF", vendor="unknown", recognises=recognises_cef, read=read_cef, table=TABLE, fill=fill
)
LEEF = Product(
    name="leef", title="LEEF", vendor="unknown", recognises=recognises_leef, read=read_leef, table=TABLE, fill=fill
)
