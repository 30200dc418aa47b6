"""The files of a trial: one rename decides, and every moment of a crash leaves something that boots."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from msgspec.structs import replace

from sekisho_edge import cli
from sekisho_edge.lab.policy import lab_policy
from sekisho_edge.rollout import PolicyKeeper
from sekisho_edge.trial import Rollout, Trials
from sekisho_wire.policy import write_policy

FIRST, SECOND = lab_policy(), replace(lab_policy(), revision=2)


@pytest.fixture
def trials(tmp_path: Path) -> Trials:
    made = Trials(tmp_path)
    made.confirmed.write_bytes(write_policy(FIRST))
    return made


def test_of_confirming_and_withdrawing_exactly_one_happens(trials: Trials):
    for _ in range(200):
        trials.begin(write_policy(SECOND))
        won: list[str] = []
        gate = threading.Barrier(2)

        def decide(name, act, gate=gate, won=won):
            gate.wait()
            if act():
                won.append(name)

        threads = [
            threading.Thread(target=decide, args=("confirm", trials.confirm)),
            threading.Thread(target=decide, args=("withdraw", trials.withdraw)),
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(won) == 1
        boots = trials.confirmed.read_bytes()
        assert (boots == write_policy(SECOND)) == (won == ["confirm"])
        assert trials.withdrawn == (won == ["withdraw"])
        trials.settle()
        trials.confirmed.write_bytes(write_policy(FIRST))


@pytest.mark.parametrize("withdrawn", [False, True])
def test_a_trial_that_a_crash_left_was_not_proven(withdrawn: bool, trials: Trials):
    trials.begin(write_policy(SECOND))
    trials.report(Rollout(2, "sha256:x", "trying"))
    if withdrawn:
        trials.withdraw()
    keeper = PolicyKeeper(trials, FIRST)
    assert keeper.policy == FIRST and not trials.stands and trials.withdrawn
    assert trials.rollout().state == "rolled-back"
    assert trials.confirmed.read_bytes() == write_policy(FIRST)
    keeper.in_force(keeper.policy)
    assert not trials.withdrawn


def test_what_boots_is_on_disk_from_the_first_start(tmp_path: Path):
    PolicyKeeper(Trials(tmp_path), FIRST)
    assert (tmp_path / "policy.json").read_bytes() == write_policy(FIRST)


def test_a_report_that_cannot_be_read_is_no_report(trials: Trials):
    (trials.folder / "rollout.json").write_text("{")
    assert trials.rollout() is None


def test_a_rendered_policy_lies_in_one_file_an_engine(tmp_path: Path, capsys: pytest.CaptureFixture):
    file = tmp_path / "line.json"
    file.write_bytes(write_policy(FIRST))
    assert cli.main(["render", str(file), "--out", str(tmp_path / "out")]) == 0
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"nftables.json", "iptables.restore", "suricata.yaml", "suricata.rules"}
    assert "nftables.json" in capsys.readouterr().out


def test_applying_where_no_agent_works_says_so(tmp_path: Path, capsys: pytest.CaptureFixture):
    file = tmp_path / "line.json"
    file.write_bytes(write_policy(FIRST))
    assert cli.main(["apply", str(file), "--state", str(tmp_path), "--wait", "0"]) == 1
    assert "is one at work in this folder?" in capsys.readouterr().err
