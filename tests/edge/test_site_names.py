"""Names of the URL filter: their order of strength, and what the resolver's zones make of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from sekisho_edge.applications import SHIPPED
from sekisho_edge.daemons.frame import Places
from sekisho_edge.render import nftables, unbound
from sekisho_edge.render.nftables import Attach
from sekisho_edge.render.sensor_names import name_rules
from sekisho_edge.render.site_names import categories, category, name_lists, shortest
from sekisho_wire.policy import CategoryRule, SecurityPolicy, UrlFilter

from .line import plain
from .test_render import is_golden

_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}")
LABELS = st.sampled_from(["a", "b", "c", "example"])
NAMES = st.lists(st.lists(LABELS, min_size=2, max_size=4).map(".".join), max_size=12)
WRITTEN = sorted((SHIPPED / "categories").glob("*.txt"))


def filtering(**how) -> SecurityPolicy:
    return replace(plain(), url=UrlFilter(**{"layers": ("dns", "sni"), **how}))


@pytest.fixture
def definitions(tmp_path: Path) -> Path:
    folder = tmp_path / "categories"
    folder.mkdir()
    (folder / "encrypted_dns.txt").write_text("dns.example\n")
    (folder / "news.txt").write_text("# comment\nnews.example  # another\n\nwww.news.example\n")
    (folder / "play.txt").write_text("play.example\n")
    return tmp_path


@pytest.mark.parametrize("file", WRITTEN, ids=lambda file: file.stem)
def test_a_shipped_category_has_well_formed_names_each_once(file: Path):
    names = [line for line in file.read_text().splitlines() if line and not line.startswith("#")]
    assert len(names) >= 15 and len(names) == len(set(names))
    assert [name for name in names if not _DOMAIN.fullmatch(name)] == []


def test_families_of_applications_are_categories_too(definitions: Path):
    assert categories(definitions) >= {"news", "gambling", "sns", "webmail"}
    assert "x.com" in category(definitions, "sns")
    assert category(definitions, "unheard_of") == ()


@given(NAMES)
def test_the_shortest_form_means_the_same(names: list[str]):
    short = shortest(names)

    def means(among, name):
        return any(name == one or name.endswith(f".{one}") for one in among)

    assert all(means(short, name) for name in names)
    assert all(means(names, name) for name in short)
    assert not any(one != other and one.endswith(f".{other}") for one in short for other in short)


def test_lists_stand_in_the_order_of_their_strength(definitions: Path):
    rules = (CategoryRule("news", "log"), CategoryRule("play", "block"))
    lists = name_lists(filtering(allowed=("a.example",), blocked=("b.example",), categories=rules), definitions)
    assert [(one.label, one.action) for one in lists] == [
        ("url.allowed", "allow"),
        ("url.blocked", "block"),
        ("category.encrypted_dns", "block"),
        ("category.play", "block"),
        ("category.news", "log"),
    ]


def test_a_blocked_part_of_a_site_leaves_its_name_alone_and_an_allowed_part_needs_it(definitions: Path):
    lists = name_lists(filtering(allowed=("a.example/ok/",), blocked=("b.example/bad/",)), definitions)
    assert [(one.label, one.names) for one in lists if one.label.startswith("url")] == [("url.allowed", ("a.example",))]


def test_whoever_allows_hidden_questions_gets_them(definitions: Path):
    lists = name_lists(filtering(categories=(CategoryRule("encrypted_dns", "allow"),)), definitions)
    assert lists == []


def test_the_resolvers_files_are_rendered_as_before(definitions: Path):
    policy = filtering(
        allowed=("good.play.example",), blocked=("b.example",), categories=(CategoryRule("play", "block"),)
    )
    daemon = unbound.render(policy, Places(Path("/var/edge"), definitions, resolvers=("192.0.2.53",)))
    text = "".join(f"==== {name}\n{text}" for name, text in daemon.files.items() if name != "no_hello_keys.py")
    assert is_golden("unbound.txt", text)


def test_the_firewall_that_turns_names_aside_is_rendered_as_before():
    assert is_golden("names.json", nftables.render(filtering(), Attach.NFT_QUEUE))
    assert is_golden("names.xtables", nftables.render_xtables(filtering(), Attach.XTABLES_QUEUE))


def test_the_sensors_rules_are_rendered_as_before(definitions: Path):
    policy = filtering(allowed=("good.play.example",), blocked=("b.example", "a.b.c.example"))
    assert is_golden("names.rules", name_rules(policy, definitions).text)


def test_without_the_layer_there_is_no_resolver_and_no_redirect(definitions: Path):
    policy = filtering(layers=("sni",), blocked=("b.example",))
    assert unbound.render(policy, Places(Path("/var/edge"), definitions)) is None
    assert "to_unbound" not in nftables.render(policy, Attach.NFT_QUEUE)


def test_a_closed_line_keeps_its_names_filtered_when_the_engine_is_down(definitions: Path):
    policy = filtering(blocked=("b.example",))
    closed = replace(policy, intrusion=replace(policy.intrusion, failure="closed"))
    places = Places(Path("/var/edge"), definitions)
    assert unbound.render(policy, places).failure == "open"
    assert unbound.render(closed, places).failure == "closed"
