"""FortiOS interfaces, addresses, services and schedules -> the parts of a policy document that rules refer to."""

from __future__ import annotations

from ipaddress import IPv4Interface, IPv4Network
from typing import Any

from sekisho_wire.policy_import.carried import CannotCarry, title, without_empty
from sekisho_wire.policy_import.fortigate_services import custom_service
from sekisho_wire.policy_import.fortigate_text import Entry

_DAYS = {
    "monday": "mon", "tuesday": "tue", "wednesday": "wed", "thursday": "thu", "friday": "fri", "saturday": "sat",
    "sunday": "sun",
}  # fmt: skip
INSIDE_ROLES = ("lan", "dmz")
PREDEFINED_ADDRESSES = {"all": [], "any": []}


def interface(entry: Entry, name: str) -> dict[str, Any]:
    """A zone from ``system interface``: its network is the one it has an address in."""
    words = entry.take("ip")
    networks = [str(_network(words))] if words and words[0] != "0.0.0.0" else []  # noqa: S104 - FortiOS for none
    inside = entry.one("role") in INSIDE_ROLES
    return without_empty(
        {
            "name": name,
            "interface": entry.name,
            "networks": networks if inside else [],
            "inside": inside,
            "title": title(entry.one("alias")),
        }
    )


def _network(words):
    try:
        return IPv4Interface("/".join(words[:2])).network
    except ValueError:
        raise CannotCarry(f"アドレス {' '.join(words)!r} が読めません", f"{' '.join(words)!r} is no address") from None


def address(entry: Entry) -> list[str]:
    """The entries of one ``firewall address``; CannotCarry for names, countries and whatever else is looked up."""
    kind = entry.one("type", "ipmask")
    if kind == "ipmask":
        words = entry.take("subnet", ("0.0.0.0", "0.0.0.0"))  # noqa: S104
        return [str(_exact_network(words))]
    if kind == "iprange":
        return [f"{entry.one('start-ip')}-{entry.one('end-ip')}"]
    raise CannotCarry(
        f"種別 {kind} のアドレスは、値が固定されていないため持てません", f"an address of type {kind} has no fixed value"
    )


def _exact_network(words):
    try:
        return IPv4Network("/".join(words[:2]), strict=False)
    except ValueError:
        raise CannotCarry(f"{' '.join(words)!r} はIPv4ではありません", f"{' '.join(words)!r} is not IPv4") from None


def group_members(entry: Entry, known: set[str]) -> list[str]:
    """Members of an address or service group, all of which must have been carried over."""
    members = list(entry.take("member"))
    if entry.one("exclude") == "enable" or entry.take("exclude-member"):
        raise CannotCarry("除外のあるグループは持てません", "a group with excluded members can't be said here")
    if missing := [member for member in members if member not in known]:
        said = ", ".join(missing)
        raise CannotCarry(f"移せなかったもの({said})を含みます", f"it contains what could not be carried over: {said}")
    if not members:
        raise CannotCarry("メンバーがありません", "it has no members")
    return members


def service(entry: Entry) -> list[dict[str, Any]]:
    return custom_service(entry)


def recurring(entry: Entry) -> dict[str, Any]:
    """One weekly time. FortiOS ends at 00:00 where it means the end of the day."""
    days = [_DAYS[day] for day in entry.take("day") if day in _DAYS]
    if not days:
        raise CannotCarry("曜日がありません", "it names no day")
    start, end = entry.one("start", "00:00"), entry.one("end", "00:00")
    return {"weekly": [{"days": days, "start": start, "end": "24:00" if end == "00:00" else end}]}


def onetime(entry: Entry) -> dict[str, Any]:
    return {"once": [{"start": _moment(entry.take("start")), "end": _moment(entry.take("end"))}]}


def _moment(words):
    """``09:00 2026/05/01`` as FortiOS writes it."""
    if len(words) != 2:
        raise CannotCarry("日時が読めません", f"{' '.join(words)!r} is no date and time")
    return f"{words[1].replace('/', '-')}T{words[0]}"
