"""Blocked addresses as named sets of nftables, in a table of their own. Root's part: it writes the script itself.

Before the firewall (priority -5) looks at a packet, forwarded ones from and to these addresses are dropped, also those
of connections that were open before; so are those of the box's own proxies. Standard library only.
"""

from __future__ import annotations

import ipaddress
import json

from sekisho_edge.helper.door import Refused, run

FAMILY, TABLE = "inet", "sekisho_blocks"
HOSTS, NETWORKS = "hosts", "networks"
LOG_GROUP = 100
LOG_BYTES_PER_PACKET = 128
ENTRIES_MAX = 10_000
SECONDS_MAX = 400 * 86_400
LOAD_SECONDS_MAX = 30.0
BEFORE_THE_FIREWALL = -6


def apply(entries: list) -> dict:
    """Exactly these [address or network, seconds] are blocked from now on, as one transaction."""
    if not isinstance(entries, list) or len(entries) > ENTRIES_MAX:
        raise Refused(f"not a list of at most {ENTRIES_MAX} blocks")
    run(["nft", "-j", "-f", "-"], script(map(_checked, entries)), LOAD_SECONDS_MAX)
    return {"blocks": len(entries)}


def script(blocks) -> str:
    """The nft script of (network, seconds) pairs."""
    hosts, networks = [], []
    for network, seconds in blocks:
        (hosts if network.prefixlen == 32 else networks).append(_element(network, seconds))
    table = {"family": FAMILY, "name": TABLE}
    commands = [{"add": {"table": table}}, {"delete": {"table": table}}, {"add": {"table": table}}]
    commands += [_set(HOSTS, ["timeout"]), _set(NETWORKS, ["interval", "timeout"])]
    for hook, sides in (("forward", ("saddr", "daddr")), ("input", ("saddr",)), ("output", ("daddr",))):
        chain = {"family": FAMILY, "table": TABLE, "name": hook, "type": "filter", "hook": hook}
        commands.append({"add": {"chain": chain | {"prio": BEFORE_THE_FIREWALL, "policy": "accept"}}})
        commands += [_rule(hook, side, name) for side in sides for name in (HOSTS, NETWORKS)]
    for name, elements in ((HOSTS, hosts), (NETWORKS, networks)):
        if elements:
            commands.append({"add": {"element": {"family": FAMILY, "table": TABLE, "name": name, "elem": elements}}})
    return json.dumps({"nftables": commands})


def _checked(entry):
    try:
        address, seconds = entry
        network = ipaddress.IPv4Network(address)
        seconds = max(1, min(int(seconds), SECONDS_MAX))
    except (ValueError, TypeError, OverflowError) as error:
        raise Refused(f"not a block: {error}") from error
    return network, seconds


def _element(network, seconds):
    whole = network.prefixlen == 32
    value = str(network.network_address)
    address = value if whole else {"prefix": {"addr": value, "len": network.prefixlen}}
    return {"elem": {"val": address, "timeout": seconds}}


def _set(name, flags):
    return {"add": {"set": {"family": FAMILY, "table": TABLE, "name": name, "type": "ipv4_addr", "flags": flags}}}


def _rule(chain, side, name):
    address = {"payload": {"protocol": "ip", "field": side}}
    words = [
        {"match": {"op": "==", "left": address, "right": f"@{name}"}},
        {"log": {"prefix": "DROP block ", "group": LOG_GROUP, "snaplen": LOG_BYTES_PER_PACKET}},
        {"counter": None},
        {"drop": None},
    ]
    return {"add": {"rule": {"family": FAMILY, "table": TABLE, "chain": chain, "expr": words}}}
