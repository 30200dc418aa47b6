"""Template, contractor, line: the laws of laying over, who said what, and what may not be changed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho_wire.policy import PolicyError
from sekisho_wire.policy.overlay import DEFAULT, Layer, effective, merge

RULE = {"from_zone": "lan", "to_zone": "wan", "action": "allow"}
TEMPLATE = Layer(
    "template",
    {
        "schema": 2,
        "revision": 1,
        "intrusion": {"mode": "detect", "failure": "open", "silenced_sids": [1, 2]},
        "rules": [
            {**RULE, "name": "known-bad", "action": "drop", "stage": "first"},
            {**RULE, "name": "web"},
            {**RULE, "name": "rest", "action": "reject", "stage": "last"},
        ],
        "logging": {"targets": [{"name": "siem", "address": "192.0.2.9"}]},
    },
    locked=("/rules/known-bad", "/intrusion/mode"),
)
CONTRACTOR = Layer(
    "contractor",
    {"intrusion": {"silenced_sids": [3]}, "rules": [{**RULE, "name": "partner"}, {**RULE, "name": "web", "log": True}]},
)
LINE = Layer(
    "line",
    {
        "revision": 7,
        "zones": [
            {"name": "lan", "interface": "eth1", "networks": ["192.168.1.0/24"], "inside": True},
            {"name": "wan", "interface": "eth0"},
        ],
        "rules": [{"name": "partner", "removed": True}, {**RULE, "name": "shop"}],
    },
)


def test_the_nearer_layer_wins_and_stands_higher_between_first_and_last():
    view = effective([TEMPLATE, CONTRACTOR, LINE])
    assert [rule.name for rule in view.policy.rules] == ["known-bad", "shop", "web", "rest"]
    assert view.policy.rules[2].log
    assert view.policy.intrusion.silenced_sids == (3,)
    assert view.policy.intrusion.mode == "detect"
    assert view.policy.logging.targets[0].name == "siem"


def test_each_value_says_which_layer_gave_it_and_what_it_hides():
    view = effective([TEMPLATE, CONTRACTOR, LINE])
    assert view.layer_of("/intrusion/failure") == "template"
    assert view.layer_of("/intrusion/silenced_sids") == "contractor"
    assert view.layer_of("/rules/web/action") == "contractor"
    assert view.layer_of("/rules/shop") == "line"
    assert view.layer_of("/mail/spam") == DEFAULT
    assert view.stated["/revision"].overridden == (("template", 1),)


def test_what_a_layer_locks_no_later_layer_changes():
    hostile = Layer(
        "line", {**LINE.document, "rules": [{"name": "known-bad", "removed": True}], "intrusion": {"mode": "off"}}
    )
    with pytest.raises(PolicyError) as refused:
        effective([TEMPLATE, CONTRACTOR, hostile])
    assert sorted(problem.pointer for problem in refused.value.problems) == [
        "/line/intrusion/mode",
        "/line/rules/known-bad",
    ]
    assert "template" in refused.value.problems[0].words.ja


def test_a_layer_is_as_strict_as_a_policy():
    with pytest.raises(PolicyError) as refused:
        effective(
            [Layer("line", {"intrusion": {"mod": "off"}, "rules": [{"name": "a"}, {"name": "a", "removed": True}]})]
        )
    pointers = {problem.pointer for problem in refused.value.problems}
    assert {"/line/intrusion/mod", "/line/rules/0/action", "/line/rules/1/name"} <= pointers


def _named(name):
    whole = st.fixed_dictionaries({"name": st.just(name), "action": st.sampled_from(["allow", "drop"])})
    return st.one_of(whole, st.just({"name": name, "removed": True}))


def _documents():
    rules = st.lists(st.sampled_from("abcde"), unique=True).flatmap(lambda names: st.tuples(*map(_named, names)))
    section = st.fixed_dictionaries(
        {}, optional={"mode": st.sampled_from(["off", "detect"]), "silenced_sids": st.lists(st.integers(1, 3))}
    )
    return st.fixed_dictionaries(
        {}, optional={"revision": st.integers(1, 9), "rules": rules.map(list), "intrusion": section}
    )


@settings(max_examples=200, deadline=None)
@given(_documents(), _documents(), _documents())
def test_laying_over_is_associative_and_an_empty_layer_changes_nothing(a: dict, b: dict, c: dict):
    assert merge(merge(a, b), c) == merge(a, merge(b, c))
    assert merge(a, {}) == a == merge({}, a)
    assert merge(a, a) == a


@given(_documents(), _documents())
def test_the_later_layer_wins(a: dict, b: dict):
    merged = merge(a, b)
    said = {rule["name"]: rule for rule in merged.get("rules", [])}
    assert all(said[rule["name"]] == rule for rule in b.get("rules", []))
    assert all(merged["intrusion"][key] == value for key, value in b.get("intrusion", {}).items())
