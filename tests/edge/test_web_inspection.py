"""Web inspection in the lab: real clients through Squid and the ICAP service, and around them when the function is off."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sekisho_edge.lab import Lab
from sekisho_wire.policy import AntiMalware, UrlFilter

from .conftest import wait_until, why_no_lab
from .line import line_in
from .web import READ, SCAN, Web, web_on
from .web_origin import FILES

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(bool(why_no_lab("squid", "curl")), reason=why_no_lab("squid", "curl") or "-"),
    pytest.mark.xdist_group("lab"),
]


@pytest.fixture(scope="module")
def web(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    with line_in(lab) as line, web_on(line, tmp_path_factory.mktemp("origin")) as made:
        yield made


def test_without_inspection_clients_see_the_origins_own_certificate_and_get_everything(web: Web):
    web.enforce()
    assert web.get("http://files.test/eicar.com")[1] == FILES["/eicar.com"]
    assert web.get("https://files.test/eicar.com", ca=web.folder / "ca.pem")[1] == FILES["/eicar.com"]
    assert "Lab Root" in web.issuer("files.test")


def test_inspected_tls_is_read_with_the_lines_own_ca(web: Web):
    web.enforce(tls=READ)
    assert web.get("https://files.test/clean.bin") == ("200", FILES["/clean.bin"])
    assert "Web inspection of" in web.issuer("files.test")
    seen = wait_until(lambda: [x for x in web.accesses() if x.get("url") == "https://files.test/clean.bin"])[-1]
    assert (seen["client"], seen["status"]) == ("192.168.10.11", "200")


def test_a_blocked_site_gets_a_page_in_both_languages_also_inside_tls(web: Web):
    web.enforce(tls=READ, url=UrlFilter(layers=("http",), blocked=("files.test",), message="総務部 <内線100>"))
    for scheme in ("http", "https"):
        status, body = web.get(f"{scheme}://files.test/?q=<script>")
        text = body.decode()
        assert status == "403" and "表示できません" in text and "does not allow" in text
        assert "総務部 &lt;内線100&gt;" in text and "<script>" not in text
        assert web.get(f"{scheme}://news.test/")[0] == "200"
    seen = wait_until(lambda: [x for x in web.accesses() if "url.blocked" in x.get("rest", "")])
    assert seen[-1]["status"] == "403"


def test_scanning_plain_traffic_only_leaves_tls_alone(web: Web):
    web.enforce(malware=AntiMalware(mode="prevent", protocols=("http",)))
    assert web.get("http://files.test/eicar.com")[0] == "403"
    assert web.get("https://files.test/eicar.com", ca=web.folder / "ca.pem")[1] == FILES["/eicar.com"]


def test_an_infected_download_becomes_a_page_and_is_written_down(web: Web):
    web.enforce(tls=READ, malware=SCAN)
    for scheme in ("http", "https"):
        status, body = web.get(f"{scheme}://files.test/eicar.com")
        assert status == "403" and "ウイルス" in body.decode() and FILES["/eicar.com"] not in body
        assert web.get(f"{scheme}://files.test/clean.bin") == ("200", FILES["/clean.bin"])
    found = wait_until(lambda: web.events("download"))[-1]
    assert (found["action"], found["outcome"], found["client"]) == ("blocked", "infected", "192.168.10.11")
