"""Zones and objects: names that are taken, addresses that are none, references that lead nowhere or in a circle."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from sekisho_wire.policy.addresses import is_object_name, wrong_entry, wrong_network
from sekisho_wire.policy.kinds import ANY, GROUP_DEPTH_MAX
from sekisho_wire.policy.objects import PORT_PROTOCOLS, Once, Service
from sekisho_wire.policy.words import Problem, Words, problem, with_hint


def taken_names(pointer: str, named: Sequence, thing: Words, attribute: str = "name") -> Iterator[Problem]:
    """A name is one thing's only."""
    seen: set[str] = set()
    for i, item in enumerate(named):
        value = getattr(item, attribute)
        if value in seen:
            yield problem(
                f"{pointer}/{i}/{attribute}",
                f"{value!r} は別の{thing.ja}が使っています",
                f"{value!r} is taken by another {thing.en}",
            )
        seen.add(value)


def unknown(pointer: str, name: str, known: Iterable[str], thing: Words) -> Problem:
    """A reference to what does not exist, with the nearest that does."""
    said = Words(f"{name!r} という{thing.ja}はありません", f"no {thing.en} is called {name!r}")
    return Problem(pointer, with_hint(said, name, known))


ZONE = Words("ゾーン", "zone")
ADDRESS = Words("アドレス", "address")
SERVICE = Words("サービス", "service")
SCHEDULE = Words("スケジュール", "schedule")


def zone_problems(policy) -> Iterator[Problem]:
    yield from taken_names("/zones", policy.zones, ZONE)
    yield from taken_names("/zones", policy.zones, ZONE, "interface")
    for i, zone in enumerate(policy.zones):
        for j, network in enumerate(zone.networks):
            if words := wrong_network(network):
                yield Problem(f"/zones/{i}/networks/{j}", words)
        if zone.name == ANY:
            yield problem(f"/zones/{i}/name", "'any' はすべてのゾーンを意味します", "'any' means every zone")
    if not any(zone.inside and zone.networks for zone in policy.zones):
        yield problem(
            "/zones",
            "内側(inside)のゾーンにネットワークがありません。何も守れません",
            "no zone is inside: the sensor would protect nothing",
        )


def object_problems(policy) -> Iterator[Problem]:
    """Named addresses, services and schedules."""
    addresses = {item.name: item.entries for item in policy.addresses}
    services = {item.name: item.entries for item in policy.services}
    yield from taken_names("/addresses", policy.addresses, ADDRESS)
    yield from taken_names("/services", policy.services, SERVICE)
    yield from taken_names("/schedules", policy.schedules, SCHEDULE)
    for i, item in enumerate(policy.addresses):
        yield from address_problems(f"/addresses/{i}/entries", item.entries, addresses)
        if item.name == ANY:
            yield problem(f"/addresses/{i}/name", "'any' は名前に使えません", "'any' can't be the name of an address")
    for i, item in enumerate(policy.services):
        yield from service_problems(f"/services/{i}/entries", item.entries, services)
    yield from _circles("/addresses", policy.addresses, addresses)
    yield from _circles("/services", policy.services, services)
    for i, schedule in enumerate(policy.schedules):
        yield from _schedule_problems(f"/schedules/{i}", schedule)


def address_problems(pointer: str, entries: Sequence[str], objects: Mapping[str, tuple]) -> Iterator[Problem]:
    """Entries of a rule or an object: addresses, or names of address objects."""
    for i, entry in enumerate(entries):
        if is_object_name(entry):
            if entry not in objects:
                yield unknown(f"{pointer}/{i}", entry, objects, ADDRESS)
        elif words := wrong_entry(entry):
            yield Problem(f"{pointer}/{i}", words)


def service_problems(pointer: str, entries: Sequence, objects: Mapping[str, tuple]) -> Iterator[Problem]:
    """Entries of a rule or an object: services, or names of service objects."""
    for i, entry in enumerate(entries):
        if isinstance(entry, Service):
            yield from _service_problems(f"{pointer}/{i}", entry)
        elif entry not in objects:
            yield unknown(f"{pointer}/{i}", entry, objects, SERVICE)


def _service_problems(pointer, service):
    for attribute in ("ports", "source_ports"):
        ports = getattr(service, attribute)
        if ports and service.protocol not in PORT_PROTOCOLS:
            name = service.protocol.upper()
            yield problem(f"{pointer}/{attribute}", f"{name}にはポートがありません", f"{name} has no ports")
        yield from _port_problems(f"{pointer}/{attribute}", ports)
    if service.icmp_type is not None and service.protocol != "icmp":
        yield problem(f"{pointer}/icmp_type", "ICMPだけの項目です", "only ICMP has types")


def _port_problems(pointer, ports):
    for i, port in enumerate(ports):
        first, last = port_range(port)
        if not 1 <= first <= last <= 65_535:
            yield problem(f"{pointer}/{i}", f"{port!r} はポートの範囲ではありません", f"{port!r} is no range of ports")


def port_range(port: int | str) -> tuple[int, int]:
    """First and last port of an entry of the right shape."""
    first, _, last = str(port).partition("-")
    return int(first), int(last or first)


def _circles(pointer, named, members):
    for i, item in enumerate(named):
        if _depth(item.name, members, ()) > GROUP_DEPTH_MAX:
            yield problem(
                f"{pointer}/{i}/entries",
                f"グループが循環しているか、{GROUP_DEPTH_MAX}段より深くなっています",
                f"the group contains itself, or is nested deeper than {GROUP_DEPTH_MAX}",
            )


def _depth(name, members, above):
    """Levels below ``name``; one more than the limit as soon as it is passed or a circle is met."""
    if name in above or len(above) >= GROUP_DEPTH_MAX:
        return GROUP_DEPTH_MAX + 1
    below = [entry for entry in members.get(name, ()) if isinstance(entry, str) and entry in members]
    return 1 + max((_depth(entry, members, (*above, name)) for entry in below), default=0)


def _schedule_problems(pointer, schedule):
    if not schedule.weekly and not schedule.once:
        yield problem(pointer, "時間が1つもありません", "a schedule without any time is never in force")
    for i, weekly in enumerate(schedule.weekly):
        if weekly.start in (weekly.end, "24:00"):
            yield problem(f"{pointer}/weekly/{i}/start", "開始と終了が同じか、開始が24:00です", "starts when it ends")
    for i, once in enumerate(schedule.once):
        yield from _once_problems(f"{pointer}/once/{i}", once)


def _once_problems(pointer, once: Once):
    moments = []
    for attribute in ("start", "end"):
        text = getattr(once, attribute)
        try:
            moments.append(datetime.fromisoformat(text))
        except ValueError:
            yield problem(f"{pointer}/{attribute}", f"{text!r} という日はありません", f"there is no {text!r}")
    if len(moments) == 2 and moments[0] >= moments[1]:
        yield problem(f"{pointer}/end", "終了が開始より前です", "ends before it starts")
