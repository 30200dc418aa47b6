"""Web sites for tests of the inspection: ``python -m tests.edge.web_origin FOLDER``, on ports 80 and 443 of a host.

``FOLDER/certificates/<name>.pem`` with its key is shown to who asks for that name, ``default.pem`` to everybody else.
Every request is a line of ``FOLDER/requests``: method, host, path, bytes of its body.
"""

from __future__ import annotations

import gzip
import io
import os
import ssl
import sys
import threading
import time
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

# The industry's test file in two halves, and what only our own signature for ClamAV knows.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + rb"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
FOR_CLAMD = b"SEKISHO-TEST-SIGNATURE" + b"-FOR-CLAMD"
PROGRAM = b"MZ" + bytes(range(256)) * 20
HIDDEN = "yara.php"


def zipped(content: bytes, name: str = "inside.bin", depth: int = 1) -> bytes:
    """``content`` in ``depth`` archives, one in the other."""
    for level in range(depth):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(name if level == 0 else "inner.zip", content)
        content = packed.getvalue()
    return content


FILES = {
    "/": b"<!doctype html><p>hello</p>",
    "/private/plan": b"not for everybody",
    "/clean.bin": bytes(range(256)) * 40,
    "/eicar.com": EICAR,
    "/clamd.bin": b"\0" * 100 + FOR_CLAMD,
    "/large-infected.bin": b"\0" * 3_000_000 + FOR_CLAMD,
    "/eicar.zip": zipped(EICAR, "eicar.com"),
    "/deep.zip": zipped(b"harmless", "plain.txt", depth=6),
    "/setup.exe": PROGRAM,
}


class Site(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    record = Path()

    def do_GET(self) -> None:
        self._note(0)
        path = self.path.partition("?")[0]
        if path.startswith("/bytes/"):
            return self._answer(bytes(int(path[7:])))
        if path.startswith("/unique/"):  # of the same size as the others, and never the same twice
            return self._answer(os.urandom(16) + bytes(int(path[8:]) - 16))
        if path == "/packed":
            return self._answer(gzip.compress(EICAR), ("Content-Encoding", "gzip"))
        if path == "/odd":
            return self._answer(b"whatever this is", ("Content-Encoding", "x-odd"))
        if path == "/events":
            return self._events()
        return self._answer(FILES.get(path, b"nothing"), status=200 if path in FILES else 404)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self._note(len(body))
        self._answer(b"written", status=201)

    do_PUT = do_POST

    def _events(self):
        """An answer without an end: each piece matters when it comes."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        self.wfile.write(b"data: first\n\n")
        self.wfile.flush()
        time.sleep(3)

    def _answer(self, body, *fields, status=200):
        self.send_response(status)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Content-Length", str(len(body)))
        for name, value in fields:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _note(self, size):
        line = f"{self.command} {self.headers.get('Host')} {self.path} {size} {self.headers.get('Range', '-')}\n"
        with self.record.open("a") as out:
            out.write(line)

    def log_message(self, *_) -> None:
        pass


def context(folder: Path) -> ssl.SSLContext:
    """Shows each name its own certificate."""

    def choose(connection, name, _):
        if name in several:
            connection.context = several[name]

    several = {file.stem: _context(file) for file in folder.glob("*.pem")}
    several["default"].sni_callback = choose
    return several["default"]


def _context(file):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(file, file.with_suffix(".key"))
    return made


def main(folder: Path) -> None:
    Site.record = folder / "requests"
    Site.record.touch()
    plain, secure = ThreadingHTTPServer(("", 80), Site), ThreadingHTTPServer(("", 443), Site)
    secure.socket = context(folder / "certificates").wrap_socket(
        secure.socket, server_side=True, do_handshake_on_connect=False
    )
    threading.Thread(target=plain.serve_forever, daemon=True).start()
    print("ready", flush=True)
    secure.serve_forever()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
