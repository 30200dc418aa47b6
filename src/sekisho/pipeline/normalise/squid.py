"""Squid's access log -> OCSF HTTP activity: what clients asked the proxy for, and what became of it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from sekisho.ocsf import classes
from sekisho.ocsf.finding import Outcome
from sekisho.pipeline.normalise.compound import split_urls, split_users
from sekisho.pipeline.normalise.draft import Draft, Fields, move, table
from sekisho.pipeline.normalise.values import host_of, method, number, port, small
from sekisho.pipeline.normalise.vendor import Line, Product, judge
from sekisho.pipeline.parse import ParseError, squid
from sekisho.pipeline.parse.moment import Moment
from sekisho.pipeline.parse.text import split_at

TABLE = table(
    move("src_endpoint.ip", "client"),
    move("dst_endpoint.ip", "peer"),
    move("dst_endpoint.hostname", "host"),
    move("dst_endpoint.port", "host_port", to=port),
    move("user.name", "user"),
    move("duration", "elapsed", to=number),
    move("action", "result"),
    move("http_request.http_method", "method", to=method),
    move("http_request.url.url_string", "url"),
    move("http_request.version", "version"),
    move("http_request.user_agent", "agent"),
    move("http_request.referrer", "referer"),
    move("http_response.code", "status", to=small),
    move("http_response.content_type", "type"),
    move("traffic.bytes_in", "bytes", to=number),
    move("connection_info.protocol_name", "transport"),
    move("status_detail", "error"),
    blank=("-",),
    spent=("time",),
)
_METHODS = {caption.upper(): number for number, caption in classes.ACTIVITIES[classes.HTTP_ACTIVITY].items()}


def recognises(text: str) -> bool:
    return squid.BEGINS.search(text, 0, 512) is not None or squid.BEGINS_COMMON.search(text, 0, 512) is not None


def read(text: str) -> Line:
    found = split_at(text, squid.BEGINS) or split_at(text, squid.BEGINS_COMMON)
    if found is None:
        raise ParseError("neither Squid's native nor the common log format")
    fields: Fields = dict(squid.parse(found[1].lstrip()))
    url = fields.get("url", "")
    if url.startswith("error:"):
        fields["error"] = url
    elif url:
        host, port_number = host_of(url)
        fields["host"], fields["host_port"] = host, None if port_number is None else str(port_number)
    if "result" in fields and not url.startswith("error:"):
        fields["transport"] = "tcp"
    return found[0], fields


def fill(draft: Draft) -> Sequence[Moment | None]:
    split_users(draft)
    verbs = draft.seen("http_request.http_method")
    codes = draft.seen("http_response.code")
    kinds = [(classes.HTTP_ACTIVITY, _METHODS.get(verb, classes.OTHER) if verb else classes.UNKNOWN) for verb in verbs]
    outcomes = [_outcome(result or "", code) for result, code in zip(draft.seen("action"), codes, strict=True)]
    judge(draft, kinds, outcomes, [1] * draft.rows)
    draft.put("status_code", [None if code is None else str(code) for code in codes])
    draft.put("http_request.url.hostname", draft.seen("dst_endpoint.hostname"))
    draft.put("http_request.url.port", draft.seen("dst_endpoint.port"))
    draft.put("app_name", ["http"] * draft.rows)
    split_urls(draft)
    draft.place()
    return [draft.clock.moment(_without_slashes(told)) for told in draft.values("time")]


def _without_slashes(told: str | None) -> str | None:
    """02/May/2025:11:30:29 +0200 with blanks."""
    if told and "/" in told and told[2:3] == "/" and told[3:6].isalpha():
        return told.replace("/", " ", 2).replace(":", " ", 1)
    return told


@lru_cache(1024)
def _outcome(result: str, code: int | None) -> Outcome:
    if "DENIED" in result or code in (403, 407):
        return "blocked"
    if result.startswith(("TCP", "UDP", "NONE", "TAG")) or code is not None:
        return (
            "allowed"
            if code not in (None, 0) or "HIT" in result or "TUNNEL" in result or "MISS" in result
            else "unknown"
        )
    return "unknown"


SQUID = Product(name="squid", title="Squid", vendor="Squid", recognises=recognises, read=read, table=TABLE, fill=fill)
