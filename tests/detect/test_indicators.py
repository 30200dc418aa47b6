"""Indicators: found in every column they can be in, a million as fast as ten, and no noise."""

from __future__ import annotations

import contextlib
import datetime as dt
import ipaddress
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.pipeline.detect import Detector, RuleSet, indicator_files
from sekisho.pipeline.detect.indicators import Indicator, Indicators, guard, spelt

from .rows import DNS, HTTP, NETWORK, dns, http, table

TODAY = dt.date(2026, 6, 1)


def found(indicators: list[Indicator], *rows: dict) -> list[tuple[int, str, str]]:
    return [(hit.row, hit.column, hit.indicator.value) for hit in Indicators(indicators).hits(table(*rows))]


def test_an_address_is_found_on_both_sides_and_in_answers() -> None:
    rows = (
        {"class_uid": NETWORK, "src_endpoint.ip": "203.0.113.9"},
        {"class_uid": NETWORK, "dst_endpoint.ip": "2606:4700::1111"},
        {"class_uid": DNS, "answers.rdata": ["8.8.4.4", None, "198.51.100.7"]},
    )
    bad = [Indicator("ip", value) for value in ("8.8.4.4", "2606:4700::1111", "9.9.9.9")]
    assert found(bad, *rows) == [
        (1, "dst_endpoint.ip", "2606:4700::1111"),
        (2, "answers.rdata", "8.8.4.4"),
    ]


def test_a_domain_is_found_in_its_hosts_and_not_in_longer_words() -> None:
    rows = [
        dns(name) for name in ("evil.example", "a.b.EVIL.example.", "notevil.example", "example", "evil.example.org")
    ]
    assert [row for row, _, _ in found([Indicator("domain", "evil.example")], *rows)] == [0, 1]


def test_of_a_name_and_the_domains_above_it_each_is_told() -> None:
    bad = [Indicator("domain", "a.evil.example"), Indicator("domain", "evil.example")]
    assert len(found(bad, dns("x.a.evil.example"))) == 2


def test_networks_of_any_length_are_found() -> None:
    bad = [Indicator("network", value) for value in ("8.8.8.0/24", "1.1.0.0/16", "2606:4700::/32")]
    rows = [{"class_uid": NETWORK, "dst_endpoint.ip": ip} for ip in ("8.8.8.8", "8.8.9.8", "1.1.255.1", "2606:4700::1")]
    assert [row for row, _, _ in found(bad, *rows)] == [0, 2, 3]


def test_a_url_is_host_and_target_however_the_log_has_them() -> None:
    bad = [Indicator("url", spelt("url", "http://Evil.example/a?b#c") or "")]
    rows = [
        http(host="evil.example", url="/a?b"),
        http(url="http://evil.example/a?b"),
        http(host="evil.example", url="/A?b"),
        http(host=None, url="/a?b"),
    ]
    assert [row for row, _, _ in found(bad, *rows)] == [0, 1]


def test_hashes_and_ja3_are_compared_without_case() -> None:
    sha, ja3 = "ab" * 32, "cd" * 16
    bad = [Indicator("hash", sha), Indicator("ja3", ja3)]
    rows = [{"class_uid": HTTP, "file.hashes.sha256": sha.upper()}, {"class_uid": NETWORK, "tls.ja3_hash.value": ja3}]
    assert [row for row, _, _ in found(bad, *rows)] == [0, 1]


@pytest.mark.parametrize(
    ("kind", "value", "reason"),
    [
        ("ip", "10.1.2.3", "private or reserved"),
        ("ip", "127.0.0.1", "private or reserved"),
        ("network", "8.0.0.0/7", "wider than /8"),
        ("network", "5.5.5.0/25", "the customer's own"),
        ("domain", "google.com", "a domain that anybody uses"),
        ("domain", "localhost", "a domain that anybody uses"),
        ("ip", "8.8.8.8", None),
    ],
)
def test_guards_drop_what_would_only_make_noise(kind: str, value: str, reason: str | None) -> None:
    assert guard(Indicator(kind, value), own=["5.5.5.0/24"], known=["google.com"]) == reason


def test_what_guards_drop_is_counted() -> None:
    made = Indicators([Indicator("ip", "10.0.0.1"), Indicator("ip", "9.9.9.9")])
    assert (made.count, made.dropped["private or reserved"]) == (1, 1)


def test_confidence_halves_in_thirty_days_and_decides_the_level() -> None:
    fresh = Indicator("ip", "9.9.9.9", 0.9, TODAY)
    assert fresh.confidence_on(TODAY) == 0.9
    assert fresh.confidence_on(TODAY + dt.timedelta(days=30)) == pytest.approx(0.45)
    assert fresh.confidence_on(TODAY - dt.timedelta(days=3)) == 0.9
    rows = table({"class_uid": NETWORK, "dst_endpoint.ip": "9.9.9.9"})
    for seen, level in ((TODAY, "high"), (TODAY - dt.timedelta(days=30), "low"), (None, "high")):
        indicators = Indicators([Indicator("ip", "9.9.9.9", 0.9, seen)])
        (finding,) = Detector(RuleSet(), indicators=indicators).findings(rows)
        assert (finding.rule_id, finding.rule_source, finding.level) == ("indicator:ip:9.9.9.9", "indicator", level)


LABELS = st.lists(st.sampled_from(["a", "b", "evil", "example", "com"]), min_size=1, max_size=4).map(".".join)
IPS = st.ip_addresses().map(str) | st.integers(0, 2**10).map(lambda low: str(ipaddress.ip_address(0x08080000 + low)))


@settings(deadline=None, max_examples=150)
@given(st.sets(LABELS, max_size=6), st.sets(IPS, max_size=6), st.lists(LABELS, max_size=5), st.lists(IPS, max_size=5))
def test_the_join_finds_what_comparing_one_by_one_finds(
    domains: set[str], addresses: set[str], names: list[str], seen: list[str]
) -> None:
    known = [Indicator("domain", each) for each in domains] + [Indicator("ip", each) for each in addresses]
    live = [each for each in known if guard(each) is None]
    rows = [dns(name) for name in names] + [{"class_uid": NETWORK, "dst_endpoint.ip": ip} for ip in seen]
    expected = {
        (row, each.value)
        for row, told in enumerate([*names, *seen])
        for each in live
        if (told == each.value and (each.kind == "ip") == (row >= len(names)))
        or (row < len(names) and each.kind == "domain" and told.endswith("." + each.value))
    }
    hits = Indicators(known).hits(table(*rows)) if rows else []
    assert {(hit.row, hit.indicator.value) for hit in hits} == expected


def read(folder: Path, text: str) -> tuple[list[tuple[str, str, float]], int]:
    path = folder / "indicators"
    path.write_text(text, encoding="utf-8")
    made, unused = indicator_files.read(path)
    return [(each.kind, each.value, each.confidence) for each in made], unused.total()


def test_a_stix_bundle_is_read(tmp_path: Path) -> None:
    patterns = [
        "[ipv4-addr:value = '198.51.100.7'] OR [domain-name:value = 'Evil.Example']",
        "[ipv4-addr:value ISSUBSET '198.51.100.0/24']",
        f"[file:hashes.'SHA-256' = '{'AB' * 32}' AND file:name = 'x']",
        "[url:value = 'https://evil.example/it\\'s']",
        "[process:name = 'x']",
    ]
    objects = [
        {"type": "indicator", "pattern": p, "confidence": 80, "valid_from": "2026-05-01T00:00:00Z"} for p in patterns
    ]
    objects += [{"type": "malware"}, {"type": "indicator", "pattern": patterns[0], "revoked": True}]
    found, unused = read(tmp_path, json.dumps({"type": "bundle", "objects": objects}))
    assert found == [
        ("ip", "198.51.100.7", 0.8),
        ("domain", "evil.example", 0.8),
        ("network", "198.51.100.0/24", 0.8),
        ("hash", "ab" * 32, 0.8),
        ("url", "evil.example/it's", 0.8),
    ]
    assert unused == 1


def test_a_misp_event_is_read(tmp_path: Path) -> None:
    attributes = [
        {"type": "ip-dst|port", "value": "198.51.100.7|443", "to_ids": True, "timestamp": "1780000000"},
        {"type": "filename|md5", "value": f"a.exe|{'0a' * 16}", "to_ids": True},
        {"type": "domain", "value": "evil.example", "to_ids": False},
        {"type": "comment", "value": "x"},
    ]
    found, unused = read(tmp_path, json.dumps({"response": [{"Event": {"Attribute": attributes}}]}))
    assert [each[:2] for each in found] == [("ip", "198.51.100.7"), ("hash", "0a" * 16)]
    assert unused == 2


def test_csv_with_a_header_and_plain_lists_are_read(tmp_path: Path) -> None:
    found, _ = read(tmp_path, "type,value,confidence,date\nip,198.51.100.7,90,2026-05-01\n,evil.example,0.3,\n")
    assert found == [("ip", "198.51.100.7", 0.9), ("domain", "evil.example", 0.3)]
    found, unused = read(tmp_path, "# a list\n198.51.100.0/24\n0.0.0.0 evil.example\nhttp://evil.example/x\n???\n")
    assert [each[:2] for each in found] == [
        ("network", "198.51.100.0/24"),
        ("domain", "evil.example"),
        ("url", "evil.example/x"),
    ]
    assert unused == 1


@settings(deadline=None, max_examples=200)
@given(text=st.text(max_size=80) | st.builds(json.dumps, st.recursive(st.none() | st.text(max_size=5), st.lists)))
def test_whatever_a_file_holds_it_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "any"
    path.write_text(text, encoding="utf-8", errors="replace")
    with contextlib.suppress(ValueError):
        indicator_files.read(path)
