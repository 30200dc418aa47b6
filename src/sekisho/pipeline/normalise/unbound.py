"""Unbound's log -> DNS activity for queries and replies, base events for what it says about itself. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from sekisho.ocsf import classes
from sekisho.ocsf.finding import Outcome
from sekisho.pipeline.normalise.draft import Draft, Fields, move, table
from sekisho.pipeline.normalise.values import milliseconds, name, number, port
from sekisho.pipeline.normalise.vendor import Line, Product, judge
from sekisho.pipeline.normalise.verdicts import severity_of
from sekisho.pipeline.parse import ParseError, unbound
from sekisho.pipeline.parse.moment import Moment
from sekisho.pipeline.parse.text import split_at

TABLE = table(
    move("src_endpoint.ip", "address"),
    move("src_endpoint.port", "port", to=port),
    move("query.hostname", "name", to=name),
    move("query.type", "type"),
    move("rcode", "rcode"),
    move("duration", "seconds", to=milliseconds),
    move("traffic.bytes_in", "bytes", to=number),
    move("action", "action"),
    move("policy.name", "zone"),
    move("vendor_severity", "level"),
    move("message", "text"),
    move("status_detail", "detail"),
    move("actor.process.pid", "pid", to=number),
)
_BLOCKING = (
    "deny",
    "refuse",
    "always_nxdomain",
    "always_nodata",
    "always_deny",
    "always_refuse",
    "always_null",
    "inform_deny",
    "block",
    "rpz-",
    "nxdomain",
    "nodata",
    "drop",
    "redirect",
    "inform_redirect",
    "local",
    "cname",
    "truncate",
)
_LETTING = frozenset({"rpz-passthru", "rpz-tcp-only", "rpz-disabled"})


def recognises(text: str) -> bool:
    return unbound.BEGINS.search(text, 0, 512) is not None


def read(text: str) -> Line:
    found = split_at(text, unbound.BEGINS)
    if found is None:
        raise ParseError("no [process:thread] level: of Unbound")
    fields: Fields = dict(unbound.parse(found[1].lstrip()))
    return found[0], fields


def fill(draft: Draft) -> Sequence[Moment | None]:
    names, codes = draft.seen("query.hostname"), draft.seen("rcode")
    kinds = [
        (classes.BASE_EVENT, classes.OTHER) if host is None else (classes.DNS_ACTIVITY, 2 if code else 1)
        for host, code in zip(names, codes, strict=True)
    ]
    outcomes = [
        _outcome(action, code, host is not None)
        for action, code, host in zip(draft.seen("action"), codes, names, strict=True)
    ]
    judge(draft, kinds, outcomes, [severity_of(level) for level in draft.seen("vendor_severity")])
    draft.put("app_name", ["dns"] * draft.rows)
    draft.place()
    moment = draft.clock.moment
    return [moment(told) or moment(head.clock) for told, head in zip(draft.values("time"), draft.heads, strict=True)]


@lru_cache(1024)
def _outcome(action: str | None, code: str | None, is_query: bool) -> Outcome:
    """A local zone that answers in another's place blocks; a reply that came is allowed; a mere query is neither."""
    if action and action.lower() in _LETTING:
        return "allowed"
    if action and action.lower().startswith(_BLOCKING):
        return "blocked"
    if action or code:
        return "blocked" if code == "REFUSED" else "allowed"
    return "unknown"


UNBOUND = Product(
    name="unbound", title="Unbound", vendor="NLnet Labs", recognises=recognises, read=read, table=TABLE, fill=fill
)
