"""FortiOS policies -> firewall rules, port forwards and source translation.

In FortiOS a forward (VIP) is a destination of a policy and translation a property of it; here both are things of
their own. So one policy can become rules for each pair of zones, forwards, and a translation.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sekisho_wire.policy.kinds import ANY
from sekisho_wire.policy.words import Words
from sekisho_wire.policy_import.carried import CannotCarry, Left, Names, title, without_empty
from sekisho_wire.policy_import.fortigate_services import PREDEFINED
from sekisho_wire.policy_import.fortigate_text import Entry

_IDENTITY = ("groups", "users", "fsso-groups", "devices", "ztna-ems-tag")
_ACTIONS = {"accept": "allow", "deny": "drop"}


class Context:
    """What was carried so far. Keys are the export's names, values parts of our document."""

    def __init__(self) -> None:
        self.names = {key: Names() for key in ("zones", "addresses", "services", "schedules", "rules", "forwards")}
        self.zones: dict[str, dict] = {}
        self.members: dict[str, tuple[str, ...]] = {}
        self.addresses: dict[str, dict] = {}
        self.services: dict[str, dict] = {}
        self.schedules: dict[str, dict] = {}
        self.vips: dict[str, Entry] = {}
        self.pools: dict[str, str] = {}
        self.rules: list[dict] = []
        self.forwards: list[dict] = []
        self.static: list[dict] = []
        self.translated: list[tuple[dict, list[str] | None]] = []
        self.used_vips: set[str] = set()
        self.remarks: list[Left] = []

    def add_zone(self, original: str, zone: dict) -> None:
        self.zones[original] = zone

    def zone_names(self, originals: tuple[str, ...], entry: Entry) -> list[str]:
        """Our zones for interfaces or FortiOS zones. An interface that the export does not describe is made up."""
        found = []
        for original in originals:
            if original == "any":
                return [ANY]
            for interface in self.members.get(original, (original,)):
                if interface not in self.zones:
                    name = self.names["zones"].of(interface)
                    self.add_zone(interface, {"name": name, "interface": interface[:15]})
                    self.remarks.append(Left(entry.line, f"interface {interface}", _UNDESCRIBED))
                found.append(self.zones[interface]["name"])
        return found

    def reference(self, section: str, original: str) -> str:
        """Our name of an address or service; a predefined service is added when it is first used."""
        carried = self.addresses if section == "addresses" else self.services
        if original not in carried and section == "services" and original in PREDEFINED:
            name = self.names[section].of(original)
            carried[original] = without_empty({"name": name, "entries": PREDEFINED[original], "title": original})
        if original not in carried:
            raise CannotCarry(
                f"{original} を移せませんでした", f"it refers to {original!r}, which was not carried over"
            )
        return carried[original]["name"]

    def document(self, schema: int) -> dict[str, Any]:
        return without_empty(
            {
                "schema": schema,
                "revision": 1,
                "zones": list(self.zones.values()),
                "addresses": list(self.addresses.values()),
                "services": list(self.services.values()),
                "schedules": list(self.schedules.values()),
                "rules": self.rules,
                "port_forwards": self.forwards,
                "static_nat": self.static,
                "source_nat": [
                    item if pool is None else item | {"to_addresses": pool} for item, pool in self.translated
                ],
            }
        )

    def titles(self) -> dict[str, str]:
        return {f"{key}/{ours}": was for key, names in self.names.items() for ours, was in names.changed().items()}


def carry_rule(entry: Entry, context: Context) -> None:
    """One policy. CannotCarry, before anything was added, if it can't be said exactly."""
    _refuse_identity(entry)
    action = _action(entry)
    enabled = entry.one("status", "enable") == "enable"
    forwards, destinations = [], []
    for name in entry.take("dstaddr"):
        (forwards if name in context.vips else destinations).append(name)
    common = _common(entry, context) | {"action": action, "enabled": enabled}
    pairs = [
        (a, b)
        for a in context.zone_names(entry.take("srcintf"), entry)
        for b in context.zone_names(entry.take("dstintf"), entry)
    ]
    if not pairs:
        raise CannotCarry("インターフェースがありません", "it names no interfaces")
    destination = _addresses(destinations, context)
    vips = [_forward(context, name, common, entry) for name in forwards]
    if destinations:
        for i, (a, b) in enumerate(pairs):
            _add_rule(entry, context, common | {"from_zone": a, "to_zone": b, "destination": destination}, i)
    for name, (section, item) in zip(forwards, vips, strict=True):
        section.append(item)
        context.used_vips.add(name)
    if action == "allow" and enabled and entry.one("nat") == "enable":
        _translate(entry, context, pairs, common.get("source", []), destination)


def _refuse_identity(entry):
    for key in _IDENTITY:
        if entry.take(key):
            raise CannotCarry(
                f"利用者や外部の一覧({key})によるルールは持てません", f"rules by {key} can't be said here"
            )
    for key in ("internet-service", "internet-service-src", "service-negate"):
        if entry.one(key) == "enable":
            raise CannotCarry(f"{key} のルールは持てません", f"rules with {key} can't be said here")


def _action(entry):
    action = entry.one("action", "deny")
    if action not in _ACTIONS:
        raise CannotCarry(f"動作 {action} は持てません", f"action {action} can't be said here")
    rejects = action == "deny" and entry.one("send-deny-packet") == "enable"
    return "reject" if rejects else _ACTIONS[action]


def _common(entry, context):
    schedule = entry.one("schedule", "always")
    if schedule not in ("always", *context.schedules):
        raise CannotCarry(
            f"スケジュール {schedule} を移せませんでした", f"its schedule {schedule!r} was not carried over"
        )
    asked = entry.take("service")
    services = [] if "ALL" in asked else asked
    return {
        "source": _addresses(entry.take("srcaddr"), context),
        "services": [context.reference("services", name) for name in services],
        "source_negated": entry.one("srcaddr-negate") == "enable",
        "destination_negated": entry.one("dstaddr-negate") == "enable",
        "schedule": context.schedules[schedule]["name"] if schedule in context.schedules else None,
        "log": entry.one("logtraffic") == "all",
        "comment": title(entry.one("comments")),
    }


def _addresses(names, context):
    if any(name in ("all", "any") for name in names):
        return []
    return [context.reference("addresses", name) for name in names]


def _add_rule(entry, context, parts, i):
    called = entry.one("name") or f"policy {entry.name}"
    key = f"{called} {entry.name}" if context.names["rules"].known(called) and i == 0 else called
    name = context.names["rules"].of(key if i == 0 else f"{key} {entry.name} {i + 1}")
    rule = without_empty({"name": name, **parts, "title": title(called) if name != called else ""})
    context.rules.append(rule | ({} if parts["enabled"] else {"enabled": False}))


def _forward(context, name, common, entry):
    """(list to add to, forward or static translation) of a VIP that a policy allows."""
    vip = context.vips[name]
    if common["action"] != "allow" or common["schedule"] or common["source_negated"]:
        raise CannotCarry(
            f"VIP {name} への条件つきのルールは持てません", f"a policy that limits VIP {name} can't be said here"
        )
    outside, inside = vip.one("extip"), " ".join(vip.take("mappedip"))
    interface = vip.one("extintf", "any")
    zones = [zone for zone in context.zone_names((interface,), entry) if zone != ANY]
    zones = zones or [zone for zone in context.zone_names(entry.take("srcintf"), entry) if zone != ANY]
    if len(zones) != 1 or "-" in outside + inside or vip.one("type", "static-nat") != "static-nat":
        raise CannotCarry(f"VIP {name} は1対1の形ではありません", f"VIP {name} is not one address to one address")
    parts = {"name": context.names["forwards"].of(name), "zone": zones[0], "address": outside, "to_address": inside}
    if vip.one("portforward") != "enable":
        if common["services"] or common["source"]:
            raise CannotCarry(
                f"VIP {name}: 範囲を限った1対1変換は持てません", f"VIP {name} limits a static translation"
            )
        return context.static, parts
    if common["services"]:
        context.remarks.append(Left(entry.line, f"service of policy {entry.name} to VIP {name}", _SERVICE_OF_VIP))
    return context.forwards, parts | _forwarded_ports(vip, name) | without_empty({"source": common["source"]}) | (
        {} if common["enabled"] else {"enabled": False}
    )


def _forwarded_ports(vip, name):
    protocol = vip.one("protocol", "tcp")
    first, _, last = vip.one("extport").partition("-")
    to = vip.one("mappedport", first).partition("-")[0]
    if protocol not in ("tcp", "udp") or not (first.isdigit() and to.isdigit()):
        raise CannotCarry(f"VIP {name} のポートが読めません", f"the ports of VIP {name} can't be said here")
    ports = {"protocol": protocol, "port": int(first), "to_port": int(to)}
    return ports | ({"port_last": int(last)} if last and last != first else {})


def _translate(entry, context, pairs, source, destination):
    pool = None
    if entry.one("ippool") == "enable":
        names = entry.take("poolname")
        if missing := [name for name in names if name not in context.pools]:
            context.remarks.append(Left(entry.line, f"poolname {missing[0]}", _POOL_LOST))
            return
        pool = [context.pools[name] for name in names]
    if any(b == ANY for _, b in pairs):
        context.remarks.append(Left(entry.line, f"nat of policy {entry.name}", _NAT_TO_ANY))
    for zone in dict.fromkeys(b for _, b in pairs if b != ANY):
        name = f"policy-{entry.name}-{zone}"
        item = without_empty({"name": name, "zone": zone, "source": source, "destination": destination})
        context.translated.append((item, pool))


def finish_nat(context: Context) -> Iterator[tuple[Entry, Words]]:
    """VIPs that no carried policy allows: they are in the configuration and not in force."""
    for name, vip in context.vips.items():
        if name not in context.used_vips:
            yield vip, _UNUSED_VIP


_UNDESCRIBED = Words(
    "書き出しに設定がないインターフェースです。ネットワークと内側かどうかを確かめてください",
    "the export does not describe this interface: state its networks, and whether it is inside",
)
_POOL_LOST = Words(
    "プールを移せなかったため、送信元の変換がありません", "its pool was not carried over, so it is not translated"
)
_UNUSED_VIP = Words("移したルールで使われていないVIPです", "no policy that was carried over allows this VIP")
_SERVICE_OF_VIP = Words(
    "ポート転送はそのポートを許可します。このポリシーのサービスの指定は引き継がれません",
    "the forward allows its own port; the services of this policy are not carried over",
)
_NAT_TO_ANY = Words(
    "宛先が any のため、送信元の変換を移せません", "translation towards any interface is not carried over"
)
