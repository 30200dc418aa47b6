"""FortiOS services: those that every box has, and custom ones. Values are those of the product's factory table."""

from __future__ import annotations

from typing import Any

from sekisho_wire.policy_import.carried import CannotCarry
from sekisho_wire.policy_import.fortigate_text import Entry

PROTOCOL_NUMBERS = {"1": "icmp", "6": "tcp", "17": "udp", "47": "gre", "50": "esp", "51": "ah", "132": "sctp"}


def _of(tcp="", udp="", **more):
    found = [{"protocol": "tcp", "ports": _ports(tcp)}] if tcp else []
    found += [{"protocol": "udp", "ports": _ports(udp)}] if udp else []
    return found + more.get("also", [])


def _ports(text):
    return [port if "-" in port else int(port) for port in text.split()]


PREDEFINED: dict[str, list[dict[str, Any]]] = {
    "ALL": [],
    "ALL_TCP": [{"protocol": "tcp"}],
    "ALL_UDP": [{"protocol": "udp"}],
    "ALL_ICMP": [{"protocol": "icmp"}],
    "PING": [{"protocol": "icmp", "icmp_type": 8}],
    "GRE": [{"protocol": "gre"}],
    "ESP": [{"protocol": "esp"}],
    "AH": [{"protocol": "ah"}],
    "DNS": _of("53", "53"),
    "FTP": _of("21"),
    "HTTP": _of("80"),
    "HTTPS": _of("443"),
    "IKE": _of(udp="500 4500"),
    "IMAP": _of("143"),
    "IMAPS": _of("993"),
    "KERBEROS": _of("88 464", "88 464"),
    "L2TP": _of("1701", "1701"),
    "LDAP": _of("389"),
    "MS-SQL": _of("1433 1434"),
    "MYSQL": _of("3306"),
    "NFS": _of("111 2049", "111 2049"),
    "NTP": _of("123", "123"),
    "POP3": _of("110"),
    "POP3S": _of("995"),
    "PPTP": _of("1723"),
    "RADIUS": _of(udp="1812 1813"),
    "RDP": _of("3389"),
    "SAMBA": _of("139"),
    "SIP": _of("5060", "5060"),
    "SMB": _of("445"),
    "SMTP": _of("25"),
    "SMTPS": _of("465"),
    "SNMP": _of("161-162", "161-162"),
    "SSH": _of("22"),
    "SYSLOG": _of(udp="514"),
    "TELNET": _of("23"),
    "TFTP": _of(udp="69"),
    "TRACEROUTE": _of(udp="33434-33535"),
    "Web Access": _of("53 80 443", "53"),
    "Email Access": _of("25 53 110 143 465 993 995", "53"),
}


def custom_service(entry: Entry) -> list[dict[str, Any]]:
    """The services of one ``config firewall service custom`` entry; CannotCarry for what we have no word for."""
    protocol = entry.one("protocol", "TCP/UDP/SCTP")
    if protocol in ("TCP/UDP/SCTP", "TCP/UDP/UDP-Lite/SCTP"):
        return _portranges(entry)
    if protocol == "ICMP":
        kind = entry.one("icmptype")
        return [{"protocol": "icmp", **({"icmp_type": int(kind)} if kind.isdigit() else {})}]
    number = entry.one("protocol-number", "0")
    if protocol != "IP" or number not in PROTOCOL_NUMBERS:
        said = f"{protocol} {number}"
        raise CannotCarry(f"プロトコル {said} はモデルにありません", f"protocol {said} is not in the model")
    return [{"protocol": PROTOCOL_NUMBERS[number]}]


def _portranges(entry):
    found = []
    for protocol in ("tcp", "udp", "sctp"):
        for word in entry.take(f"{protocol}-portrange"):
            ports, _, source = word.partition(":")
            service = {"protocol": protocol, "ports": [_port(ports)]}
            found.append(service | ({"source_ports": [_port(source)]} if source else {}))
    if not found:
        raise CannotCarry("ポートがありません", "it has no ports")
    return found


def _port(text):
    first, dash, last = text.partition("-")
    if not first.isdigit() or (dash and not last.isdigit()):
        raise CannotCarry(f"ポート {text!r} が読めません", f"{text!r} is no port")
    low, high = max(1, int(first)), int(last or first)  # FortiOS writes 0-65535 for any
    return low if low == high else f"{low}-{high}"
