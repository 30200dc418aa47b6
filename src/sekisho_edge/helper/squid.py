"""What Squid needs from root before it starts: a store for certificates, and no leftovers of one that was killed.

Standard library only.
"""

from __future__ import annotations

import contextlib
import hashlib
import shutil
from pathlib import Path

from sekisho_edge.helper.door import Refused, run

USER = "proxy"
CERTGEN = "/usr/lib/squid/security_file_certgen"
STORE_SECONDS_MAX = 30.0
STORE_SIZE = "16MB"
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - where the C library keeps such segments


def service(folder: Path) -> str:
    """Squid's name for its shared memory: boxes in several network namespaces of one machine share that place."""
    return "sekisho" + hashlib.sha256(str(folder).encode()).hexdigest()[:12]


def start(folder: Path) -> list[str | Path]:
    return ["squid", "-N", "-d", "0", "-n", service(folder), "-f", folder / "squid.conf"]


def check(folder: Path) -> list[str | Path]:
    return ["squid", "-n", service(folder), "-k", "parse", "-f", folder / "squid.conf"]


def prepare(folder: Path) -> None:
    """Segments of a killed Squid keep the next one from starting; so does a store that it left in the middle."""
    for leftover in SHARED_MEMORY.glob(f"{service(folder)}*"):
        leftover.unlink(missing_ok=True)
    store = folder / "run" / "ssl_db"
    shutil.rmtree(store, ignore_errors=True)
    if not Path(CERTGEN).exists():
        raise Refused(f"{CERTGEN} is missing: Squid must be the one of the package squid-openssl")
    with contextlib.suppress(LookupError):
        shutil.chown(store.parent, USER, USER)
        drop = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", "--no-new-privs"]
        run([*drop, CERTGEN, "-c", "-s", store, "-M", STORE_SIZE], "", STORE_SECONDS_MAX)
