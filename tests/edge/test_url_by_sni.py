"""The URL filter where connections announce names: real TLS and QUIC through a real sensor, with its log."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from sekisho_edge.render.sensor_names import SID_URL
from sekisho_wire.policy import CategoryRule, IntrusionPrevention, SecurityPolicy, UrlFilter

from .conftest import wait_until, why_no_lab
from .line import line_in, plain
from .web import ADDRESS, Web, web_on

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(bool(why_no_lab()), reason=why_no_lab() or "-"),
    pytest.mark.xdist_group("lab"),
]
ROOT = Path(__file__).parents[2]
WWW = "198.51.100.10"
REFUSED_SECONDS_MAX = 3.0


@pytest.fixture(scope="module")
def web(lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    with line_in(lab) as line, web_on(line, tmp_path_factory.mktemp("origin")) as made:
        folder = line.state / "definitions" / "current" / "categories"
        folder.mkdir(parents=True)
        (folder / "news.txt").write_text("news.test\n")
        (folder / "money.txt").write_text("bank.test\n")
        yield made


def filtering(mode: str = "off", **how) -> SecurityPolicy:
    layers = how.pop("layers", ("sni",))
    return replace(plain(), intrusion=IntrusionPrevention(mode=mode), url=UrlFilter(layers=layers, **how))


def status(web: Web, name: str) -> str:
    return web.get(f"https://{name}/", ca=web.folder / "ca.pem")[0]


def alerts(web: Web) -> list[tuple[str, str, str]]:
    """(label, name, action) of what the sensor wrote down about names."""
    eve = web.line.state / "log" / "eve.json"
    found = []
    for text in eve.read_text().splitlines() if eve.exists() else ():
        event = json.loads(text)
        if event["event_type"] == "alert" and event["alert"]["signature_id"] >= SID_URL:
            name = event.get("tls", event.get("quic", {})).get("sni") or event.get("http", {}).get("hostname", "")
            found.append((event["alert"]["metadata"]["sekisho_label"][0], name, event["alert"]["action"]))
    return found


def test_without_the_filter_every_site_opens_and_the_sensor_may_be_off(web: Web):
    web.line.enforce(plain())
    assert status(web, "sns.test") == status(web, "news.test") == "200"


def test_a_blocked_name_is_reset_at_once_and_others_open(web: Web):
    web.line.enforce(filtering(blocked=("sns.test",)))
    began = time.monotonic()
    assert status(web, "sns.test") == "000"
    assert time.monotonic() - began < REFUSED_SECONDS_MAX
    assert status(web, "news.test") == "200"
    wait_until(lambda: ("url.blocked", "sns.test", "blocked") in alerts(web))


def test_names_below_a_blocked_one_are_blocked_in_any_writing_and_lookalikes_are_not(web: Web):
    web.line.enforce(filtering(blocked=("sns.test",)))
    assert status(web, "a.b.sns.test") == status(web, "A.SNS.Test") == "000"
    # Another certificate is shown for these, so that only the handshake counts.
    assert handshake(web, "notsns.test") and handshake(web, "sns.test.example")
    assert refuses(web, "deep.sns.test") and refuses(web, "deep.sns.test.")


def refuses(web: Web, name: str) -> bool:
    """Maybe not at once: a busy machine's watchdog may take the sensor for dead, and an open line passes meanwhile."""
    return wait_until(lambda: not handshake(web, name))


def handshake(web: Web, name: str) -> bool:
    argv = ["openssl", "s_client", "-connect", f"{ADDRESS}:443", "-servername", name]
    done = subprocess.run(web.lab.argv("pc1", argv), input=b"", capture_output=True, timeout=15, check=False)
    return b"BEGIN CERTIFICATE" in done.stdout


def test_what_is_allowed_beats_what_is_blocked_above_it(web: Web):
    web.line.enforce(filtering(blocked=("test.example", "sns.test"), allowed=("good.sns.test",)))
    assert handshake(web, "good.sns.test") and handshake(web, "deep.good.sns.test")
    assert refuses(web, "bad.sns.test")
    assert refuses(web, "sns.test")


def test_categories_block_or_only_log(web: Web):
    rules = (CategoryRule("news", "block"), CategoryRule("money", "log"))
    web.line.enforce(filtering(categories=rules))
    assert status(web, "news.test") == "000"
    assert status(web, "bank.test") == "200"
    wait_until(lambda: ("category.money", "bank.test", "allowed") in alerts(web))
    wait_until(lambda: ("category.news", "news.test", "blocked") in alerts(web))


def test_a_filter_works_beside_detection_and_prevention(web: Web):
    for mode in ("detect", "prevent"):
        web.line.enforce(filtering(mode, blocked=("sns.test",)))
        assert status(web, "sns.test") == "000"
        assert status(web, "news.test") == "200"


def test_quic_is_blocked_by_the_name_that_it_announces(web: Web):
    pytest.importorskip("aioquic")
    certificate = web.folder / "certificates" / "default.pem"
    argv = [
        sys.executable,
        "-m",
        "tests.edge.quic_peer",
        "serve",
        str(certificate),
        str(certificate.with_suffix(".key")),
    ]
    policy = filtering(blocked=("sns.test",))
    udp = replace(policy.rules[0], name="lan-quic", services=(replace(policy.rules[0].services[0], protocol="udp"),))
    with web.lab.start("www", argv, stdout=subprocess.PIPE, cwd=ROOT) as server:
        try:
            assert server.stdout.readline() == b"ready\n"
            web.line.enforce(replace(policy, rules=(udp, *policy.rules)))
            assert connects(web, "news.test") == "connected"
            assert connects(web, "www.sns.test").startswith("not connected")
            wait_until(lambda: ("url.blocked", "www.sns.test", "blocked") in alerts(web))
            web.line.enforce(replace(plain(), rules=(udp, *policy.rules)))
            assert connects(web, "www.sns.test") == "connected"
        finally:
            server.terminate()


def connects(web: Web, name: str) -> str:
    argv = [sys.executable, "-m", "tests.edge.quic_peer", "connect", WWW, name]
    done = subprocess.run(web.lab.argv("pc1", argv), capture_output=True, timeout=30, check=False, cwd=ROOT)
    return done.stdout.decode() or done.stderr.decode()[-500:]
