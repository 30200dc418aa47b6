"""A revision names its policy by content, its author and reason, and the revision before it."""

from __future__ import annotations

import datetime

import msgspec
import pytest
from msgspec.structs import replace

from sekisho_wire.policy import FirewallRule
from sekisho_wire.policy.revision import Revision, belongs, revision_of
from tests.wire.policies import policy

AT = datetime.datetime(2026, 5, 1, 9, tzinfo=datetime.UTC)
RULE = FirewallRule("web", "lan", "wan", "allow", source=("10.0.0.1",))


def made(whole, previous=None, **parts) -> Revision:
    said = {"at": AT, "who": "operator@example.jp", "acting_as": "staff", "why": "初期設定", "ticket": "SK-1"}
    return revision_of(whole, previous=previous, **said | parts)


def test_a_revision_belongs_to_its_policy_and_to_no_other():
    whole = policy(rules=(RULE,))
    first = made(whole)
    assert belongs(first, whole)
    assert belongs(first, replace(whole, rules=(replace(RULE, source=("10.0.0.1/32",)),)))  # the same by meaning
    assert not belongs(first, replace(whole, rules=()))
    assert msgspec.json.decode(msgspec.json.encode(first), type=Revision) == first


def test_revisions_are_a_chain():
    first = made(policy())
    second = made(policy(revision=2, rules=(RULE,)), first)
    assert second.previous == first.content != second.content
    with pytest.raises(ValueError, match="does not follow"):
        made(policy(), second)


@pytest.mark.parametrize("parts", [{"why": " "}, {"who": ""}, {"at": AT.replace(tzinfo=None)}, {"acting_as": "ghost"}])
def test_nobody_changes_a_line_without_who_when_and_why(parts: dict):
    with pytest.raises(ValueError):
        made(policy(), **parts)
