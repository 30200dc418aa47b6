"""The command line without root: it explains itself, and says why it can't."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sekisho_edge import cli
from sekisho_edge.lab import Lab, LabError, site


def test_help_shows_examples(capsys: pytest.CaptureFixture):
    with pytest.raises(SystemExit) as end:
        cli.main(["--help"])
    assert end.value.code == 0
    assert "sekisho-edge lab exec pc1 -- curl" in capsys.readouterr().out


def test_doctor_says_what_is_missing_and_how_to_get_it(capsys: pytest.CaptureFixture):
    cli.main(["doctor", "--json"])
    findings = {entry["subject"]: entry for entry in json.loads(capsys.readouterr().out)}
    assert {"suricata", "nft", "dnsmasq", "root"} <= findings.keys()
    assert all(entry["well"] or entry["remedy"] for entry in findings.values())


def test_status_without_an_agent_says_so(tmp_path: Path, capsys: pytest.CaptureFixture):
    assert cli.main(["status", "--state", str(tmp_path)]) == 1
    assert "no agent" in capsys.readouterr().err


def test_a_lab_that_is_not_up_is_not_up(capsys: pytest.CaptureFixture):
    assert cli.main(["lab", "--prefix", "nobody", "status"]) == 1
    assert json.loads(capsys.readouterr().out) == {"up": False}
    assert cli.main(["lab", "--prefix", "nobody", "exec", "pc1", "--", "true"]) == 1
    assert "lab --prefix nobody up" in capsys.readouterr().err


def test_an_agent_without_enrolment_says_how_to_enrol(tmp_path: Path, capsys: pytest.CaptureFixture):
    assert cli.main(["agent", "--state", str(tmp_path)]) == 1
    assert "sekisho-edge enrol" in capsys.readouterr().err


def test_a_policy_that_cannot_be_enforced_is_refused_with_all_its_problems(
    tmp_path: Path, capsys: pytest.CaptureFixture
):
    policy = tmp_path / "policy.json"
    policy.write_text('{"schema":1,"revision":1,"zones":[{"name":"lan","interface":"a","networks":["x"]}]}')
    assert cli.main(["agent", "--state", str(tmp_path), "--centre", "c:1", "--policy", str(policy)]) == 1
    said = capsys.readouterr().err
    assert "zones[0].networks[0]" in said and "protect nothing" in said


@pytest.mark.parametrize("prefix", ["", "9lives", "far-too-long", "a b", "../x", "UPPER"])
def test_a_prefix_that_does_not_fit_an_interface_name_is_refused(prefix: str):
    with pytest.raises(LabError, match="prefix"):
        Lab(prefix)


def test_management_addresses_are_free_link_local_and_differ_between_labs():
    one, two = site.choose_management("sk", set()), site.choose_management("tx", set())
    assert one != two
    assert one.platform_address.startswith("169.254.")
    assert site.choose_management("sk", {one.utm_address}) != one


def test_every_host_of_the_map_has_its_own_address_and_a_wire():
    addresses = [host.address for host in site.HOSTS]
    assert len(set(addresses)) == len(addresses)
    assert {host.segment for host in site.HOSTS} == {segment.name for segment in site.SEGMENTS}
