"""The mail server of the lab's Internet: takes any message over SMTP and gives it to anybody over POP3.

    python -m sekisho_edge.lab.programs.mail ADDRESS FOLDER

Each message is two files in FOLDER: ``0001.eml`` as it came, and ``0001.json`` with its envelope.
"""

from __future__ import annotations

import json
import socketserver
import sys
import threading
from pathlib import Path

from aiosmtpd.controller import Controller

MESSAGE_BYTES_MAX = 128 * 1024 * 1024
SMTP_PORT, POP3_PORT = 25, 110


class Keep:
    """aiosmtpd handler: 250 to everything, and on disk before it is said."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def handle_DATA(self, server, session, envelope) -> str:
        name = f"{len(list(self._folder.glob('*.eml'))) + 1:04}"
        said = {"from": envelope.mail_from, "to": envelope.rcpt_tos, "helo": session.host_name, "peer": session.peer[0]}
        (self._folder / f"{name}.json").write_text(json.dumps(said))
        (self._folder / f"{name}.new").write_bytes(envelope.original_content)
        (self._folder / f"{name}.new").rename(self._folder / f"{name}.eml")
        return "250 2.0.0 accepted for delivery"


class Pop3(socketserver.StreamRequestHandler):
    """What POP3 needs to be fetched from; every user has the same mailbox."""

    folder: Path

    def handle(self) -> None:
        self.messages = [path.read_bytes() for path in sorted(self.folder.glob("*.eml"))]
        self._say("+OK ready")
        for line in self.rfile:
            words = line.decode(errors="replace").split()
            self._answer(words[0].upper() if words else "", words[1:])
            if words and words[0].upper() == "QUIT":
                return

    def _answer(self, verb, arguments):
        match verb, arguments:
            case "RETR", [number]:
                message = self.messages[int(number) - 1]
                self._say(f"+OK {len(message)} octets")
                self._lines(message)
            case (("LIST" | "UIDL"), []):
                self._say("+OK")
                listed = [f"{n} {len(m) if verb == 'LIST' else f'u{n}'}" for n, m in enumerate(self.messages, 1)]
                self._lines("".join(f"{one}\r\n" for one in listed).encode())
            case "STAT", _:
                self._say(f"+OK {len(self.messages)} {sum(map(len, self.messages))}")
            case (("USER" | "PASS" | "NOOP" | "DELE" | "RSET" | "QUIT"), _):
                self._say("+OK")
            case _:
                self._say("-ERR not known here")

    def _say(self, text):
        self.wfile.write(f"{text}\r\n".encode())

    def _lines(self, text):
        for line in text.split(b"\r\n")[:-1]:
            self.wfile.write((b"." if line.startswith(b".") else b"") + line + b"\r\n")
        self.wfile.write(b".\r\n")


def main(address: str, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    Pop3.folder = folder
    socketserver.ThreadingTCPServer.allow_reuse_address = True
    fetching = socketserver.ThreadingTCPServer((address, POP3_PORT), Pop3)
    threading.Thread(target=fetching.serve_forever, daemon=True).start()
    taking = Controller(Keep(folder), hostname=address, port=SMTP_PORT, data_size_limit=MESSAGE_BYTES_MAX)
    taking.start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    threading.Event().wait()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
