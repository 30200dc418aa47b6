"""OPNsense interfaces, aliases and schedules -> what rules refer to; and its words for places and ports."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Any

from sekisho_wire.policy_import.carried import CannotCarry, Names, title, without_empty
from sekisho_wire.policy_import.xml_lines import Element

_DAY_NUMBERS = {"1": "mon", "2": "tue", "3": "wed", "4": "thu", "5": "fri", "6": "sat", "7": "sun"}
_ADDRESS_ALIASES = ("host", "network", "networkgroup")


@dataclass
class Known:
    """What rules may refer to, by the export's names."""

    names: dict[str, Names] = field(
        default_factory=lambda: {key: Names() for key in ("addresses", "schedules", "rules", "forwards", "nat")}
    )
    zones: dict[str, dict] = field(default_factory=dict)
    interfaces: dict[str, IPv4Interface] = field(default_factory=dict)
    addresses: dict[str, dict] = field(default_factory=dict)
    ports: dict[str, list[int | str]] = field(default_factory=dict)
    schedules: dict[str, dict] = field(default_factory=dict)

    def zone(self, original: str) -> str:
        if original not in self.zones:
            raise CannotCarry(
                f"インターフェース {original} を移していません", f"interface {original!r} was not carried over"
            )
        return self.zones[original]["name"]


def carry_interface(element: Element, known: Known) -> None:
    """One of <interfaces>: the zone is called as OPNsense calls the interface (lan, wan, opt1)."""
    device, address, bits = element.take("if"), element.take("ipaddr"), element.take("subnet")
    inside = not element.take("gateway") and address not in ("dhcp", "pppoe", "") and element.name != "wan"
    element.flag("enable")
    networks = []
    if address and bits and address not in ("dhcp", "pppoe"):
        known.interfaces[element.name] = IPv4Interface(f"{address}/{bits}")
        networks = [str(known.interfaces[element.name].network)] if inside else []
    zone = {"name": element.name, "interface": device, "networks": networks, "inside": inside}
    known.zones[element.name] = without_empty(zone | {"title": title(element.take("descr"))})


def carry_alias(element: Element, known: Known) -> None:
    """One alias of addresses or ports. Aliases may name aliases; those that come later are named all the same."""
    original, kind = element.take("name"), element.take("type")
    content = element.take("content").split()
    if element.all("enabled") and element.take("enabled") == "0":
        raise CannotCarry("無効なエイリアスです", "the alias is disabled")
    if kind == "port":
        known.ports[original] = [port for word in content for port in known.ports.get(word) or [port_of(word)]]
        return
    if kind not in _ADDRESS_ALIASES:
        raise CannotCarry(
            f"種別 {kind} のエイリアスは値が固定されていません", f"an alias of type {kind} has no fixed value"
        )
    entries = [_alias_entry(word, known) for word in content]
    if not entries:
        raise CannotCarry("中身がありません", "it is empty")
    name = known.names["addresses"].of(original)
    called = {"title": original if original != name else "", "comment": title(element.take("description"))}
    known.addresses[original] = without_empty({"name": name, "entries": entries, **called})


def _alias_entry(word, known):
    if word in known.addresses:
        return known.addresses[word]["name"]
    return _plain_address(word)


def _plain_address(word):
    try:
        if "-" in word:
            first, last = map(IPv4Address, word.split("-"))
            return f"{first}-{last}"
        return str(IPv4Network(word, strict=False)) if "/" in word else str(IPv4Address(word))
    except ValueError:
        raise CannotCarry(
            f"{word!r} は固定のIPv4アドレスではありません",
            f"{word!r} is no fixed IPv4 address, and no alias that was carried over",
        ) from None


def place(text: str, known: Known) -> list[str]:
    """The addresses that a rule's word for a place stands for; [] for any."""
    if text in ("", "any"):
        return []
    if text == "(self)":
        raise CannotCarry(
            "装置自身への通信はこのモデルのルールではありません", "traffic to the box itself is no rule here"
        )
    if text in known.addresses:
        return [known.addresses[text]["name"]]
    if text in known.interfaces:
        return [str(known.interfaces[text].network)]
    if text.removesuffix("ip") in known.interfaces:
        return [str(known.interfaces[text.removesuffix("ip")].ip)]
    return [_plain_address(text)]


def ports(text: str, known: Known) -> list[int | str]:
    """The ports that a rule's word stands for; [] for any."""
    if text in ("", "any"):
        return []
    return known.ports.get(text) or [port_of(text)]


WELL_KNOWN = {"http": 80, "https": 443, "ssh": 22, "domain": 53, "smtp": 25, "ftp": 21, "ntp": 123, "imap": 143}


def port_of(text: str) -> int | str:
    first, dash, last = text.replace(":", "-").partition("-")
    if first in WELL_KNOWN and not dash:
        return WELL_KNOWN[first]
    if not first.isdigit() or (dash and not last.isdigit()):
        raise CannotCarry(f"ポート {text!r} が読めません", f"{text!r} is no port, and no alias that was carried over")
    return f"{first}-{last}" if dash and first != last else int(first)


def carry_schedule(element: Element, known: Known) -> None:
    """One <schedule>: <position> names weekdays, <month> and <day> dates without a year, which we can't say."""
    original = element.take("name")
    weekly = [_timerange(child) for child in element.all("timerange")]
    name = known.names["schedules"].of(original)
    known.schedules[original] = without_empty(
        {"name": name, "weekly": weekly, "title": title(element.take("descr") or original)}
    )


def _timerange(element) -> dict[str, Any]:
    element.taken = True
    position, hours = element.take("position"), element.take("hour")
    if element.take("month") or element.take("day") or not position:
        raise CannotCarry("年のない日付による時間は持てません", "dates without a year can't be said here")
    start, _, end = hours.partition("-")
    days = [_DAY_NUMBERS[day] for day in position.split(",") if day in _DAY_NUMBERS]
    return {"days": days, "start": _clock(start), "end": "24:00" if end == "23:59" else _clock(end)}


def _clock(text):
    try:
        return datetime.datetime.strptime(text, "%H:%M").strftime("%H:%M")  # noqa: DTZ007 - a time of day
    except ValueError:
        raise CannotCarry(f"時刻 {text!r} が読めません", f"{text!r} is no time of day") from None
