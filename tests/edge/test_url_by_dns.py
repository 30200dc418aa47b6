"""The URL filter where names are asked for: real clients ask a real resolver, and get pages, silence or a reason."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from sekisho.pipeline.normalise import unbound
from sekisho_edge.lab import Lab, site
from sekisho_edge.render.redirects import BLOCK_PAGE_ADDRESS
from sekisho_wire.policy import CategoryRule, IntrusionPrevention, SecurityPolicy, SourceNat, UrlFilter

from .conftest import wait_until, why_no_lab
from .line import Line, line_in, plain

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(bool(why_no_lab("unbound")), reason=why_no_lab("unbound") or "-"),
    pytest.mark.xdist_group("lab"),
]

SNS, WWW, NEWS = "sns.lab.example", "www.lab.example", "news.lab.example"
OPEN_SECONDS_MAX = 2.0
"""A line is given back within a second; a busy machine gets two, which is still before an engine could be restarted."""
LONG_LIST_NAMES = 30_000
"""Seconds of reading for Unbound."""
DIG = ("dig", "+short", "+time=1", "+tries=1")


@pytest.fixture(scope="module")
def line(lab: Lab) -> Iterator[Line]:
    with line_in(lab) as made:
        yield made


def filtering(failure: str = "open", **how) -> SecurityPolicy:
    off = IntrusionPrevention(mode="off", failure=failure)
    return replace(plain(), intrusion=off, url=UrlFilter(layers=("dns",), **how))


def ask(lab: Lab, name: str, kind: str = "A", server: str = site.DNS_ADDRESS, host: str = "pc1") -> str:
    """What a client that asks the Internet's own server gets to hear."""
    return lab.run(host, [*DIG, f"@{server}", name, kind]).stdout.decode().strip()


def fetch(lab: Lab, name: str, scheme: str = "http") -> tuple[str, str]:
    """(status, body) as a browser on pc1 has it; status 000 when nothing came."""
    argv = ["curl", "-sk", "-m", "4", "-w", "\\n%{http_code}", f"{scheme}://{name}/"]
    body, _, status = lab.run("pc1", argv).stdout.decode().rpartition("\n")
    return status, body


# A client that does not wait for a lost answer: a new question from a new port each tenth of a second.
_ASK_UNTIL = """
import socket, struct, sys, time
server, name, wanted = sys.argv[1:]
labels = b"".join(bytes([len(part)]) + part.encode() for part in name.split("."))
question = struct.pack(">6H", 7, 256, 1, 0, 0, 0) + labels + bytes(1) + struct.pack(">2H", 1, 1)
while True:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(0.1)
        try:
            client.sendto(question, (server, 53))
            if client.recv(512).endswith(socket.inet_aton(wanted)):
                break
        except OSError:
            time.sleep(0.02)
"""


# The same for as long as nobody says stop: the longest time without an answer.
_ASK_ON = """
import select, socket, struct, sys, time
server, name = sys.argv[1:]
labels = b"".join(bytes([len(part)]) + part.encode() for part in name.split("."))
question = struct.pack(">6H", 7, 256, 1, 0, 0, 0) + labels + bytes(1) + struct.pack(">2H", 1, 1)
worst, last = 0.0, time.monotonic()
while not select.select([sys.stdin], [], [], 0.02)[0]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(0.1)
        try:
            client.sendto(question, (server, 53))
            client.recv(512)
        except OSError:
            continue
    worst, last = max(worst, time.monotonic() - last), time.monotonic()
sys.stdout.write(str(worst))
"""


def seconds_until_it_resolves(lab: Lab, name: str, server: str = site.DNS_ADDRESS) -> float:
    """From now to the first answer from the Internet."""
    began = time.monotonic()
    lab.run("pc1", [sys.executable, "-I", "-S", "-c", _ASK_UNTIL, server, name, site.NAMES[name]])
    return time.monotonic() - began


def test_without_the_filter_every_name_resolves_and_keys_of_hellos_pass(line: Line):
    line.enforce(plain())
    assert ask(line.lab, SNS) == site.NAMES[SNS]
    assert ask(line.lab, WWW, "TYPE65")
    assert fetch(line.lab, SNS)[0] == "200"


def test_a_blocked_name_leads_to_the_page_that_says_why(line: Line):
    line.enforce(filtering(blocked=(SNS,), message="情報システム部 内線100"))
    assert ask(line.lab, SNS) == BLOCK_PAGE_ADDRESS
    status, body = fetch(line.lab, SNS)
    assert status == "403" and "内線100" in body and SNS in body
    assert fetch(line.lab, WWW)[0] == "200"


def test_under_a_blocked_name_nothing_resolves_but_what_is_allowed(line: Line):
    line.enforce(filtering(blocked=("lab.example",), allowed=(WWW,)))
    assert ask(line.lab, NEWS) == BLOCK_PAGE_ADDRESS
    assert ask(line.lab, WWW) == site.NAMES[WWW]


def test_by_tls_a_blocked_name_is_refused_at_once(line: Line):
    line.enforce(filtering(blocked=(SNS,)))
    began = time.monotonic()
    assert fetch(line.lab, SNS, "https")[0] == "000"
    assert time.monotonic() - began < 3


def test_whichever_server_is_asked_the_lines_own_resolver_answers(line: Line):
    line.enforce(filtering(blocked=(SNS,)))
    for server in (site.DNS_ADDRESS, "192.0.2.1", "192.168.10.1"):
        assert ask(line.lab, SNS, server=server) == BLOCK_PAGE_ADDRESS
    assert line.lab.run("pc1", [*DIG, "+tcp", "@192.0.2.1", SNS]).stdout.decode().strip() == BLOCK_PAGE_ADDRESS


def test_keys_of_encrypted_hellos_never_reach_a_client(line: Line):
    line.enforce(filtering(blocked=(SNS,)))
    assert ask(line.lab, WWW, "TYPE65") == ""
    assert ask(line.lab, WWW) == site.NAMES[WWW]


@pytest.fixture
def own_categories(line: Line) -> Iterator[None]:
    """As if a set of definitions had come from the centre."""
    current = line.state / "definitions" / "current"
    folder = current / "categories"
    folder.mkdir(parents=True)
    (folder / "sns.txt").write_text("# the lab's\nsns.lab.example\n")
    (folder / "news.txt").write_text("news.lab.example\n")
    yield
    shutil.rmtree(current)


def test_categories_block_or_only_log(line: Line, own_categories: None):
    line.enforce(filtering(categories=(CategoryRule("sns", "block"), CategoryRule("news", "log"))))
    assert ask(line.lab, SNS) == BLOCK_PAGE_ADDRESS
    assert ask(line.lab, NEWS) == site.NAMES[NEWS]
    blocked = wait_until(lambda: [x for x in lines(line) if x.get("name") == f"{SNS}." and "zone" in x])[-1]
    assert (blocked["zone"], blocked["address"]) == ("category.sns", "192.168.10.11")
    seen = wait_until(lambda: [x for x in lines(line) if x.get("name") == f"{NEWS}." and "zone" in x])[-1]
    assert (seen["zone"], seen["action"]) == ("category.news", "rpz-passthru")


def test_resolvers_that_hide_questions_and_the_canary_names_are_denied(line: Line):
    line.enforce(filtering(blocked=("nothing.example",)))
    for name in ("dns.google", "use-application-dns.net", "mask.icloud.com"):
        done = line.lab.run("pc1", ["dig", "+time=1", "+tries=1", f"@{site.DNS_ADDRESS}", name])
        assert b"NXDOMAIN" in done.stdout, name


def lines(line: Line) -> list[dict[str, str]]:
    """The resolver's log as the centre's own parser reads it."""
    return [unbound.read(text)[1] for text in line.log("unbound").splitlines() if unbound.recognises(text)]


def test_every_question_is_in_the_log_but_for_the_watchdogs(line: Line):
    line.enforce(filtering(blocked=(SNS,)))
    ask(line.lab, NEWS)
    asked = wait_until(lambda: [x for x in lines(line) if x.get("name") == f"{NEWS}." and x.get("rcode")])[-1]
    assert (asked["rcode"], asked["type"], asked["address"]) == ("NOERROR", "A", "192.168.10.11")
    assert "probe.sekisho" not in line.log("unbound")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_an_open_line_resolves_again_at_once_and_gets_its_filter_back(line: Line, number: signal.Signals):
    line.enforce(filtering(blocked=(SNS,)))
    assert ask(line.lab, SNS) == BLOCK_PAGE_ADDRESS
    failures = wait_until(lambda: line.daemon("unbound") or None)["failures"]
    line.send("unbound", number)
    assert seconds_until_it_resolves(line.lab, SNS) < OPEN_SECONDS_MAX
    wait_until(lambda: line.daemon("unbound")["failures"] > failures)
    wait_until(lambda: ask(line.lab, SNS) == BLOCK_PAGE_ADDRESS)
    wait_until(lambda: line.daemon("unbound")["restarts"] >= 1 and line.daemon("unbound")["state"] == "working")


def test_who_asks_the_box_itself_is_not_left_without_names_either(line: Line):
    line.enforce(filtering(blocked=(SNS,)))
    assert ask(line.lab, SNS, server="192.168.10.1") == BLOCK_PAGE_ADDRESS
    line.send("unbound", signal.SIGSTOP)
    assert seconds_until_it_resolves(line.lab, SNS, server="192.168.10.1") < OPEN_SECONDS_MAX
    wait_until(lambda: ask(line.lab, SNS, server="192.168.10.1") == BLOCK_PAGE_ADDRESS)


def test_names_resolve_while_the_resolver_reads_a_long_list(line: Line, own_categories: None):
    folder = line.state / "definitions" / "current" / "categories"
    (folder / "long.txt").write_text("site0.example.net\n")
    line.enforce(filtering(blocked=(SNS,), categories=(CategoryRule("long", "block"),)))
    (folder / "long.txt").write_text("".join(f"site{i}.example.net\n" for i in range(LONG_LIST_NAMES)))
    with line.lab.start("pc1", [sys.executable, "-I", "-S", "-c", _ASK_ON, site.DNS_ADDRESS, WWW],
                        stdin=subprocess.PIPE, stdout=subprocess.PIPE) as client:  # fmt: skip
        line.enforce(filtering(blocked=(NEWS,), categories=(CategoryRule("long", "block"),)))
        wait_until(lambda: ask(line.lab, "site7.example.net") == BLOCK_PAGE_ADDRESS)
        worst, _ = client.communicate(b"\n", timeout=20)
    assert float(worst) < OPEN_SECONDS_MAX


def test_a_closed_line_waits_for_its_filter(line: Line):
    line.enforce(filtering(failure="closed", blocked=(SNS,)))
    line.send("unbound", signal.SIGSTOP)
    wait_until(lambda: line.daemon("unbound").get("state") == "closed")
    assert ask(line.lab, SNS) != site.NAMES[SNS]
    wait_until(lambda: ask(line.lab, SNS) == BLOCK_PAGE_ADDRESS)


def test_a_filter_that_is_no_longer_wanted_ends_and_names_resolve_as_before(line: Line):
    line.enforce(filtering(blocked=(SNS,)))
    line.enforce(plain())
    assert ask(line.lab, SNS) == site.NAMES[SNS]
    wait_until(lambda: not line.daemon("unbound"))


def test_an_agent_that_is_killed_leaves_names_resolving(lab: Lab):
    with line_in(lab) as own:
        own.enforce(filtering(blocked=(SNS,)))
        assert ask(lab, SNS) == BLOCK_PAGE_ADDRESS
        own.agent.kill()
        assert seconds_until_it_resolves(lab, SNS) < OPEN_SECONDS_MAX


def test_a_policy_that_is_rolled_back_brings_the_filter_of_the_confirmed_one_back(lab: Lab):
    with line_in(lab, "--confirm-seconds", "4", "--probe", f"{site.NAMES[WWW]}:80") as own:
        own.enforce(filtering(blocked=(SNS,)))
        cut = replace(plain(), source_nat=(SourceNat("wrong", "wan", to_addresses=("203.0.113.99",)),))
        assert own.tries(cut).state == "rolled-back"
        assert ask(lab, SNS) == BLOCK_PAGE_ADDRESS
        assert ask(lab, WWW) == site.NAMES[WWW]
