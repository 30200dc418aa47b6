"""What a Suricata event means in OCSF: its class and activity, how bad it is, and what the device did.

``outcome`` follows the packet, not the rule. Suricata writes ``alert.action: allowed`` for every
signature that did not block, so an alert that passed is *detected*: seen, reported, and let through
because nobody had decided otherwise. *Allowed* is only what a rule of the device decided to let pass
(``verdict.action: pass``, ``flow.action: pass|accept``). *Blocked* is what was stopped, even when by
another rule than the one that raised the alert (``verdict.action: drop``).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from sekisho.ocsf import classes
from sekisho.ocsf.finding import Outcome

Event = dict[str, Any]


class Kind(NamedTuple):
    """The OCSF class of a kind of event, and its activity: a number, or found from the event."""

    class_uid: int
    activity: int | Callable[[Event], int]


def part(event: Event, name: str) -> dict[str, Any]:
    """The object of that name in the event, empty if there is none."""
    found = event.get(name)
    return found if type(found) is dict else {}


def word(of: dict[str, Any], name: str) -> str:
    """The string of that name in lower case, empty if there is none."""
    found = of.get(name)
    return found.lower() if type(found) is str else ""


def _chooser(part_name: str, field: str, activities: dict[str, int]) -> Callable[[Event], int]:
    def activity(event: Event) -> int:
        said = word(part(event, part_name), field)
        return activities.get(said, classes.OTHER) if said else classes.UNKNOWN

    return activity


HTTP_METHODS = {caption.lower(): number for number, caption in classes.ACTIVITIES[classes.HTTP_ACTIVITY].items()}
_DHCP_TYPES = {caption.lower(): number for number, caption in classes.ACTIVITIES[classes.DHCP_ACTIVITY].items()}
DNS_TYPES = {"query": 1, "request": 1, "answer": 2, "response": 2}
_FTP_COMMANDS = {
    **dict.fromkeys(("stor", "stou", "appe"), 1),
    "retr": 2,
    **dict.fromkeys(("dele", "rmd"), 4),
    **dict.fromkeys(("rnfr", "rnto"), 5),
    **dict.fromkeys(("list", "nlst", "mlsd", "mlst"), 6),
}
SMB_DISPOSITIONS = {
    "file_supersede": 1,
    "file_open": 2,
    "file_create": 3,
    "file_open_if": 4,
    "file_overwrite": 5,
    "file_overwrite_if": 6,
}
_NFS_PROCEDURES = {"write": 1, "create": 1, "read": 2, "setattr": 3, "remove": 4, "rmdir": 4, "rename": 5, "open": 14}
_KERBEROS_MESSAGES = {"krb_as_req": 3, "krb_as_rep": 3, "krb_tgs_req": 4, "krb_tgs_rep": 4}
_RDP_EVENTS = {
    "initial_request": 1,
    "initial_response": 2,
    "connect_request": 3,
    "connect_response": 4,
    "tls_handshake": 5,
}
_TRAFFIC = 6

_kerberos_message = _chooser("krb5", "msg_type", _KERBEROS_MESSAGES)
_kerberos_failure = _chooser("krb5", "failed_request", _KERBEROS_MESSAGES)


def _kerberos(event: Event) -> int:
    return _kerberos_failure(event) if "failed_request" in part(event, "krb5") else _kerberos_message(event)


KINDS: dict[str, Kind] = {
    "alert": Kind(classes.DETECTION_FINDING, 1),
    "http": Kind(classes.HTTP_ACTIVITY, _chooser("http", "http_method", HTTP_METHODS)),
    "http2": Kind(classes.HTTP_ACTIVITY, _chooser("http", "http_method", HTTP_METHODS)),
    "dns": Kind(classes.DNS_ACTIVITY, _chooser("dns", "type", DNS_TYPES)),
    "mdns": Kind(classes.DNS_ACTIVITY, _chooser("mdns", "type", DNS_TYPES)),
    "dhcp": Kind(classes.DHCP_ACTIVITY, _chooser("dhcp", "dhcp_type", _DHCP_TYPES)),
    "rdp": Kind(classes.RDP_ACTIVITY, _chooser("rdp", "event_type", _RDP_EVENTS)),
    "smb": Kind(classes.SMB_ACTIVITY, _chooser("smb", "disposition", SMB_DISPOSITIONS)),
    "dcerpc": Kind(classes.SMB_ACTIVITY, classes.OTHER),
    "ssh": Kind(classes.SSH_ACTIVITY, 1),
    "ftp": Kind(classes.FTP_ACTIVITY, _chooser("ftp", "command", _FTP_COMMANDS)),
    "ftp_data": Kind(classes.FTP_ACTIVITY, _chooser("ftp_data", "command", _FTP_COMMANDS)),
    "smtp": Kind(classes.EMAIL_ACTIVITY, 1),
    "fileinfo": Kind(classes.NETWORK_FILE_ACTIVITY, classes.OTHER),
    "tftp": Kind(classes.NETWORK_FILE_ACTIVITY, _chooser("tftp", "packet", {"write": 1, "read": 2})),
    "nfs": Kind(classes.NETWORK_FILE_ACTIVITY, _chooser("nfs", "procedure", _NFS_PROCEDURES)),
    "ntp": Kind(classes.NTP_ACTIVITY, classes.OTHER),
    "ike": Kind(classes.TUNNEL_ACTIVITY, 1),
    "krb5": Kind(classes.AUTHENTICATION, _kerberos),
    "drop": Kind(classes.NETWORK_ACTIVITY, 5),
    "tls": Kind(classes.NETWORK_ACTIVITY, 1),
    "stats": Kind(classes.BASE_EVENT, classes.OTHER),
    "engine": Kind(classes.BASE_EVENT, classes.OTHER),
}
OTHER_TRAFFIC = Kind(classes.NETWORK_ACTIVITY, _TRAFFIC)
_OTHER = Kind(classes.BASE_EVENT, classes.OTHER)


def kind_of(event: Event, event_type: str | None) -> Kind:
    """A kind that Suricata may learn later is network activity if it has addresses, a base event if not."""
    known = KINDS.get(event_type or "")
    if known is not None:
        return known
    return OTHER_TRAFFIC if "src_ip" in event else _OTHER


_PRIORITIES = {1: 4, 2: 3, 3: 2}
"""Suricata's priority -> OCSF severity: 1 is the worst, 3 the usual default, more is information."""

AUTHORS_SEVERITIES = {"critical": 5, "major": 4, "minor": 2, "informational": 1}
CONFIDENCES = {"low": 1, "medium": 2, "high": 3}
"""What a rule's author wrote -> OCSF confidence."""
_LOG_LEVELS = {"error": 4, "critical": 5, "emergency": 6, "alert": 5, "warning": 3}


def severity_id(event: Event, alert: dict[str, Any], authors: str | None) -> int:
    """The rule's author knows better than the priority of its class: ``signature_severity`` goes first."""
    if alert:
        by_author = AUTHORS_SEVERITIES.get(authors.lower()) if authors else None
        priority = alert.get("severity")
        return by_author or (_PRIORITIES.get(priority, 1) if type(priority) is int else 1)
    return _LOG_LEVELS.get(word(event, "log_level"), 1)


def outcome(event: Event, event_type: str | None) -> Outcome:
    """What the device did with the packet or flow; see the head of this file."""
    if not (event_type in _DECIDED or "verdict" in event or "alert" in event):
        return "unknown"
    said = event.get("verdict")
    verdict = said.lower() if type(said) is str else word(part(event, "verdict"), "action")
    if event_type == "drop" or verdict in ("drop", "reject") or word(part(event, "alert"), "action") == "blocked":
        return "blocked"
    if verdict == "pass":
        return "allowed"
    if event_type == "alert":
        return "detected"
    return _FLOW_ACTIONS.get(word(part(event, "flow"), "action"), "unknown")


_DECIDED = frozenset({"alert", "drop", "flow"})
"""Kinds that may tell what was done without a verdict."""

_FLOW_ACTIONS: dict[str, Outcome] = {"drop": "blocked", "accept": "allowed", "pass": "allowed"}

ACTION_AND_DISPOSITION: dict[Outcome, tuple[int, int]] = {
    "blocked": (2, 2),
    "allowed": (1, 1),
    "detected": (1, 15),
}
"""Outcome -> OCSF action_id, disposition_id. OCSF counts taking no action as allowed."""
DROPPED = 6
"""Its disposition_id where Suricata says that it dropped the packet."""
