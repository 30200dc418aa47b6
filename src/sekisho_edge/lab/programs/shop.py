"""The contractor's own web shop, with the hole that the lab's attacker uses: ``shop.py PORT TOOLS``.

``/cgi-bin/lookup?host=NAME`` hands its argument to a shell, as such tools did for decades. The shell
really runs what is injected, therefore: as nobody, without privileges or a way to regain them, in a
restricted shell whose PATH is ``TOOLS`` (``id``, ``uname``, ``hostname``, ``getent`` and the beacon),
with limits on time and output, and only inside a namespace of the lab: it refuses to start elsewhere.
"""

from __future__ import annotations

import subprocess
import sys
from http.server import ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from sekisho_edge.lab.programs.web import PAGES, Site, _page

NOBODY = "65534"
NAMED_NAMESPACES = Path("/run/netns")
SHELL_SECONDS_MAX = 20
OUTPUT_BYTES_MAX = 16 * 1024


class Shop(Site):
    """The shop's pages, and the diagnosis tool that somebody forgot."""

    server_version = "LabShop/2.4"
    tools = ""

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if url.path == "/cgi-bin/lookup":
            host = parse_qs(url.query, separator="&").get("host", ["localhost"])[0]
            self._answer(200, "text/plain; charset=utf-8", self._lookup(host))
        else:
            super().do_GET()

    def _lookup(self, host):
        unprivileged = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--no-new-privs"]
        unprivileged += ["--inh-caps=-all", "--bounding-set=-all", "--pdeathsig=KILL"]
        shell = ["env", "-i", f"PATH={self.tools}", "HOME=/", "/bin/rbash", "-c", f"getent hosts {host}"]
        try:
            done = subprocess.run(
                [*unprivileged, *shell], capture_output=True, timeout=SHELL_SECONDS_MAX, check=False, cwd="/"
            )
        except subprocess.TimeoutExpired:
            return b"lookup timed out\n"
        return (done.stdout + done.stderr)[:OUTPUT_BYTES_MAX]


def in_namespace() -> bool:
    """Whether this process lives in one of the named network namespaces, as the lab's are."""
    here = Path("/proc/self/ns/net").stat().st_ino
    return any(name.stat().st_ino == here for name in NAMED_NAMESPACES.glob("*"))


def main(port: int, tools: str) -> None:
    if not in_namespace():
        sys.exit("the vulnerable shop only runs inside a namespace of the lab")
    Shop.tools = tools
    Shop.pages = {
        "/": _page("関所の土産物屋", "名物の饅頭あります。"),
        "/items": ("application/json", b'[{"name":"manju","yen":120},{"name":"sencha","yen":540}]'),
        "/favicon.ico": PAGES["www"]["/report.csv"],
    }
    with ThreadingHTTPServer(("", port), Shop) as server:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        server.serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
