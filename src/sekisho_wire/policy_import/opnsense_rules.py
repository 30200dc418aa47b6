"""OPNsense filter and NAT rules -> firewall rules, forwards, translation. Both writings: <filter> and the newer model.

OPNsense rules look at packets as they come in by an interface; ours name both sides, so the other side is ``any``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sekisho_wire.policy.kinds import ANY
from sekisho_wire.policy_import.carried import CannotCarry, title, without_empty
from sekisho_wire.policy_import.opnsense_objects import Known, place, ports
from sekisho_wire.policy_import.xml_lines import Element

_ACTIONS = {"pass": "allow", "block": "drop", "reject": "reject"}
_PROTOCOLS = {"tcp": ("tcp",), "udp": ("udp",), "tcp/udp": ("tcp", "udp"), "icmp": ("icmp",), "gre": ("gre",),
              "esp": ("esp",), "ah": ("ah",), "sctp": ("sctp",)}  # fmt: skip
_STATELESS = ("none", "sloppy state", "sloppy", "synproxy state", "synproxy")
_UNSAYABLE = ("gateway", "os", "tag", "tagged", "max-src-conn", "max-src-conn-rate", "max-src-nodes", "max-src-states")


def carry_filter_rule(element: Element, known: Known) -> list[dict[str, Any]]:
    """A <rule> of <filter>: one of ours for each of its interfaces."""
    parts = _sides(element, known)
    return _rules(element, known, action=element.take("type") or "pass", called=element.take("descr"), parts=parts,
                  enabled=not element.flag("disabled"), schedule=element.take("sched"))  # fmt: skip


def carry_model_rule(element: Element, known: Known) -> list[dict[str, Any]]:
    """A <rule> of <OPNsense><Firewall><Filter>."""
    element.take("sequence")
    parts = _flat_sides(element, known)
    return _rules(element, known, action=element.take("action") or "pass", called=element.take("description"),
                  parts=parts, enabled=element.take("enabled") != "0", schedule=element.take("sched"))  # fmt: skip


def _rules(element, known, *, action, called, parts, enabled, schedule) -> list[dict[str, Any]]:
    _refuse_unsayable(element)
    if schedule and schedule not in known.schedules:
        raise CannotCarry(
            f"スケジュール {schedule} を移せませんでした", f"its schedule {schedule!r} was not carried over"
        )
    zones = [known.zone(name) for name in element.take("interface").split(",") if name] or [ANY]
    whole = without_empty(
        {
            "action": _ACTIONS[action],
            **parts,
            "schedule": known.schedules[schedule]["name"] if schedule else None,
            "log": element.flag("log"),
            "title": title(called),
        }
    ) | ({} if enabled else {"enabled": False})
    return [
        {
            "name": known.names["rules"].of(f"{called or 'rule'} {element.line} {zone}"),
            "from_zone": zone,
            "to_zone": ANY,
        }
        | whole
        for zone in zones
    ]


def _refuse_unsayable(element):
    family = element.take("ipprotocol")
    if family == "inet6":
        raise CannotCarry("IPv6のルールです。このサービスはIPv4だけです", "an IPv6 rule: the service is IPv4 only")
    if element.take("direction") in ("out", "any"):
        raise CannotCarry("出ていく向きのルールは持てません", "rules for the outgoing direction can't be said here")
    if element.all("quick") and not element.flag("quick"):
        raise CannotCarry(
            "最後に一致したものが決めるルールです", "the last match decides (quick is off): can't be said here"
        )
    if element.flag("floating") and not element.all("quick"):
        raise CannotCarry(
            "最後に一致したものが決めるルールです", "a floating rule without quick: the last match decides"
        )
    if element.flag("interfacenot"):
        raise CannotCarry("「インターフェース以外」は持てません", "'all interfaces but' can't be said here")
    state = element.take("statetype")
    if state in _STATELESS:
        raise CannotCarry(f"状態の扱い {state!r} は持てません", f"state type {state!r} can't be said here")
    for name in _UNSAYABLE:
        if element.take(name):
            raise CannotCarry(f"{name} のあるルールは持てません", f"rules with {name} can't be said here")


def _sides(element, known):
    found = {}
    port_words = {}
    for side in ("source", "destination"):
        inner = element.at(side) or Element(element.line, side)
        inner.take("any")
        found[side] = place(inner.take("network") or inner.take("address"), known)
        found[f"{side}_negated"] = inner.flag("not")
        port_words[side] = inner.take("port")
    return found | {"services": _services(element, known, port_words)}


def _flat_sides(element, known):
    found = {}
    for side in ("source", "destination"):
        words = [word for word in element.take(f"{side}_net").split(",") if word]
        every = [place(word, known) for word in words]
        found[side] = [] if [] in every else [entry for entries in every for entry in entries]
        found[f"{side}_negated"] = element.flag(f"{side}_not")
    port_words = {side: element.take(f"{side}_port") for side in ("source", "destination")}
    return found | {"services": _services(element, known, port_words)}


def _services(element, known, port_words):
    protocol = element.take("protocol").lower()
    kind = element.take("icmptype")
    if protocol in ("", "any"):
        if any(port_words.values()):
            raise CannotCarry("プロトコルのないポートです", "ports without a protocol")
        return []
    if protocol not in _PROTOCOLS or kind:
        said = f"{protocol} {kind}".strip()
        raise CannotCarry(f"プロトコル {said} はモデルにありません", f"protocol {said} is not in the model")
    both = {"ports": ports(port_words["destination"], known), "source_ports": ports(port_words["source"], known)}
    return [{"protocol": name, **without_empty(both)} for name in _PROTOCOLS[protocol]]


def carry_forward(element: Element, known: Known) -> Iterator[dict[str, Any]]:
    """A <rule> of <nat>: connections to an outside address are sent inside."""
    sides = _sides(element, known)
    _refuse_unsayable(element)
    protocols = _PROTOCOLS.get(element.take("protocol").lower(), ())
    if not set(protocols) <= {"tcp", "udp"} or not protocols or element.flag("nordr"):
        raise CannotCarry("TCPとUDPの転送だけを持てます", "only TCP and UDP forwards can be said here")
    if sides["source_negated"] or sides["destination_negated"] or len(sides["destination"]) != 1:
        raise CannotCarry("外側のアドレスが1つではありません", "its outside is not one address")
    first, last = _one_range(sides["services"][0].get("ports", []))
    to = place(element.take("target"), known)
    to_port = ports(element.take("local-port"), known) or [first]
    called = element.take("descr") or f"forward {element.line}"
    element.take("associated-rule-id")
    for protocol in protocols:
        yield without_empty(
            {
                "name": known.names["forwards"].of(f"{called} {element.line} {protocol}"),
                "zone": known.zone(element.take("interface")),
                "address": sides["destination"][0].removesuffix("/32"),
                "protocol": protocol,
                "port": first,
                "port_last": last if last != first else None,
                "to_address": to[0] if to else "",
                "to_port": int(str(to_port[0]).partition("-")[0]),
                "source": sides["source"],
                "title": title(called),
            }
        ) | ({"enabled": False} if element.flag("disabled") else {})


def _one_range(found):
    if len(found) != 1:
        raise CannotCarry("ポートが1つの範囲ではありません", "its ports are not one range")
    first, _, last = str(found[0]).partition("-")
    return int(first), int(last or first)


def carry_outbound(element: Element, known: Known) -> dict[str, Any]:
    """A <rule> of <nat><outbound>."""
    sides = _sides(element, known)
    _refuse_unsayable(element)
    if element.flag("disabled") or element.flag("nonat") or sides["source_negated"] or sides["destination_negated"]:
        raise CannotCarry("無効か、変換しないルールです", "it is disabled, or says not to translate")
    if sides["services"]:
        raise CannotCarry("サービスを限った変換は持てません", "translation of some services only can't be said here")
    target = element.take("target")
    called = element.take("descr") or f"nat {element.line}"
    return without_empty(
        {
            "name": known.names["nat"].of(f"{called} {element.line}"),
            "zone": known.zone(element.take("interface")),
            "source": sides["source"],
            "destination": sides["destination"],
            "to_addresses": place(target, known) if target else [],
            "title": title(called),
        }
    )
