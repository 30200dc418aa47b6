"""What is turned to an engine of the box instead of being forwarded: one nat chain an engine, ``to_<name>``. Pure.

A chain of its own, so that the watchdog can empty exactly that one (``bypass``) and traffic goes its own way again at
once. What is turned aside arrives at the edge itself; the input chain lets in what really was turned, and nothing else.
With ``by_rules`` the firewall's rules decide about it first, as they would have about the forwarded connection.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from sekisho_edge.render.address_sets import AddressSets
from sekisho_edge.render.expressions import (
    ACCEPT,
    COUNTER,
    Expression,
    add_chain,
    add_rule,
    comes_by,
    match,
    meta,
    one_of,
    payload,
)
from sekisho_wire.policy import PortForward, SecurityPolicy

BLOCK_PAGE_ADDRESS = "198.18.0.53"
"""What a blocked name resolves to: of the range for benchmarks (RFC 2544), which is routed nowhere."""
UNBOUND_PORT = 5053
BLOCK_PAGE_PORT = 8053
SQUID_HTTP_PORT, SQUID_TLS_PORT = 3129, 3130
MAIL_SMTP_PORT, MAIL_POP3_PORT = 3025, 3110
SMTP = 25
PRIORITY = -105
"""Before every other translation: what an engine takes is not forwarded."""


@dataclass(frozen=True)
class Redirect:
    """``wanted`` gives the matches of the policy's traffic, besides protocol and port; empty: nothing is turned."""

    name: str
    protocols: tuple[str, ...]
    ports: tuple[int, ...]
    to_port: int
    wanted: Callable[[SecurityPolicy, AddressSets], Sequence[list[Expression]]]
    by_rules: bool = True
    inspected: bool = True
    """Whether the sensor sees the connection between client and engine."""


def _names(policy: SecurityPolicy, sets: AddressSets) -> list[list[Expression]]:
    """Every question for a name, to whichever server: the contractor's zones have one resolver."""
    return [[inside(policy)]] if "dns" in policy.url.layers else []


def _block_page(policy: SecurityPolicy, sets: AddressSets) -> list[list[Expression]]:
    if "dns" not in policy.url.layers:
        return []
    return [[inside(policy), match(payload("ip", "daddr"), BLOCK_PAGE_ADDRESS)]]


def takes_web(policy: SecurityPolicy) -> bool:
    """Whether requests are looked at, and not only names."""
    return policy.tls.mode == "inspect" or policy.malware.mode != "off" or "http" in policy.url.layers


def _web(policy: SecurityPolicy, sets: AddressSets) -> list[list[Expression]]:
    return [[inside(policy)]] if takes_web(policy) else []


def _tls(policy: SecurityPolicy, sets: AddressSets) -> list[list[Expression]]:
    """TLS of the inspected zones, but not of exempt addresses, whichever end of the connection they are."""
    if policy.tls.mode != "inspect":
        return []
    exempt = policy.tls.exempt_addresses
    zones = comes_by(*(policy.zone(name).interface for name in policy.tls.zones))
    sides = [match for side in ("saddr", "daddr") for match in sets.matches(side, exempt, negated=True)]
    return [[zones, *sides]]


def takes_mail(policy: SecurityPolicy) -> bool:
    """Whether messages are looked at."""
    return bool(policy.mail.protocols) and (policy.mail.spam != "off" or policy.mail.virus != "off")


def published_mail(policy: SecurityPolicy) -> list[PortForward]:
    """Mail servers inside that the outside reaches at a public address of the line."""
    if not takes_mail(policy) or "smtp" not in policy.mail.protocols:
        return []
    return [
        item
        for item in policy.port_forwards
        if item.enabled and item.protocol == "tcp" and item.port == SMTP and item.port_last in (None, SMTP)
    ]


def _mail_by(protocol):
    """Sessions that the inside begins."""

    def wanted(policy: SecurityPolicy, sets: AddressSets) -> list[list[Expression]]:
        return [[inside(policy)]] if takes_mail(policy) and protocol in policy.mail.protocols else []

    return wanted


def _mail_in(policy: SecurityPolicy, sets: AddressSets) -> list[list[Expression]]:
    """Sessions that the outside begins; the port forward is what allows them."""
    return [
        [
            comes_by(policy.zone(item.zone).interface),
            match(payload("ip", "daddr"), item.address),
            *sets.matches("saddr", item.source),
        ]
        for item in published_mail(policy)
    ]


def inside(policy: SecurityPolicy) -> Expression:
    """Comes from one of the contractor's own zones."""
    return comes_by(*(zone.interface for zone in policy.zones if zone.inside))


REDIRECTS: tuple[Redirect, ...] = (
    Redirect("unbound", ("udp", "tcp"), (53,), UNBOUND_PORT, _names, by_rules=False),
    Redirect("block-page", ("tcp",), (80,), BLOCK_PAGE_PORT, _block_page, by_rules=False, inspected=False),
    Redirect("squid", ("tcp",), (80,), SQUID_HTTP_PORT, _web),
    Redirect("squid", ("tcp",), (443,), SQUID_TLS_PORT, _tls),
    Redirect("mail", ("tcp",), (SMTP,), MAIL_SMTP_PORT, _mail_by("smtp")),
    Redirect("mail", ("tcp",), (SMTP,), MAIL_SMTP_PORT, _mail_in, by_rules=False),
    Redirect("mail", ("tcp",), (110,), MAIL_POP3_PORT, _mail_by("pop3")),
)


def in_use(policy: SecurityPolicy, sets: AddressSets) -> list[Redirect]:
    """Those that this policy turns traffic to."""
    return [redirect for redirect in REDIRECTS if redirect.wanted(policy, sets)]


def turning(
    policy: SecurityPolicy, sets: AddressSets, decided: Callable[[str, Sequence[str], Expression], list[Expression]]
) -> Iterator[Expression]:
    """The nat chains, one an engine. ``decided`` gives the firewall's rules, for a chain and what they allow."""
    for name in dict.fromkeys(redirect.name for redirect in in_use(policy, sets)):
        yield add_chain(f"to_{name}", ("nat", "prerouting", PRIORITY))
    for redirect in in_use(policy, sets):
        to = {"redirect": {"port": redirect.to_port}}
        ends = [COUNTER, to]
        if redirect.by_rules:
            chain = f"allowed_to_{redirect.name}_{redirect.to_port}"
            yield add_chain(chain)
            yield from decided(chain, redirect.protocols, to)
            ends = [{"jump": {"target": chain}}]
        for matches in redirect.wanted(policy, sets):
            for protocol in redirect.protocols:
                port = match(payload(protocol, "dport"), one_of(redirect.ports))
                yield add_rule(f"to_{redirect.name}", *matches, port, *ends)


def arrived(redirect: Redirect) -> list[Expression]:
    """Matches a packet that was turned to this engine, as the input chain sees it."""
    return [
        match({"ct": {"key": "status"}}, "dnat", "in"),
        match(meta("l4proto"), one_of(redirect.protocols)),
        match(payload("th", "dport"), redirect.to_port),
    ]


def let_in(policy: SecurityPolicy, sets: AddressSets) -> Iterator[Expression]:
    """Rules of the input chain; what the firewall's rules refuse was never turned."""
    for redirect in in_use(policy, sets):
        yield add_rule("input", *arrived(redirect), ACCEPT)
