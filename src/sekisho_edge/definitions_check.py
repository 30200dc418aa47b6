"""Does a set of definitions load? Asked of the engines themselves: at the centre before a set is published, on the box
before it is switched to, so that both ask the same question.

Counts what loaded, by kind, and collects every fault with its file and line. No privileges, nothing stays behind.
CommandFailed: an engine that the set needs is not installed, or did not end in time; then nothing is known.
"""

from __future__ import annotations

import importlib.util
import ipaddress
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

from sekisho_edge.applications import CatalogueError, read_catalogue
from sekisho_edge.clamd_check import clamd_faults
from sekisho_edge.command import CommandFailed, ended
from sekisho_edge.lab.policy import lab_policy
from sekisho_edge.render.nftables import Attach
from sekisho_edge.render.signatures import render_rules
from sekisho_edge.render.suricata import SensorPaths, render_config
from sekisho_wire.policy import IntrusionPrevention, upgraded

SIGNATURE_SECONDS_MAX = 600.0
FAULTS_MAX = 1_000
SAID_CHARS_MAX = 300
THREAT_CATEGORIES = frozenset({"malware", "phishing", "botnet", "cryptojacking"})

WELL_KNOWN = Path(__file__).with_name("well_known.txt")
SHARED_SUFFIXES = frozenset({"ac", "ad", "co", "ed", "go", "gr", "lg", "ne", "or"})
"""Second levels of .jp below which everybody is: to name one would name them all."""

_DOMAIN = re.compile(r"(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9-]{2,63}")
_HASH = re.compile(r"[0-9a-f]{64}")
_BAD_SIGNATURE = re.compile(r"error parsing signature .* at line (\d+)\s*$")
_LOADED = re.compile(r"(\d+) rules successfully loaded")


@dataclass(frozen=True)
class Fault:
    """What does not load: the file within the set, its line (0 for the whole file), and the engine's words."""

    path: str
    line: int
    says: str

    def __str__(self) -> str:
        return f"{self.path}{f', line {self.line}' if self.line else ''}: {self.says}"


@dataclass(frozen=True)
class Checked:
    """``counts``: entries that loaded, by kind. The set is good when there are no faults."""

    counts: dict[str, int]
    faults: tuple[Fault, ...]


def signature_text(folder: Path) -> str:
    """All signatures of a set, or of what the box was shipped with, in the order of their files' names."""
    texts = [path.read_text() for path in sorted([*folder.glob("*.rules"), *folder.glob("signatures/*.rules")])]
    return "".join(text if text.endswith("\n") or not text else f"{text}\n" for text in texts)


def check_set(folder: Path, *, installed_only: bool = False) -> Checked:
    """Have everything in the set loaded by its engine; ``installed_only``: as far as this box has the engine."""
    counts: dict[str, int] = {}
    faults: list[Fault] = []
    for kind, pattern, check in _KINDS:
        if installed_only and not _is_installed(kind):
            continue
        if paths := sorted(path for path in folder.glob(pattern) if path.is_file()):
            counts[kind], found = check(folder, paths)
            faults += found
    return Checked(counts, tuple(faults[:FAULTS_MAX]))


def _is_installed(kind):
    if kind == "yara":
        return importlib.util.find_spec("yara_x") is not None
    program = {"signatures": "suricata", "clamav": "clamd"}.get(kind)
    return program is None or shutil.which(program) or Path("/usr/sbin", program).exists()


def _signatures(folder, paths):
    """By Suricata, configured as on a line. With the full profile every line stays in its place."""
    places = [(path, number) for path in paths for number, _ in enumerate(path.read_text().splitlines(), 1)]
    policy = upgraded(lab_policy(IntrusionPrevention(mode="prevent", profile="full")))
    with tempfile.TemporaryDirectory(prefix="sekisho-check-") as name:
        scratch = Path(name)
        sensor = SensorPaths(scratch, scratch / "set.rules", scratch / "socket")
        sensor.rule_file.write_text(render_rules(policy, signature_text(folder)))
        (scratch / "suricata.yaml").write_text(render_config(policy, Attach.XTABLES_QUEUE, sensor))
        argv = ["suricata", "-T", "-c", str(scratch / "suricata.yaml"), "-l", name]
        code, said = ended(argv, seconds_max=SIGNATURE_SECONDS_MAX)
        loaded = _LOADED.search((scratch / "suricata.log").read_text() if (scratch / "suricata.log").exists() else "")
    faults = list(_signature_faults(said, places, folder))
    if code != 0 and not faults:
        faults = [Fault("signatures", 0, said.strip()[-SAID_CHARS_MAX:])]
    return int(loaded[1]) if loaded else 0, faults


def _signature_faults(said, places, folder) -> Iterator[Fault]:
    reason = "it can't be parsed"
    for line in said.splitlines():
        if (found := _BAD_SIGNATURE.search(line)) is None:
            reason = line.partition(": ")[2] if line.startswith("E: ") else reason
            continue
        path, number = places[int(found[1]) - 1]
        yield Fault(str(path.relative_to(folder)), number, reason[:SAID_CHARS_MAX])


def _yara(folder, paths):
    try:
        import yara_x  # heavy, and only who inspects files has it
    except ImportError as error:
        raise CommandFailed("yara-x is not installed, so YARA rules can't be checked") from error
    count, faults = 0, []
    for path in paths:
        try:
            count += sum(1 for _ in yara_x.compile(path.read_text()))
        except (yara_x.CompileError, UnicodeDecodeError) as error:
            faults.append(Fault(str(path.relative_to(folder)), 0, str(error)[:SAID_CHARS_MAX]))
    return count, faults


def _clamav(folder, paths):
    count, words = clamd_faults(folder / "clamav")
    return count, [Fault("clamav", 0, word[:SAID_CHARS_MAX]) for word in words]


def _categories(folder, paths):
    count, faults = 0, []
    for path in paths:
        judge = partial(_threat_domain, _well_known()) if path.stem in THREAT_CATEGORIES else _domain
        entries, found = _listed(folder, path, judge)
        count, faults = count + entries, faults + found
    return count, faults


def _hashes(folder, paths):
    return _listed(folder, paths[0], lambda text: "" if _HASH.fullmatch(text) else "no SHA-256 in hex")


def _geography(folder, paths):
    count, faults = 0, []
    for path in paths:
        entries, found = _listed(folder, path, _network)
        count, faults = count + entries, faults + found
    return count, faults


def _applications(folder, paths):
    try:
        return len(read_catalogue(folder)), []
    except CatalogueError as error:
        return 0, [Fault("applications", 0, str(error)[:SAID_CHARS_MAX])]


def _listed(folder, path, judge: Callable[[str], str]):
    """(entries, faults) of a file with one entry a line, its comments after ``#``."""
    count, faults = 0, []
    with path.open(encoding="utf-8", errors="replace") as lines:
        for number, line in enumerate(lines, 1):
            entry = line.partition("#")[0].strip()
            if entry and (wrong := judge(entry)):
                faults.append(Fault(str(path.relative_to(folder)), number, f"{entry[:100]!r}: {wrong}"))
            count += bool(entry)
    return count, faults


def _domain(text) -> str:
    if not _DOMAIN.fullmatch(text):
        return "no domain in lower case with at least one dot"
    first, _, rest = text.partition(".")
    return "everybody's own second level" if rest == "jp" and first in SHARED_SUFFIXES else ""


def _threat_domain(well_known, text) -> str:
    return _domain(text) or ("a well-known name: no threat list may name it" if text in well_known else "")


@cache
def _well_known():
    lines = WELL_KNOWN.read_text().splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


def _network(text) -> str:
    try:
        ipaddress.ip_network(text)
    except ValueError as error:
        return str(error)
    return ""


_KINDS = (
    ("signatures", "signatures/*.rules", _signatures),
    ("yara", "yara/*.yar", _yara),
    ("clamav", "clamav/*", _clamav),
    ("categories", "categories/*.txt", _categories),
    ("applications", "applications/*.toml", _applications),
    ("applications", "applications.json", _applications),
    ("hashes", "hashes.sha256", _hashes),
    ("geo", "geo/*.txt", _geography),
)
