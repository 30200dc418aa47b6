"""The closed list of engines on the box: how each is rendered, and how one asks it whether it does its work.

A new engine adds one line here, one in ``helper.daemons.ENGINES`` (how root starts it) and, if traffic is turned to
it, one in ``render.redirects.REDIRECTS``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sekisho_edge.daemons.frame import Daemon, Places
from sekisho_edge.daemons.probes import answers_dns, answers_tcp
from sekisho_edge.icap.settings import PORT as ICAP_PORT
from sekisho_edge.icap.settings import PROBE_HOST
from sekisho_edge.render import block_page, clamd, icap, mail, rspamd, squid, unbound
from sekisho_edge.render.redirects import BLOCK_PAGE_PORT, MAIL_SMTP_PORT, UNBOUND_PORT
from sekisho_wire.policy import SecurityPolicy

_THROUGH_THE_PROXY = f"GET http://{PROBE_HOST}/ HTTP/1.0\r\n\r\n".encode()
_SCANNER_PLEASE = f"OPTIONS icap://127.0.0.1:{ICAP_PORT}/response ICAP/1.0\r\n\r\n".encode()
_RSPAMD_PLEASE = b"GET /ping HTTP/1.1\r\nHost: rspamd\r\n\r\n"
_PAGE_PLEASE = b"GET /sekisho-probe HTTP/1.0\r\n\r\n"


@dataclass(frozen=True)
class Engine:
    """``render`` is pure and returns None when a policy does not want it. ``probe`` asks the path, not the process.

    ``needs`` names an engine without which this one can't answer: it is not started anew while that one is silent.
    """

    name: str
    render: Callable[[SecurityPolicy, Places], Daemon | None]
    probe: Callable[[], Awaitable[bool]]
    needs: str = ""


ENGINES: tuple[Engine, ...] = (
    Engine(unbound.NAME, unbound.render, lambda: answers_dns(UNBOUND_PORT, unbound.PROBE_NAME)),
    Engine(block_page.NAME, block_page.render, lambda: answers_tcp(BLOCK_PAGE_PORT, _PAGE_PLEASE, b"HTTP/1.0 403")),
    Engine(clamd.NAME, clamd.render, lambda: answers_tcp(clamd.PORT, b"zPING\0", b"PONG")),
    Engine(icap.NAME, icap.render, lambda: answers_tcp(ICAP_PORT, _SCANNER_PLEASE, b"ICAP/1.0 200")),
    Engine(
        squid.NAME,
        squid.render,
        lambda: answers_tcp(squid.FORWARD_PORT, _THROUGH_THE_PROXY, b"HTTP/1.1 200"),
        needs=icap.NAME,
    ),
    Engine(rspamd.NAME, rspamd.render, lambda: answers_tcp(rspamd.PORT, _RSPAMD_PLEASE, b"HTTP/1.1 200")),
    Engine(mail.NAME, mail.render, lambda: answers_tcp(MAIL_SMTP_PORT, b"", b"220 sekisho-mail")),
)
BY_NAME = {engine.name: engine for engine in ENGINES}


def daemons_of(policy: SecurityPolicy, places: Places) -> tuple[Daemon, ...]:
    """Every engine that the policy wants, in the order in which they start."""
    return tuple(daemon for engine in ENGINES if (daemon := engine.render(policy, places)) is not None)
