"""``python -m sekisho_edge.block_page FOLDER PORT``: answers every request with the reason why nobody else does.

Browsers come here because the resolver of the line gave them our address for a blocked name. Nothing of a request is
trusted or kept: its host is shown, escaped, and that is all.
"""

from __future__ import annotations

import json
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from sekisho_edge.icap.pages import SITE, page

REQUEST_SECONDS_MAX = 10.0
PROBE_PATH = "/sekisho-probe"
STATUS = 403


class BlockPage(BaseHTTPRequestHandler):
    """The page, whatever is asked for."""

    server_version, sys_version = "Sekisho", ""
    timeout = REQUEST_SECONDS_MAX
    message = ""

    def _answer(self) -> None:
        body = page(SITE, {"URL": self.headers.get("Host", "").lower() + self.path}, self.message)
        self.send_response(STATUS)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _answer

    def log_message(self, format: str, *args: object) -> None:
        """One line a request, but for the watchdog's."""
        if self.path != PROBE_PATH:
            host = self.headers.get("Host", "") if hasattr(self, "headers") else ""
            entry = {"client": self.client_address[0], "host": host, "method": self.command, "path": self.path}
            sys.stdout.write(json.dumps(entry) + "\n")
            sys.stdout.flush()


def main(folder: str, port: int) -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    BlockPage.message = json.loads((Path(folder) / "page.json").read_text())["message"]
    with ThreadingHTTPServer(("", port), BlockPage) as server:
        server.daemon_threads = True
        server.serve_forever()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
