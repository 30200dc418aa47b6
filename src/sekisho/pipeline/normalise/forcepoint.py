"""Forcepoint NGFW (and Stonesoft before it) by CEF and LEEF. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from sekisho.ocsf import classes
from sekisho.ocsf.finding import Outcome
from sekisho.pipeline.normalise.cef import moments, read_cef, read_leef
from sekisho.pipeline.normalise.cef_fields import BLANK, MOVES, SPENT
from sekisho.pipeline.normalise.compound import split_urls, split_users
from sekisho.pipeline.normalise.draft import Draft, Fields, table
from sekisho.pipeline.normalise.vendor import Line, Product, conclude
from sekisho.pipeline.normalise.verdicts import outcome_of, severity_of
from sekisho.pipeline.parse.moment import Moment

_VENDOR = re.compile(r"\|\s*(?:FORCEPOINT|STONESOFT|WEBSENSE)\s*\|", re.IGNORECASE)
_HISTORY = re.compile(r"PID\\?=(?P<pid>\d+) UID\\?=(?P<uid>\S+) USER\\?=(?P<user>\S+) (?P<command>.*)\Z", re.DOTALL)
_NAMES = {
    "RuleID": "rule_id",
    "RuleId": "rule_id",
    "NatRuleId": "nat_rule_id",
    "deviceFacility": "category",
    "dvchost": "dvchost",
    "action": "act",
}
TABLE = table(*MOVES, blank=BLANK, spent=SPENT)


def recognises(text: str) -> bool:
    return _VENDOR.search(text, 0, 600) is not None


def read(text: str) -> Line:
    head, fields = read_leef(text) if "LEEF:" in text[:512] else read_cef(text)
    found: Fields = {}
    for key, value in fields.items():
        found.setdefault(_NAMES.get(key, key), value)
    history = _HISTORY.search(found.get("msg") or "")
    if history:
        found["sproc"], found["spid"] = history["command"].partition(" ")[0], history["pid"]
        found["command_line"], found["process_user"] = history["command"], history["user"]
    return head, found


def fill(draft: Draft) -> Sequence[Moment | None]:
    split_users(draft)
    codes = [
        name or code or ""
        for name, code in zip(draft.seen("activity_name"), draft.seen("metadata.event_code"), strict=True)
    ]
    draft.put("activity_name", [code or None for code in codes])
    kinds = [_kind(code) for code in codes]
    outcomes = [
        _outcome(kind[0], action, code) for kind, action, code in zip(kinds, draft.seen("action"), codes, strict=True)
    ]
    conclude(draft, kinds, outcomes, [severity_of(word) for word in draft.seen("vendor_severity")])
    draft.put("actor.process.cmd_line", draft.values("command_line"))
    split_urls(draft)
    draft.place(words=None)
    return moments(draft)


@lru_cache(4096)
def _kind(code: str) -> tuple[int, int]:
    words = code.lower()
    if words.startswith("connection") or "packet" in words:
        return classes.NETWORK_ACTIVITY, {
            "connection_closed": 2,
            "connection_allowed": 1,
            "connection_discarded": 5,
            "connection_refused": 5,
        }.get(words, 6)
    if "dhcp" in words:
        return classes.DHCP_ACTIVITY, classes.OTHER
    if "login" in words or "authentication" in words:
        return classes.AUTHENTICATION, 1
    if "vpn" in words or "ipsec" in words or "ike" in words:
        return classes.TUNNEL_ACTIVITY, classes.OTHER
    if words in ("generic", "") or words.startswith(("system", "fw_", "log", "audit")):
        return classes.BASE_EVENT, classes.OTHER
    return classes.DETECTION_FINDING, 1


@lru_cache(4096)
def _outcome(class_uid: int, action: str | None, code: str) -> Outcome:
    if class_uid in (classes.BASE_EVENT, classes.DHCP_ACTIVITY, classes.TUNNEL_ACTIVITY):
        return outcome_of(action)
    found = outcome_of(action)
    if found == "unknown":
        found = "allowed" if code.lower() == "connection_closed" else outcome_of(code.replace("_", " "))
    if class_uid == classes.DETECTION_FINDING and found != "blocked":
        return "detected"
    return found


FORCEPOINT = Product(
    name="forcepoint",
    title="Forcepoint NGFW",
    vendor="Forcepoint",
    recognises=recognises,
    read=read,
    table=TABLE,
    fill=fill,
)
