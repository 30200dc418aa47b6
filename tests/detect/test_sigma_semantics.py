from __future__ import annotations

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sekisho.pipeline.detect import Detector

from . import reference
from .rows import DNS, HTTP, NETWORK, dns, http, rows_found, rule_set, sigma, table

AGENTS = [http(agent="Mozilla/5.0"), http(agent="curl/8.1"), http(agent=None), http(agent=""), http(agent="CURL")]


@pytest.mark.parametrize(
    ("item", "found"),
    [
        ({"c-useragent": "curl"}, [4]),
        ({"c-useragent": "curl*"}, [1, 4]),
        ({"c-useragent": "?url*"}, [1, 4]),
        ({"c-useragent": "*"}, [0, 1, 3, 4]),
        ({"c-useragent": ["mozilla/5.0", "curl"]}, [0, 4]),
        ({"c-useragent|cased": "curl*"}, [1]),
        ({"c-useragent|contains": "l/8"}, [1]),
        ({"c-useragent|startswith": "MOZ"}, [0]),
        ({"c-useragent|endswith": "8.1"}, [1]),
        ({"c-useragent|contains|all": ["o", "5", "Z"]}, [0]),
        ({"c-useragent|re": "^[a-z]+/[0-9]"}, [1]),
        ({"c-useragent|re|i": "^[a-z]+/[0-9]"}, [0, 1]),
        ({"c-useragent": ""}, [3]),
        ({"c-useragent": None}, [2]),
        ({"c-useragent|exists": True}, [0, 1, 3, 4]),
        ({"c-useragent|exists": False}, [2]),
        ({"c-useragent|neq": "curl"}, [0, 1, 2, 3]),
    ],
)
def test_how_a_text_value_is_compared(tmp_path, item, found):
    assert rows_found(tmp_path, {"selection": item, "condition": "selection"}, *AGENTS) == found


@pytest.mark.parametrize(
    ("item", "found"),
    [
        ({"sc-status": 200}, [0]),
        ({"sc-status": "200"}, [0]),
        ({"sc-status": "4*"}, [1]),
        ({"sc-status": [200, 404]}, [0, 1]),
        ({"sc-status|gte": 404}, [1, 2]),
        ({"sc-status|gt": 404}, [2]),
        ({"sc-status|lt": 404}, [0]),
        ({"sc-status|lte": 404}, [0, 1]),
        ({"sc-status": None}, [3]),
    ],
)
def test_how_a_number_is_compared(tmp_path, item, found):
    rows = [http(status=status) for status in (200, 404, 500, None)]
    assert rows_found(tmp_path, {"selection": item, "condition": "selection"}, *rows) == found


@pytest.mark.parametrize(
    ("cidr", "found"),
    [("10.0.0.0/8", [0]), (["192.168.0.0/16", "2001:db8::/32"], [1, 2]), ("0.0.0.0/0", [0, 1])],
)
def test_addresses_are_compared_by_network(tmp_path, cidr, found):
    addresses = ["10.1.2.3", "192.168.1.1", "2001:db8::1", "no address", None]
    rows = [http(**{"dst_endpoint.ip": address}) for address in addresses]
    assert rows_found(tmp_path, {"s": {"dst_ip|cidr": cidr}, "condition": "s"}, *rows) == found


@pytest.mark.parametrize(
    ("item", "found"),
    [
        ({"answers": "1.2.3.4"}, [0]),
        ({"answers|startswith": "1.2"}, [0, 1]),
        ({"answers": None}, [2, 3]),
        ({"answers|exists": True}, [0, 1]),
    ],
)
def test_a_list_matches_where_any_of_its_values_does(tmp_path, item, found):
    answers = [["9.9.9.9", "1.2.3.4"], [None, "1.2.0.0"], [], None]
    rows = [dns("a.example", **{"answers.rdata": each}) for each in answers]
    assert rows_found(tmp_path, {"s": item, "condition": "s"}, *rows, category="dns") == found


@pytest.mark.parametrize(
    ("keywords", "found"),
    [
        (["evil", "bad"], [0, 1]),
        ("EVIL", [0]),
        ({"|all": ["e", "v", "l"]}, [0]),
        ("e?il", [0]),
        (r"100\*", [2]),
        ({"|re": "[0-9]{3}"}, [2]),
    ],
)
def test_a_keyword_is_looked_for_in_the_whole_line(tmp_path, keywords, found):
    rows = [http(raw=line) for line in (b"some Evil line", b"\xff\xfe bad bytes", b"100* sure", b"")]
    assert rows_found(tmp_path, {"keywords": keywords, "condition": "keywords"}, *rows) == found


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("sel_a and sel_b", [0]),
        ("sel_a or sel_b", [0, 1, 2]),
        ("sel_a and not sel_b", [1]),
        ("not (sel_a or sel_b)", [3, 4]),
        ("1 of sel_*", [0, 1, 2]),
        ("any of sel_*", [0, 1, 2]),
        ("all of them", []),
        ("all of sel_*", [0]),
        ("1 of them", [0, 1, 2, 3]),
        ("not 1 of sel_* and other", [3]),
        (["sel_a and sel_b", "other"], [0, 3]),
    ],
)
def test_conditions(tmp_path, condition, found):
    rows = [http(method=m, host=h) for m, h in (("GET", "a"), ("GET", "b"), ("PUT", "a"), ("PUT", "z"), (None, None))]
    detection = {
        "sel_a": {"cs-method": "GET"},
        "sel_b": {"cs-host": "a"},
        "other": {"cs-host": "z"},
        "condition": condition,
    }
    assert rows_found(tmp_path, detection, *rows) == found


def test_a_field_can_be_compared_with_another(tmp_path):
    rows = [http(host=h, referer=r) for h, r in (("A.example", "a.EXAMPLE"), ("a", "b"), (None, None), ("a", None))]
    assert rows_found(tmp_path, {"s": {"cs-host|fieldref": "cs-referer"}, "condition": "s"}, *rows) == [0]


def test_encodings_are_alternatives(tmp_path):
    rows = [http(url=url) for url in ("/?x=cm9vdA==", "/?x=Jvb3Q", "/?x=root")]
    item = {"c-uri|base64offset|contains": "root"}
    assert 0 in rows_found(tmp_path, {"s": item, "condition": "s"}, *rows)


@pytest.mark.parametrize(
    ("url", "path", "query", "extension"),
    [
        ("/a/b.exe?x=1.txt#y", "/a/b.exe", "x=1.txt", "exe"),
        ("http://h.example/a.tar.bz2", "/a.tar.bz2", None, "bz2"),
        ("http://h.example", "", None, None),
        ("/no/ext", "/no/ext", None, None),
        ("/dot.dir/file", "/dot.dir/file", None, None),
        ("/x.", "/x.", None, None),
        ("/?q", "/", "q", None),
        ("/line\nbreak.php", "/line\nbreak.php", None, "php"),
        ("", "", None, None),
    ],
)
def test_the_parts_of_a_request_target(tmp_path, url, path, query, extension):
    for field, wanted in (("c-uri-stem", path), ("c-uri-query", query), ("c-uri-extension", extension)):
        assert rows_found(tmp_path, {"s": {field: wanted}, "condition": "s"}, http(url=url)) == [0], field


@pytest.mark.parametrize(
    ("logsource", "found"),
    [
        ({"category": "proxy"}, [0]),
        ({"category": "webserver"}, [0]),
        ({"category": "dns"}, [1]),
        ({"product": "zeek", "service": "dns"}, [1]),
        ({"product": "suricata", "service": "http"}, []),
        ({"category": "firewall"}, [2, 3]),
        ({"category": "network", "service": "tls"}, [3]),
        ({"product": "zeek", "service": "ssl"}, [3]),
    ],
)
def test_a_rule_sees_only_the_rows_of_its_log_source(tmp_path, logsource, found):
    end = {"src_endpoint.ip": "10.0.0.1"}
    rows = [
        {"class_uid": HTTP, **end, "metadata.product.name": "Squid"},
        {"class_uid": DNS, **end},
        {"class_uid": NETWORK, **end},
        {"class_uid": NETWORK, **end, "tls.version": "TLS 1.3"},
    ]
    detection = {"s": {"src_ip": "10.0.0.1"}, "condition": "s"}
    assert rows_found(tmp_path, detection, *rows, logsource=logsource) == found


def test_no_rows_and_no_rules_give_no_findings(tmp_path):
    rules = rule_set(tmp_path, [sigma({"k": ["x"], "condition": "k"})])
    assert Detector(rules).findings(table()) == []
    assert Detector(rule_set(tmp_path, [])).findings(table(http())) == []


SMALL = st.text(alphabet="aAbB*?\\./İßΣσς\n", max_size=6)
PATTERN = st.text(alphabet="aAbB*?\\./İßΣσς\n", max_size=6)
MODIFIER = st.sampled_from(["", "|contains", "|startswith", "|endswith", "|cased", "|contains|cased"])


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.sampled_from(["c-useragent", "cs-host"]), MODIFIER, st.lists(PATTERN, min_size=1, max_size=3)),
        min_size=1,
        max_size=8,
    ),
    st.lists(st.tuples(st.none() | SMALL, st.none() | SMALL), min_size=1, max_size=6),
)
def test_any_pattern_on_any_value_agrees_with_the_slow_reading(tmp_path, items, values):
    rules = [
        sigma({"s": {field + mod: patterns}, "condition": "s"}, number=i)
        for i, (field, mod, patterns) in enumerate(items)
    ]
    rows = [http(agent=agent, host=host) for agent, host in values]
    _agree(tmp_path, rules, rows)


SELECTIONS = st.dictionaries(
    st.sampled_from(["c-useragent", "cs-host|contains", "sc-status", "sc-status|gte", "c-uri|endswith"]),
    st.sampled_from([1, 2, 3]),
    min_size=1,
    max_size=3,
)
CONDITIONS = st.recursive(
    st.sampled_from(["a", "b", "c", "1 of them", "all of them"]),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda two: f"({two[0]} and {two[1]})"),
        st.tuples(inner, inner).map(lambda two: f"({two[0]} or {two[1]})"),
        inner.map(lambda one: f"not ({one})"),
    ),
    max_leaves=6,
)
VALUES = st.sampled_from([None, 1, 2, 3, 12, 23])


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.tuples(SELECTIONS, SELECTIONS, st.lists(SELECTIONS, min_size=1, max_size=2)),
    st.lists(CONDITIONS, min_size=1, max_size=4),
    st.lists(st.tuples(VALUES, VALUES, VALUES, VALUES), min_size=1, max_size=8),
)
def test_any_condition_agrees_with_the_slow_reading(tmp_path, selections, conditions, values):
    a, b, c = _typed(selections[0]), _typed(selections[1]), [_typed(each) for each in selections[2]]
    rules = [sigma({"a": a, "b": b, "c": c, "condition": text}, number=i) for i, text in enumerate(conditions)]
    rows = [http(agent=_text(v[0]), host=_text(v[1]), status=v[2], url=_text(v[3])) for v in values]
    _agree(tmp_path, rules, rows)


def _typed(selection: dict[str, int]) -> dict[str, int | str]:
    """Sigma refuses to look for a number inside a text."""
    return {key: str(value) if "with" in key or "contains" in key else value for key, value in selection.items()}


def _text(value: int | None) -> str | None:
    return None if value is None else str(value)


def _agree(folder, rules, rows):
    made = rule_set(folder, rules)
    assert made.problems == ()
    events = table(*rows)
    found = {(f.record, f.rule_id) for f in Detector(made).findings(events)}
    read = list(yaml.safe_load_all((folder / "rules.yml").read_text(encoding="utf-8")))
    expected = {
        (number, rule["id"])
        for number, row in enumerate(events.to_pylist())
        for rule in read
        if reference.fires(rule, row)
    }
    assert found == expected
