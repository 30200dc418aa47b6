"""The command line over a real lake: output that pipes, hostile text that stays harmless, errors that point."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys

import pyarrow.parquet as pq
import pytest

from sekisho.entry.cli import main

from .rows import NOON, commit

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


@pytest.fixture
def hosts(writer, contract: str, environment) -> str:
    """Ten rows of three hosts over three hours, a spreadsheet's formula among them."""
    names = ["a.example"] * 5 + ["=1+1"] * 3 + [None] * 2
    times = [NOON + dt.timedelta(hours=hour % 3) for hour in range(10)]
    writer.append([commit(f"sum/{contract}", 10, contract=contract, tls__sni=names, time=times)])
    return contract


def test_count_by_gives_every_value_and_the_missing_one_most_first(hosts, capsys):
    assert main(["logs", "search", "class_uid = 4001 | count by tls.sni", "--contract", hosts, *SPAN]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert rows == [["tls.sni", "count"], ["a.example", "5"], ["=1+1", "3"], ["2"]]


def test_top_gives_the_share_of_all_that_was_found(hosts, capsysbinary):
    question = "| top 1 tls.sni"
    assert main(["logs", "search", question, "--contract", hosts, "--format", "ndjson", *SPAN]) == 0
    assert json.loads(capsysbinary.readouterr().out) == {"tls.sni": "a.example", "count": 5, "percent": 50.0}


def test_a_timeline_counts_by_the_hours_of_tokyo(hosts, capsys):
    assert main(["logs", "search", "| timeline 1h", "--contract", hosts, *SPAN]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines] == [
        ["2026-11-23T12:00:00", "4"], ["2026-11-23T13:00:00", "3"], ["2026-11-23T14:00:00", "3"],
    ]  # fmt: skip
    assert [line.count("█") for line in lines] == [40, 30, 30]


def test_a_timeline_of_days_begins_with_the_days_of_tokyo(hosts, capsysbinary):
    question = "| timeline 1d by tls.sni"
    assert main(["logs", "search", question, "--contract", hosts, "--format", "ndjson", *SPAN]) == 0
    found = [json.loads(line) for line in capsysbinary.readouterr().out.splitlines()]
    spans = {dt.datetime.fromisoformat(row["span"]) for row in found}
    assert spans == {dt.datetime(2026, 11, 22, 15, tzinfo=dt.UTC)}
    assert {row["tls.sni"]: row["count"] for row in found} == {"a.example": 5, "=1+1": 3, None: 2}


def test_csv_is_no_formula_in_any_spreadsheet(hosts, capsysbinary):
    assert main(["logs", "search", "| count by tls.sni", "--contract", hosts, "--format", "csv", *SPAN]) == 0
    out = capsysbinary.readouterr().out
    assert out == b'"tls.sni","count"\r\n"a.example","5"\r\n"\'=1+1","3"\r\n"","2"\r\n'


def test_parquet_is_a_file_with_every_column(hosts, tmp_path, capsys):
    path = tmp_path / "found.parquet"
    asked = ["logs", "search", "tls.sni exists", "--contract", hosts, "--format", "parquet", *SPAN]
    assert main([*asked, "--out", str(path)]) == 0
    rows = pq.read_table(path)
    assert (rows.num_rows, rows["raw"][0].as_py()) == (8, f"line 5 of sum/{hosts}".encode())
    assert main(asked) == 2
    assert "--out" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("question", "at"),
    [
        ("record = 1 | sum by tls.sni", 13),
        ("| count tls.sni", 8),
        ("| count by", 10),
        ("| count by nothing", 11),
        ("| count by tls.sni tls.version", 19),
        ("| count by raw", 11),
        ("| top 0 tls.sni", 6),
        ("| top 5 tls.sni, tls.version", 17),
        ("| timeline soon", 11),
        ("record = one | top tls.sni", 9),
        ('tls.sni = "a|b" | nothing', 18),
    ],
)
def test_a_wrong_stage_is_pointed_at(hosts, question, at, capsys):
    assert main(["logs", "search", question, "--contract", hosts, *SPAN]) == 2
    assert capsys.readouterr().err.splitlines()[-1] == " " * (at + 2) + "^"


def test_a_bar_in_quotes_is_a_part_of_its_value(hosts, capsys):
    assert main(["logs", "search", 'raw ~ "*|*"', "--contract", hosts, *SPAN]) == 1
