"""The box's own scanner of web traffic -> findings for what is malicious, file and HTTP activity for the rest. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sekisho.ocsf import classes
from sekisho.ocsf.finding import Outcome
from sekisho.pipeline.normalise.compound import split_urls
from sekisho.pipeline.normalise.draft import Draft, Fields, move, table
from sekisho.pipeline.normalise.values import method, number, small
from sekisho.pipeline.normalise.vendor import Line, Product, conclude
from sekisho.pipeline.parse import ParseError, jsonline
from sekisho.pipeline.parse.moment import Moment
from sekisho.pipeline.parse.text import split_at

TABLE = table(
    move("src_endpoint.ip", "client"),
    move("metadata.event_code", "event"),
    move("action", "action"),
    move("http_request.http_method", "method", to=method),
    move("http_request.url.url_string", "url"),
    move("http_response.code", "status", to=small),
    move("file.hashes.sha256", "sha256"),
    move("file.size", "size", to=number),
    move("file.desc", "kind"),
    move("file.name", "member"),
    move("malware.name", "threat"),
    move("policy.name", "application"),
    move("status_detail", "reason"),
    move("activity_name", "outcome"),
    spent=("time",),
)
_BEGINS = re.compile(r'(?=\{"time": "[^"]{20,40}", "event": "(?:download|upload|sandbox|view-only)")')
_FILE_ACTIVITIES = {"upload": 1, "download": 2, "sandbox": 2}
_OUTCOMES: dict[str, Outcome] = {
    "blocked": "blocked", "cut": "blocked", "detected": "detected", "alert": "detected", "allowed": "allowed",
}  # fmt: skip
FOUND_SEVERITY, ODD_SEVERITY = 4, 2


def recognises(text: str) -> bool:
    return _BEGINS.search(text, 0, 512) is not None


def read(text: str) -> Line:
    found = split_at(text, _BEGINS)
    if found is None:
        raise ParseError("no event of the scanner")
    fields: Fields = dict(jsonline.parse(found[1]))
    return found[0], fields


def fill(draft: Draft) -> Sequence[Moment | None]:
    events, threats = draft.seen("metadata.event_code"), draft.seen("malware.name")
    kinds = [_kind(event or "", threat) for event, threat in zip(events, threats, strict=True)]
    outcomes: list[Outcome] = [_OUTCOMES.get(action or "", "unknown") for action in draft.seen("action")]
    conclude(draft, kinds, outcomes, [FOUND_SEVERITY if threat else ODD_SEVERITY for threat in threats])
    draft.put("app_name", ["http"] * draft.rows)
    split_urls(draft)
    draft.place()
    return [draft.clock.moment(told) for told in draft.values("time")]


def _kind(event: str, threat: str | None) -> tuple[int, int]:
    """A threat is a finding of the box; a file that nobody could scan is file activity; a refused write is HTTP."""
    if threat:
        return classes.DETECTION_FINDING, 1
    if event in _FILE_ACTIVITIES:
        return classes.NETWORK_FILE_ACTIVITY, _FILE_ACTIVITIES[event]
    return classes.HTTP_ACTIVITY, classes.OTHER


SEKISHO_ICAP = Product(
    name="sekisho-icap",
    title="Sekisho web scanner",
    vendor="Sekisho",
    recognises=recognises,
    read=read,
    table=TABLE,
    fill=fill,
)
