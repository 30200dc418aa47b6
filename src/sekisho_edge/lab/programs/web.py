"""Web sites of the lab's Internet: ``web.py FLAVOUR PORT`` with the pages of one flavour.

``www`` and ``sns`` are what people look at, ``evil`` hands out what nobody should download, ``c2``
answers beacons. All bodies are small; ``/bytes/N`` gives N zero bytes for load.
"""

from __future__ import annotations

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

BODY_BYTES_MAX = 256 * 1024 * 1024
FORM_BYTES_MAX = 1024 * 1024

_PAGE = "<!doctype html><html lang=ja><meta charset=utf-8><title>{title}</title><h1>{title}</h1><p>{text}</p></html>"
# The test file of the anti-virus industry, in two halves so that scanners leave this source file alone.
_EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + rb"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def _page(title: str, text: str) -> tuple[str, bytes]:
    return "text/html; charset=utf-8", _PAGE.format(title=title, text=text).encode()


PAGES: dict[str, dict[str, tuple[str, bytes]]] = {
    "www": {
        "/": _page("今日のニュース", "関所の町に桜が咲きました。"),
        "/weather": _page("天気", "晴れ、のち曇り。"),
        "/report.csv": ("text/csv", b"day,visitors\n1,120\n2,98\n"),
    },
    "sns": {
        "/": _page("みんなの広場", "こんにちは。"),
        "/timeline": ("application/json", b'[{"user":"hanako","text":"lunch!"},{"user":"taro","text":"nice"}]'),
    },
    "evil": {
        "/": _page("It works", "Nothing to see."),
        "/invoice.com": ("application/octet-stream", _EICAR),
        "/jquery.js": ("application/javascript", b'eval(function(p,a,c,k,e,d){return p}("alert(1)",0,0,"",0,{}))'),
    },
    "c2": {"/gate/tasks": ("text/plain", b"sleep 60\n")},
}


class Site(BaseHTTPRequestHandler):
    """GET, HEAD and POST of one flavour's pages."""

    protocol_version = "HTTP/1.1"
    server_version = "LabWeb/1.0"
    pages: dict[str, tuple[str, bytes]] = {}  # noqa: RUF012 - set once, by main

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path.startswith("/bytes/") and path[7:].isdigit():
            self._answer(200, "application/octet-stream", bytes(min(int(path[7:]), BODY_BYTES_MAX)))
        elif path in self.pages:
            self._answer(200, *self.pages[path])
        else:
            self._answer(404, *_page("404", "ページが見つかりません。"))

    do_HEAD = do_GET

    def do_POST(self) -> None:
        size = int(self.headers.get("Content-Length") or 0)
        self.rfile.read(min(size, FORM_BYTES_MAX))
        self._answer(201, "application/json", b'{"posted":true}')

    def _answer(self, status, kind, body):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def main(flavour: str, port: int) -> None:
    Site.pages = PAGES[flavour]
    with ThreadingHTTPServer(("", port), Site) as server:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        server.serve_forever()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
