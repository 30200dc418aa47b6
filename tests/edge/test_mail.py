"""Mail in the lab: real clients send and fetch through the box, with Rspamd and the scanner at work."""

from __future__ import annotations

import email
import email.policy
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from sekisho_edge.lab import Lab, site
from sekisho_wire.policy import FirewallRule, Mail, PortForward, SecurityPolicy, Service

from .conftest import wait_until, why_no_lab
from .line import Line, line_in, plain
from .test_mail_message import letter
from .test_scan import EICAR

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(bool(why_no_lab("rspamd")), reason=why_no_lab("rspamd") or "-"),
    pytest.mark.xdist_group("lab"),
]

GTUBE = "XJS*C4JDBQADN1.NSBN3*2IDNEN*" + "GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"
OPEN_SECONDS_MAX = 2.0
"""A line is given back within a second; a busy machine gets two, which is still before an engine could be restarted."""
MAIL_RULE = FirewallRule("lan-mail", "lan", "wan", "allow", services=(Service("tcp", (25, 110)),))
_SEND = """
import smtplib, sys
message = sys.stdin.buffer.read()
try:
    with smtplib.SMTP(sys.argv[1], 25, timeout=20) as client:
        client.sendmail("taro@lab.example", sys.argv[2:], message)
    print("taken")
except smtplib.SMTPResponseException as error:
    print(error.smtp_code)
except OSError as error:
    print(type(error).__name__)
"""
_FETCH = """
import poplib, sys
client = poplib.POP3(sys.argv[1], timeout=20)
client.user("taro"); client.pass_("secret")
sys.stdout.buffer.write(b"\\r\\n".join(client.retr(int(sys.argv[2]))[1]) + b"\\r\\n")
client.quit()
"""

# A client that does not wait for a lost answer: a new connection every tenth of a second.
_GREETED = """
import socket, sys, time
print("ready", flush=True)
sys.stdin.readline()
began = time.monotonic()
while True:
    try:
        with socket.create_connection((sys.argv[1], 25), timeout=0.1) as connection:
            connection.settimeout(0.1)
            if connection.recv(3) == b"220":
                break
    except OSError:
        time.sleep(0.02)
print(time.monotonic() - began, flush=True)
"""


def policy(**mail) -> SecurityPolicy:
    settings = {"protocols": ("smtp", "pop3"), "spam": "tag", "virus": "remove"} | mail
    return plain(rules=(MAIL_RULE,), mail=Mail(**settings))


@pytest.fixture(scope="module")
def line(lab: Lab) -> Iterator[Line]:
    with line_in(lab) as made:
        yield made


def inbox(line: Line) -> list[Path]:
    return sorted((line.lab.folder / "mail").glob("*.eml"))


def send(line: Line, message: bytes, host: str = "pc1", server: str = site.MAIL_ADDRESS, *more: str) -> str:
    argv = line.lab.argv(host, [sys.executable, "-I", "-S", "-c", _SEND, server, "hanako@lab.example", *more])
    return subprocess.run(argv, input=message, capture_output=True, timeout=60, check=False).stdout.decode().strip()


def arrived(line: Line, message: bytes, **how) -> email.message.EmailMessage:
    """What the server outside got of a message that was sent and taken."""
    before = len(inbox(line))
    assert send(line, message, **how) == "taken"
    (new,) = wait_until(lambda: inbox(line)[before:])
    return email.message_from_bytes(new.read_bytes(), policy=email.policy.SMTP)


def fetched(line: Line, number: int) -> bytes:
    done = line.lab.run("pc1", [sys.executable, "-I", "-S", "-c", _FETCH, site.MAIL_ADDRESS, str(number)])
    return done.stdout


def logged(line: Line) -> dict:
    return json.loads(line.log("mail").splitlines()[-1])


def names(message: email.message.EmailMessage) -> list[str | None]:
    return [part.get_filename() for part in message.iter_attachments()]


def test_with_the_function_off_everything_passes_as_it_is(line: Line):
    line.enforce(plain(rules=(MAIL_RULE,)))
    message = letter(("bill.com", EICAR), text=GTUBE + "\n")
    assert names(arrived(line, message)) == ["bill.com"]
    assert inbox(line)[-1].read_bytes() == message
    assert fetched(line, len(inbox(line))) == message


def test_spam_is_tagged_and_other_mail_passes_with_its_envelope(line: Line):
    line.enforce(policy())
    spam = arrived(line, letter(text=GTUBE + "\n"))
    assert spam["Subject"] == "[SPAM] monthly report"
    assert "GTUBE" in spam["X-Sekisho-Spam"]
    assert wait_until(lambda: logged(line)["action"]) == "tagged"
    assert (logged(line)["protocol"], logged(line)["client"]) == ("smtp", "192.168.10.11")
    assert (logged(line)["server"], logged(line)["server_port"]) == (site.MAIL_ADDRESS, 25)
    assert send(line, letter(), "pc1", site.MAIL_ADDRESS, "jiro@lab.example") == "taken"
    assert inbox(line)[-1].read_bytes() == letter()
    envelope = json.loads(inbox(line)[-1].with_suffix(".json").read_text())
    assert (envelope["from"], envelope["to"]) == ("taro@lab.example", ["hanako@lab.example", "jiro@lab.example"])


def test_spam_is_deleted_where_the_policy_says_so(line: Line):
    line.enforce(policy(protocols=("smtp",), spam="delete"))
    before = len(inbox(line))
    assert send(line, letter(text=GTUBE + "\n")) == "taken"
    assert wait_until(lambda: logged(line)["action"] == "deleted")
    assert len(inbox(line)) == before


def test_an_infected_part_is_cut_out_and_the_rest_delivered(line: Line):
    line.enforce(policy())
    message = arrived(line, letter(("bill.com", EICAR), ("plan.txt", b"the plan")))
    assert message["Subject"] == "[VIRUS] monthly report"
    assert names(message) == [None, "plan.txt"]
    notice = next(message.iter_attachments()).get_content()
    assert "bill.com" in notice and "取り除きました" in notice and "was removed" in notice
    assert wait_until(lambda: logged(line)["action"]) == "cleaned"
    assert logged(line)["threat"] == "Eicar-Test-File"


def test_what_is_fetched_by_pop3_is_examined_on_its_way(line: Line):
    line.enforce(plain(rules=(MAIL_RULE,)))
    arrived(line, letter(("bill.com", EICAR), text=GTUBE + "\n"))
    number = len(inbox(line))
    line.enforce(policy())
    message = email.message_from_bytes(fetched(line, number), policy=email.policy.SMTP)
    assert message["Subject"] == "[VIRUS] [SPAM] monthly report"
    assert names(message) == [None]
    assert wait_until(lambda: logged(line)["protocol"]) == "pop3"


def test_what_the_rules_do_not_allow_is_not_taken(line: Line):
    line.enforce(replace(policy(), rules=(FirewallRule("no", "lan", "wan", "reject"),)))
    assert send(line, letter()) in ("ConnectionRefusedError", "TimeoutError")


def test_mail_from_outside_to_a_published_server_is_examined(line: Line):
    shop = PortForward("mx", "wan", site.WAN_ADDRESS, "tcp", 25, site.SERVER_ADDRESS, 25)
    folder = line.lab.folder / "mail-inside"
    argv = [sys.executable, "-u", "-m", "sekisho_edge.lab.programs.mail", site.SERVER_ADDRESS, str(folder)]
    with line.lab.start("server", argv, stdout=subprocess.PIPE) as server:
        assert server.stdout.readline() == b"ready\n"
        line.enforce(replace(policy(), port_forwards=(shop,)))
        assert send(line, letter(text=GTUBE + "\n"), "attacker", site.WAN_ADDRESS) == "taken"
        (kept,) = wait_until(lambda: sorted(folder.glob("*.eml")))
        assert b"[SPAM]" in kept.read_bytes()
        assert json.loads(kept.with_suffix(".json").read_text())["peer"] == site.WAN_ADDRESS
        server.kill()


def greeted_after(line: Line, number: signal.Signals) -> float:
    """Seconds from the signal to the first new connection that is greeted."""
    argv = line.lab.argv("pc1", [sys.executable, "-I", "-S", "-c", _GREETED, site.MAIL_ADDRESS])
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as client:
        assert client.stdout.readline() == b"ready\n"
        line.send("mail", number)
        client.stdin.write(b"go\n")
        client.stdin.flush()
        return float(client.stdout.readline())


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_an_open_line_lets_mail_by_when_the_service_is_gone(line: Line, number: signal.Signals):
    line.enforce(policy())
    assert (took := greeted_after(line, number)) < OPEN_SECONDS_MAX, took
    assert send(line, letter()) == "taken"
    wait_until(lambda: line.daemon("mail").get("restarts", 0) > 0 and line.daemon("mail")["state"] == "working", 60)
    wait_until(lambda: arrived(line, letter(text=GTUBE + "\n"))["Subject"].startswith("[SPAM]"), 30)


def test_a_closed_line_takes_no_mail_that_spam_could_not_be_looked_for_in(line: Line):
    line.enforce(policy(failure="closed"))
    before = len(inbox(line))
    line.send("rspamd", signal.SIGKILL)
    assert send(line, letter()) == "451"
    assert len(inbox(line)) == before
    assert wait_until(lambda: send(line, letter()) == "taken", 60), "the sender tries again, and nothing is lost"
    assert len(inbox(line)) == before + 1


def test_a_kill_in_the_middle_loses_nothing(line: Line):
    """A sender that tries again, as every mail server does, gets everything through at least once."""
    line.enforce(policy(failure="closed"))
    before = {path.read_bytes() for path in inbox(line)}
    wanted = [letter(subject=f"number {n}", text="x" * 5_000 + "\n") for n in range(6)]
    for n, message in enumerate(wanted):
        if n in (1, 4):
            line.send("mail", signal.SIGKILL)
        wait_until(lambda message=message: send(line, message) == "taken", 60)
    kept = {path.read_bytes() for path in inbox(line)} - before
    assert kept == set(wanted)
