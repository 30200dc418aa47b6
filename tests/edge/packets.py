"""Single packets through a firewall, and what a policy says about them when it is read word by word.

``says`` is written from the policy's own descriptions and shares nothing with the renderer.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import socket
import struct
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

from sekisho_wire.policy import SecurityPolicy, Service

NUMBERS = {"icmp": 1, "tcp": 6, "udp": 17, "gre": 47}
ARRIVAL_SECONDS_MAX = 2.0
_MARK = b"sekisho"


@dataclass(frozen=True)
class Packet:
    """The first packet of a connection from the inside to the outside."""

    source: str
    destination: str
    protocol: str
    source_port: int = 40000
    port: int = 0
    icmp_type: int = 8

    def raw(self, number: int) -> bytes:
        body = self._body()
        head = struct.pack(
            ">BBHHHBBH4s4s", 0x45, 0, 20 + len(body), number, 0, 64, NUMBERS[self.protocol], 0,
            socket.inet_aton(self.source), socket.inet_aton(self.destination),
        )  # fmt: skip
        return head + body

    def _body(self):
        if self.protocol == "tcp":
            text = struct.pack(">HHIIBBHHH", self.source_port, self.port, 1, 0, 0x50, 2, 1024, 0, 0)
            return text[:16] + struct.pack(">H", self._sum(text)) + text[18:]
        if self.protocol == "udp":
            return struct.pack(">HHHH", self.source_port, self.port, 8 + len(_MARK), 0) + _MARK
        if self.protocol == "icmp":
            text = struct.pack(">BBHHH", self.icmp_type, 0, 0, self.source_port, 1) + _MARK + b"\0"
            return text[:2] + struct.pack(">H", _checksum(text)) + text[4:]
        return struct.pack(">HH", 0, 0x0800) + _MARK

    def _sum(self, text):
        pseudo = socket.inet_aton(self.source) + socket.inet_aton(self.destination)
        return _checksum(pseudo + struct.pack(">BBH", 0, 6, len(text)) + text)


def _checksum(data):
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF


def says(policy: SecurityPolicy, packet: Packet, now: datetime) -> str:
    """allow, drop or reject: first match decides, what no rule matches is dropped. ``now`` is UTC."""
    for rule in policy.rules:
        if (
            rule.enabled
            and rule.from_zone in ("lan", "any")
            and rule.to_zone in ("wan", "any")
            and _is_place(policy, rule.source, packet.source, negated=rule.source_negated)
            and _is_place(policy, rule.destination, packet.destination, negated=rule.destination_negated)
            and (not rule.services or any(_is_service(policy, service, packet) for service in rule.services))
            and (rule.schedule is None or _holds(policy, rule.schedule, now + timedelta(hours=9)))
        ):
            return rule.action
    return "drop"


def _is_place(policy, entries, address, *, negated):
    return not entries or any(_covers(policy, entry, IPv4Address(address)) for entry in entries) != negated


def _covers(policy, entry, address):
    for item in policy.addresses:
        if item.name == entry:
            return any(_covers(policy, inner, address) for inner in item.entries)
    first, dash, last = entry.partition("-")
    return IPv4Address(first) <= address <= IPv4Address(last) if dash else address in IPv4Network(entry)


def _is_service(policy, service, packet):
    if not isinstance(service, Service):
        (item,) = (item for item in policy.services if item.name == service)
        return any(_is_service(policy, inner, packet) for inner in item.entries)
    return (
        service.protocol == packet.protocol
        and (not service.ports or any(_in_range(port, packet.port) for port in service.ports))
        and (not service.source_ports or any(_in_range(port, packet.source_port) for port in service.source_ports))
        and service.icmp_type in (None, packet.icmp_type)
    )


def _in_range(entry, port):
    first, _, last = str(entry).partition("-")
    return int(first) <= port <= int(last or first)


def _holds(policy, name, japan):
    (schedule,) = (item for item in policy.schedules if item.name == name)
    written = japan.strftime("%Y-%m-%dT%H:%M")
    once = any(o.start <= written < o.end for o in schedule.once)
    return once or any(_in_week(weekly, japan) for weekly in schedule.weekly)


def _in_week(weekly, japan):
    """Is it later than a start, and less than the length later? Yesterday's may still last."""
    for back in (0, 1):
        day = (japan - timedelta(days=back)).replace(hour=0, minute=0, second=0, microsecond=0)
        start, end = day + _since_midnight(weekly.start), day + _since_midnight(weekly.end)
        end += timedelta(days=1) if end <= start else timedelta()
        if day.strftime("%a").lower() in weekly.days and start <= japan < end:
            return True
    return False


def _since_midnight(clock):
    hours, minutes = clock.split(":")
    return timedelta(hours=int(hours), minutes=int(minutes))


@dataclass
class Wires:
    """Three namespaces in a row: who sends, the firewall, who listens."""

    prefix: str
    sender: socket.socket = field(init=False)
    listener: socket.socket = field(init=False)

    def __post_init__(self) -> None:
        with inside(f"{self.prefix}-in"):
            self.sender = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
        with inside(f"{self.prefix}-out"):
            self.listener = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800))

    def apply(self, script: str) -> None:
        """What the edge's helper does, in the firewall's namespace."""
        argv = ["ip", "netns", "exec", f"{self.prefix}-fw", "nft", "-j", "-f", "-"]
        done = subprocess.run(argv, input=script, capture_output=True, text=True, env=os.environ | {"TZ": "UTC"})
        assert done.returncode == 0, done.stderr[:2000]

    def passed(self, packets: list[Packet]) -> set[int]:
        """Send all and tell which came out, by number. A last packet that always passes ends the wait."""
        last = len(packets) + 1
        for number, packet in enumerate([*packets, Packet("192.168.1.2", "10.99.99.99", "udp", 1, 9)], 1):
            self.sender.sendto(packet.raw(number), (packet.destination, 0))
        arrived: set[int] = set()
        deadline = time.monotonic() + ARRIVAL_SECONDS_MAX
        while last not in arrived:
            assert select.select([self.listener], [], [], max(0.0, deadline - time.monotonic()))[0], "no last packet"
            data, (_, _, direction, *_) = self.listener.recvfrom(2048)
            if direction != socket.PACKET_OUTGOING:  # what the far end answers
                arrived.add(struct.unpack_from(">H", data, 4)[0])
        return arrived - {last}

    def close(self) -> None:
        self.sender.close()
        self.listener.close()


@contextlib.contextmanager
def wires(prefix: str) -> Iterator[Wires]:
    names = [f"{prefix}-{end}" for end in ("in", "fw", "out")]
    script = [f"ip netns add {name}" for name in names] + [
        f"ip -n {prefix}-in link add eth0 type veth peer name eth1 netns {prefix}-fw",
        f"ip -n {prefix}-out link add eth0 type veth peer name eth0 netns {prefix}-fw",
        f"ip -n {prefix}-in addr add 192.168.1.2/24 dev eth0",
        f"ip -n {prefix}-fw addr add 192.168.1.1/24 dev eth1",
        f"ip -n {prefix}-fw addr add 203.0.113.1/24 dev eth0",
        f"ip -n {prefix}-out addr add 203.0.113.2/24 dev eth0",
        *[f"ip -n {name} link set {link} up" for name, link in
          ((names[0], "eth0"), (names[1], "eth0"), (names[1], "eth1"), (names[2], "eth0"))],
        f"ip -n {prefix}-in route add default via 192.168.1.1",
        f"ip -n {prefix}-fw route add default via 203.0.113.2",
        f"ip -n {prefix}-fw route add 10.1.0.0/16 via 192.168.1.2",
        f"ip netns exec {prefix}-fw sh -c 'cd /proc/sys/net/ipv4; echo 1 >ip_forward; echo 0 >conf/all/rp_filter;"
        " for one in conf/*/rp_filter; do echo 0 >$one; done'",
        f"ip -n {prefix}-fw neigh add 203.0.113.2 dev eth0 lladdr $(ip -n {prefix}-out -br link show eth0"
        " | awk '{print $3}') nud permanent",
    ]  # fmt: skip
    try:
        subprocess.run(["sh", "-ec", "\n".join(script)], check=True)
        made = Wires(prefix)
        yield made
        made.close()
    finally:
        for name in names:
            subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)


@contextlib.contextmanager
def inside(namespace: str) -> Iterator[None]:
    """This thread in another network namespace; sockets that are made there stay there."""
    libc = ctypes.CDLL(None, use_errno=True)
    with Path("/proc/thread-self/ns/net").open() as home, Path("/run/netns", namespace).open() as there:
        assert libc.setns(there.fileno(), 0) == 0
        try:
            yield
        finally:
            assert libc.setns(home.fileno(), 0) == 0
