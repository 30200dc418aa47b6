"""The part of OCSF 1.3 that network security logs use: classes, activities and the other enumerations.

Captions are OCSF's own. An identifier that is not in its table has no caption and is still valid:
OCSF lets a producer send 0 (unknown) and 99 (other) everywhere.
"""

from __future__ import annotations

OCSF_VERSION = "1.3.0"

BASE_EVENT = 0
DETECTION_FINDING = 2004
AUTHENTICATION = 3002
ENTITY_MANAGEMENT = 3004
NETWORK_ACTIVITY = 4001
HTTP_ACTIVITY = 4002
DNS_ACTIVITY = 4003
DHCP_ACTIVITY = 4004
RDP_ACTIVITY = 4005
SMB_ACTIVITY = 4006
SSH_ACTIVITY = 4007
FTP_ACTIVITY = 4008
EMAIL_ACTIVITY = 4009
NETWORK_FILE_ACTIVITY = 4010
NTP_ACTIVITY = 4013
TUNNEL_ACTIVITY = 4014

CATEGORIES = {
    0: "Uncategorized",
    2: "Findings",
    3: "Identity & Access Management",
    4: "Network Activity",
}

CLASSES = {
    BASE_EVENT: "Base Event",
    DETECTION_FINDING: "Detection Finding",
    AUTHENTICATION: "Authentication",
    ENTITY_MANAGEMENT: "Entity Management",
    NETWORK_ACTIVITY: "Network Activity",
    HTTP_ACTIVITY: "HTTP Activity",
    DNS_ACTIVITY: "DNS Activity",
    DHCP_ACTIVITY: "DHCP Activity",
    RDP_ACTIVITY: "RDP Activity",
    SMB_ACTIVITY: "SMB Activity",
    SSH_ACTIVITY: "SSH Activity",
    FTP_ACTIVITY: "FTP Activity",
    EMAIL_ACTIVITY: "Email Activity",
    NETWORK_FILE_ACTIVITY: "Network File Activity",
    NTP_ACTIVITY: "NTP Activity",
    TUNNEL_ACTIVITY: "Tunnel Activity",
}

UNKNOWN = 0
OTHER = 99

_CONNECTION = {1: "Open", 2: "Close", 3: "Reset", 4: "Fail", 5: "Refuse", 6: "Traffic"}

ACTIVITIES: dict[int, dict[int, str]] = {
    BASE_EVENT: {},
    DETECTION_FINDING: {1: "Create", 2: "Update", 3: "Close"},
    AUTHENTICATION: {
        1: "Logon",
        2: "Logoff",
        3: "Authentication Ticket",
        4: "Service Ticket Request",
        5: "Service Ticket Renew",
    },
    ENTITY_MANAGEMENT: {1: "Create", 2: "Read", 3: "Update", 4: "Delete", 10: "Enable", 11: "Disable"},
    NETWORK_ACTIVITY: _CONNECTION,
    HTTP_ACTIVITY: {
        1: "Connect",
        2: "Delete",
        3: "Get",
        4: "Head",
        5: "Options",
        6: "Post",
        7: "Put",
        8: "Trace",
    },
    DNS_ACTIVITY: {1: "Query", 2: "Response", 6: "Traffic"},
    DHCP_ACTIVITY: {
        1: "Discover",
        2: "Offer",
        3: "Request",
        4: "Decline",
        5: "Ack",
        6: "Nak",
        7: "Release",
        8: "Inform",
        9: "Expire",
    },
    RDP_ACTIVITY: {
        1: "Initial Request",
        2: "Initial Response",
        3: "Connect Request",
        4: "Connect Response",
        5: "TLS Handshake",
        6: "Traffic",
        7: "Disconnect",
        8: "Reconnect",
    },
    SMB_ACTIVITY: {
        1: "File Supersede",
        2: "File Open",
        3: "File Create",
        4: "File Open If",
        5: "File Overwrite",
        6: "File Overwrite If",
    },
    SSH_ACTIVITY: _CONNECTION,
    FTP_ACTIVITY: {1: "Put", 2: "Get", 3: "Poll", 4: "Delete", 5: "Rename", 6: "List"},
    EMAIL_ACTIVITY: {1: "Send", 2: "Receive", 3: "Scan", 4: "Trace"},
    NETWORK_FILE_ACTIVITY: {1: "Upload", 2: "Download", 3: "Update", 4: "Delete", 5: "Rename", 6: "Copy", 14: "Open"},
    NTP_ACTIVITY: {},
    TUNNEL_ACTIVITY: {1: "Open", 2: "Close", 3: "Renew"},
}

SEVERITIES = {
    0: "Unknown",
    1: "Informational",
    2: "Low",
    3: "Medium",
    4: "High",
    5: "Critical",
    6: "Fatal",
    99: "Other",
}
CONFIDENCES = {0: "Unknown", 1: "Low", 2: "Medium", 3: "High", 99: "Other"}
STATUSES = {0: "Unknown", 1: "Success", 2: "Failure", 99: "Other"}
DISPOSITIONS = {0: "Unknown", 1: "Allowed", 2: "Blocked", 6: "Dropped", 15: "Detected", 99: "Other"}
DIRECTION_IDS = {"unknown": 0, "inbound": 1, "outbound": 2, "lateral": 3, "local": 99}
"""Our direction -> OCSF connection_info.direction_id; OCSF 1.3 has no word for what never crosses the device."""

PROTOCOL_NUMBERS = {
    "icmp": 1,
    "igmp": 2,
    "tcp": 6,
    "udp": 17,
    "ipv6": 41,
    "gre": 47,
    "esp": 50,
    "ah": 51,
    "ipv6-icmp": 58,
    "sctp": 132,
}
"""IANA protocol name -> number, for those that firewalls and sensors report by name."""

FINGERPRINT_ALGORITHMS = {"md5": 1, "sha1": 2, "sha256": 3}
"""Name of a hash column's last part -> OCSF fingerprint.algorithm_id."""


def class_name(class_uid: int) -> str:
    return CLASSES.get(class_uid, "Unknown")


def category_uid(class_uid: int) -> int:
    """The category that a class belongs to: the thousands of its number."""
    return class_uid // 1000


def type_uid(class_uid: int, activity_id: int) -> int:
    return class_uid * 100 + activity_id


def activity_name(class_uid: int, activity_id: int) -> str:
    if activity_id == UNKNOWN:
        return "Unknown"
    return ACTIVITIES.get(class_uid, {}).get(activity_id, "Other")
