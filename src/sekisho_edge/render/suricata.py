"""Policy -> Suricata 7: ``suricata.yaml``. The rule file is ``signatures``'.

Pure. What is logged is everything that Suricata can tell about a connection, because the platform searches
and detects on it. A line that must stay alive (``failure: open``) ignores stream exceptions: Suricata's own
default would drop every connection that was open when the sensor started.
"""

from __future__ import annotations

import glob
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sekisho_edge.render.nftables import Attach
from sekisho_edge.render.redirects import UNBOUND_PORT
from sekisho_wire.policy import SecurityPolicy

STATS_SECONDS = 30
REQUEST_BODY_BYTES_MAX = 100 * 1024
PAYLOAD_SHOWN_BYTES_MAX = 4 * 1024
MEMCAP_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class SensorPaths:
    """Where the sensor reads and writes; all absolute."""

    log_folder: Path
    rule_file: Path
    command_socket: Path
    classification: Path = Path("/etc/suricata/classification.config")
    reference: Path = Path("/etc/suricata/reference.config")


def render_config(
    policy: SecurityPolicy, attach: Attach, paths: SensorPaths, *, outside_addresses: Iterable[str] = ()
) -> str:
    """``suricata.yaml``. ``outside_addresses`` are the edge's own public addresses, which are home too."""
    inside = [network for zone in policy.zones if zone.inside for network in zone.networks]
    home = ",".join([*inside, *outside_addresses])
    config = {
        "vars": _variables(f"[{home}]"),
        # Suricata takes rule files for patterns.
        "default-rule-path": glob.escape(str(paths.rule_file.parent)),
        "rule-files": [paths.rule_file.name],
        "classification-file": str(paths.classification),
        "reference-config-file": str(paths.reference),
        "default-log-dir": str(paths.log_folder),
        "unix-command": {"enabled": "yes", "filename": str(paths.command_socket)},
        "logging": {"default-log-level": "notice", "outputs": _own_log()},
        "stats": {"enabled": "yes", "interval": STATS_SECONDS},
        "outputs": [{"eve-log": _eve(metadata=policy.logging.metadata)}],
        **_capture(policy, attach),
        **_stream(policy),
        "app-layer": {"protocols": _protocols(names_at(policy))},
        "flow": {"memcap": MEMCAP_BYTES, "hash-size": 65536, "prealloc": 1000},
        "defrag": {"memcap": MEMCAP_BYTES // 2, "hash-size": 16384, "trackers": 16384, "max-frags": 16384},
        "detect": {"profile": "medium", "sgh-mpm-context": "auto"},
        "mpm-algo": "auto",
        "spm-algo": "auto",
        "host-mode": "router",
        "asn1-max-frames": 256,
        "max-pending-packets": 1024,
    }
    return "%YAML 1.1\n---\n" + f"# Policy revision {policy.revision}\n" + to_yaml(config)


def _variables(home):
    servers = ("HTTP_SERVERS", "SMTP_SERVERS", "SQL_SERVERS", "DNS_SERVERS", "TELNET_SERVERS", "DC_SERVERS")
    groups = {"HOME_NET": home, "EXTERNAL_NET": "!$HOME_NET", "AIM_SERVERS": "$EXTERNAL_NET"}
    ports = {"HTTP_PORTS": "[80,8080]", "SHELLCODE_PORTS": "!80", "ORACLE_PORTS": 1521, "SSH_PORTS": 22}
    ports |= {"FTP_PORTS": 21, "FILE_DATA_PORTS": "[$HTTP_PORTS,110,143]"}
    return {"address-groups": groups | dict.fromkeys(servers, "$HOME_NET"), "port-groups": ports}


def _own_log():
    """The console speaks only when something is wrong: a check that says nothing is a clean check."""
    file = {"enabled": "yes", "level": "info", "filename": "suricata.log"}
    return [{"console": {"enabled": "yes", "level": "warning"}}, {"file": file}]


def _eve(*, metadata):
    """Without ``metadata`` only what signatures found is written down, and not who spoke with whom about what."""
    found = [{"alert": _alert()}, {"anomaly": {"enabled": "yes"}}, {"drop": {"alerts": "yes", "flows": "all"}}]
    seen = [
        {"http": {"extended": "yes"}},
        {"dns": {"enabled": "yes"}},
        {"tls": {"extended": "yes", "ja4": "yes"}},
        {"files": {"force-magic": "no", "force-hash": ["sha256"]}},
        {"smtp": {"extended": "yes"}},
        {"dhcp": {"enabled": "yes", "extended": "yes"}},
        *["ftp", "rdp", "nfs", "smb", "tftp", "ike", "dcerpc", "krb5", "bittorrent-dht", "snmp", "rfb", "sip"],
        *["quic", "ssh", "mqtt", "http2", "pgsql", "flow"],
    ]
    return {
        "enabled": "yes",
        "filetype": "regular",
        "filename": "eve.json",
        "community-id": "yes",
        "types": [*found, *(seen if metadata else ()), {"stats": {"totals": "yes", "threads": "no", "deltas": "no"}}],
    }


def _alert():
    return {
        "payload": "no",
        "payload-printable": "yes",
        "payload-buffer-size": PAYLOAD_SHOWN_BYTES_MAX,
        "http-body-printable": "yes",
        "tagged-packets": "yes",
        "verdict": "yes",
        "metadata": {"app-layer": "yes", "flow": "yes", "rule": {"metadata": "yes", "raw": "no"}},
    }


def _capture(policy, attach):
    if attach.inline:
        # NFQUEUE: the kernel completes checksums before it queues, yet veth and virtio leave traps; don't check.
        fail_open = "yes" if policy.intrusion.failure == "open" else "no"
        return {"nfq": {"mode": "accept", "batchcount": 16, "fail-open": fail_open}}
    inside = [zone.interface for zone in policy.zones if zone.inside]
    return {
        "af-packet": [
            {"interface": interface, "cluster-id": 90 + i, "cluster-type": "cluster_flow", "checksum-checks": "no"}
            for i, interface in enumerate(inside)
        ]
    }


def _stream(policy):
    stream = {
        "memcap": MEMCAP_BYTES,
        "checksum-validation": "no",
        "inline": "auto",
        "bypass": "no",
        # 0 is no limit for both. The firewall ends the inspection of packets at the same number of bytes.
        "reassembly": {"memcap": MEMCAP_BYTES * 2, "depth": policy.intrusion.inspect_bytes_max},
    }
    if policy.intrusion.failure == "open":
        return {"exception-policy": "ignore", "stream": stream | {"midstream": "yes", "midstream-policy": "ignore"}}
    return {"exception-policy": "auto", "stream": stream}


def names_at(policy: SecurityPolicy) -> int | str:
    """Ports at which questions for names are expected: also where they are turned to."""
    return f"53, {UNBOUND_PORT}" if "dns" in policy.url.layers else 53


def _protocols(names):
    enabled = "telnet rfb mqtt krb5 bittorrent-dht snmp ike dcerpc ftp ssh http2 nfs tftp ntp quic dhcp sip rdp"
    http = {
        "personality": "IDS",
        "request-body-limit": REQUEST_BODY_BYTES_MAX,
        "response-body-limit": REQUEST_BODY_BYTES_MAX,
        "request-body-minimal-inspect-size": "32kb",
        "request-body-inspect-window": "4kb",
        "response-body-minimal-inspect-size": "40kb",
        "response-body-inspect-window": "16kb",
        "response-body-decompress-layer-limit": 2,
        "http-body-inline": "auto",
        "double-decode-path": "no",
        "double-decode-query": "no",
    }
    return {name: {"enabled": "yes"} for name in enabled.split()} | {
        "tls": {"enabled": "yes", "detection-ports": {"dp": 443}, "ja3-fingerprints": "yes", "ja4-fingerprints": "yes"},
        "dns": {
            "tcp": {"enabled": "yes", "detection-ports": {"dp": names}},
            "udp": {"enabled": "yes", "detection-ports": {"dp": names}},
        },
        "smb": {"enabled": "yes", "detection-ports": {"dp": "139, 445"}},
        "smtp": {"enabled": "yes", "mime": {"decode-mime": "yes", "decode-base64": "yes", "extract-urls": "yes"}},
        "imap": {"enabled": "detection-only"},
        "pgsql": {"enabled": "yes", "stream-depth": 0},
        "http": {"enabled": "yes", "libhtp": {"default-config": http}},
    }


def to_yaml(value: dict, indent: int = 0) -> str:
    """Nested dicts, lists and scalars as the plain YAML that Suricata reads; no strings are left to guess."""
    pad = "  " * indent
    lines = []
    for key, entry in value.items():
        if isinstance(entry, dict):
            lines.append(f"{pad}{key}:\n{to_yaml(entry, indent + 1)}")
        elif isinstance(entry, list):
            lines.append(f"{pad}{key}:\n{''.join(_item(item, indent + 1) for item in entry)}")
        else:
            lines.append(f"{pad}{key}: {_scalar(entry)}\n")
    return "".join(lines)


def _item(item, indent):
    pad = "  " * indent
    if not isinstance(item, dict):
        return f"{pad}- {_scalar(item)}\n"
    return f"{pad}- {to_yaml(item, indent + 1).lstrip()}"


def _scalar(value):
    text = str(value)
    plain = re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._/-]*|/[A-Za-z0-9._/-]*", text)
    # A JSON string is a double-quoted YAML string: a folder's name may have quotes and backslashes in it.
    return text if plain else json.dumps(text, ensure_ascii=False)
