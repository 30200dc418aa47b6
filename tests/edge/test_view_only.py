"""View only: reading passes, writing is refused by the catalogue's rules, and it is the inspection that does it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from sekisho_edge.applications import CatalogueError, read_catalogue
from sekisho_edge.icap.http_head import Head
from sekisho_edge.icap.settings import ApplicationSetting
from sekisho_edge.icap.writes import ViewOnlyRules, WriteRule
from sekisho_edge.lab import Lab
from sekisho_wire.policy import ApplicationFilter, ApplicationRule

from .conftest import wait_until, why_no_lab
from .icap_client import SHIPPED, service
from .line import line_in
from .web import READ, Web, web_on

ROOM = ApplicationSetting("room", "view_only")
RULES = {
    "room": [
        WriteRule(("room.test",), path=re.compile("^/api/post")),
        WriteRule(("up.room.test",), bytes_min=1),
        WriteRule(("room.test",), methods=frozenset({"POST"}), content_types=("multipart/form-data",)),
    ]
}


def request(method: str, url: str, **fields: str) -> Head:
    return Head(f"{method} {url} HTTP/1.1", tuple((name.replace("_", "-"), value) for name, value in fields.items()))


@pytest.mark.parametrize(
    ("method", "url", "fields", "refused"),
    [
        ("GET", "https://room.test/", {}, False),
        ("GET", "https://room.test/api/post/1", {}, False),
        ("POST", "https://room.test/api/post", {}, True),
        ("POST", "https://www.room.test:443/api/post?x=1", {}, True),
        ("POST", "https://ROOM.test./api/post", {}, True),
        ("POST", "https://room.test/graphql/read", {}, False),
        ("POST", "https://notroom.test/api/post", {}, False),
        ("PUT", "https://up.room.test/file", {"content_length": "10"}, True),
        ("PUT", "https://up.room.test/file", {"content_length": "0"}, False),
        ("PUT", "https://up.room.test/file", {}, True),
        ("POST", "https://room.test/x", {"content_type": "multipart/form-data; boundary=a"}, True),
        ("POST", "https://room.test/x", {"content_type": "application/json"}, False),
    ],
)
def test_only_requests_that_write_are_refused(method: str, url: str, fields: dict, refused: bool):
    rules = ViewOnlyRules([ROOM], RULES)
    assert (rules.refused(request(method, url, **fields), "10.0.0.1") == "room") is refused


def test_the_first_rule_that_names_the_client_decides():
    writers = ApplicationSetting("room", "allow", (("10.0.0.1", "10.0.0.9"),))
    rules = ViewOnlyRules([writers, ROOM], RULES)
    writing = request("POST", "https://room.test/api/post")
    assert rules.refused(writing, "10.0.0.5") is None
    assert rules.refused(writing, "10.0.0.10") == "room"
    assert ViewOnlyRules([ROOM], RULES).refused(writing, "nobody knows") == "room"


@given(st.sampled_from(["GET", "HEAD", "OPTIONS"]), st.text(alphabet="abc/.?=&", max_size=40))
def test_reading_methods_are_never_refused_by_rules_that_name_none(method, path):
    rules = ViewOnlyRules([ROOM], RULES)
    assert rules.refused(request(method, f"https://room.test/{path}"), "10.0.0.1") is None


def test_the_shipped_catalogue_has_write_rules_for_many():
    applications = read_catalogue(SHIPPED)
    written = {code: item for code, item in applications.items() if item.writes}
    assert len(written) >= 30
    for code, item in written.items():
        for rule in item.writes:
            assert rule.hosts, code


def test_a_catalogue_that_cannot_be_read_says_which_file(tmp_path: Path):
    (tmp_path / "applications").mkdir()
    (tmp_path / "applications" / "bad.toml").write_text("[[application]]\ndomains = []\n")
    with pytest.raises(CatalogueError, match=r"bad\.toml"):
        read_catalogue(tmp_path)


def test_a_refused_write_is_a_page_in_both_languages_and_an_event(tmp_path: Path):
    async def story():
        async with service(tmp_path, RULES, applications=(ROOM,), malware="off") as proxy:
            answer = await proxy.reqmod("POST", "https://room.test/api/post", b"text=hello")
            assert b"HTTP/1.1 403" in answer.head
            assert "閲覧だけ" in answer.body.decode() and "view only" in answer.body.decode()
            assert (await proxy.reqmod("GET", "https://room.test/", None)).status == 204
            (event,) = proxy.events("view-only")
            assert (event["application"], event["action"]) == ("room", "blocked")

    asyncio.run(story())


@pytest.fixture(scope="module")
def web(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """A catalogue with one more application: the lab's own social network."""
    with line_in(lab) as line, web_on(line, tmp_path_factory.mktemp("origin")) as made:
        applications = line.state / "definitions" / "current" / "applications"
        applications.mkdir(parents=True)
        (applications / "lab.toml").write_text(
            'family = "sns"\n[[application]]\ncode = "labsns"\ndomains = ["sns.test"]\n'
            "writes = [{ hosts = [\"sns.test\"], path = '^/timeline' }]\n"
            '[[application]]\ncode = "labpinned"\npinned = true\ndomains = ["pinned.test"]\n'
        )
        yield made


def write_to(web: Web, name: str, path: str = "/timeline", host: str = "pc1") -> str:
    return web.get(f"https://{name}{path}", "-d", "text=hello", host=host)[0]


@pytest.mark.root
@pytest.mark.skipif(bool(why_no_lab("squid", "curl")), reason=why_no_lab("squid", "curl") or "-")
@pytest.mark.xdist_group("lab")
class TestInTheLab:
    VIEW_ONLY = ApplicationFilter((ApplicationRule("labsns", "view_only"),))

    def test_without_it_writing_reaches_the_site(self, web: Web):
        web.enforce(tls=READ)
        assert write_to(web, "sns.test") == "201"

    def test_reading_passes_and_writing_never_reaches_the_site(self, web: Web):
        web.enforce(tls=READ, applications=self.VIEW_ONLY)
        web.forget()
        assert web.get("https://sns.test/")[0] == "200"
        assert write_to(web, "sns.test") == "403"
        assert write_to(web, "sns.test", "/graphql") == "201"
        assert write_to(web, "news.test") == "201"
        assert "POST sns.test /timeline" not in web.requests() and "POST sns.test /graphql" in web.requests()
        found = wait_until(lambda: web.events("view-only"))[-1]
        assert (found["application"], found["client"]) == ("labsns", "192.168.10.11")

    def test_it_holds_for_the_addresses_that_it_names(self, web: Web):
        rule = replace(self.VIEW_ONLY.rules[0], source=("192.168.10.12",))
        web.enforce(tls=READ, applications=ApplicationFilter((rule,)))
        assert write_to(web, "sns.test", host="pc1") == "201"
        assert write_to(web, "sns.test", host="pc2") == "403"

    def test_an_application_that_pins_its_certificate_passes_unread(self, web: Web):
        web.enforce(tls=READ, applications=self.VIEW_ONLY)
        assert "Lab Root" in web.issuer("pinned.test")
        assert "Web inspection" in web.issuer("sns.test")
