"""The contractor's own mail server, a real Postfix, sends through the box: between its queue and us nothing is lost."""

from __future__ import annotations

import email
import email.policy
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from msgspec.structs import replace

from sekisho_edge.lab import Lab, site
from sekisho_wire.policy import FirewallRule, Mail, SecurityPolicy, Service

from .conftest import wait_until, why_no_lab
from .line import Line, line_in, plain
from .test_mail import GTUBE
from .test_mail_message import letter
from .test_scan import EICAR

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(bool(why_no_lab("rspamd", "postfix")), reason=why_no_lab("rspamd", "postfix") or "-"),
    pytest.mark.xdist_group("lab"),
]

OUT = FirewallRule("server-mail", "dmz", "wan", "allow", services=(Service("tcp", (25,)),))
SETTINGS = {
    "compatibility_level": "3.6",
    "relayhost": f"[{site.MAIL_ADDRESS}]",
    "inet_interfaces": "loopback-only",
    "inet_protocols": "ipv4",
    "mydestination": "",
    "myhostname": "mx.lab.example",
    "smtp_tls_security_level": "may",
    "minimal_backoff_time": "1s",
    "maximal_backoff_time": "2s",
    "queue_run_delay": "1s",
    "smtp_destination_concurrency_limit": "3",
    "alias_maps": "",
    "maillog_file_prefixes": "/var",
}
SERVICES = """
postlog unix-dgram n - n - 1 postlogd
pickup unix n - n 1 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 1 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
showq unix n - n - - showq
tlsmgr unix - - n 1000? 1 tlsmgr
scache unix - - n - 1 scache
"""


@dataclass
class Postfix:
    """One instance with a queue of its own, on the lab's server."""

    lab: Lab
    folder: Path

    def run(self, *argv: str, text: bytes = b"") -> subprocess.CompletedProcess:
        return subprocess.run(self.lab.argv("server", argv), input=text, capture_output=True, timeout=60, check=False)

    def start(self) -> None:
        for name in ("conf", "queue", "data"):
            (self.folder / name).mkdir()
        shutil.chown(self.folder / "data", "postfix")
        said = SETTINGS | {
            "queue_directory": str(self.folder / "queue"),
            "data_directory": str(self.folder / "data"),
            "maillog_file": str(self.folder / "postfix.log"),
        }
        (self.folder / "conf" / "main.cf").write_text("".join(f"{name} = {value}\n" for name, value in said.items()))
        (self.folder / "conf" / "master.cf").write_text(SERVICES)
        done = self.run("postfix", "-c", str(self.folder / "conf"), "start")
        assert done.returncode == 0, done.stderr

    def stop(self) -> None:
        self.run("postfix", "-c", str(self.folder / "conf"), "stop")

    def queue(self, message: bytes) -> None:
        """Hand it to Postfix, which from then on is responsible for it."""
        argv = ("sendmail", "-i", "-C", str(self.folder / "conf"), "-f", "taro@lab.example", "hanako@lab.example")
        assert self.run(*argv, text=message.replace(b"\r\n", b"\n")).returncode == 0

    def waiting(self) -> int:
        done = self.run("postqueue", "-c", str(self.folder / "conf"), "-j")
        return len(done.stdout.splitlines())


@pytest.fixture(scope="module")
def line(lab: Lab) -> Iterator[Line]:
    with line_in(lab) as made:
        yield made


@pytest.fixture(scope="module")
def postfix(lab: Lab) -> Iterator[Postfix]:
    with tempfile.TemporaryDirectory(prefix="postfix", dir="/var/tmp") as folder:
        Path(folder).chmod(0o755)
        made = Postfix(lab, Path(folder))
        made.start()
        try:
            yield made
        finally:
            made.stop()


def policy(**mail) -> SecurityPolicy:
    settings = {"protocols": ("smtp",), "spam": "tag", "virus": "remove"} | mail
    return plain(rules=(OUT,), mail=Mail(**settings))


def subjects(line: Line, first: int = 0) -> list[str]:
    kept = sorted((line.lab.folder / "mail").glob("*.eml"))[first:]
    return [email.message_from_bytes(path.read_bytes(), policy=email.policy.SMTP)["Subject"] for path in kept]


def test_what_postfix_sends_is_examined_and_its_queue_empties(line: Line, postfix: Postfix):
    line.enforce(policy())
    before = len(subjects(line))
    for message in (letter(), letter(text=GTUBE + "\n"), letter(("bill.com", EICAR))):
        postfix.queue(message)
    wait_until(lambda: len(subjects(line)) == before + 3)
    assert sorted(subjects(line, before)) == ["[SPAM] monthly report", "[VIRUS] monthly report", "monthly report"]
    assert wait_until(lambda: postfix.waiting() == 0) is True


def test_a_server_that_is_down_and_a_killed_box_leave_everything_in_the_queue_and_it_all_arrives(
    line: Line, postfix: Postfix
):
    line.enforce(policy(failure="closed"))
    before = len(subjects(line))
    line.enforce(replace(policy(failure="closed"), rules=()))  # the way out is shut
    wanted = {f"number {n}" for n in range(8)}
    for subject in sorted(wanted):
        postfix.queue(letter(subject=subject, text="x" * 50_000 + "\n"))
    assert postfix.waiting() == len(wanted) and len(subjects(line)) == before
    line.enforce(policy(failure="closed"))
    wait_until(lambda: len(subjects(line)) > before)
    line.send("mail", signal.SIGKILL)
    wait_until(lambda: set(subjects(line, before)) == wanted, 90)
    assert wait_until(lambda: postfix.waiting() == 0, 60) is True
