"""Policy -> packet filter, as JSON for ``nft -j -f`` and, where the kernel needs it, ``iptables-nft-restore``.

Pure. One transaction replaces the whole table ``inet sekisho``, so there is never a moment with half a
policy. Order in the forward hook: the firewall decides first (priority -5), then the sensor sees what is
allowed (priority 0), so that dropped packets cost no inspection.

Kernels without NFT_QUEUE can still queue through the xtables target (``Attach.XTABLES_QUEUE``): then the
hand-over to the sensor is a second small text. Never restore from ``nft list ruleset`` there: its output
can't be loaded again. Render from the stored policy instead.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence

from sekisho_edge.render import nat, redirects, shaper
from sekisho_edge.render.address_sets import AddressSets
from sekisho_edge.render.expressions import (
    ACCEPT,
    COUNTER,
    DROP,
    FAMILY,
    REJECT,
    TABLE,
    Expression,
    add_chain,
    add_rule,
    comes_by,
    leaves_by,
    log,
    match,
    meta,
    one_of,
    payload,
    routed_by,
    script,
    state,
)
from sekisho_edge.render.sensor_names import uses_sensor
from sekisho_edge.render.services import service_matches
from sekisho_edge.render.time_windows import windows
from sekisho_wire.policy import ANY, FirewallRule, SecurityPolicy

QUEUE_NUMBER = 0
SKIP_MARK = 0x1
"""Packet mark of connections past the inspection limit; the sensor isn't asked about them any more."""
LAST_RULE = "default-deny"
INPUT_RULE = "to-the-edge"
QUIC_RULE = "quic"
RESOLVER_RULE = "encrypted-dns"
PINGS_PER_SECOND_MAX = 20

_VERDICTS = {"allow": ("ACCEPT", ACCEPT), "drop": ("DROP", DROP), "reject": ("REJECT", REJECT)}


class Attach(enum.StrEnum):
    """How packets reach the sensor, best first."""

    NFT_QUEUE = "nft-queue"
    XTABLES_QUEUE = "xtables-queue"
    TAP = "tap"
    """No queue in this kernel: the sensor only listens (AF_PACKET) and can't stop anything."""

    @property
    def inline(self) -> bool:
        return self is not Attach.TAP


def render(
    policy: SecurityPolicy, attach: Attach, management_interface: str = "", own_names: nat.OwnNames | None = None
) -> str:
    """The nft script of a policy without ``problems``. The management wire never forwards."""
    sets = AddressSets({item.name: item.entries for item in policy.addresses})
    forward = _Forward(policy, sets, own_names)
    rules = [
        *_inspection_limit(policy),
        *forward.commands(management_interface),
        *_inspect(policy, attach),
        *_input(policy, sets, management_interface),
        *redirects.turning(policy, sets, forward.turned),
        *shaper.marks(policy, sets),
        *_translation("prerouting", -100, nat.own_names_passed_on(policy, own_names) + nat.prerouting(policy, sets)),
        *_translation("postrouting", 100, nat.postrouting(policy, sets)),
    ]
    table = {"table": {"family": FAMILY, "name": TABLE}}
    named = {"table": table["table"] | {"comment": f"policy revision {policy.revision}"}}
    return script([{"add": table}, {"delete": table}, {"add": named}, *sets.commands(), *rules])


def render_xtables(policy: SecurityPolicy, attach: Attach) -> str:
    """The ``iptables-nft-restore`` script that hands packets to the sensor; empty of rules when nothing does."""
    lines = ["*filter", ":INPUT ACCEPT [0:0]", ":FORWARD ACCEPT [0:0]", ":OUTPUT ACCEPT [0:0]"]
    if attach is Attach.XTABLES_QUEUE and uses_sensor(policy):
        skip = f"-m mark ! --mark {SKIP_MARK:#x}/{SKIP_MARK:#x} " if policy.intrusion.inspect_bytes_max else ""
        bypass = " --queue-bypass" if policy.intrusion.failure == "open" else ""
        queue = f"-j NFQUEUE --queue-num {QUEUE_NUMBER}{bypass}"
        lines.append(f"-A FORWARD {skip}{queue}")
        for interface, protocol, port in _turned_ports(policy):
            lines.append(f"-A INPUT -i {interface} -p {protocol} --dport {port} {queue}")
            lines.append(f"-A OUTPUT -o {interface} -p {protocol} --sport {port} {queue}")
    return "\n".join([*lines, "COMMIT", ""])


class _Forward:
    """The forward chain of one policy, and a chain of its own for each rule with a schedule."""

    def __init__(self, policy: SecurityPolicy, sets: AddressSets, own_names: nat.OwnNames | None = None) -> None:
        self._policy = policy
        self._sets = sets
        self._own_names = own_names
        self._interfaces = {zone.name: zone.interface for zone in policy.zones}
        self._services = {item.name: item.entries for item in policy.services}
        self._windows = {item.name: windows(item) for item in policy.schedules}

    def commands(self, management_interface: str) -> list[Expression]:
        enabled = [rule for rule in self._policy.rules if rule.enabled]
        return [
            add_chain("forward", ("filter", "forward", -5), "drop"),
            *[command for rule in enabled if rule.schedule for command in self._when(rule)],
            *_head(management_interface),
            *self._quic(),
            *self._names(),
            add_rule("forward", state("established", "related"), ACCEPT),
            *nat.accepted_own_names(self._policy, self._own_names),
            *[nat.accepted_forward(self._policy, item) for item in self._policy.port_forwards if item.enabled],
            *[command for rule in enabled for command in self._rule(rule)],
            add_rule("forward", *_logged(self._policy, "DROP", LAST_RULE), COUNTER, DROP),
        ]

    def _rule(self, rule: FirewallRule):
        places = self._places(rule)
        ends = [{"jump": {"target": _when_chain(rule)}}] if rule.schedule else self._verdict(rule)
        return [
            add_rule("forward", *places, *service, *ends, comment=rule.name)
            for service in service_matches(rule.services, self._services)
        ]

    def turned(self, chain: str, protocols: Sequence[str], to: Expression) -> list[Expression]:
        """The same rules about connections before they are turned to an engine: what they allow goes ``to`` it, what
        they refuse goes on to be refused where everything is. Where it would leave the edge, the routes say.
        """
        return [
            add_rule(
                chain,
                match(meta("l4proto"), one_of(protocols)),
                *self._places(rule, routed_by),
                *service,
                *window,
                *self._turn(rule, to),
                comment=rule.name,
            )
            for rule in self._policy.rules
            if rule.enabled
            for service in service_matches(rule.services, self._services, protocols)
            for window in (self._windows[rule.schedule] if rule.schedule else [()])
        ]

    def _turn(self, rule, to):
        if rule.action != "allow":
            return [{"return": None}]
        return [*_logged(self._policy, "ACCEPT", rule.name, asked=rule.log), COUNTER, to]

    def _places(self, rule, leaves_by=leaves_by):
        zones = [(comes_by, rule.from_zone), (leaves_by, rule.to_zone)]
        return [
            *[by(self._interfaces[zone]) for by, zone in zones if zone != ANY],
            *self._sets.matches("saddr", rule.source, negated=rule.source_negated),
            *self._sets.matches("daddr", rule.destination, negated=rule.destination_negated),
        ]

    def _verdict(self, rule):
        word, verdict = _VERDICTS[rule.action]
        return [*_logged(self._policy, word, rule.name, asked=rule.log), COUNTER, verdict]

    def _when(self, rule):
        """What a packet meets that matches a rule with a schedule: the verdict at these times, else the way back."""
        chain = _when_chain(rule)
        verdict = self._verdict(rule)
        rules = [add_rule(chain, *window, *verdict, comment=rule.name) for window in self._windows[rule.schedule]]
        return [add_chain(chain), *rules]

    def _names(self):
        """Where one resolver answers for the line, others are not asked past it inside TLS; and what still goes to the
        block page's address is refused at once, because nobody has that address.
        """
        policy = self._policy
        if "dns" not in policy.url.layers:
            return []
        ports = [match(payload(protocol, "dport"), 853) for protocol in ("tcp", "udp")]
        refused = [*_logged(policy, "REJECT", RESOLVER_RULE), COUNTER, REJECT]
        page = match(payload("ip", "daddr"), redirects.BLOCK_PAGE_ADDRESS)
        inside = redirects.inside(policy)
        return [
            *[add_rule("forward", inside, port, *refused) for port in ports],
            add_rule("forward", page, match(meta("l4proto"), "tcp"), COUNTER, {"reject": {"type": "tcp reset"}}),
            add_rule("forward", page, COUNTER, REJECT),
        ]

    def _quic(self):
        """Refused with a word, also in the middle of a connection: browsers then fall back to TLS at once."""
        policy = self._policy
        if policy.tls.quic != "block":
            return []
        zones = policy.tls.zones or [zone.name for zone in policy.zones if zone.inside]
        matches = comes_by(*(self._interfaces[name] for name in zones)), match(payload("udp", "dport"), 443)
        return [add_rule("forward", *matches, *_logged(policy, "REJECT", QUIC_RULE), COUNTER, REJECT)]


def _head(management_interface):
    """Before any rule: the management wire, what is not IPv4, what belongs to no connection."""
    drops = [comes_by(management_interface), leaves_by(management_interface)] if management_interface else []
    commands = [add_rule("forward", matched, DROP) for matched in drops]
    commands.append(add_rule("forward", match(meta("nfproto"), "ipv4", "!="), COUNTER, DROP))
    return [*commands, add_rule("forward", state("invalid"), COUNTER, DROP)]


def _when_chain(rule):
    return f"when_{rule.name}"


def _logged(policy, word, name, *, asked=False):
    """The log expression where the policy wants one. The centre reads what was done from the first word."""
    wanted = policy.logging.firewall
    return [log(f"{word} {name}")] if asked or wanted == "all" or (wanted == "refused" and word != "ACCEPT") else []


def _inspection_limit(policy):
    limit = policy.intrusion.inspect_bytes_max
    if not limit:
        return []
    mark = {"mangle": {"key": meta("mark"), "value": {"|": [meta("mark"), SKIP_MARK]}}}
    return [
        add_chain("inspection_limit", ("filter", "forward", -10)),
        add_rule("inspection_limit", match({"ct": {"key": "bytes"}}, limit, ">"), mark),
    ]


def _inspect(policy, attach):
    if attach is not Attach.NFT_QUEUE or not uses_sensor(policy):
        return []
    limited = policy.intrusion.inspect_bytes_max
    unless = [match({"&": [meta("mark"), SKIP_MARK]}, SKIP_MARK, "!=")] if limited else []
    queue = {"queue": {"num": QUEUE_NUMBER} | ({"flags": ["bypass"]} if policy.intrusion.failure == "open" else {})}
    forwarded = [add_chain("inspect", ("filter", "forward", 0)), add_rule("inspect", *unless, queue)]
    turned = list(_turned_ports(policy))
    if not turned:
        return forwarded
    chains = [add_chain("inspect_in", ("filter", "input", 1)), add_chain("inspect_out", ("filter", "output", 1))]
    return [
        *forwarded,
        *chains,
        *[
            add_rule("inspect_in", comes_by(interface), match(payload(protocol, "dport"), port), queue)
            for interface, protocol, port in turned
        ],
        *[
            add_rule("inspect_out", leaves_by(interface), match(payload(protocol, "sport"), port), queue)
            for interface, protocol, port in turned
        ],
    ]


def _turned_ports(policy):
    """(interface, protocol, port) of what clients say to engines of the box: the sensor sees that as well."""
    inside = [zone.interface for zone in policy.zones if zone.inside]
    sets = AddressSets({item.name: item.entries for item in policy.addresses})
    for redirect in redirects.in_use(policy, sets):
        if redirect.inspected:
            for interface in inside:
                yield from ((interface, protocol, redirect.to_port) for protocol in redirect.protocols)


def _input(policy, sets, management_interface):
    """The edge itself answers pings from inside, serves what was turned to it, and speaks to its centre."""
    ping = match(payload("icmp", "type"), "echo-request")
    inside = [zone.interface for zone in policy.zones if zone.inside]
    rules = [
        add_rule("input", comes_by("lo"), ACCEPT),
        add_rule("input", state("established", "related"), ACCEPT),
        add_rule("input", comes_by(*inside), ping, {"limit": {"rate": PINGS_PER_SECOND_MAX, "per": "second"}}, ACCEPT),
    ]
    if management_interface:
        rules.append(add_rule("input", comes_by(management_interface), ping, ACCEPT))
    rules += redirects.let_in(policy, sets)
    last = add_rule("input", *_logged(policy, "DROP", INPUT_RULE), COUNTER, DROP)
    return [add_chain("input", ("filter", "input", 0), "drop"), *rules, last]


def _translation(hook, priority, rules):
    return [add_chain(hook, ("nat", hook, priority)), *rules] if rules else []
