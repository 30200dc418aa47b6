"""What holds for every policy: reading what was written, equal by meaning, diff and apply, resolving."""

from __future__ import annotations

import random

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from sekisho_wire.policy import SecurityPolicy, problems, read_policy, resolved, write_policy
from sekisho_wire.policy.canonical import canonical, content_hash
from sekisho_wire.policy.diff import apply, diff
from sekisho_wire.policy.diff_words import change_words
from tests.wire.policies import policies, renamed

laws = settings(max_examples=80, deadline=None)


@laws
@given(policies())
def test_what_is_written_is_read_back(policy: SecurityPolicy):
    assert problems(policy) == []
    assert read_policy(write_policy(policy)) == policy


@laws
@given(policies())
def test_a_policy_does_not_differ_from_itself(policy: SecurityPolicy):
    assert diff(policy, policy) == []


@laws
@given(policies(), policies())
def test_the_changes_lead_from_one_policy_to_the_other(a: SecurityPolicy, b: SecurityPolicy):
    changes = diff(a, b)
    assert apply(changes, canonical(a)) == canonical(b)
    assert (changes == []) == (content_hash(a) == content_hash(b))


@laws
@given(policies(), policies())
def test_every_change_can_be_said_in_both_languages(a: SecurityPolicy, b: SecurityPolicy):
    for change in diff(a, b):
        words = change_words(change)
        assert words.ja and words.en and "None" not in words.ja + words.en


@laws
@given(policies(), st.integers(0, 1 << 30))
def test_order_counts_only_where_the_first_match_decides(policy: SecurityPolicy, seed: int):
    shuffled = random.Random(seed)

    def mixed(entries):
        return tuple(shuffled.sample(entries, len(entries)))

    other = replace(
        policy,
        addresses=mixed([replace(item, entries=mixed(item.entries)) for item in policy.addresses]),
        services=mixed(policy.services),
        schedules=mixed(policy.schedules),
        port_forwards=mixed(policy.port_forwards),
        rules=tuple(replace(rule, source=mixed(rule.source), services=mixed(rule.services)) for rule in policy.rules),
    )
    assert diff(policy, other) == []
    assert content_hash(policy) == content_hash(other)


@laws
@given(policies(), st.sampled_from(["alpha", "beta", "gamma", "delta", "group"]))
def test_a_renamed_object_is_one_change_however_often_it_is_used(policy: SecurityPolicy, name: str):
    assume(any(item.name == name for item in policy.addresses))
    changes = diff(policy, renamed(policy, name, "zulu"))
    # Two objects of equal content can't be told apart by anything but their name.
    assert {change.kind for change in changes} == {"renamed"}
    assert len(changes) == 1


@laws
@given(policies())
def test_resolving_leaves_no_names_and_is_done_once(policy: SecurityPolicy):
    plain = resolved(policy)
    assert problems(plain) == []
    assert plain.addresses == () and plain.services == ()
    assert resolved(plain) == plain
    assert all(rule.enabled for rule in plain.rules)
