"""FortiOS REST answers -> the configuration text of the same tables, for the importer that reads exports. Pure.

The REST API tells every setting, also those that stand at their factory value; an export tells only the others. What
stands at its factory value is left out here, so that what remains means something and the importer can list it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

TABLES: dict[str, str] = {
    "system/interface": "system interface",
    "system/zone": "system zone",
    "firewall/address": "firewall address",
    "firewall/addrgrp": "firewall addrgrp",
    "firewall.service/custom": "firewall service custom",
    "firewall.service/group": "firewall service group",
    "firewall.schedule/recurring": "firewall schedule recurring",
    "firewall.schedule/onetime": "firewall schedule onetime",
    "firewall.schedule/group": "firewall schedule group",
    "firewall/vip": "firewall vip",
    "firewall/ippool": "firewall ippool",
    "firewall/policy": "firewall policy",
}
"""Path below ``/api/v2/cmdb`` -> the table's name in a configuration. Names come before those who use them."""

READ: dict[str, frozenset[str]] = {
    "system/interface": frozenset({"ip", "role", "alias", "status"}),
    "system/zone": frozenset({"interface"}),
}
"""Of these tables only some settings concern rules; of all others every setting is told."""

_WORDS = frozenset({"subnet", "ip", "day", "start", "end"})
_PORTS = frozenset({"tcp-portrange", "udp-portrange", "sctp-portrange"})
_OWN = frozenset({"q_origin_key", "name", "policyid", "uuid", "uuid-idx", "obj-id", "global-object", "fabric-object"})
_NOTHING = ("", 0, None, "disable", "none", "0.0.0.0", "0.0.0.0 0.0.0.0", "::", "::/0")  # noqa: S104 - FortiOS's "none"

FACTORY: Mapping[str, tuple[Any, ...]] = {
    "allow-routing": ("disable",),
    "app-category": (),
    "arp-reply": ("enable",),
    "auto-asic-offload": ("enable",),
    "anti-replay": ("enable",),
    "associated-interface": ("any",),
    "cache-ttl": (0,),
    "color": (0,),
    "diffserv-forward": ("disable",),
    "delay-tcp-npu-session": ("disable",),
    "dynamic-shaping": ("disable",),
    "email-collect": ("disable",),
    "fsso": ("disable",),
    "geoip-match": ("physical-location",),
    "helper": ("auto",),
    "inspection-mode": ("flow",),
    "logtraffic": ("utm",),
    "match-vip": ("enable",),
    "nat-source-vip": ("disable",),
    "np-acceleration": ("enable",),
    "permit-any-host": ("disable",),
    "policy-expiry-date": ("0000-00-00 00:00:00",),
    "port-preserve": ("enable",),
    "profile-protocol-options": ("default",),
    "profile-type": ("single",),
    "protocol": ("TCP/UDP/SCTP", "TCP/UDP/UDP-Lite/SCTP"),
    "sgt-check": ("disable",),
    "ssl-ssh-profile": ("no-inspection", "certificate-inspection"),
    "tcp-session-without-syn": ("disable",),
    "timeout-send-rst": ("disable",),
    "tos-mask": ("0x00",),
    "tos": ("0x00",),
    "vlan-filter": (),
    "visibility": ("enable",),
    "wanopt-detection": ("active",),
    "wanopt-passive-opt": ("default",),
}
"""Settings that an export leaves out at these values."""


def configuration_text(answers: Mapping[str, Iterable[Mapping[str, Any]]]) -> str:
    """The text of all tables that were read: path -> the ``results`` of its answer."""
    return "".join(_table(path, answers[path]) for path in TABLES if path in answers)


def _table(path, results) -> str:
    entries = "".join(_entry(path, entry) for entry in results)
    return f"config {TABLES[path]}\n{entries}end\n" if entries else ""


def _entry(path, entry) -> str:
    name = entry.get("policyid") if path == "firewall/policy" else entry.get("name")
    if name in (None, ""):
        name = entry.get("q_origin_key", "")
    settings = [f"        set {key} {words}\n" for key, words in _settings(path, entry)]
    return f"    edit {_quoted(str(name))}\n{''.join(settings)}    next\n"


def _settings(path, entry):
    wanted = READ.get(path)
    if path == "firewall/policy" and entry.get("name"):
        yield "name", _quoted(str(entry["name"]))
    for key, value in entry.items():
        if key in _OWN or (wanted is not None and key not in wanted) or _says_nothing(key, value):
            continue
        if words := _words(key, value):
            yield key, words


def _says_nothing(key, value):
    if isinstance(value, list | dict):
        return not value
    return value in _NOTHING or value in FACTORY.get(key, ())


def _words(key, value) -> str:
    if isinstance(value, list):
        return " ".join(_quoted(_named(item)) for item in value)
    if key in _WORDS or key in _PORTS:
        return " ".join(_quoted(word) if '"' in word else word for word in str(value).split())
    return _quoted(str(value)) if not isinstance(value, dict) else _quoted(_named(value))


def _named(item) -> str:
    """A reference in a list, by whichever key this table uses."""
    if not isinstance(item, Mapping):
        return str(item)
    keys = ("name", "range", "interface-name", "q_origin_key", "id")
    return str(next((item[key] for key in keys if key in item), ""))


def _quoted(text: str) -> str:
    plain = " ".join(text.split())
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'
