"""The application filter: the catalogue itself, what a policy may say about it, and real connections in the lab."""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from sekisho_edge.applications import CatalogueError, facts, read_catalogue
from sekisho_edge.converge import desired_state
from sekisho_edge.engines.suricata import Sensor
from sekisho_edge.powers import powers_of
from sekisho_edge.privileged import Helper
from sekisho_edge.render.nftables import Attach
from sekisho_edge.render.sensor_names import SIDS_EACH, name_rules
from sekisho_wire.policy import (
    ApplicationFilter,
    ApplicationRule,
    FirewallRule,
    IntrusionPrevention,
    SecurityPolicy,
    TlsInspection,
    problems,
)

from .conftest import wait_until, why_no_lab
from .line import line_in, plain
from .test_url_by_sni import alerts, handshake, refuses
from .web import Web, web_on

SHIPPED = Path(__file__).parents[2] / "src" / "sekisho_edge" / "definitions"
CATALOGUE = read_catalogue(SHIPPED)
FAMILIES = {
    "sns", "webmail", "storage", "chat", "meeting", "remote_control", "games", "p2p", "vpn", "streaming",
}  # fmt: skip
IN_JAPAN = {"line", "line_works", "chatwork", "mixi", "ameba", "hatena", "5ch", "gigafile", "firestorage", "niconico"}
_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}")


class TestCatalogue:
    def test_it_knows_the_families_that_the_service_promises_with_three_or_more_each(self):
        counted = Counter(one.family for one in CATALOGUE.values())
        assert set(counted) == FAMILIES and min(counted.values()) >= 3
        assert len(CATALOGUE) >= 60 and set(CATALOGUE) >= IN_JAPAN

    @pytest.mark.parametrize("one", CATALOGUE.values(), ids=lambda one: one.code)
    def test_each_has_names_in_both_languages_and_can_be_recognised(self, one):
        assert one.ja and one.en and one.en.isascii()
        assert one.domains or one.protocols or one.signatures
        assert all(_DOMAIN.fullmatch(domain) for domain in one.domains)

    def test_no_domain_belongs_to_two_applications(self):
        counted = Counter(domain for one in CATALOGUE.values() for domain in one.domains)
        assert [domain for domain, times in counted.items() if times > 1] == []

    def test_an_application_writes_only_to_hosts_of_its_own_or_of_its_makers_api(self):
        apis = ("googleapis.com", "google.com", "amazonaws.com", "onedrive.com")
        for one in CATALOGUE.values():
            for host in (host for rule in one.writes for host in rule.hosts):
                own = any(host == domain or host.endswith(f".{domain}") for domain in one.domains)
                assert own or host.endswith(apis), (one.code, host)

    @pytest.mark.parametrize(
        ("code", "method", "host", "path", "writes"),
        [
            ("x", "POST", "x.com", "/i/api/graphql/Ab1/CreateTweet", True),
            ("x", "POST", "x.com", "/i/api/graphql/Ab1/TweetDetail", False),
            ("x", "GET", "x.com", "/i/api/graphql/Ab1/HomeTimeline", False),
            ("bluesky", "POST", "bsky.social", "/xrpc/com.atproto.repo.createRecord", True),
            ("bluesky", "POST", "bsky.social", "/xrpc/com.atproto.server.refreshSession", False),
            ("slack", "POST", "acme.slack.com", "/api/chat.postMessage?x=1", True),
            ("slack", "POST", "acme.slack.com", "/api/conversations.history", False),
            ("discord", "POST", "discord.com", "/api/v9/channels/12/messages", True),
            ("discord", "POST", "discord.com", "/api/v9/science", False),
            ("youtube", "POST", "www.youtube.com", "/youtubei/v1/comment/create_comment?key=1", True),
            ("youtube", "POST", "www.youtube.com", "/youtubei/v1/browse", False),
            ("misskey", "POST", "misskey.io", "/api/notes/create", True),
            ("misskey", "POST", "misskey.io", "/api/notes/timeline", False),
            ("github", "POST", "github.com", "/acme/shop.git/git-receive-pack", True),
            ("github", "POST", "github.com", "/acme/shop.git/git-upload-pack", False),
            ("5ch", "POST", "asahi.5ch.net", "/test/bbs.cgi", True),
            ("outlook_com", "POST", "outlook.live.com", "/owa/0/service.svc?action=CreateItem", True),
            ("outlook_com", "POST", "outlook.live.com", "/owa/0/service.svc?action=FindItem", False),
        ],
    )
    def test_writing_is_told_from_reading(self, code, method, host, path, writes):
        rules = CATALOGUE[code].writes
        assert any(rule.matches(method, host, path, "application/json", 100) for rule in rules) is writes

    def test_a_set_from_the_centre_replaces_it_and_a_broken_one_is_refused(self, tmp_path: Path):
        assert read_catalogue(tmp_path) == CATALOGUE
        (tmp_path / "applications.json").write_text('{"applications": [{"code": "own", "domains": ["own.example"]}]}')
        assert list(read_catalogue(tmp_path)) == ["own"]
        (tmp_path / "applications.json").write_text('{"applications": [{"domains": []}]}')
        with pytest.raises(CatalogueError, match="code"):
            read_catalogue(tmp_path)


class TestPolicy:
    """What ``policy check --this-box`` says."""

    def said(self, code: str, action: str, **changes) -> list[str]:
        made = replace(blocking(ApplicationRule(code, action)), **changes)
        return [f"{problem.place}: {problem.reason}" for problem in problems(made, powers_of())]

    def test_an_unknown_code_is_refused_with_what_was_probably_meant(self):
        (said,) = self.said("youtub", "block")
        assert "youtube" in said

    def test_view_only_needs_inspection(self):
        (said,) = self.said("x", "view_only")
        assert "TLS inspection" in said

    def test_a_pinned_application_can_only_be_allowed_or_blocked(self):
        inspect = TlsInspection(mode="inspect", zones=("lan",), quic="block")
        assert any("pins its certificate" in said for said in self.said("line", "view_only", tls=inspect))
        assert self.said("line", "block", tls=inspect) == []

    def test_view_only_needs_to_know_which_requests_write(self):
        inspect = TlsInspection(mode="inspect", zones=("lan",), quic="block")
        (said,) = self.said("facebook", "view_only", tls=inspect)
        assert "does not know which requests" in said
        assert self.said("x", "view_only", tls=inspect) == []


def blocking(*rules: ApplicationRule) -> SecurityPolicy:
    off = IntrusionPrevention(mode="off")
    return replace(plain(), intrusion=off, applications=ApplicationFilter(rules=rules))


EVERYTHING = blocking(*(ApplicationRule(code, "block") for code in CATALOGUE))


def test_every_rule_has_an_id_of_its_own_and_stays_within_its_list():
    sids = [int(sid) for sid in re.findall(r"sid:(\d+);", name_rules(EVERYTHING, SHIPPED).text)]
    assert len(sids) == len(set(sids))
    assert max(Counter(sid // SIDS_EACH for sid in sids).values()) < SIDS_EACH


@pytest.mark.skipif(shutil.which("suricata") is None, reason="suricata is not installed")
def test_the_whole_catalogue_blocked_at_once_loads(tmp_path: Path):
    async def story():
        helper = await Helper.start(tmp_path)
        sensor = Sensor(helper, tmp_path)
        desired = desired_state(EVERYTHING, Attach.NFT_QUEUE, sensor.paths, "")
        try:
            await sensor.check(desired.config, desired.rules, desired.datasets)
        finally:
            await helper.stop()

    asyncio.run(story())


def test_the_first_rule_of_an_application_decides_and_later_ones_are_for_the_others():
    rules = (
        ApplicationRule("gree", "allow", source=("192.168.10.11",)),
        ApplicationRule("gree", "block"),
        ApplicationRule("gree", "block", source=("192.168.10.12",)),
    )
    heads = {rule.split(" (")[0] for rule in name_rules(blocking(*rules), SHIPPED).rules if "tls.sni" in rule}
    assert heads == {"rejectboth tls [$HOME_NET,!192.168.10.11] any -> any any"}


needs_lab = [
    pytest.mark.root,
    pytest.mark.skipif(bool(why_no_lab()), reason=why_no_lab() or "-"),
    pytest.mark.xdist_group("lab"),
]
WWW = "198.51.100.10"
_ECHO = """
import socket, sys
server = socket.create_server(("", int(sys.argv[1])))
print("ready", flush=True)
while True:
    peer, _ = server.accept()
    with peer:
        peer.settimeout(3)
        try:
            if peer.recv(1000):
                peer.sendall(b"heard")
        except OSError:
            pass
"""
_SAY = """
import socket, sys
try:
    with socket.create_connection((sys.argv[1], int(sys.argv[2])), 2) as peer:
        peer.sendall(bytes.fromhex(sys.argv[3]))
        peer.settimeout(2)
        sys.stdout.write(peer.recv(100).decode() or "closed")
except OSError as error:
    sys.stdout.write(type(error).__name__)
"""
HANDSHAKE = (b"\x13BitTorrent protocol" + bytes(8) + b"i" * 20 + b"p" * 20).hex()


@pytest.fixture(scope="module")
def web(lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    with line_in(lab) as line, web_on(line, tmp_path_factory.mktemp("origin")) as made:
        yield made


@pytest.fixture(scope="module")
def peer(web: Web) -> Iterator[int]:
    """A port outside that answers whatever is said first."""
    with web.lab.start("www", [sys.executable, "-I", "-S", "-c", _ECHO, "6881"], stdout=subprocess.PIPE) as server:
        assert server.stdout.readline() == b"ready\n"
        yield 6881
        server.terminate()


def say(web: Web, port: int, said: str, host: str = "pc1") -> str:
    return web.lab.run(host, [sys.executable, "-I", "-S", "-c", _SAY, WWW, str(port), said]).stdout.decode()


def everywhere(policy: SecurityPolicy) -> SecurityPolicy:
    """The same, and the inside may go anywhere: then only the application filter is in the way."""
    return replace(policy, rules=(FirewallRule("all", "lan", "wan", "allow"), *policy.rules))


class TestLab:
    pytestmark = needs_lab

    def test_with_the_filter_off_every_application_works(self, web: Web, peer: int):
        web.line.enforce(everywhere(plain()))
        assert handshake(web, "web.line.me") and handshake(web, "x.com")
        assert say(web, peer, HANDSHAKE) == "heard"

    def test_a_blocked_application_is_refused_under_all_its_names_and_logged_by_its_code(self, web: Web):
        web.line.enforce(blocking(ApplicationRule("line", "block")))
        assert refuses(web, "web.line.me") and refuses(web, "obs.line-scdn.net")
        assert handshake(web, "x.com") and handshake(web, "online.me.test")
        wait_until(lambda: ("line", "web.line.me", "blocked") in alerts(web))

    def test_a_protocol_is_refused_whatever_its_port(self, web: Web, peer: int):
        web.line.enforce(everywhere(blocking(ApplicationRule("bittorrent", "block"))))
        assert say(web, peer, HANDSHAKE) != "heard"
        assert say(web, peer, b"good morning".hex()) == "heard"
        wait_until(lambda: any(label == "bittorrent" for label, *_ in alerts(web)))

    def test_a_rule_for_some_addresses_leaves_the_others_alone(self, web: Web, peer: int):
        allowed = ApplicationRule("bittorrent", "allow", source=("192.168.10.12",))
        web.line.enforce(everywhere(blocking(allowed, ApplicationRule("bittorrent", "block"))))
        assert say(web, peer, HANDSHAKE, host="pc1") != "heard"
        assert say(web, peer, HANDSHAKE, host="pc2") == "heard"

    def test_the_whole_catalogue_blocked_lets_ordinary_sites_open(self, web: Web):
        web.line.enforce(EVERYTHING)
        assert web.get("https://news.test/", ca=web.folder / "ca.pem")[0] == "200"
        for name in ("www.tiktok.com", "mail.google.com", "www.dropbox.com", "zoom.us", "store.steampowered.com"):
            assert refuses(web, name), name

    def test_facts_of_the_catalogue_are_what_a_policy_asks(self):
        known = facts(CATALOGUE)
        assert known["line"].pinned and not known["facebook"].writes_known and known["x"].writes_known
