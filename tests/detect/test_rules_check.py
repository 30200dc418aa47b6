from __future__ import annotations

import argparse

import pytest

from sekisho.entry.commands import rules_check
from sekisho.pipeline.detect.detector import SHIPPED_RULES

from .rows import rule_set, sigma

GOOD = {"s": {"c-uri": "/x"}, "condition": "s"}


def check(*words: str) -> int:
    parser = argparse.ArgumentParser()
    rules_check.add_parser(parser.add_subparsers(required=True))
    arguments = parser.parse_args(["check", *words])
    return arguments.run(arguments)


def test_good_rules_are_listed_and_pass(capsys):
    assert check(str(SHIPPED_RULES)) == 0
    out = capsys.readouterr().out
    assert "SQL In A Request Target" in out
    assert out.splitlines()[-1] == "15 rules can fire (0 remarks on parts that can't), 0 can't, 0 errors"


def test_a_rule_that_cannot_fire_says_why_and_is_no_error(tmp_path, capsys):
    rule_set(tmp_path, [sigma({"s": {"Image": "x"}, "condition": "s"})])
    assert check(str(tmp_path)) == 0
    out = capsys.readouterr().out
    assert f"{tmp_path / 'rules.yml'}:9: unfirable: no column holds 'Image' in this log source" in out


def test_an_error_is_told_with_file_and_line_and_fails(tmp_path, capsys):
    rule_set(tmp_path, [sigma(GOOD), sigma({**GOOD, "condition": "nothing"}, number=2)])
    assert check("--quiet", str(tmp_path)) == 1
    out = capsys.readouterr().out
    assert f"{tmp_path / 'rules.yml'}:" in out
    assert out.splitlines()[-1].startswith("1 rules can fire")


def test_a_folder_that_is_not_there_is_wrong_usage(tmp_path, capsys):
    assert check(str(tmp_path / "missing.yml")) == 2
    assert "missing.yml" in capsys.readouterr().err


@pytest.mark.parametrize("title", ["\x1b[2Jgone", "bell\x07"])
def test_a_rule_cannot_write_to_the_terminal(tmp_path, capsys, title):
    rule_set(tmp_path, [sigma(GOOD, title=title)])
    check(str(tmp_path))
    assert all(char.isprintable() or char == "\n" for char in capsys.readouterr().out)
