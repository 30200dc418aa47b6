"""Policy to engine text: golden files, and the traps that were measured.

``SEKISHO_GOLDEN=write`` writes the golden files anew; the difference then is for a person to read.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest
import yaml

from sekisho_edge.converge import DEFINITIONS
from sekisho_edge.lab.policy import lab_policy
from sekisho_edge.render import nftables, signatures, suricata
from sekisho_edge.render.nftables import Attach
from sekisho_edge.render.suricata import SensorPaths, to_yaml
from sekisho_wire.policy import FirewallRule, IntrusionPrevention, SecurityPolicy, Zone

GOLDEN = Path(__file__).parent / "golden"
PATHS = SensorPaths(Path("/var/edge/log"), Path("/var/edge/sensor/sekisho.rules"), Path("/run/edge.socket"))
METADATA_KEYS = ["signature_severity", "mitre_tactic_id", "mitre_technique_id", "attack_target", "confidence"]
CUT_OFF = IntrusionPrevention(mode="prevent", failure="closed", inspect_bytes_max=1 << 20)


def is_golden(name: str, text: str) -> bool:
    if os.environ.get("SEKISHO_GOLDEN") == "write":
        (GOLDEN / name).write_text(text)
    return (GOLDEN / name).read_text() == text


@pytest.mark.parametrize("attach", list(Attach))
def test_the_labs_firewall_is_rendered_as_before(attach: Attach):
    assert is_golden(f"lab.{attach}.json", nftables.render(lab_policy(), attach, "mgmt"))
    assert is_golden(f"lab.{attach}.xtables", nftables.render_xtables(lab_policy(), attach))


def test_a_closed_line_with_a_cut_off_is_rendered_as_before():
    assert is_golden("closed.json", nftables.render(lab_policy(CUT_OFF), Attach.NFT_QUEUE))
    assert is_golden("closed.xtables", nftables.render_xtables(lab_policy(CUT_OFF), Attach.XTABLES_QUEUE))


@pytest.mark.parametrize("attach", [Attach.XTABLES_QUEUE, Attach.TAP])
def test_the_sensors_configuration_is_rendered_as_before(attach: Attach):
    text = suricata.render_config(lab_policy(), attach, PATHS, outside_addresses=["203.0.113.2"])
    assert is_golden(f"lab.{attach}.yaml", text)


def test_an_open_line_lets_packets_by_when_nobody_listens():
    assert "--queue-bypass" in nftables.render_xtables(lab_policy(), Attach.XTABLES_QUEUE)
    assert '{"queue": {"num": 0, "flags": ["bypass"]}}' in nftables.render(lab_policy(), Attach.NFT_QUEUE)


def test_a_closed_line_does_not():
    assert "bypass" not in nftables.render_xtables(lab_policy(CUT_OFF), Attach.XTABLES_QUEUE)
    assert "bypass" not in nftables.render(lab_policy(CUT_OFF), Attach.NFT_QUEUE)


def test_an_open_line_does_not_cut_connections_that_are_older_than_the_sensor():
    open_line = suricata.render_config(lab_policy(), Attach.NFT_QUEUE, PATHS)
    closed_line = suricata.render_config(lab_policy(CUT_OFF), Attach.NFT_QUEUE, PATHS)
    assert "exception-policy: ignore" in open_line and "midstream: yes" in open_line
    assert "exception-policy: auto" in closed_line and "midstream" not in closed_line


def test_the_sensor_never_trusts_checksums_of_virtual_wires():
    for attach in Attach:
        text = suricata.render_config(lab_policy(), attach, PATHS)
        assert "checksum-validation: no" in text
        assert "checksum-checks: yes" not in text


def test_a_line_without_a_sensor_queues_nothing():
    off = lab_policy(IntrusionPrevention(mode="off"))
    assert "queue" not in nftables.render(off, Attach.NFT_QUEUE).replace("# ", "")
    assert "NFQUEUE" not in nftables.render_xtables(off, Attach.XTABLES_QUEUE)


def test_rules_keep_their_order_and_what_none_matches_is_dropped():
    policy = SecurityPolicy(
        schema=1,
        revision=1,
        zones=(Zone("lan", "eth1", ("10.0.0.0/8",), inside=True), Zone("wan", "eth0")),
        rules=(
            FirewallRule("first", "lan", "wan", "drop", destination=("198.51.100.0/24",)),
            FirewallRule("second", "lan", "any", "allow", source=("10.1.0.0/16", "10.2.0.0/16")),
        ),
    )
    first, second, last = commands(policy)["forward"][-3:]
    assert (first["comment"], first["expr"][-1]) == ("first", {"drop": None})
    assert (second["comment"], second["expr"][-1]) == ("second", {"accept": None})
    assert "comment" not in last and last["expr"][-1] == {"drop": None}


def commands(policy: SecurityPolicy) -> dict[str, list[dict]]:
    """The rules of each chain that a policy becomes."""
    found: dict[str, list[dict]] = {}
    for command in json.loads(nftables.render(policy, Attach.TAP))["nftables"]:
        if rule := command.get("add", {}).get("rule"):
            found.setdefault(rule["chain"], []).append(rule)
    return found


def test_prevention_drops_only_serious_rules_that_do_not_keep_state():
    alert = 'alert http any any -> any any (msg:"m"; {extra}sid:{sid}; metadata:signature_severity {severity};)'
    definitions = "\n".join(
        [
            alert.format(extra="", sid=1, severity="Major"),
            alert.format(extra="", sid=2, severity="Minor"),
            alert.format(extra="flowbits:set,x; noalert; ", sid=3, severity="Major"),
            alert.format(extra="flowbits:isset,x; ", sid=4, severity="Critical"),
            "# alert is only a word here, sid:5;",
        ]
    )
    actions = [line.split()[0] for line in signatures.render_rules(lab_policy(CUT_OFF), definitions).splitlines()]
    assert actions == ["drop", "alert", "alert", "drop", "#"]
    assert signatures.render_rules(lab_policy(), definitions).count("drop") == 0


def test_a_silenced_signature_is_left_out():
    policy = lab_policy(IntrusionPrevention(silenced_sids=(9000020,)))
    text = signatures.render_rules(policy, DEFINITIONS.read_text())
    assert "sid:9000020;" not in text
    assert "sid:9000021;" in text


def test_nested_values_become_plain_yaml():
    assert to_yaml({"a": {"b": 1, "c": "x y"}, "d": ["e", {"f": {"g": "yes"}}]}) == (
        'a:\n  b: 1\n  c: "x y"\nd:\n  - e\n  - f:\n      g: yes\n'
    )


@pytest.mark.parametrize(
    "path", ['/srv/a "b" c', "/srv/関所", "/srv/back\\slash", "/srv/it's: #1 {x}", "/srv/line\nfeed"]
)
def test_a_path_of_any_name_is_read_back_as_it_is(path):
    assert yaml.safe_load(to_yaml({"default-log-dir": path, "files": [path]})) == {
        "default-log-dir": path,
        "files": [path],
    }


def test_a_folder_that_looks_like_a_pattern_is_not_taken_for_one():
    paths = SensorPaths(Path("/srv/[x]/log"), Path("/srv/[x]/sensor/sekisho.rules"), Path("/run/edge.socket"))
    text = suricata.render_config(lab_policy(), Attach.TAP, paths, outside_addresses=[])
    assert 'default-rule-path: "/srv/[[]x]/sensor"' in text


class TestDefinitions:
    """What every signature of ours has to say about itself."""

    rules = tuple(line for line in DEFINITIONS.read_text().splitlines() if line and not line.startswith("#"))

    def test_sids_are_ours_and_unique(self):
        sids = [int(re.search(r"sid:(\d+);", rule)[1]) for rule in self.rules]
        assert len(sids) == len(set(sids)) >= 20
        assert all(9_000_000 < sid < 9_100_000 for sid in sids)

    @pytest.mark.parametrize("key", METADATA_KEYS)
    def test_each_says(self, key: str):
        assert all(re.search(rf"metadata:[^;]*\b{key} \S", rule) for rule in self.rules)

    def test_each_has_a_class_and_our_name(self):
        assert all("classtype:" in rule and '(msg:"SEKISHO ' in rule for rule in self.rules)

    def test_evidence_of_success_is_marked_as_such(self):
        success = [rule for rule in self.rules if re.search(r"classtype:successful-(?:user|admin);", rule)]
        assert success
        assert all("sekisho_success true" in rule for rule in success)
