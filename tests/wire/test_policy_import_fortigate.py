"""A FortiGate's configuration becomes a policy; every line is carried over, or listed with its reason."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho_wire.policy import SecurityPolicy, problems
from sekisho_wire.policy.model import policy_of
from sekisho_wire.policy_import import Imported, ImportFailed, import_fortigate

EXPORT = Path(__file__).with_name("fortigate.conf").read_bytes()
LINES = EXPORT.decode().splitlines()


@pytest.fixture(scope="module")
def imported() -> Imported:
    return import_fortigate(EXPORT)


@pytest.fixture(scope="module")
def policy(imported: Imported) -> SecurityPolicy:
    return policy_of(imported.document)


def line_of(text: str, after: str = "") -> int:
    began = next(i for i, line in enumerate(LINES) if after in line)
    return next(i for i, line in enumerate(LINES[began:], began + 1) if text in line)


def left_lines(imported: Imported, weight: str = "lost") -> set[int]:
    return {left.line for left in imported.left if left.weight == weight}


def test_what_is_imported_can_be_enforced(policy: SecurityPolicy):
    assert problems(policy) == []


def test_zones_come_from_the_interfaces(policy: SecurityPolicy):
    assert {zone.name: zone.networks for zone in policy.zones} == {
        "wan1": (),
        "internal": ("192.168.1.0/24",),
        "dmz": ("10.10.10.0/24",),
    }
    assert [zone.title for zone in policy.zones] == ["", "本社LAN", ""]


def test_names_in_any_script_get_a_name_of_ours_and_stay_as_titles(policy: SecurityPolicy, imported: Imported):
    office = next(item for item in policy.addresses if item.title == "経理部")
    assert office.entries == ("192.168.1.64/26",)
    assert imported.titles[f"addresses/{office.name}"] == "経理部"


def test_groups_may_come_before_their_members(policy: SecurityPolicy):
    groups = {item.title: item.entries for item in policy.addresses}
    assert groups["Everybody"][0] == "offices" and groups["Everybody"][1] == "printers"


def test_a_rule_keeps_its_objects_schedule_and_log(policy: SecurityPolicy):
    rule = policy.rules[0]
    assert (rule.name, rule.title, rule.action, rule.log) == ("office-web", "Office web", "allow", True)
    assert (rule.from_zone, rule.to_zone, rule.source, rule.destination) == ("internal", "wan1", ("everybody",), ())
    assert rule.services == ("office", "dns")
    schedule = next(item for item in policy.schedules if item.name == rule.schedule)
    assert (schedule.weekly[0].start, schedule.weekly[0].end, len(schedule.weekly[0].days)) == ("09:00", "17:30", 5)


def test_several_interfaces_become_several_rules_and_a_disabled_one_stays_off(policy: SecurityPolicy):
    ping = [rule for rule in policy.rules if not rule.enabled]
    assert [(rule.from_zone, rule.services) for rule in ping] == [("internal", ("ping",)), ("dmz", ("ping",))]


def test_order_is_kept_and_a_policy_without_an_action_denies(policy: SecurityPolicy):
    assert [rule.action for rule in policy.rules] == ["allow", "allow", "allow", "allow", "drop"]
    assert (policy.rules[-1].from_zone, policy.rules[-1].to_zone) == ("any", "any")


def test_a_vip_that_a_policy_allows_is_a_forward(policy: SecurityPolicy):
    (shop,) = policy.port_forwards
    assert (shop.zone, shop.address, shop.port, shop.to_address, shop.to_port) == (
        "wan1",
        "203.0.113.3",
        443,
        "10.10.10.5",
        8443,
    )


def test_translation_is_per_policy_with_its_pool(policy: SecurityPolicy):
    web, server = policy.source_nat
    assert (web.zone, web.source, web.to_addresses) == ("wan1", ("everybody",), ())
    assert server.to_addresses == ("203.0.113.5-203.0.113.6",)


def test_what_cannot_be_carried_is_listed_with_its_line(imported: Imported):
    lost = left_lines(imported)
    assert line_of('edit "update.example.com"') in lost
    assert line_of('edit "Clouds"') in lost
    assert line_of('edit "SCADA"') in lost
    assert line_of('edit "old"') in lost
    assert line_of("edit 2", after="config firewall policy") in lost  # its destination could not be carried over
    assert line_of("edit 6", after="config firewall policy") in lost  # depends on who the user is
    assert line_of('set av-profile "default"') in lost
    assert line_of("config system ntp") in lost
    assert line_of("config firewall policy6") in lost
    assert line_of("set uuid") in left_lines(imported, "label")
    assert all(left.words.ja and left.words.en for left in imported.left)


def test_every_setting_of_the_export_is_read_or_listed():
    """Change any one line to a key that nobody knows: it must appear in the list."""
    for number, line in enumerate(LINES, 1):
        if (match := re.match(r"\s+set (\S+)", line)) and line.count('"') % 2 == 0:
            strange = [*LINES]
            strange[number - 1] = line.replace(match[1], "frobnicate", 1)
            left = import_fortigate("\n".join(strange).encode()).left
            assert any(item.line <= number <= (item.line_last or item.line) for item in left), line


def test_the_output_of_show_is_enough_and_unknown_interfaces_are_remarked():
    shown = b"""FGT # show firewall policy
config firewall policy
    edit 9
        set srcintf "port2"
        set dstintf "port1"
        set srcaddr "all"
        set dstaddr "all"
        set action accept
        set schedule "always"
        set service "HTTPS"
    next
end
FGT # """
    imported = import_fortigate(shown)
    assert [zone["name"] for zone in imported.document["zones"]] == ["port2", "port1"]
    assert len([left for left in imported.left if "inside" in left.words.en]) == 2


@pytest.mark.parametrize("text", [b"", b"hello", b"config firewall policy\n edit 1\n", b'config x\n set a "b\n'])
def test_what_is_no_export_is_refused(text: bytes):
    with pytest.raises(ImportFailed):
        import_fortigate(text)


@given(st.lists(st.sampled_from([*LINES, "end", "next", 'set a "', "edit x"]), max_size=40))
def test_any_mixture_of_lines_is_read_or_refused(lines: list[str]):
    try:
        imported = import_fortigate("\n".join(lines).encode())
    except ImportFailed:
        return
    assert imported.document["schema"] == 2
