"""A FortiGate on loopback, as far as its REST API is read: answers in its shape, over TLS, to one token.

Entries have the settings that such a box tells although nobody ever set them. ``changes`` is called before each answer,
so that a test can change the box in the middle of a reading.
"""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "read-only-token"


def named(*names: str) -> list[dict[str, str]]:
    return [{"name": name, "q_origin_key": name} for name in names]


def policy(number: int, name: str, source: str, service: tuple[str, ...], action: str = "accept", **more: Any) -> dict:
    """A rule from port2 to port1 with what the box tells besides."""
    return {
        "policyid": number, "q_origin_key": number, "name": name, "uuid": f"00000000-0000-0000-0000-{number:012}",
        "status": "enable", "srcintf": named("port2"), "dstintf": named("port1"), "srcaddr": named(source),
        "dstaddr": named("all"), "action": action, "schedule": "always", "service": named(*service),
        "logtraffic": "utm", "nat": "disable", "inspection-mode": "flow", "ssl-ssh-profile": "no-inspection",
        "match-vip": "enable", "auto-asic-offload": "enable", "groups": [], "users": [], "fsso-groups": [],
        "internet-service": "disable", "srcaddr-negate": "disable", "tcp-mss-sender": 0, "comments": "", **more,
    }  # fmt: skip


def tables() -> dict[str, list[dict[str, Any]]]:
    """What the box of these tests has."""
    return {
        "system/interface": [
            {"name": "port1", "ip": "203.0.113.2 255.255.255.252", "role": "wan", "status": "up", "vdom": "root",
             "alias": "", "mtu": 1500, "type": "physical"},
            {"name": "port2", "ip": "192.168.10.1 255.255.255.0", "role": "lan", "status": "up", "vdom": "root",
             "alias": "社内 \"LAN\"", "mtu": 1500, "type": "physical"},
        ],
        "firewall/address": [
            {"name": "all", "type": "ipmask", "subnet": "0.0.0.0 0.0.0.0", "comment": "", "color": 0},
            {"name": "clients", "type": "ipmask", "subnet": "192.168.10.0 255.255.255.128", "comment": "席"},
            {"name": "servers", "type": "iprange", "start-ip": "192.168.10.200", "end-ip": "192.168.10.220"},
            {"name": "update.example", "type": "fqdn", "fqdn": "update.example", "subnet": "0.0.0.0 0.0.0.0"},
        ],
        "firewall/addrgrp": [{"name": "everybody", "member": named("clients", "servers"), "exclude": "disable"}],
        "firewall.service/custom": [
            {"name": "HTTPS", "protocol": "TCP/UDP/SCTP", "tcp-portrange": "443", "udp-portrange": ""},
            {"name": "app", "protocol": "TCP/UDP/SCTP", "tcp-portrange": "8000-8010 9000", "udp-portrange": ""},
        ],
        "firewall.service/group": [],
        "firewall.schedule/recurring": [
            {"name": "always", "day": "sunday monday tuesday wednesday thursday friday saturday", "start": "00:00",
             "end": "00:00"},
        ],
        "firewall.schedule/onetime": [],
        "firewall/vip": [],
        "firewall/policy": [
            policy(1, "web", "everybody", ("HTTPS", "app"), nat="enable"),
            policy(2, "updates", "clients", ("HTTPS",), dstaddr=named("update.example")),
            policy(3, "rest", "all", ("ALL",), "deny", logtraffic="all"),
        ],
    }  # fmt: skip


class Box:
    """``url``, and everything that can be changed at it. Tables that are not in ``tables`` do not exist there."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.tables = tables()
        self.revision = "r1"
        self.asked: list[str] = []
        self.changes: Callable[[str], None] = lambda path: None

    def answer(self, path: str, query: dict[str, list[str]], token: str) -> tuple[int, Any]:
        self.asked.append(path)
        self.changes(path)
        if token != f"Bearer {TOKEN}":
            return 401, {"status": "error", "http_status": 401}
        more = {"http_method": "GET", "vdom": "root", "serial": "FGT60F0000000001", "version": "v7.4.4", "build": 2662}
        if path == "monitor/system/status":
            return 200, {"status": "success", "results": {"hostname": "fg-aoba", "model": "FGT60F"}, **more}
        table = path.removeprefix("cmdb/")
        if table not in self.tables:
            return 404, {"status": "error", "http_status": 404}
        start, count = (int(query[key][0]) for key in ("start", "count"))
        results = self.tables[table][start : start + count]
        return 200, {"status": "success", "http_status": 200, "revision": self.revision, "results": results, **more}


@contextmanager
def fortigate(certificates: Path) -> Iterator[Box]:
    """A box with the folder's ``collector.pem`` and key as its certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / "collector.pem", certificates / "collector.key")
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.box = Box(f"https://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server.box
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        asked = urlsplit(self.path)
        path = asked.path.removeprefix("/api/v2/")
        code, answer = self.server.box.answer(path, parse_qs(asked.query), self.headers.get("Authorization", ""))
        text = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(code)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *args: object) -> None:
        """Say nothing."""
