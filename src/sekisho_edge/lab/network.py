"""Namespaces, wires and addresses of a lab, by ``ip`` and ``nft``. Root only; CommandFailed passes through.

Everything is made inside namespaces whose names start with the lab's prefix. In the machine's own
namespace one interface appears, ``PREFIX-mgmt``, and nothing else changes.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import time
from pathlib import Path

from sekisho_edge.command import CommandFailed, run
from sekisho_edge.lab import site

RESOLVERS = Path("/etc/netns")
KILL_SECONDS_MAX = 5.0

# The lab must not reach the machine that carries it, whatever the policy under test says.
GUARD = """
table inet sekisho_lab {
  chain forward {
    type filter hook forward priority -300; policy accept;
    iifname "mgmt" drop
    oifname "mgmt" drop
    ip daddr 169.254.0.0/16 drop
  }
  chain input {
    type filter hook input priority -300; policy accept;
    iifname != { "lo", "mgmt" } ip daddr 169.254.0.0/16 drop
  }
}
"""


def namespace(prefix: str, name: str) -> str:
    return f"{prefix}-{name}"


def build(prefix: str) -> site.Management:
    """Make the whole site; returns the management addresses. Leftovers of the same prefix must be gone."""
    management = site.choose_management(prefix, _addresses_here())
    run(["ip", "-batch", "-"], stdin="".join(f"netns add {namespace(prefix, name)}\n" for name in site.NAMESPACES))
    for name in site.NAMESPACES:
        _settle(prefix, name)
    for segment in site.SEGMENTS:
        _bridge(prefix, segment)
    for host in site.HOSTS:
        _attach(prefix, host)
    _management_wire(prefix, management)
    run(["ip", "netns", "exec", namespace(prefix, site.UTM), "nft", "-f", "-"], stdin=GUARD)
    _forward(prefix, site.INTERNET)
    _forward(prefix, site.UTM)
    return management


def remove(prefix: str) -> None:
    """End what still runs in the lab's namespaces and delete them; quiet when there is nothing."""
    for name in existing(prefix):
        _end_processes(name)
    with contextlib.suppress(CommandFailed):
        run(["ip", "link", "del", f"{prefix}-mgmt"])
    for name in existing(prefix):
        run(["ip", "netns", "del", name])
        shutil.rmtree(RESOLVERS / name, ignore_errors=True)


def existing(prefix: str) -> list[str]:
    """Names of the lab's namespaces that exist now; only exact names of the map, never a pattern."""
    ours = {namespace(prefix, name) for name in site.NAMESPACES}
    present = {entry["name"] for entry in json.loads(run(["ip", "-json", "netns", "list"]) or "[]")}
    return sorted(ours & present)


def _settle(prefix, name):
    """Loopback up, IPv6 off, small ports for everybody; each namespace has its own copy of these."""
    script = (
        "echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6; echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6;"
        "echo 0 > /proc/sys/net/ipv4/ip_unprivileged_port_start; echo 0 > /proc/sys/net/ipv4/conf/all/send_redirects;"
        "echo 0 > /proc/sys/net/ipv4/conf/default/send_redirects; ip link set lo up"
    )
    run(["ip", "netns", "exec", namespace(prefix, name), "sh", "-c", script])
    folder = RESOLVERS / namespace(prefix, name)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "resolv.conf").write_text(f"nameserver {site.DNS_ADDRESS}\noptions timeout:1 attempts:2\n")


def _forward(prefix, name):
    inside = ["ip", "netns", "exec", namespace(prefix, name), "sh", "-c"]
    run([*inside, "echo 1 > /proc/sys/net/ipv4/ip_forward"])


def _bridge(prefix, segment):
    lines = [f"link add {segment.name} type bridge", f"link set {segment.name} up"]
    lines += [f"addr add {address} dev {segment.name}" for address in segment.addresses]
    _batch(namespace(prefix, segment.owner), lines)


def _attach(prefix, host):
    """A veth pair: ``eth0`` in the host (``wan`` in the UTM), ``to-HOST`` on the bridge of its wire."""
    owner = next(segment.owner for segment in site.SEGMENTS if segment.name == host.segment)
    here, there = namespace(prefix, host.name), namespace(prefix, owner)
    port, interface = f"to-{host.name}", "wan" if host.name == site.UTM else "eth0"
    run(["ip", "-n", there, "link", "add", port, "type", "veth", "peer", "name", interface, "netns", here])
    _batch(there, [f"link set {port} master {host.segment}", f"link set {port} up"])
    _batch(
        here,
        [
            f"addr add {host.interface_address} dev {interface}",
            f"link set {interface} up",
            f"route add default via {host.gateway}",
        ],
    )


def _management_wire(prefix, management):
    inside, outside = namespace(prefix, site.UTM), f"{prefix}-mgmt"
    run(["ip", "link", "add", outside, "type", "veth", "peer", "name", "mgmt", "netns", inside])
    run(["ip", "addr", "add", f"{management.platform_address}/30", "dev", outside])
    run(["ip", "link", "set", outside, "up"])
    _batch(inside, [f"addr add {management.utm_address}/30 dev mgmt", "link set mgmt up"])


def _batch(name, lines):
    run(["ip", "-n", name, "-batch", "-"], stdin="".join(f"{line}\n" for line in lines))


def _addresses_here():
    return {
        address["local"]
        for link in json.loads(run(["ip", "-json", "-4", "addr"]))
        for address in link.get("addr_info", ())
    }


def _end_processes(name):
    """Kill, by id, whatever lives in one of our namespaces, and wait until it is gone."""
    deadline = time.monotonic() + KILL_SECONDS_MAX
    while pids := run(["ip", "netns", "pids", name]).split():
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
        if time.monotonic() > deadline:
            raise CommandFailed(f"processes {pids} in {name} do not end")
        time.sleep(0.02)
