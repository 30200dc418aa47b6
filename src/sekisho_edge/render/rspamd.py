"""Policy -> Rspamd's own settings over its packaged configuration. Pure.

Only its scanning worker runs, on the loopback. What asks the rest of the world besides name servers is off: no fuzzy
hashes of others, no lists that it fetches by itself, no Redis. Messages are ours to change; it gives its opinion.
"""

from __future__ import annotations

from sekisho_edge.daemons.frame import Daemon, Places
from sekisho_wire.policy import SecurityPolicy

NAME = "rspamd"
PORT = 11333
DNS_SECONDS = 1.0
_OFF = "enabled = false;\n"
_OFF_MODULES = (
    "fuzzy_check",
    "phishing",
    "antivirus",
    "greylist",
    "ratelimit",
    "neural",
    "history_redis",
    "url_redirector",
)


def render(policy: SecurityPolicy, places: Places) -> Daemon | None:
    """None where nobody asks for spam."""
    if policy.mail.spam == "off" or not policy.mail.protocols:
        return None
    servers = ", ".join(f'"{address}:53"' for address in places.resolvers) or '"127.0.0.1:53"'
    files = {
        "local.d/options.inc": (
            f"dns {{ nameserver = [{servers}]; timeout = {DNS_SECONDS}s; retransmits = 1; }}\n"
            'pidfile = false;\nhs_cache_dir = "$PATTERNS";\nlocal_addrs = [127.0.0.0/8];\n'
        ),
        "local.d/logging.inc": 'type = "console";\nlevel = "warning";\ncolor = false;\n',
        "local.d/worker-normal.inc": f'bind_socket = "127.0.0.1:{PORT}";\ncount = 1;\n',
        "local.d/classifier-bayes.conf": _OFF,
        "local.d/redis.conf": "",
        **{f"local.d/worker-{worker}.inc": _OFF + "count = 0;\n" for worker in ("controller", "proxy", "fuzzy")},
        **{f"local.d/{module}.conf": _OFF for module in _OFF_MODULES},
    }
    return Daemon(NAME, files, failure=policy.mail.failure, restart=frozenset(files))
