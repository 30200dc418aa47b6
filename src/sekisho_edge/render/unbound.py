"""Policy -> Unbound: the URL filter where names are asked for, by response policy zones. Pure but for the definitions.

The zones stand in the order of the lists' strength, because the first one that matches decides. A blocked name has
the address of the block page and nothing else, so that a browser that asks by HTTP is told why. Records that carry
the key of an encrypted hello (HTTPS, SVCB) are answered with nothing: browsers then announce names that the sensor
can read. Browsers that would ask a resolver of their own are told not to, by the names that they look for.
"""

from __future__ import annotations

from sekisho_edge.daemons.frame import FOLDER, Daemon, Places
from sekisho_edge.render.redirects import BLOCK_PAGE_ADDRESS, UNBOUND_PORT
from sekisho_edge.render.site_names import RESOLVERS, NameList, name_lists
from sekisho_wire.policy import SecurityPolicy

NAME = "unbound"
PROBE_NAME = "probe.sekisho.invalid"
"""Answered from memory: the watchdog's question says nothing about the world outside."""
CANARIES = ("use-application-dns.net", "mask.icloud.com", "mask-h2.icloud.com")
"""Denied names by which browsers and systems learn that this network resolves names itself."""
BLOCKED_SECONDS = 60
NAME_CHARS_MAX = 240
"""A longer one does not fit under a zone's own name; the sensor still knows it."""
CACHE_BYTES = 32 * 1024 * 1024

_ZONE_HEAD = "$TTL {seconds}\n@ SOA localhost. hostmaster.localhost. 1 3600 600 86400 {seconds}\n@ NS localhost.\n"
_ANSWERS = {"allow": "CNAME rpz-passthru.", "log": "CNAME rpz-passthru.", "block": f"A {BLOCK_PAGE_ADDRESS}"}

NO_HELLO_KEYS = """\
# Answers questions for HTTPS and SVCB records with no record: a key of an encrypted hello never reaches a client.
HTTPS, SVCB = 65, 64


def init_standard(id, env):
    return True


def init(id, cfg):
    return True


def deinit(id):
    return True


def inform_super(id, qstate, superqstate, qdata):
    return True


def operate(id, event, qstate, qdata):
    if event in (MODULE_EVENT_NEW, MODULE_EVENT_PASS):
        if qstate.qinfo.qtype not in (HTTPS, SVCB):
            qstate.ext_state[id] = MODULE_WAIT_MODULE
            return True
        answer = DNSMessage(qstate.qinfo.qname_str, qstate.qinfo.qtype, RR_CLASS_IN, PKT_QR | PKT_RA)
        if not answer.set_return_msg(qstate):
            qstate.ext_state[id] = MODULE_ERROR
            return True
        qstate.return_rcode = RCODE_NOERROR
        qstate.ext_state[id] = MODULE_FINISHED
        return True
    qstate.ext_state[id] = MODULE_FINISHED if event == MODULE_EVENT_MODDONE else MODULE_ERROR
    return True
"""


def render(policy: SecurityPolicy, places: Places) -> Daemon | None:
    """Unbound's files, or None where names are not filtered."""
    if "dns" not in policy.url.layers:
        return None
    lists = name_lists(policy, places.definitions)
    files = {"unbound.conf": _config(policy, places, lists), "no_hello_keys.py": NO_HELLO_KEYS}
    files |= {_zone_file(one): _zone(one) for one in lists}
    return Daemon(NAME, files, failure=policy.intrusion.failure, restart=frozenset({"unbound.conf"}))


def _zone(one: NameList) -> str:
    answer = "CNAME ." if one.label == f"category.{RESOLVERS}" else _ANSWERS[one.action]
    names = (name for name in one.names if len(name) <= NAME_CHARS_MAX)
    return _ZONE_HEAD.format(seconds=BLOCKED_SECONDS) + "".join(
        f"{name} {answer}\n*.{name} {answer}\n" for name in names
    )


def _zone_file(one):
    return f"zones/{one.label}.rpz"


def _config(policy, places, lists):
    inside = [network for zone in policy.zones if zone.inside for network in zone.networks]
    lines = [
        "server:",
        *(f"  {line}" for line in _server(inside)),
        "python:",
        f'  python-script: "{FOLDER}/no_hello_keys.py"',
        "remote-control:",
        "  control-enable: no",
    ]
    if places.resolvers:
        lines += ["forward-zone:", '  name: "."', *(f"  forward-addr: {address}" for address in places.resolvers)]
    for i, one in enumerate(lists):
        lines += ["rpz:", f'  name: "z{i}"', f'  zonefile: "{FOLDER}/{_zone_file(one)}"']
        lines += ["  rpz-log: yes", f'  rpz-log-name: "{one.label}"']
    return "\n".join(lines) + "\n"


def _server(inside):
    quiet = ["verbosity: 1", 'logfile: ""', "use-syslog: no", "log-time-ascii: no", "log-replies: yes"]
    return [
        *quiet,
        "log-tag-queryreply: yes",
        f'directory: "{FOLDER}"',
        'username: ""',
        'chroot: ""',
        'pidfile: ""',
        "do-daemonize: no",
        "num-threads: 1",
        f"interface: 0.0.0.0@{UNBOUND_PORT}",
        "do-ip6: no",
        "access-control: 127.0.0.0/8 allow",
        *(f"access-control: {network} allow" for network in inside),
        'module-config: "python respip iterator"',
        f"msg-cache-size: {CACHE_BYTES}",
        f"rrset-cache-size: {2 * CACHE_BYTES}",
        "hide-identity: yes",
        "hide-version: yes",
        "prefetch: yes",
        "do-not-query-localhost: no",
        f'local-zone: "{PROBE_NAME}." redirect',
        f'local-data: "{PROBE_NAME}. A 127.0.0.1"',
        *(f'local-zone: "{name}." always_nxdomain' for name in CANARIES),
    ]
