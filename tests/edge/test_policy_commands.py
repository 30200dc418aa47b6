"""``sekisho-edge policy``: what a person sees, and what a script gets."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sekisho_edge import cli
from sekisho_edge.lab.policy import lab_policy
from sekisho_wire.policy import write_policy

WIRE = Path(__file__).parents[1] / "wire"


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    path = tmp_path / "lab.json"
    path.write_bytes(write_policy(lab_policy()))
    return path


def test_a_sound_policy_is_called_so_with_its_hash(lab: Path, capsys: pytest.CaptureFixture):
    assert cli.main(["policy", "check", str(lab), "--this-box"]) == 0
    assert "sha256:" in capsys.readouterr().out


def test_each_problem_has_its_pointer_and_both_languages(lab: Path, capsys: pytest.CaptureFixture):
    document = json.loads(lab.read_bytes())
    document["rules"][0]["acton"] = "drop"
    document["zones"][0]["inside"] = "yes"
    lab.write_text(json.dumps(document))
    assert cli.main(["policy", "check", str(lab)]) == 1
    said = capsys.readouterr().out
    assert "/rules/0/acton: 知らない項目" in said and "did you mean 'action'?" in said
    assert "/zones/0/inside" in said


def test_what_the_plan_does_not_include_is_refused(lab: Path, capsys: pytest.CaptureFixture):
    assert cli.main(["policy", "check", str(lab), "--functions", "firewall", "--json"]) == 1
    (problem,) = json.loads(capsys.readouterr().out)["problems"]
    assert problem["pointer"] == "/intrusion/mode"


def test_what_this_box_cannot_enforce_is_refused_and_not_half_enforced(lab: Path, capsys: pytest.CaptureFixture):
    document = json.loads(lab.read_bytes()) | {
        "schema": 2,
        "logging": {"targets": [{"name": "theirs", "address": "192.168.20.9"}]},
    }
    lab.write_text(json.dumps(document))
    assert cli.main(["policy", "check", str(lab)]) == 0
    policy = ["--state", str(lab.parent), "--centre", "c:1", "--policy", str(lab)]
    assert cli.main(["agent", *policy]) == 1
    assert "this box can't enforce sending logs to servers of the contractor" in capsys.readouterr().err


def test_differences_are_said_in_both_languages_and_for_machines(lab: Path, capsys: pytest.CaptureFixture):
    document = json.loads(lab.read_bytes())
    document["rules"].insert(0, document["rules"].pop())
    document["intrusion"] = {"mode": "prevent"}
    other = lab.with_name("other.json")
    other.write_text(json.dumps(document))
    assert cli.main(["policy", "diff", str(lab), str(lab)]) == 0
    assert "mean the same" in capsys.readouterr().out
    assert cli.main(["policy", "diff", str(lab), str(other)]) == 1
    said = capsys.readouterr().out
    assert "移動(先頭)" in said and "mode (default) -> prevent" in said
    assert cli.main(["policy", "diff", str(lab), str(other), "--json"]) == 1
    assert [change["kind"] for change in json.loads(capsys.readouterr().out)] == ["changed", "moved"]


def test_layers_are_laid_over_each_other_and_each_value_says_whose_it_is(lab: Path, capsys: pytest.CaptureFixture):
    line = lab.with_name("line.json")
    line.write_text('{"revision": 5, "intrusion": {"mode": "off"}}')
    assert cli.main(["policy", "effective", str(lab), str(line)]) == 0
    assert json.loads(capsys.readouterr().out)["revision"] == 5
    assert cli.main(["policy", "effective", str(lab), str(line), "--origins"]) == 0
    assert "line\t/revision\t5  (< lab)" in capsys.readouterr().out


@pytest.mark.parametrize(("product", "name"), [("fortigate", "fortigate.conf"), ("opnsense", "opnsense.xml")])
def test_an_export_becomes_a_policy_and_a_list_of_what_was_left(
    product: str, name: str, tmp_path: Path, capsys: pytest.CaptureFixture
):
    out = tmp_path / "policy.json"
    assert cli.main(["policy", "import", product, str(WIRE / name), "--out", str(out)]) == 0
    assert "rules carried over" in capsys.readouterr().err
    assert cli.main(["policy", "check", str(out)]) == 0


def test_what_is_no_export_says_so(tmp_path: Path, capsys: pytest.CaptureFixture):
    (tmp_path / "x").write_text("hello")
    assert cli.main(["policy", "import", "fortigate", str(tmp_path / "x")]) == 1
    assert "no 'config firewall policy'" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["check", "diff", "effective", "import"])
def test_help_has_an_example(command: str, capsys: pytest.CaptureFixture):
    with pytest.raises(SystemExit):
        cli.main(["policy", command, "--help"])
    assert f"sekisho-edge policy {command} " in capsys.readouterr().out.partition("example:")[2]
