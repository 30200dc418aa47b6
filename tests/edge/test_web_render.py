"""Policy to Squid, scanner and ClamAV: golden files, and what must be where it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from sekisho_edge.daemons.frame import Places
from sekisho_edge.render import RENDERED, clamd, icap, nftables, squid
from sekisho_edge.render.nftables import Attach
from sekisho_edge.render.url_parts import part_expression
from sekisho_wire.policy import (
    AddressObject,
    AntiMalware,
    ApplicationFilter,
    ApplicationRule,
    CategoryRule,
    Mail,
    Sandbox,
    SecurityPolicy,
    TlsInspection,
    UrlFilter,
    problems,
)

from .line import plain
from .test_render import is_golden

CATALOGUE = """
family = "sns"
[[application]]
code = "room"
domains = ["room.example"]
writes = [{ hosts = ["up.room.example"], path = '^/post' }]
[[application]]
code = "pinned"
domains = ["pinned.example"]
pinned = true
"""


@pytest.fixture
def places(tmp_path: Path) -> Places:
    for category, names in (("gambling", "bet.example\n"), ("finance", "bank.example\n"), ("news", "news.example\n")):
        (tmp_path / "categories").mkdir(exist_ok=True)
        (tmp_path / "categories" / f"{category}.txt").write_text(names)
    (tmp_path / "applications").mkdir()
    (tmp_path / "applications" / "sns.toml").write_text(CATALOGUE)
    return Places(
        Path("/var/edge"), tmp_path, resolvers=("192.0.2.53",), clamd=True, sandbox=Path("/var/edge/sandbox.sock")
    )


def everything(**changes) -> SecurityPolicy:
    made = plain(
        addresses=(AddressObject("editors", ("192.168.10.32/28",)),),
        tls=TlsInspection(
            mode="inspect",
            zones=("lan",),
            quic="block",
            exempt_categories=("finance",),
            exempt_domains=("tax.example",),
            exempt_addresses=("192.168.10.99",),
        ),
        url=UrlFilter(
            layers=("http",),
            categories=(CategoryRule("gambling", "block"), CategoryRule("news", "log")),
            allowed=("fine.bet.example", "site.example/good/"),
            blocked=("bad.example", "site.example/bad.html"),
            message="総務部 内線100",
        ),
        malware=AntiMalware(mode="prevent", protocols=("http", "https")),
        sandbox=Sandbox(mode="hold", hold_seconds_max=30, at_deadline="block"),
        applications=ApplicationFilter(
            (ApplicationRule("room", "allow", source=("editors",)), ApplicationRule("room", "view_only"))
        ),
    )
    return replace(made, **changes)


def written(daemon, folder: Path) -> str:
    """All files of a daemon, without the folder of this test's definitions."""
    texts = [f"==> {name} <==\n{text}" for name, text in sorted(daemon.files.items())]
    return "\n".join(texts).replace(str(folder), "/var/edge/definitions/1")


def test_the_whole_is_rendered_as_before(places: Places):
    policy = everything()
    assert problems(policy, RENDERED) == []
    assert is_golden("web.squid", written(squid.render(policy, places), places.definitions))
    assert is_golden("web.icap", written(icap.render(policy, places), places.definitions))
    assert is_golden("web.clamd", written(clamd.render(policy, places), places.definitions))
    assert is_golden("web.json", nftables.render(policy, Attach.NFT_QUEUE, "mgmt"))


def test_a_policy_that_inspects_nothing_wants_none_of_them(places: Places):
    for renderer in (squid, icap, clamd):
        assert renderer.render(plain(), places) is None


def test_an_old_squid_gets_no_previews_and_a_scanner_that_reminds_it(places: Places):
    old = Places(places.state, places.definitions, squid=(5, 7))
    assert "icap_preview_enable off" in squid.render(everything(), old).files["squid.conf"]
    assert json.loads(icap.render(everything(), old).files["icap.json"])["stall_seconds"] > 0
    assert "icap_preview_enable on" in squid.render(everything(), places).files["squid.conf"]
    assert "stall_seconds" not in json.loads(icap.render(everything(), places).files["icap.json"]) or (
        json.loads(icap.render(everything(), places).files["icap.json"])["stall_seconds"] == 0
    )


def test_without_tls_inspection_port_443_is_left_alone(places: Places):
    policy = plain(malware=AntiMalware(mode="detect"))
    assert "https_port" not in squid.render(policy, places).files["squid.conf"]
    assert "redirect to" not in nftables.render(policy, Attach.TAP) and "3130" not in nftables.render(
        policy, Attach.TAP
    )


def test_the_lines_profile_is_the_engines_profile(places: Places):
    closed = everything(malware=AntiMalware(mode="prevent", failure="closed"))
    assert {one.render(closed, places).failure for one in (squid, icap, clamd)} == {"closed"}
    assert squid.render(everything(malware=AntiMalware()), places).failure == "open"


def test_a_box_without_clamav_scans_with_what_it_has(places: Places):
    bare = Places(places.state, places.definitions)
    assert clamd.render(everything(), bare) is None
    assert json.loads(icap.render(everything(), bare).files["icap.json"])["clamd_port"] == 0


def test_mail_alone_also_wants_clamav(places: Places):
    policy = plain(mail=Mail(protocols=("smtp",), virus="remove", failure="closed"))
    assert clamd.render(policy, places).failure == "closed" and squid.render(policy, places) is None


def test_a_catalogue_that_cannot_be_read_is_left_to_the_scanners_check(places: Places):
    (places.definitions / "applications" / "sns.toml").write_text("nonsense")
    assert "view_only" not in squid.render(everything(), places).files["squid.conf"]


@pytest.mark.parametrize(
    ("entry", "expression"),
    [
        ("example.com/a.b/", r"^https?://([^/?#]+\.)?example\.com\.?(:[0-9]+)?/a\.b/"),
        ("example.com/x?(y)", r"^https?://([^/?#]+\.)?example\.com\.?(:[0-9]+)?/x\?\(y\)"),
    ],
)
def test_a_part_of_a_site_is_an_expression_that_means_it_literally(entry: str, expression: str):
    assert part_expression(entry) == expression
