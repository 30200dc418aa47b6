"""Does a folder of virus databases load? Asked of a clamd of its own, which ends when the question is answered.

CommandFailed: clamd is not installed, or did not get ready in time.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
import time
from pathlib import Path

from sekisho_edge.command import CommandFailed

READY_SECONDS_MAX = 300.0
"""The official database takes about half a minute and a gigabyte of memory."""
POLL_SECONDS = 0.1
END_SECONDS_MAX = 20.0

_LOADED = re.compile(r"Loaded (\d+) signatures")
_CONFIG = """Foreground yes
LogFile {folder}/clamd.log
LogVerbose yes
DatabaseDirectory {databases}
LocalSocket {folder}/clamd.socket
TemporaryDirectory {folder}
ConcurrentDatabaseReload no
"""


def clamd_faults(databases: Path) -> tuple[int, list[str]]:
    """(signatures loaded, what clamd objects to). The second is empty when all is well."""
    with tempfile.TemporaryDirectory(prefix="sekisho-clamd-") as name:
        folder = Path(name)
        (folder / "clamd.conf").write_text(_CONFIG.format(folder=folder, databases=databases.absolute()))
        try:
            clamd = subprocess.Popen(
                ["clamd", "-c", str(folder / "clamd.conf")],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            )  # fmt: skip
        except FileNotFoundError as error:
            raise CommandFailed("clamd is not installed, so virus databases can't be checked") from error
        try:
            return _answer(clamd, folder)
        finally:
            _end(clamd)


def _answer(clamd, folder):
    deadline = time.monotonic() + READY_SECONDS_MAX
    while clamd.poll() is None and time.monotonic() < deadline:
        if (folder / "clamd.socket").exists():
            return _loaded(folder), []
        time.sleep(POLL_SECONDS)
    if clamd.poll() is None:
        raise CommandFailed(f"clamd was not ready after {READY_SECONDS_MAX:g} s")
    said = [line for line in clamd.stderr.read().splitlines() if line.strip()]
    return 0, said or ["clamd ended and did not say why"]


def _loaded(folder):
    found = _LOADED.search((folder / "clamd.log").read_text())
    return int(found[1]) if found else 0


def _end(clamd):
    clamd.terminate()
    try:
        clamd.communicate(timeout=END_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        clamd.kill()
        clamd.communicate()
