"""What is missing on this machine, and how to get it. Exit code 1 when the platform can't start.

examples:
  sekisho doctor
  sekisho doctor --json | jq '.[] | select(.state != "ok")'
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Literal

from ..engines import EngineError, Nats, Postgres
from ..place import Place
from ..site import choose_site

DISK_FREE_BYTES_MIN = 5 * 1024**3
PACKAGES = ("django", "duckdb", "duckdb-extension-ducklake", "duckdb-extension-postgres-scanner", "procrastinate")


@dataclass(frozen=True)
class Answer:
    """``need``: the platform can't start without it. ``want``: it starts, with less."""

    what: str
    state: Literal["ok", "need", "want"]
    found: str
    remedy: str = ""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--var", metavar="DIR", help="where everything is kept (default: SEKISHO_VAR or ./var)")
    parser.add_argument("--json", action="store_true", help="one JSON array")


def run(arguments: argparse.Namespace) -> int:
    answers = list(examine(Place.of(arguments.var)))
    if arguments.json:
        print(json.dumps([asdict(a) for a in answers], ensure_ascii=False))
    else:
        marks = {"ok": "ok  ", "need": "NEED", "want": "want"}
        for answer in answers:
            print(f"  {marks[answer.state]}  {answer.what}: {answer.found}")
            if answer.remedy:
                print(f"        -> {answer.remedy}")
    return int(any(a.state == "need" for a in answers))


def examine(place: Place) -> Iterator[Answer]:
    """Every check, in the order in which one would mend what is missing."""
    yield _python()
    for package in PACKAGES:
        yield _package(package)
    yield _engine("PostgreSQL 18", lambda: Postgres(place.var / "postgres", 1).argv()[0])
    yield _engine("nats-server", lambda: Nats(place.var / "nats", 1).argv()[0])
    yield _program("unshare", "util-linux", "need" if os.geteuid() == 0 else "want")
    yield _program("setpriv", "util-linux", "need")
    yield _fonts()
    yield _paper_fonts()
    yield _disk(place)
    yield _live_site()
    for program, package in (("nft", "nftables"), ("iptables-nft", "iptables"), ("ip", "iproute2")):
        yield _program(program, package, "want")
    yield _suricata()


def _python() -> Answer:
    version = ".".join(map(str, sys.version_info[:3]))
    if (3, 11) <= sys.version_info[:2] <= (3, 13):
        return Answer("Python", "ok", version)
    return Answer("Python", "need", version, "use Python 3.11 to 3.13")


def _package(name: str) -> Answer:
    try:
        return Answer(name, "ok", importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        return Answer(name, "need", "missing", "run 'make setup'")


def _engine(name: str, find: Callable[[], str]) -> Answer:
    try:
        find()
    except EngineError as error:
        return Answer(name, "need", "missing", str(error))
    return Answer(name, "ok", "from its wheel")


def _program(name: str, package: str, state: Literal["need", "want"]) -> Answer:
    path = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if path:
        return Answer(name, "ok", path)
    return Answer(name, state, "missing", f"as root: apt-get install {package}")


def _fonts() -> Answer:
    from sekisho.web.fonts import font_directories

    if font_directories():
        return Answer("fonts of the pages", "ok", "IBM Plex Sans JP")
    return Answer("fonts of the pages", "want", "missing: pages use the reader's own", "install npm, run 'make setup'")


def _paper_fonts() -> Answer:
    from sekisho.gateways.typesetting import FontsMissing, font_folders

    try:
        return Answer("fonts of invoices and letters", "ok", font_folders()[0].parent.name)
    except FontsMissing:
        remedy = "install npm and run 'make setup', or install fonts-noto-cjk"
        return Answer("fonts of invoices and letters", "want", "missing: no PDF can be made", remedy)


def _disk(place: Place) -> Answer:
    folder = next(p for p in (place.var, *place.var.parents) if p.exists())
    free = shutil.disk_usage(folder).free
    found = f"{free / 1024**3:.1f} GiB free"
    if free >= DISK_FREE_BYTES_MIN:
        return Answer(f"disk of {place.var}", "ok", found)
    return Answer(f"disk of {place.var}", "want", found, "free some: logs need room; or choose another with --var")


def _live_site() -> Answer:
    choice = choose_site(forbidden=False)
    if choice.live:
        return Answer("customer site behind a real UTM", "ok", "network namespaces work")
    return Answer("customer site behind a real UTM", "want", choice.reason, "the story replays recordings instead")


def _suricata() -> Answer:
    path = shutil.which("suricata")
    if path is None:
        return Answer("Suricata 7", "want", "missing", "as root: 'make setup' installs it (Debian 12: from backports)")
    said = subprocess.run([path, "-V"], capture_output=True, text=True, timeout=10, check=False).stdout
    version = said.rpartition("version ")[2].split(" ")[0]
    if version.startswith("7."):
        return Answer("Suricata 7", "ok", version)
    return Answer("Suricata 7", "want", version or "unknown", "the UTM is written for Suricata 7")
