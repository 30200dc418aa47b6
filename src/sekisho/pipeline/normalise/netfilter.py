"""Packets that iptables and nftables logged. What was done stands only in the words of the rule's prefix. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sekisho.ocsf import classes
from sekisho.pipeline.normalise.draft import Draft, move, table
from sekisho.pipeline.normalise.values import any_number, mac, number, port, protocol
from sekisho.pipeline.normalise.vendor import Line, Product, judge
from sekisho.pipeline.normalise.verdicts import of_syslog, outcome_of
from sekisho.pipeline.parse import ParseError, netfilter
from sekisho.pipeline.parse.moment import Moment
from sekisho.pipeline.parse.text import split_at, split_head

_BITS = {"FIN": 1, "SYN": 2, "RST": 4, "PSH": 8, "ACK": 16, "URG": 32, "ECE": 64, "CWR": 128}
_KERNEL = re.compile(r"(?:^|[\s>])kernel: ")
_WORD = re.compile(r"\b(DROP|REJECT|DENY|BLOCK|ACCEPT|ALLOW|PASS|LOG)\w*", re.IGNORECASE)

TABLE = table(
    move("src_endpoint.ip", "SRC"),
    move("src_endpoint.port", "SPT", to=port),
    move("src_endpoint.mac", "mac_source", to=mac),
    move("src_endpoint.interface_name", "IN"),
    move("dst_endpoint.ip", "DST"),
    move("dst_endpoint.port", "DPT", to=port),
    move("dst_endpoint.mac", "mac_destination", to=mac),
    move("dst_endpoint.interface_name", "OUT"),
    move("connection_info.protocol_name", "PROTO", to=protocol),
    move("traffic.bytes", "LEN", to=number),
    move("firewall_rule.name", "prefix"),
    move("connection_info.tcp_flags", "tcp_bits", to=any_number),
)


def recognises(text: str) -> bool:
    found = netfilter.BEGINS.search(text)
    return found is not None and " SRC=" in text and " PROTO=" in text


def read(text: str) -> Line:
    if netfilter.BEGINS.search(text) is None:
        raise ParseError("no IN= and OUT= of a packet filter")
    head, message = split_head(text)
    kernel = split_at(text, _KERNEL)
    if kernel is not None and kernel[0].clock:
        head = kernel[0]
    fields = netfilter.parse(message)
    bits = sum(_BITS.get(flag, 0) for flag in fields["flags"].split())
    if bits:
        fields["tcp_bits"] = str(bits)
    return head, fields


def fill(draft: Draft) -> Sequence[Moment | None]:
    words = [_WORD.search(prefix) if prefix else None for prefix in draft.seen("firewall_rule.name")]
    draft.put("action", [word[0] if word else None for word in words])
    outcomes = [outcome_of(word[1] if word else None) for word in words]
    kinds = [(classes.NETWORK_ACTIVITY, 5 if outcome == "blocked" else 6) for outcome in outcomes]
    severities = [1 if head.priority is None else of_syslog(head.priority & 7) for head in draft.heads]
    judge(draft, kinds, outcomes, severities)
    draft.place()
    return [draft.clock.moment(head.clock) for head in draft.heads]


NETFILTER = Product(
    name="netfilter", title="netfilter", vendor="Linux", recognises=recognises, read=read, table=TABLE, fill=fill
)
