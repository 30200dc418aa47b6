"""An OPNsense configuration becomes a policy; every element is carried over, or listed with its line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho_wire.policy import SecurityPolicy, problems
from sekisho_wire.policy.model import policy_of
from sekisho_wire.policy_import import Imported, ImportFailed, import_opnsense

EXPORT = Path(__file__).with_name("opnsense.xml").read_bytes()
LINES = EXPORT.decode().splitlines()


@pytest.fixture(scope="module")
def imported() -> Imported:
    return import_opnsense(EXPORT)


@pytest.fixture(scope="module")
def policy(imported: Imported) -> SecurityPolicy:
    return policy_of(imported.document)


def test_what_is_imported_can_be_enforced(policy: SecurityPolicy):
    assert problems(policy) == []


def test_floating_rules_come_first_and_stand_once_for_each_interface(policy: SecurityPolicy):
    assert [(rule.title, rule.from_zone, rule.to_zone, rule.action) for rule in policy.rules[:3]] == [
        ("Block telnet", "lan", "any", "drop"),
        ("Block telnet", "wan", "any", "drop"),
        ("Web for staff", "lan", "any", "allow"),
    ]


def test_a_rule_keeps_its_aliases_schedule_negation_and_log(policy: SecurityPolicy):
    rule = policy.rules[2]
    assert (rule.source, rule.destination, rule.destination_negated) == (("192.168.1.0/24",), ("servers",), True)
    assert rule.services[0].ports == (80, 443, "8000-8080")
    assert (rule.schedule, rule.log) == ("office", True)
    assert policy.schedules[0].weekly[0].start == "09:00"


def test_a_disabled_rule_stays_off_and_new_style_rules_are_read(policy: SecurityPolicy):
    assert [(rule.enabled, rule.action) for rule in policy.rules[3:]] == [(False, "reject"), (True, "drop")]
    assert policy.rules[4].destination == ("everything",)


def test_forwards_and_translation(policy: SecurityPolicy):
    (shop,) = policy.port_forwards
    assert (shop.zone, shop.address, shop.port, shop.to_address, shop.to_port) == (
        "wan",
        "203.0.113.2",
        443,
        "192.168.1.80",
        8443,
    )
    assert policy.masquerade_zones == ("wan",)
    assert policy.source_nat[0].to_addresses == ("203.0.113.4",)


def test_what_cannot_be_carried_is_listed_with_its_line(imported: Imported):
    lost = {left.line: left for left in imported.left if left.weight == "lost"}

    def line(text):
        return next(i for i, shown in enumerate(LINES, 1) if text in shown)

    assert "IPv4 only" in lost[line("<descr>v6") - 4].words.en
    assert "Japan" in lost[line("<descr>by country") - 3].words.en
    assert line("<name>newyear") - 1 in lost
    assert line("<type>geoip") in lost
    assert line("<system>") in lost
    assert line("<blockbogons>") in lost
    assert line("<created>") in {left.line for left in imported.left if left.weight == "label"}


def test_every_element_of_the_export_is_read_or_listed():
    """Call any one element otherwise: it must appear in the list."""
    for number, line in enumerate(LINES, 1):
        for tag in re.findall(r"<(\w[\w-]*)>[^<]+</\1>", line):
            strange = [*LINES]
            strange[number - 1] = line.replace(f"<{tag}>", "<frob>", 1).replace(f"</{tag}>", "</frob>", 1)
            left = import_opnsense("\n".join(strange).encode()).left
            assert any(item.line <= number <= (item.line_last or item.line) for item in left), line


@pytest.mark.parametrize(
    "text",
    [b"", b"hello", b"<pfsense/>", b"<opnsense>", b'<!DOCTYPE x [<!ENTITY a "b">]><opnsense>&a;</opnsense>'],
)
def test_what_is_no_export_is_refused(text: bytes):
    with pytest.raises(ImportFailed):
        import_opnsense(text)


@given(st.integers(0, len(EXPORT)), st.integers(0, 40), st.binary(max_size=8))
def test_a_damaged_export_is_read_or_refused(at: int, length: int, instead: bytes):
    try:
        imported = import_opnsense(EXPORT[:at] + instead + EXPORT[at + length :])
    except ImportFailed:
        return
    assert imported.document["schema"] == 2
