"""The demonstration's mail server: speaks real SMTP on loopback, keeps every message as a file, sends none on.

A carrier replaces it with its own by ``SEKISHO_SMTP_URL``. A file's name starts with the instant at
which the message was accepted (UTC, microseconds), so that the order and the delay can be read off.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import signal
from pathlib import Path

from aiosmtpd.controller import UnthreadedController
from aiosmtpd.smtp import SMTP, Envelope, Session

MESSAGE_BYTES_MAX = 10 * 1024 * 1024


class KeepEveryMessage:
    """Accepts a message only once its file is on disk."""

    def __init__(self, folder: Path):
        self._folder = folder
        self._count = 0

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        accepted_at = dt.datetime.now(dt.UTC)
        self._count += 1
        name = f"{accepted_at:%Y%m%dT%H%M%S.%fZ}-{os.getpid()}-{self._count}.eml"
        recipients = ", ".join(str(r) for r in envelope.rcpt_tos)
        content = envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode()
        draft = self._folder / f".{name}"
        with draft.open("wb") as file:
            file.write(f"X-Sekisho-Recipients: {recipients}\r\n".encode() + content)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(self._folder / name)
        return f"250 kept as {name}"


async def serve(host: str, port: int, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    controller = UnthreadedController(
        KeepEveryMessage(folder), hostname=host, port=port, data_size_limit=MESSAGE_BYTES_MAX, loop=loop
    )
    controller.server = await controller._create_server()
    await ended.wait()
    controller.server.close()


def main() -> None:
    host, _, port = os.environ["SEKISHO_SMTP_URL"].removeprefix("smtp://").rpartition(":")
    asyncio.run(serve(host, int(port), Path(os.environ["SEKISHO_VAR"]) / "mail"))


if __name__ == "__main__":
    main()
