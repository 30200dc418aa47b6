"""The command line over a real lake: output that pipes, hostile text that stays harmless, errors that point."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from sekisho.entry.cli import main

from .rows import commit

SPAN = ["--since", "2026-11-22", "--until", "2026-11-25"]


@pytest.fixture
def environment(settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEKISHO_LAKE_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("SEKISHO_LAKE_PATH", str(settings.path))


@pytest.fixture
def filled(writer, contract: str, environment) -> str:
    hosts = ["a.example", "evil\x1b[31m\u202e\x9b日本", None]
    writer.append([commit(f"cli/{contract}", 3, contract=contract, unparsed=1, tls__sni=hosts)])
    return contract


def test_search_prints_a_table_that_no_log_can_turn_against_the_terminal(filled, capsys):
    assert main(["logs", "search", "tls.sni exists", "--contract", filled, *SPAN]) == 0
    out = capsys.readouterr().out
    assert len(out.splitlines()) == 3
    assert "a.example" in out
    assert "日本" in out
    assert not any(each in out for each in ("\x1b", "\u202e", "\x9b"))


def test_search_prints_one_ocsf_object_a_line(filled, capsysbinary):
    assert main(["logs", "search", "--contract", filled, "--format", "ndjson", "--limit", "2", *SPAN]) == 0
    found = [json.loads(line) for line in capsysbinary.readouterr().out.splitlines()]
    assert len(found) == 2
    assert found[0]["class_uid"] == 4001


def test_unparsed_lines_can_be_searched_with_their_reason(filled, capsys):
    assert main(["logs", "search", "reason ~ *json*", "--unparsed", "--contract", filled, *SPAN]) == 0
    assert "no JSON" in capsys.readouterr().out


def test_count_says_how_many(filled, capsys):
    assert main(["logs", "count", "--contract", filled, *SPAN]) == 0
    assert capsys.readouterr().out == "3\n"


def test_nothing_found_is_exit_code_1_and_another_contract_is_nothing(filled, capsys):
    assert main(["logs", "search", "--contract", "SK999999", *SPAN]) == 1
    answer = capsys.readouterr()
    assert answer.out == ""
    assert "nothing in SK999999 from 2026-11-22T00:00:00+09:00" in answer.err
    assert "--unparsed" in answer.err


def test_lines_of_unknown_senders_are_found_by_that_name(writer, environment, capsys):
    writer.append([commit("cli/nobody's", 0, contract="", unparsed=2)])
    assert main(["logs", "count", "--unparsed", "--contract", "unknown", *SPAN]) == 0
    assert int(capsys.readouterr().out) >= 2


def test_a_mistake_in_the_filter_is_pointed_at(filled, capsys):
    assert main(["logs", "search", "tls.snj = x", "--contract", filled, *SPAN]) == 2
    error = capsys.readouterr().err
    assert "no field 'tls.snj'" in error
    assert error.splitlines()[-1] == "  ^"


@pytest.mark.parametrize("arguments", [["--since", "yesterday"], ["--since", "2026-13-01"], []])
def test_wrong_usage_is_exit_code_2(arguments, capsys):
    contract = ["--contract", "SK1"] if arguments else []
    with pytest.raises(SystemExit) as caught:
        main(["logs", "search", *contract, *arguments])
    assert caught.value.code == 2


def test_without_a_lake_it_says_how_to_get_one(tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("SEKISHO_LAKE_DATABASE_URL", raising=False)
    assert main(["logs", "search", "--contract", "SK1", "--var", str(tmp_path)]) == 2
    assert "sekisho up" in capsys.readouterr().err


def test_fsck_reports_a_sound_lake_in_words_and_in_json(filled, capsys):
    assert main(["lake", "fsck", "--deep"]) == 0
    assert capsys.readouterr().out.startswith("sound:")
    assert main(["lake", "fsck", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["sound"] is True


def test_help_has_examples():
    for command in (["logs", "search"], ["logs", "count"], ["logs", "import"], ["lake", "fsck"]):
        shown = subprocess.run(
            [sys.executable, "-m", "sekisho.entry.cli", *command, "--help"], capture_output=True, text=True, check=True
        ).stdout
        assert "examples:" in shown
