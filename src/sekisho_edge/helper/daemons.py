"""Root's side of the further engines: a closed table of what may be checked, started, told to read anew and ended.

A name that is not in the table is refused. The files lie in ``<state>/daemons/<name>``; their texts come from the
agent, the programs and their arguments from here. Engines run unprivileged where they can, and die with this process.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sekisho_edge.helper import squid
from sekisho_edge.helper.door import Refused, run

CHECK_SECONDS_MAX = 120.0
STOP_SECONDS_MAX = 10.0
FLUSH_SECONDS_MAX = 10.0
OURS = Path(__file__).resolve().parent.parent / "definitions"
CANDIDATE = "candidate"
RUN = "run"
POWERLESS = "root"
"""A user of that name has root's files and none of its privileges."""

Argv = Sequence[str | Path]


@dataclass(frozen=True)
class Engine:
    """How one engine is handled. ``check`` and ``start`` get the folder of its files.

    ``user`` is whom it runs as ("" for root, where it drops its privileges by itself or needs them). It may write in
    ``<folder>/run`` only. ``reload`` is the signal at which it reads its files anew; None: it is started anew.
    ``workers`` says that it forks: then it gets a process namespace, so that none outlives it. Lines of its
    output with the word ``quiet`` are not written down: the watchdog's own questions. ``prepare`` is done as root
    before each start.
    """

    start: Callable[[Path], Argv]
    check: Callable[[Path], Argv] | None = None
    user: str = ""
    reload: signal.Signals | None = None
    workers: bool = False
    quiet: str = ""
    prepare: Callable[[Path], None] | None = None


_BARE = ("env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin")
_UNBOUND = (*_BARE, "PYTHONPATH=/usr/lib/python3/dist-packages")  # where its package has its Python module


_RSPAMD_CONF = ("-c", "/etc/rspamd/rspamd.conf")
_RSPAMD_PATTERNS = Path("/var/cache/sekisho/rspamd")
"""Its compiled patterns: 13 s of work at the first start on a machine, under a second from then on."""


def _keep_patterns(folder: Path) -> None:
    """Their place belongs to Rspamd alone."""
    _RSPAMD_PATTERNS.mkdir(parents=True, exist_ok=True)
    _RSPAMD_PATTERNS.chmod(0o700)
    user = _user(ENGINES["rspamd"], folder)
    shutil.chown(_RSPAMD_PATTERNS, user, user)


def _rspamd(program: str, folder: Path) -> Argv:
    """Its packaged configuration with our settings over it; everything that it writes lies in our folder."""
    places = {"LOCAL_CONFDIR": folder, **dict.fromkeys(("DBDIR", "RUNDIR", "LOGDIR"), folder / RUN)}
    places["PATTERNS"] = _RSPAMD_PATTERNS
    return [*_BARE, program, *(f"--var={name}={place}" for name, place in places.items())]


_OWN_PROCESSES = [
    *("unshare", "--pid", "--fork", "--mount-proc", "--kill-child=KILL"),
    *("sh", "-c", '"$@" & wait "$!"', "sh"),  # stays root: changing the user would undo what kills it with its parent
]
ENGINES: dict[str, Engine] = {
    "unbound": Engine(
        check=lambda folder: [*_UNBOUND, "unbound-checkconf", folder / "unbound.conf"],
        start=lambda folder: [*_UNBOUND, "unbound", "-d", "-p", "-c", folder / "unbound.conf"],
        user="unbound",
        reload=signal.SIGHUP,
        quiet="probe.sekisho.invalid",
    ),
    "block-page": Engine(
        start=lambda folder: [sys.executable, "-m", "sekisho_edge.block_page", folder, "8053"],
        user=POWERLESS,
    ),
    "clamd": Engine(start=lambda folder: ["clamd", "-F", "-c", folder / "clamd.conf"], user="clamav"),
    "icap": Engine(
        check=lambda folder: [sys.executable, "-m", "sekisho_edge.icap", "--check", folder / "icap.json"],
        start=lambda folder: [sys.executable, "-m", "sekisho_edge.icap", folder / "icap.json"],
        user=squid.USER,
        reload=signal.SIGHUP,
    ),
    "rspamd": Engine(
        check=lambda folder: [*_rspamd("rspamadm", folder), "configtest", *_RSPAMD_CONF],
        start=lambda folder: [*_rspamd("rspamd", folder), "-i", "-f", *_RSPAMD_CONF],
        user="_rspamd",
        workers=True,
        prepare=_keep_patterns,
    ),
    "mail": Engine(
        check=lambda folder: [sys.executable, "-m", "sekisho_edge.mail", "--check", folder / "mail.json"],
        start=lambda folder: [sys.executable, "-m", "sekisho_edge.mail", folder / "mail.json"],
        user=POWERLESS,
        reload=signal.SIGHUP,
    ),
    "squid": Engine(check=squid.check, start=squid.start, reload=signal.SIGHUP, prepare=squid.prepare),
}


class Daemons:
    """The engines of one state folder, as children of this process."""

    def __init__(self, state: Path) -> None:
        self._folder = state / "daemons"
        self._logs = state / "log"
        self._running: dict[str, tuple[subprocess.Popen, subprocess.Popen]] = {}
        self._open: set[str] = set()

    def table(self) -> dict[str, Callable[..., dict]]:
        """Name on the wire -> command."""
        return {
            "check-daemon": self.check_daemon,
            "start-daemon": self.start_daemon,
            "reload-daemon": self.reload_daemon,
            "stop-daemon": self.stop_daemon,
            "kill-daemon": self.kill_daemon,
            "daemons": self.daemons,
            "bypass": self.bypass,
        }

    def check_daemon(self, *, name: str) -> dict:
        """Let the engine test its candidate files."""
        engine = _engine(name)
        folder = self._folder / name / CANDIDATE
        self._make_writable(engine, folder)
        if engine.check is not None:
            run(_as(_user(engine, folder), engine.check(folder)), "", CHECK_SECONDS_MAX)
        elif shutil.which(str(engine.start(folder)[0])) is None:
            raise Refused(f"{engine.start(folder)[0]} is not installed")
        return {}

    def start_daemon(self, *, name: str, failure: str = "closed") -> dict:
        """Start it over its files in force; what it says goes to ``<state>/log/<name>.log``."""
        engine, folder = _engine(name), self._folder / name
        if name in self._alive():
            raise Refused(f"{name} runs already")
        self._open = self._open - {name} | ({name} if failure == "open" else set())
        self._make_writable(engine, folder)
        if engine.prepare is not None:
            engine.prepare(folder)
        self._logs.mkdir(parents=True, exist_ok=True)
        dies = ["setpriv", "--pdeathsig", "KILL"]
        writer = [*dies, sys.executable, "-m", "sekisho_edge.helper.line_log", self._logs / f"{name}.log", engine.quiet]
        own = _OWN_PROCESSES if engine.workers else []
        log = subprocess.Popen(writer, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.fchmod(log.stdin.fileno(), 0o622)  # one that drops its privileges by itself opens it anew
        try:
            process = subprocess.Popen(
                [*dies, *own, *_as(_user(engine, folder), engine.start(folder), keep=not own)],
                stdin=subprocess.DEVNULL, stdout=log.stdin, stderr=log.stdin, cwd="/",
            )  # fmt: skip
        finally:
            log.stdin.close()
        self._running[name] = process, log
        (folder / "pid").write_text(str(process.pid))
        return {"pid": process.pid}

    def reload_daemon(self, *, name: str) -> dict:
        """Have it read its files anew; one that can't is started anew."""
        engine, process = _engine(name), self._alive().get(name)
        if process is None:
            raise Refused(f"{name} does not run")
        if engine.reload is None:
            self.stop_daemon(name=name)
            return self.start_daemon(name=name, failure="open" if name in self._open else "closed")
        process.send_signal(engine.reload)
        return {"pid": process.pid}

    def stop_daemon(self, *, name: str, seconds: float = STOP_SECONDS_MAX) -> dict:
        """Ask it to end, insist after a while; quiet when it does not run."""
        _engine(name)
        process = self._alive().get(name)
        if process and not _engine(name).workers:  # who lives in a process namespace ends with it
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(min(seconds, 60.0))
        return self.kill_daemon(name=name)

    def kill_daemon(self, *, name: str) -> dict:
        """End it now: what the watchdog does with one that hangs."""
        _engine(name)
        if name in self._running:
            process, log = self._running.pop(name)
            if process.poll() is None:
                process.kill()
            process.wait()
            with contextlib.suppress(subprocess.TimeoutExpired):
                log.wait(1.0)
            log.kill()
            log.wait()
        (self._folder / name / "pid").unlink(missing_ok=True)
        return {}

    def daemons(self) -> dict:
        """Process ids of those that run, by name."""
        return {"pids": {name: process.pid for name, process in self._alive().items()}}

    def bypass(self, *, name: str) -> dict:
        """Turn no new connection to it: its chain is emptied, nothing else is touched."""
        _engine(name)
        run(["nft", "flush", "chain", "inet", "sekisho", f"to_{name}"], "", FLUSH_SECONDS_MAX)
        return {}

    def stop_all(self) -> None:
        """Give the traffic of open ones back and end them all; not on the list, because nobody asks for that."""
        for name in self._open:
            with contextlib.suppress(Refused):
                self.bypass(name=name)
        for name, process in self._alive().items():
            if not _engine(name).workers:
                process.terminate()
        for name in tuple(self._running):
            self.stop_daemon(name=name)

    def _alive(self):
        return {name: process for name, (process, _) in self._running.items() if process.poll() is None}

    def _make_writable(self, engine, folder):
        """Its own place to write; everything else it only reads."""
        place = folder / RUN
        place.mkdir(mode=0o750, parents=True, exist_ok=True)
        if user := _user(engine, folder):
            shutil.chown(place, user, user)


def alive(state: Path, name: str) -> bool:
    """Whether the daemon of this state folder runs, asked from any process."""
    try:
        os.kill(int((state / "daemons" / name / "pid").read_text()), 0)
    except (OSError, ValueError):
        return False
    return True


def _engine(name):
    engine = ENGINES.get(name) if isinstance(name, str) else None
    if engine is None:
        raise Refused("no such engine")
    return engine


def _as(user, argv, *, keep=False):
    """The command line as that user, who has no privileges and can't get any. ``keep``: still dies with its parent."""
    if not user:
        return list(argv)
    drop = [f"--reuid={user}", f"--regid={user}", "--clear-groups", "--no-new-privs", "--inh-caps=-all"]
    return ["setpriv", *drop, "--bounding-set=-all", *(["--pdeathsig", "KILL"] if keep else []), *argv]


def as_user(engine: Engine, folder: Path) -> list[str | Path]:
    """The command line that starts an engine over a folder, as its user."""
    return _as(_user(engine, folder), engine.start(folder))


def _user(engine, folder):
    """Whom an engine runs as. Where its own user doesn't exist or can't reach its files, root without privileges.

    Its files are those in its folder, and the definitions that come with our programs.
    """
    if not engine.user:
        return ""
    try:
        pwd.getpwnam(engine.user)
    except KeyError:
        return POWERLESS
    return engine.user if _is_open(folder) and _is_open(OURS) else POWERLESS


def _is_open(place):
    return all(parent.stat().st_mode & 0o001 for parent in place.parents)
