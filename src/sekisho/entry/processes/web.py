"""The web process: granian serving Django. Its address is ``SEKISHO_WEB_LISTEN`` (host:port)."""

from __future__ import annotations

import os

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

BLOCKING_THREADS = 4
BACKLOG = 512


def main() -> None:
    host, _, port = os.environ["SEKISHO_WEB_LISTEN"].rpartition(":")
    Granian(
        "sekisho.web.wsgi:application",
        address=host,
        port=int(port),
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=BLOCKING_THREADS,
        backlog=BACKLOG,
        log_level=LogLevels.info,
    ).serve()


if __name__ == "__main__":
    main()
