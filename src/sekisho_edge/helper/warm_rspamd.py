"""``python -m sekisho_edge.helper.warm_rspamd``: have Rspamd compile its patterns, once for this machine. Root.

That takes 13 s of work. Done at installation, no new policy has to wait for it. Quiet when Rspamd is not installed.
Standard library only.
"""

from __future__ import annotations

import http.client
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from sekisho_edge.helper.daemons import ENGINES, as_user

PORT = 11334
SECONDS_MAX = 240.0
POLL_SECONDS = 0.2


def warm() -> bool:
    """Start it over no settings but a port, wait until it answers, and end it. False when it never did."""
    with tempfile.TemporaryDirectory(prefix="rspamd", dir="/var/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        _write_settings(folder)
        engine = ENGINES["rspamd"]
        engine.prepare(folder)
        argv = as_user(engine, folder)
        with subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as rspamd:
            try:
                return _answers(rspamd)
            finally:
                rspamd.terminate()


def _write_settings(folder):
    (folder / "local.d").mkdir()
    (folder / "run").mkdir(mode=0o777)
    (folder / "run").chmod(0o777)
    settings = {"options": 'pidfile = false;\nhs_cache_dir = "$PATTERNS";\n', "logging": 'type = "console";\n'}
    settings["worker-normal"] = f'bind_socket = "127.0.0.1:{PORT}";\ncount = 1;\n'
    settings |= dict.fromkeys(("worker-controller", "worker-proxy", "worker-fuzzy"), "enabled = false;\ncount = 0;\n")
    for name, text in settings.items():
        (folder / "local.d" / f"{name}.inc").write_text(text)
    (folder / "local.d" / "fuzzy_check.conf").write_text("enabled = false;\n")


def _answers(rspamd):
    deadline = time.monotonic() + SECONDS_MAX
    while time.monotonic() < deadline and rspamd.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=1.0)
        try:
            connection.request("GET", "/ping")
            return connection.getresponse().status == 200
        except OSError:
            time.sleep(POLL_SECONDS)
        finally:
            connection.close()
    return False


if __name__ == "__main__":
    if shutil.which("rspamd") and not warm():
        sys.exit("Rspamd did not compile its patterns in time: the first policy that looks for spam will wait for it")
