"""The box's own mail service -> findings for what is infected, email activity for everything else. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sekisho.ocsf import classes
from sekisho.ocsf.finding import Outcome
from sekisho.pipeline.normalise.draft import Draft, Fields, move, table
from sekisho.pipeline.normalise.values import number, port, words
from sekisho.pipeline.normalise.vendor import Line, Product, conclude
from sekisho.pipeline.parse import ParseError, jsonline
from sekisho.pipeline.parse.moment import Moment
from sekisho.pipeline.parse.text import split_at

TABLE = table(
    move("src_endpoint.ip", "client"),
    move("dst_endpoint.ip", "server"),
    move("dst_endpoint.port", "server_port", to=port),
    move("metadata.event_code", "event"),
    move("action", "action"),
    move("app_name", "protocol"),
    move("email.smtp_from", "sender"),
    move("email.smtp_to", "recipients", to=words),
    move("email.message_uid", "message_id"),
    move("file.name", "file"),
    move("file.size", "size", to=number),
    move("malware.name", "threat"),
    move("status_detail", "reply"),
    spent=("time",),
)
_BEGINS = re.compile(
    r'(?=\{"time": "[^"]{20,40}", "event": "message", "action": "[a-z]+", "protocol": "(?:smtp|pop3)")'
)
_SCAN = 3
_OUTCOMES: dict[str, Outcome] = {
    "cleaned": "blocked", "deleted": "blocked", "deferred": "blocked", "refused": "blocked",
    "tagged": "detected", "delivered": "allowed", "allowed": "allowed",
}  # fmt: skip
FOUND_SEVERITY, SPAM_SEVERITY, PLAIN_SEVERITY = 4, 2, 1
_SPAM_ACTIONS = ("tagged", "deleted")


def recognises(text: str) -> bool:
    return _BEGINS.search(text, 0, 512) is not None


def read(text: str) -> Line:
    found = split_at(text, _BEGINS)
    if found is None:
        raise ParseError("no event of the mail service")
    fields: Fields = dict(jsonline.parse(found[1]))
    return found[0], fields


def fill(draft: Draft) -> Sequence[Moment | None]:
    actions, threats = draft.seen("action"), draft.seen("malware.name")
    kinds = [(classes.DETECTION_FINDING, 1) if threat else (classes.EMAIL_ACTIVITY, _SCAN) for threat in threats]
    outcomes: list[Outcome] = [_OUTCOMES.get(action or "", "unknown") for action in actions]
    severities = [_severity(action, threat) for action, threat in zip(actions, threats, strict=True)]
    conclude(draft, kinds, outcomes, severities)
    draft.place()
    return [draft.clock.moment(told) for told in draft.values("time")]


def _severity(action: str | None, threat: str | None) -> int:
    if threat:
        return FOUND_SEVERITY
    return SPAM_SEVERITY if action in _SPAM_ACTIONS else PLAIN_SEVERITY


SEKISHO_MAIL = Product(
    name="sekisho-mail",
    title="Sekisho mail service",
    vendor="Sekisho",
    recognises=recognises,
    read=read,
    table=TABLE,
    fill=fill,
)
