"""The web process: granian serving Django. Its address is ``SEKISHO_WEB_LISTEN`` (host:port).

Python draws one page at a time in a process, so there is a worker for each core, up to WORKERS_MAX: beyond that the
database and the rest of the platform need the cores more.
"""

from __future__ import annotations

import os

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

BLOCKING_THREADS = 4
WORKERS_MAX = 4
BACKLOG = 512


def main() -> None:
    host, _, port = os.environ["SEKISHO_WEB_LISTEN"].rpartition(":")
    Granian(
        "sekisho.web.wsgi:application",
        address=host,
        port=int(port),
        interface=Interfaces.WSGI,
        workers=max(1, min(WORKERS_MAX, os.cpu_count() or 1)),
        blocking_threads=BLOCKING_THREADS,
        backlog=BACKLOG,
        log_level=LogLevels.info,
    ).serve()


if __name__ == "__main__":
    main()
