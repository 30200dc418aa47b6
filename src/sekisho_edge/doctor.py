"""What this machine can and can't do as an edge or as a lab, and how to get what is missing."""

from __future__ import annotations

import ctypes
import os
import platform
import shutil
from dataclasses import dataclass
from pathlib import Path

from sekisho_edge.daemons.places import squid_version
from sekisho_edge.engines.nftables import best_attach
from sekisho_edge.helper.commands import QUEUE_PROBE, XTABLES_PROBE, works
from sekisho_edge.helper.squid import CERTGEN
from sekisho_edge.lab import servers
from sekisho_edge.render.squid import STALLS_BEFORE

PACKAGES = {"suricata": "suricata", "nft": "nftables", "iptables-nft-restore": "iptables", "ip": "iproute2"}
ENGINES = {
    "unbound": "unbound",
    "unbound-checkconf": "unbound",
    "squid": "squid-openssl",
    "clamd": "clamav-daemon",
    "rspamd": "rspamd",
    "openssl": "openssl",
}
UNBOUND_MODULE = Path("/usr/lib/python3/dist-packages/unboundmodule.py")
_GETTIMEOFDAY = {"x86_64": 96, "aarch64": 169}
"""The system call itself: the C library no longer tells the kernel's time zone."""
LAB_PACKAGES = {"dnsmasq": "dnsmasq-base"}


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. ``remedy`` is empty when all is well."""

    subject: str
    well: bool
    says: str
    remedy: str = ""


def examine() -> list[Finding]:
    """Every finding, good or bad; needs no root, but can only ask the kernel about queues as root."""
    findings = [_program(name, package) for name, package in (PACKAGES | ENGINES | LAB_PACKAGES).items()]
    findings.append(_unbound_module())
    findings.append(_squid())
    missing = [name for name in servers.missing() if name not in PACKAGES | LAB_PACKAGES]
    findings.append(Finding("lab tools", not missing, ", ".join(missing) or "all here", "util-linux, bash, coreutils"))
    root = os.geteuid() == 0
    findings.append(Finding("root", root, "yes" if root else "no", "" if root else "run as root for lab and agent"))
    if root:
        findings.append(_attach())
    return [*findings, _kernel_zone()]


def _program(name, package):
    path = shutil.which(name) or shutil.which(f"/usr/sbin/{name}")
    return Finding(name, path is not None, path or "not installed", "" if path else f"apt install {package}")


def _unbound_module():
    """Without it Unbound can't keep the keys of encrypted hellos from clients, and the filter of names is refused."""
    well = UNBOUND_MODULE.exists()
    remedy = "" if well else "apt install python3-unbound"
    return Finding("unbound's Python module", well, "here" if well else "not installed", remedy)


def _squid():
    """Which Squid this is: one without TLS can't inspect, one before 6.11 stalls on large answers that are scanned."""
    if not Path(CERTGEN).exists():
        return Finding("web inspection", False, "no Squid that can read TLS", "apt install squid-openssl")
    version = squid_version()
    says = "Squid {}.{}".format(*version)
    if version < STALLS_BEFORE:
        says += ": a large answer may be begun before it is judged, and an infected one is then cut, without a page"
    return Finding("web inspection", True, says)


def _attach():
    attach = best_attach(
        nft_queue=works(["nft", "-c", "-f", "-"], QUEUE_PROBE),
        xtables_queue=works(["iptables-nft-restore", "--test", "--noflush"], XTABLES_PROBE),
    )
    remedy = "" if attach.inline else "a kernel with NFT_QUEUE or XT_NFQUEUE; until then the sensor only listens"
    return Finding("sensor attach", attach.inline, attach.value, remedy)


def _kernel_zone():
    """The kernel tells the day of the week in a time zone of its own: schedules need it to be UTC."""
    number = _GETTIMEOFDAY.get(platform.machine())
    zone = (ctypes.c_int * 2)()
    if number is None or ctypes.CDLL(None).syscall(number, None, ctypes.byref(zone)) != 0:
        return Finding("kernel time zone", True, "not known on this machine")
    says = "UTC" if zone[0] == 0 else f"{-zone[0]} minutes from UTC"
    return Finding(
        "kernel time zone", zone[0] == 0, says, "" if zone[0] == 0 else "timedatectl set-local-rtc 0, reboot"
    )
