"""The command: what it says when it is asked wrongly, and that it starts fast."""

from __future__ import annotations

import subprocess
import sys

import pytest

from sekisho.entry.cli import COMMANDS


def sekisho(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sekisho.entry.cli", *arguments], capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_the_help_of_every_command_has_an_example(name):
    answer = sekisho(name, "--help")
    assert answer.returncode == 0
    assert f"sekisho {name}" in answer.stdout
    assert "example" in answer.stdout


def test_an_unknown_command_is_wrong_usage(name="frobnicate"):
    answer = sekisho(name)
    assert answer.returncode == 2
    assert name in answer.stderr
    assert answer.stdout == ""


def test_status_and_down_say_when_nothing_runs(tmp_path):
    for command in ("status", "down"):
        answer = sekisho(command, "--var", str(tmp_path))
        assert answer.returncode == 1
        assert "nothing runs" in answer.stderr


def test_the_figures_belong_to_the_story(tmp_path):
    answer = sekisho("up", "--once", "--var", str(tmp_path))
    assert answer.returncode == 2
    assert "--story" in answer.stderr


@pytest.mark.parametrize("port", ["0", "-5", "65536", "http", "８４７０"])
def test_a_port_that_none_can_be_is_wrong_usage(port, tmp_path):
    answer = sekisho("up", f"--port={port}", "--var", str(tmp_path))
    assert answer.returncode == 2
    assert "is no port: 1 to 65535" in answer.stderr


@pytest.mark.parametrize("command", ["up", "status", "down", "demo"])
def test_a_var_that_is_no_folder_is_said_in_one_line(command, tmp_path):
    (tmp_path / "file").touch()
    answer = sekisho(command, "--var", str(tmp_path / "file"))
    assert answer.returncode == 1
    assert answer.stderr.startswith(f"sekisho {command}: ")
    assert len(answer.stderr.splitlines()) == 1
    assert str(tmp_path / "file") in answer.stderr


def test_doctor_finds_what_this_suite_stands_on(tmp_path):
    answer = sekisho("doctor", "--var", str(tmp_path))
    assert answer.returncode == 0, answer.stdout
    assert "ok    PostgreSQL 18" in answer.stdout
    assert "ok    nats-server" in answer.stdout


def test_the_command_line_starts_without_the_web_framework():
    program = "import sys, sekisho.entry.cli; print(*({'django', 'duckdb', 'pyarrow'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == []
