"""Web inspection in the lab: real clients through Squid and the scanner, and around them when the function is off."""

from __future__ import annotations

import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from sekisho_edge.lab import Lab
from sekisho_wire.policy import AntiMalware, CategoryRule, UrlFilter

from .conftest import wait_until, why_no_lab
from .line import line_in, plain
from .web import ADDRESS, EXPIRED, READ, SCAN, SELF_SIGNED, WRONG_HOST, Web, web_on
from .web_origin import FILES, FOR_CLAMD

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(bool(why_no_lab("squid", "curl")), reason=why_no_lab("squid", "curl") or "-"),
    pytest.mark.xdist_group("lab"),
]


OPEN_SECONDS_MAX = 2.0
"""A line is given back within a second; a busy machine gets two, which is still before an engine could be restarted."""


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


EXEMPT = replace(READ, exempt_domains=("bank.test",))


def test_exempt_names_and_addresses_pass_unread_and_the_others_do_not(web: Web):
    web.enforce(tls=EXEMPT, malware=SCAN)
    assert "Lab Root" in web.issuer("bank.test") and "Web inspection" in web.issuer("files.test")
    assert web.get("https://bank.test/eicar.com", ca=web.folder / "ca.pem")[1] == FILES["/eicar.com"]
    web.enforce(tls=replace(READ, exempt_addresses=("192.168.10.11",)), malware=SCAN)
    assert "Lab Root" in web.issuer("files.test")
    assert web.get("https://files.test/eicar.com", host="pc2")[0] == "403"


def test_exempt_categories_pass_unread(web: Web):
    folder = web.line.state / "definitions" / "current" / "categories"
    folder.mkdir(parents=True)
    (folder / "finance.txt").write_text("bank.test\n")
    try:
        web.enforce(tls=replace(READ, exempt_categories=("finance",)))
        assert "Lab Root" in web.issuer("bank.test") and "Web inspection" in web.issuer("files.test")
    finally:
        shutil.rmtree(web.line.state / "definitions" / "current")


def test_a_blocked_name_that_may_not_be_read_is_cut_off_by_its_name(web: Web):
    web.enforce(tls=EXEMPT, url=UrlFilter(layers=("http",), blocked=("bank.test",)))
    assert web.get("https://bank.test/", ca=web.folder / "ca.pem")[0] == "000"
    web.enforce(tls=EXEMPT, url=UrlFilter(layers=("http",), blocked=("news.test",)))
    assert web.get("https://bank.test/", ca=web.folder / "ca.pem")[0] == "200"


@pytest.mark.parametrize("name", [EXPIRED, SELF_SIGNED, WRONG_HOST])
def test_an_origin_whose_certificate_is_bad_is_refused_with_a_page(web: Web, name: str):
    web.enforce(tls=READ)
    web.forget()
    status, body = web.get(f"https://{name}/", "-k")
    assert status == "503" and "証明書" in body.decode() and "certificate" in body.decode()
    assert web.requests() == ""


def test_without_inspection_bad_certificates_are_the_clients_own_affair(web: Web):
    web.enforce()
    assert web.get(f"https://{EXPIRED}/", "-k")[0] == "200"


def test_a_part_of_a_site_is_blocked_and_the_rest_is_not(web: Web):
    web.enforce(tls=READ, url=UrlFilter(layers=("http",), blocked=("files.test/private/",)))
    for scheme in ("http", "https"):
        assert web.get(f"{scheme}://files.test/private/plan")[0] == "403"
        assert web.get(f"{scheme}://files.test/clean.bin")[0] == "200"


def test_allowed_beats_blocked_and_both_beat_categories(web: Web):
    folder = web.line.state / "definitions" / "current" / "categories"
    folder.mkdir(parents=True)
    (folder / "news.txt").write_text("news.test\nfiles.test\n")
    try:
        blocked = UrlFilter(layers=("http",), categories=(CategoryRule("news", "block"),), allowed=("files.test",))
        web.enforce(tls=READ, url=blocked)
        assert (web.get("https://news.test/")[0], web.get("https://files.test/")[0]) == ("403", "200")
        seen = wait_until(lambda: [x for x in web.accesses() if "category.news" in x.get("rest", "")])[-1]
        assert seen["status"] == "403"
        web.enforce(tls=READ, url=UrlFilter(layers=("http",), categories=(CategoryRule("news", "log"),)))
        assert web.get("https://news.test/private/plan")[0] == "200"
        assert wait_until(
            lambda: [x for x in web.accesses() if "category.news" in x.get("rest", "") and x["status"] == "200"]
        )
    finally:
        shutil.rmtree(web.line.state / "definitions" / "current")


def test_infected_uploads_never_reach_the_site(web: Web, tmp_path: Path):
    virus = tmp_path / "virus"
    virus.write_bytes(FILES["/eicar.com"])
    tmp_path.chmod(0o755)
    upload = ("-F", f"file=@{virus}")
    web.enforce(tls=READ)
    assert web.get("https://files.test/up", *upload)[0] == "201"
    web.enforce(tls=READ, malware=SCAN)
    web.forget()
    status, body = web.get("https://files.test/up", *upload)
    assert status == "403" and "送信" in body.decode()
    assert web.get("https://files.test/up", "-F", "file=hello")[0] == "201"
    assert "POST files.test /up" in web.requests() and len(web.requests().splitlines()) == 1
    assert wait_until(lambda: web.events("upload"))[-1]["action"] == "blocked"


@pytest.mark.parametrize("path", ["/eicar.zip", "/clamd.bin", "/packed"])
def test_every_engine_looks_also_into_archives_and_packed_answers(web: Web, path: str):
    if path == "/clamd.bin" and (reason := why_no_lab("clamd")):
        pytest.skip(reason)
    web.enforce(tls=READ, malware=SCAN)
    assert web.get(f"https://files.test{path}")[0] == "403"


def test_what_is_not_scanned_passes_or_not_by_the_policy_and_says_why(web: Web):
    shallow = replace(SCAN, archive_depth_max=2, file_bytes_max=1_000_000)
    web.enforce(tls=READ, malware=shallow)
    assert web.get("https://files.test/deep.zip")[0] == "200"
    assert len(web.get("https://files.test/bytes/2000000")[1]) == 2_000_000
    wait_until(lambda: {"too-deep", "too-large"} <= {event.get("reason") for event in web.events("download")})
    web.enforce(tls=READ, malware=replace(shallow, unscanned="block"))
    for path in ("/deep.zip", "/bytes/2000000", "/odd"):
        status, body = web.get(f"https://files.test{path}")
        assert status == "403" and "検査できなかった" in body.decode()


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("size", [70_000, 3_000_000, 20_000_000])
def test_large_files_come_whole(web: Web, scheme: str, size: int):
    web.enforce(tls=READ, malware=SCAN)
    status, body = web.get(f"{scheme}://files.test/bytes/{size}")
    assert status == "200" and body == bytes(size)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_large_infected_file_never_comes_whole(web: Web, scheme: str):
    if reason := why_no_lab("clamd"):
        pytest.skip(reason)
    web.enforce(tls=READ, malware=SCAN)
    _, body = web.get(f"{scheme}://files.test/large-infected.bin")
    assert FOR_CLAMD not in body and len(body) < 1_000_000


def test_a_stream_without_an_end_is_not_held(web: Web):
    web.enforce(tls=READ, malware=SCAN)
    argv = ["curl", "-sN", "-m", "2", "--resolve", f"files.test:80:{ADDRESS}", "http://files.test/events"]
    assert b"data: first" in web.lab.run("pc1", argv).stdout


def test_what_is_asked_for_in_pieces_comes_whole_so_that_it_can_be_scanned(web: Web):
    web.enforce(tls=READ, malware=SCAN)
    web.forget()
    assert web.get("https://files.test/clean.bin", "-r", "0-10")[1] == FILES["/clean.bin"]
    assert web.requests().strip().endswith(" -")


def test_what_the_firewall_refuses_is_not_carried_by_the_proxy(web: Web):
    rules = tuple(replace(rule, action="drop") if rule.name == "lan-web" else rule for rule in plain().rules)
    web.enforce(tls=READ, rules=rules)
    assert web.get("http://files.test/", "-m", "2")[0] == "000"
    assert web.get("https://files.test/", "-m", "2", "-k")[0] == "000"


def test_the_proxy_is_nobodys_way_around(web: Web):
    web.enforce(tls=READ)
    for proxy in ("192.168.10.1:3131", "192.168.10.1:3129"):
        argv = ["curl", "-s", "-m", "2", "-x", f"http://{proxy}", "-w", "%{http_code}", f"http://{ADDRESS}/"]
        assert web.lab.run("pc1", argv).stdout.decode().endswith("000")


def working(web: Web) -> bool:
    """Whether every engine does its work, as the status says."""
    return {"working"} == {state["state"] for state in web.line.status().get("daemons", {}).values()}


@pytest.mark.parametrize("engine", ["squid", "icap"])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_an_open_line_passes_at_once_and_is_inspected_again(web: Web, engine: str, number: signal.Signals):
    web.enforce(tls=READ, malware=SCAN)
    wait_until(lambda: working(web) and web.get("http://files.test/eicar.com")[0] == "403")
    web.line.send(engine, number)
    began = time.monotonic()
    while web.get("http://files.test/", "-m", "0.3")[0] != "200":
        assert time.monotonic() - began < OPEN_SECONDS_MAX
    wait_until(lambda: web.get("http://files.test/eicar.com", "-m", "3")[0] == "403")
    wait_until(lambda: working(web))


def test_a_closed_line_passes_nothing_until_it_is_inspected_again(web: Web):
    web.enforce(tls=READ, malware=replace(SCAN, failure="closed"))
    wait_until(lambda: working(web))
    web.line.send("squid", signal.SIGKILL)
    wait_until(lambda: web.line.daemon("squid")["state"] == "closed")
    assert web.get("http://files.test/eicar.com", "-m", "1")[0] in ("000", "403")
    wait_until(lambda: web.get("http://files.test/eicar.com", "-m", "3")[0] == "403")


def test_neither_the_key_leaves_root_nor_is_the_ca_made_anew(web: Web):
    web.enforce(tls=READ)
    key, certificate = web.line.state / "inspection" / "ca.key", web.line.state / "inspection" / "ca.pem"
    before = certificate.read_bytes()
    assert key.stat().st_mode & 0o777 == 0o600 and key.stat().st_uid == 0
    web.enforce()
    web.enforce(tls=READ)
    assert certificate.read_bytes() == before
    status = Path(f"/proc/{web.line.pid('icap')}/status").read_text()
    assert "CapEff:\t0000000000000000" in status, "the scanner has no privileges, whoever it runs as"
