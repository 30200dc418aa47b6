from __future__ import annotations

import pytest

from sekisho.pipeline.detect import load

from .rows import rule_set, sigma

RULE = """\
title: A rule
id: 00000000-0000-4000-8000-000000000001
status: test
logsource:
    category: proxy
detection:
    selection:
        c-uri: /x
    condition: selection
level: low
"""


def problems(folder, text: str):
    path = folder / "rule.yml"
    path.write_text(text, encoding="utf-8")
    return [(p.kind, p.line, p.message) for p in load(path).problems]


@pytest.mark.parametrize(
    ("old", "new", "kind", "line", "said"),
    [
        ("c-uri: /x", "c-uri: [", "error", 10, "no YAML"),
        ("c-uri: /x", "c-uri|sounds-like: /x", "error", 8, "sounds-like"),
        ("c-uri: /x", "c-uri|re: '('", "error", 8, "invalid"),
        ("c-uri: /x", "c-uri|re: '(?=x)'", "error", 8, "invalid"),
        ("c-uri: /x", "dst_ip|cidr: 10.0.0.1/8", "error", 8, "CIDR"),
        ("condition: selection", "condition: selection and", "error", 9, "selection and"),
        ("condition: selection", "condition: other", "error", 9, "other"),
        ("condition: selection", "condition: 1 of filter_*", "error", 9, "filter_*"),
        ("level: low", "level: dreadful", "error", 10, "level"),
        ("status: test", "status: fresh", "error", 3, "status"),
        ("id: 00000000-0000-4000-8000-000000000001", "id: seven", "error", 2, "UUID"),
        ("status: test", "status: deprecated", "unfirable", 3, "deprecated"),
        ("category: proxy", "category: process_creation", "unfirable", 4, "process_creation"),
        ("category: proxy", "product: nonesuch", "unfirable", 4, "nonesuch"),
        ("c-uri: /x", "Image: /x", "unfirable", 8, "'Image'"),
        ("c-uri: /x", "c-uri|cidr: 10.0.0.0/8\n        sc-status|cidr: 10.0.0.0/8", "unfirable", 9, "no address"),
        ("c-uri: /x", "c-uri|gt: 5", "unfirable", 8, "no number"),
        ("c-uri: /x", "c-uri|expand: '%users%'", "unfirable", 8, "%users%"),
        ("title: A rule", "title: A rule\ntitle: again", "error", 2, "twice"),
    ],
)
def test_a_fault_is_told_with_its_line(tmp_path, old, new, kind, line, said):
    assert old in RULE
    found = problems(tmp_path, RULE.replace(old, new))
    assert [(k, at) for k, at, _ in found] == [(kind, line)], found
    assert said in found[0][2]


@pytest.mark.parametrize(
    "text", ["- a\n- list\n", "just words\n", "&a [*a]\n", "a: !!python/object:os.system {}\n", "\t"]
)
def test_a_file_that_is_no_rule_is_a_problem_and_not_a_crash(tmp_path, text):
    assert [kind for kind, _, _ in problems(tmp_path, text)] == ["error"]


def test_a_file_that_is_not_text_is_a_problem(tmp_path):
    (tmp_path / "rule.yml").write_bytes(b"title: \xff\xfe")
    assert [p.kind for p in load(tmp_path).problems] == ["error"]


def test_an_alias_bomb_is_refused(tmp_path):
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 12)]
    bomb = RULE.replace("c-uri: /x", "c-uri: *a11")
    assert [kind for kind, _, _ in problems(tmp_path, "\n".join(lines) + "\n" + bomb)][:1] == ["error"]


def test_all_problems_of_a_rule_are_told_at_once(tmp_path):
    text = RULE.replace("c-uri: /x", "Image: /x\n        User: y").replace("level: low", "level: low")
    assert [(kind, line) for kind, line, _ in problems(tmp_path, text)] == [("unfirable", 8), ("unfirable", 9)]


def test_an_empty_document_is_nothing(tmp_path):
    assert problems(tmp_path, "---\n---\n" + RULE + "---\n") == []


def test_two_rules_with_one_id_are_a_mistake(tmp_path):
    detection = {"s": {"c-uri": "/"}, "condition": "s"}
    rules = rule_set(tmp_path, [sigma(detection), sigma(detection)])
    assert [p.kind for p in rules.problems] == ["error"]
    assert len(rules.rules) == 1


def test_half_a_correlation_says_what_it_lacks(tmp_path):
    text = "title: t\nid: 00000000-0000-4000-8000-000000000002\ncorrelation:\n    type: event_count\n"
    assert [(kind, line) for kind, line, _ in problems(tmp_path, text)] == [("error", 3)]


ALTERNATIVES = {"seen": {"c-uri": "/x"}, "unseen": {"Image": "x"}}


@pytest.mark.parametrize(
    ("condition", "loads", "kinds"),
    [
        ("seen or unseen", 1, ["partial"]),
        ("1 of them", 1, ["partial"]),
        ("seen and unseen", 0, ["unfirable"]),
        ("seen and not unseen", 0, ["unfirable"]),
        ("not (seen or unseen)", 0, ["unfirable"]),
        ("unseen", 0, ["unfirable"]),
    ],
)
def test_a_field_without_a_column_stops_a_rule_unless_it_is_only_an_alternative(tmp_path, condition, loads, kinds):
    rules = rule_set(tmp_path, [sigma({**ALTERNATIVES, "condition": condition})])
    assert (len(rules.rules), [p.kind for p in rules.problems]) == (loads, kinds)


def test_unfirable_rules_are_listed_with_all_their_reasons(tmp_path):
    rules = rule_set(tmp_path, [sigma({"s": {"Image": "x", "User": "y"}, "condition": "s"})])
    ((rule_id, reasons),) = rules.unfirable
    assert rule_id.endswith("000000000001")
    assert len(reasons) == 2
    assert all(f"{tmp_path / 'rules.yml'}:" in reason for reason in reasons)
