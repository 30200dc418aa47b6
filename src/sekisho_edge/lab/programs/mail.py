"""The mail server of the lab's Internet: takes any message over SMTP and forgets it."""

from __future__ import annotations

import sys
import threading

from aiosmtpd.controller import Controller

MESSAGE_BYTES_MAX = 10 * 1024 * 1024


class Accept:
    """aiosmtpd handler: 250 to everything."""

    async def handle_DATA(self, server, session, envelope) -> str:
        return "250 2.0.0 accepted for delivery"


def main(address: str, port: int) -> None:
    controller = Controller(Accept(), hostname=address, port=port, data_size_limit=MESSAGE_BYTES_MAX)
    controller.start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    threading.Event().wait()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
