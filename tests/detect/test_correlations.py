"""Sigma correlations, from the file to the finding: what is counted together, when it fires, and what says no."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from sekisho.ocsf.finding import DetectionFinding
from sekisho.pipeline.detect import Detector, RuleSet
from sekisho.pipeline.detect.sight import Correlator

from .rows import NOON, dns, http, rule_set, sigma, table

LOGIN = sigma({"s": {"c-uri|startswith": "/login"}, "condition": "s"}, number=1, name="login")
ADMIN = sigma({"s": {"c-uri|startswith": "/admin"}, "condition": "s"}, number=2, name="admin")
SHELL = sigma({"s": {"c-uri|contains": ".php?cmd="}, "condition": "s"}, number=3, name="shell")
LOOKUP = sigma({"s": {"query|endswith": ".evil.example"}, "condition": "s"}, number=4, name="lookup", category="dns")


def correlation(kind: str, rules: Any, number: int = 9, **parts: Any) -> dict[str, Any]:
    """A correlation; parts are those of its section, except title, level and tags."""
    outside = {key: parts.pop(key) for key in ("level", "tags", "name") if key in parts}
    section = {"type": kind, "rules": rules, "timespan": "10m", **{k.replace("_", "-"): v for k, v in parts.items()}}
    return {
        "title": f"Correlation {number}",
        "id": f"00000000-0000-4000-8000-{number:012d}",
        "status": "test",
        "correlation": section,
        "level": "high",
        **outside,
    }


def at(minutes: float, row: dict[str, Any], source: str = "203.0.113.1", **parts: Any) -> dict[str, Any]:
    moment = NOON + dt.timedelta(minutes=minutes)
    return {**row, "src_endpoint.ip": source, "time": moment, "received_at": moment, **parts}


def login(minutes: float, source: str = "203.0.113.1", **parts: Any) -> dict[str, Any]:
    return at(minutes, http(url="/login"), source, **parts)


def fired(rules: RuleSet, *rows: dict[str, Any]) -> list[DetectionFinding]:
    """Findings of correlations over these rows, which come in one table."""
    assert rules.problems == (), [str(problem) for problem in rules.problems]
    detected = Detector(rules).detect(table(*rows))
    return Correlator(rules.correlations).take(detected.seen, NOON)[1]


def records(rules: RuleSet, *rows: dict[str, Any]) -> list[int]:
    return [finding.record for finding in fired(rules, *rows)]


def test_so_many_events_of_one_source_within_the_timespan_are_one_finding_about_the_last(tmp_path):
    rules = rule_set(
        tmp_path,
        [
            LOGIN,
            correlation("event_count", ["login"], group_by=["src_ip"], condition={"gte": 3}, tags=["attack.t1110"]),
        ],
    )
    (finding,) = fired(rules, login(0), login(4), login(4, "203.0.113.2"), login(9.9), login(9.95))
    assert (finding.record, finding.rule_title, finding.level) == (3, "Correlation 9", "high")
    assert finding.technique == "T1110"
    assert finding.summary.startswith("event_count 3 in 10 min for src_ip 203.0.113.1: 203.0.113.1")


def test_events_further_apart_than_the_timespan_do_not_count_together(tmp_path):
    rules = rule_set(tmp_path, [LOGIN, correlation("event_count", "login", group_by="src_ip", condition={"gte": 2})])
    assert records(rules, login(0), login(10.01)) == []
    assert records(rules, login(0), login(10)) == [1]


def test_what_happens_to_one_contractor_is_never_counted_with_what_happens_to_another(tmp_path):
    rules = rule_set(tmp_path, [LOGIN, correlation("event_count", ["login"], condition={"gte": 2})])
    assert records(rules, login(0, contract="SK100001"), login(1, contract="SK100002")) == []
    assert records(rules, login(0), login(1)) == [1]


def test_a_missing_part_of_the_key_counts_for_nothing(tmp_path):
    rules = rule_set(
        tmp_path, [LOGIN, correlation("event_count", ["login"], group_by=["src_ip"], condition={"gte": 2})]
    )
    nobody = {**login(0), "src_endpoint.ip": None}
    assert records(rules, nobody, nobody, nobody) == []


def test_a_flood_is_one_finding_a_timespan(tmp_path):
    rules = rule_set(
        tmp_path, [LOGIN, correlation("event_count", ["login"], group_by=["src_ip"], condition={"gte": 3})]
    )
    flood = [login(0.1 * number) for number in range(250)]
    assert records(rules, *flood) == [2, 103, 204]


def test_different_values_are_counted_once_each(tmp_path):
    parts = {"group_by": ["src_ip"], "condition": {"field": "c-uri", "gte": 3}}
    rules = rule_set(tmp_path, [ADMIN, correlation("value_count", ["admin"], **parts)])
    pages = ["/admin/a", "/admin/a", "/admin/b", "/admin/b", "/admin/c"]
    assert records(rules, *(at(n, http(url=page)) for n, page in enumerate(pages))) == [4]


@pytest.mark.parametrize(
    ("kind", "expected"), [("temporal", [2]), ("temporal_ordered", [4])], ids=["in any order", "in their order"]
)
def test_different_rules_within_the_timespan(tmp_path, kind, expected):
    rules = rule_set(
        tmp_path, [LOGIN, ADMIN, SHELL, correlation(kind, ["login", "admin", "shell"], group_by=["src_ip"])]
    )
    rows = [http(url="/x.php?cmd=id"), http(url="/admin/a"), http(url="/login"), http(url="/admin/b"),
            http(url="/y.php?cmd=id")]  # fmt: skip
    assert records(rules, *(at(number, row) for number, row in enumerate(rows))) == expected


def test_an_extended_condition_asks_for_alternatives(tmp_path):
    rules = rule_set(
        tmp_path,
        [LOGIN, ADMIN, SHELL,
         correlation("temporal", ["login", "admin", "shell"], condition="shell and (login or admin)")],
    )  # fmt: skip
    assert records(rules, at(0, http(url="/login")), at(1, http(url="/admin/x"))) == []
    assert records(rules, at(0, http(url="/x.php?cmd=id")), at(1, http(url="/admin/x"))) == [1]


def test_an_alias_names_one_thing_that_two_logs_call_differently(tmp_path):
    aliases = {"host": {"login": "src_ip", "lookup": "dst_ip"}}
    rules = rule_set(
        tmp_path, [LOGIN, LOOKUP, correlation("temporal", ["login", "lookup"], group_by=["host"], aliases=aliases)]
    )
    asked = at(1, dns("a.evil.example"), "192.0.2.53", **{"dst_endpoint.ip": "203.0.113.1"})
    assert records(rules, login(0), asked) == [1]
    assert records(rules, login(0, "203.0.113.2"), asked) == []


def test_a_correlation_may_count_the_findings_of_another(tmp_path):
    rules = rule_set(
        tmp_path,
        [
            LOGIN,
            SHELL,
            correlation("event_count", ["login"], 8, group_by=["src_ip"], condition={"gte": 3}, name="guessing"),
            correlation("temporal_ordered", ["guessing", "shell"], 9, group_by=["src_ip"]),
        ],
    )
    guessed = [login(0), login(1), login(2)]
    (finding,) = fired(rules, *guessed, at(3, http(url="/x.php?cmd=id")))
    assert (finding.record, finding.rule_title) == (3, "Correlation 9")
    assert fired(rules, *guessed, at(3, http(url="/x.php?cmd=id"), "203.0.113.2")) == []


@pytest.mark.parametrize(("generate", "alone"), [(False, 0), (True, 2)])
def test_a_rule_that_is_counted_makes_findings_of_its_own_only_when_the_correlation_says_so(tmp_path, generate, alone):
    counted = correlation("event_count", ["login"], condition={"gte": 5}, generate=generate)
    rules = rule_set(tmp_path, [LOGIN, counted])
    assert len(Detector(rules).findings(table(login(0), login(1)))) == alone


@pytest.mark.parametrize(
    ("kind", "condition", "sizes", "expected"),
    [
        ("value_sum", {"field": "sc-bytes", "gt": 100}, [60, 40, 1], [2]),
        ("value_avg", {"field": "sc-bytes", "gte": 50}, [10, 20, 120], [2]),
        ("value_median", {"field": "sc-bytes", "gte": 20}, [10, 10, 20, 30, 30], [4]),
        ("value_percentile", {"field": "sc-bytes", "gte": 30, "percentile": 90}, [10, 20, 30], [2]),
        ("value_sum", {"field": "sc-bytes", "lt": 5}, [3, 1], [0]),
    ],
)
def test_numbers_are_added_up_and_averaged(tmp_path, kind, condition, sizes, expected):
    rules = rule_set(tmp_path, [LOGIN, correlation(kind, ["login"], condition=condition)])
    rows = (at(n, http(url="/login", **{"http_response.length": size})) for n, size in enumerate(sizes))
    assert records(rules, *rows) == expected


@pytest.mark.parametrize(
    ("parts", "kind", "word"),
    [
        ({"rules": ["nobody"]}, "error", "there is no rule 'nobody'"),
        ({"group-by": ["Image"]}, "unfirable", "'Image'"),
        ({"condition": {"lt": 3}}, "unfirable", "before its window has ended"),
        ({"condition": {"gte": 10_001}}, "unfirable", "holds at most 10000"),
        ({"timespan": "2M"}, "unfirable", "at most 31 days"),
        ({"timespan": "soon"}, "error", "Timespan"),
        ({"type": "magic"}, "error", "magic"),
        ({"rules": ["Correlation 9", "00000000-0000-4000-8000-000000000009"]}, "error", "circle"),
    ],
)
def test_a_correlation_that_can_not_work_says_why_and_where(tmp_path, parts, kind, word):
    broken = correlation("event_count", ["login"], condition={"gte": 3})
    broken["correlation"] |= parts
    rules = rule_set(tmp_path, [LOGIN, broken])
    (problem,) = rules.problems
    assert (problem.kind, word in problem.message) == (kind, True), str(problem)
    assert problem.line > len(LOGIN)
    assert rules.correlations == ()


def test_a_rule_that_can_not_fire_takes_a_temporal_correlation_with_it_but_not_a_count(tmp_path):
    blind = sigma({"s": {"Image": "x"}, "condition": "s"}, number=5, name="blind")
    both = [LOGIN, blind]
    together = rule_set(tmp_path, [*both, correlation("temporal", ["login", "blind"])])
    assert [p.rule_id[-1] for p in together.problems if p.kind == "unfirable"] == ["5", "9"]
    counted = rule_set(tmp_path, [*both, correlation("event_count", ["login", "blind"], condition={"gte": 2})])
    assert [p.rule_id[-1] for p in counted.problems] == ["5"]
    assert len(counted.correlations) == 1


def test_a_filter_takes_events_away_from_the_rules_that_it_names(tmp_path):
    out = {
        "title": "Our own scanner",
        "id": "00000000-0000-4000-8000-000000000077",
        "logsource": {"category": "proxy"},
        "filter": {"rules": ["login"], "ours": {"src_ip": "203.0.113.7"}, "condition": "not ours"},
    }
    rules = rule_set(tmp_path, [LOGIN, ADMIN, out])
    found = Detector(rules).findings(table(login(0), login(0, "203.0.113.7"), at(0, http(url="/admin"), "203.0.113.7")))
    assert [finding.record for finding in found] == [0, 2]


def test_a_filter_that_fits_no_rule_says_so(tmp_path):
    lost = {
        "title": "Lost",
        "id": "00000000-0000-4000-8000-000000000078",
        "logsource": {"category": "dns"},
        "filter": {"rules": "any", "ours": {"src_ip": "203.0.113.7"}, "condition": "not ours"},
    }
    (problem,) = rule_set(tmp_path, [LOGIN, lost]).problems
    assert (problem.kind, problem.message) == ("unfirable", "it fits no rule that is loaded")


def test_global_repeat_and_reset_say_one_thing_for_many_rules(tmp_path: Path):
    whole = sigma({"s": {"c-uri": "/a"}, "condition": "s"}, number=1)
    shared = {"action": "global", **{key: whole.pop(key) for key in ("logsource", "level", "status")}}
    again = {"action": "repeat", "id": "00000000-0000-4000-8000-000000000002", "detection": {"s": {"c-uri": "/b"}}}
    last = sigma({"s": {"c-uri": "/c"}, "condition": "s"}, number=3, level="low")
    rules = rule_set(tmp_path, [shared, whole, again, {"action": "reset"}, last])
    found = Detector(rules).findings(table(http(url="/a"), http(url="/b"), http(url="/c")))
    assert [(f.record, f.rule_id[-1], f.level) for f in found] == [
        (0, "1", "medium"),
        (1, "2", "medium"),
        (2, "3", "low"),
    ]
