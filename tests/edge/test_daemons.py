"""Further engines: root's closed table, the log that outlives a rename, and the files in their two places."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sekisho_edge.daemons.control import write_files
from sekisho_edge.daemons.engines import ENGINES
from sekisho_edge.daemons.frame import FOLDER, Daemon
from sekisho_edge.helper import daemons as helper_daemons
from sekisho_edge.helper.__main__ import answer
from sekisho_edge.helper.commands import Commands
from sekisho_edge.render.redirects import REDIRECTS

from .conftest import wait_until


@pytest.fixture
def commands(tmp_path: Path) -> Iterator[Commands]:
    made = Commands(tmp_path)
    yield made
    made.stop_daemons()


@pytest.mark.parametrize("name", ["", "../../bin/sh", "sh", 4711, None, ["unbound"]])
@pytest.mark.parametrize(
    "do", ["check-daemon", "start-daemon", "reload-daemon", "stop-daemon", "kill-daemon", "bypass"]
)
def test_only_engines_of_the_table_are_touched(do: str, name: object, commands: Commands):
    assert answer(json.dumps({"do": do, "name": name}), commands) == {"ok": False, "reason": "no such engine"}


def test_a_caller_names_an_engine_and_never_a_program(commands: Commands):
    said = answer('{"do": "start-daemon", "name": "unbound", "argv": ["sh"]}', commands)
    assert said["ok"] is False and "wrong arguments" in said["reason"]


def test_every_engine_is_in_both_tables_and_traffic_is_turned_to_known_ones_only():
    names = {engine.name for engine in ENGINES}
    assert names == set(helper_daemons.ENGINES)
    assert {redirect.name for redirect in REDIRECTS} <= names


def test_nothing_runs_and_stopping_is_quiet(commands: Commands):
    assert answer('{"do": "daemons"}', commands) == {"ok": True, "pids": {}}
    assert answer('{"do": "stop-daemon", "name": "unbound"}', commands) == {"ok": True}
    said = answer('{"do": "reload-daemon", "name": "unbound"}', commands)
    assert said == {"ok": False, "reason": "unbound does not run"}


def test_an_engine_starts_writes_its_log_and_ends(commands: Commands, tmp_path: Path):
    write_files(Daemon("block-page", {"page.json": '{"message": ""}'}), tmp_path / "daemons" / "block-page")
    pid = commands.table()["start-daemon"](name="block-page")["pid"]
    assert commands.table()["daemons"]() == {"pids": {"block-page": pid}}
    assert helper_daemons.alive(tmp_path, "block-page")
    commands.table()["stop-daemon"](name="block-page")
    assert not helper_daemons.alive(tmp_path, "block-page")


def test_files_mean_the_folder_that_they_lie_in(tmp_path: Path):
    daemon = Daemon("unbound", {"unbound.conf": f'directory: "{FOLDER}"', "zones/a.rpz": "x"})
    for folder in (tmp_path / "candidate", tmp_path / "live"):
        write_files(daemon, folder)
        assert (folder / "unbound.conf").read_text() == f'directory: "{folder}"'
        assert (folder / "zones" / "a.rpz").read_text() == "x"


def test_a_log_goes_on_under_its_name_when_it_was_renamed_and_leaves_out_the_watchdog(tmp_path: Path):
    log = tmp_path / "engine.log"
    argv = [sys.executable, "-m", "sekisho_edge.helper.line_log", str(log), "probe.invalid"]
    with subprocess.Popen(argv, stdin=subprocess.PIPE) as keeper:
        keeper.stdin.write(b"one\nabout probe.invalid\n")
        keeper.stdin.flush()
        wait_until(lambda: log.exists() and log.read_bytes() == b"one\n")
        log.rename(tmp_path / "engine.log.1")
        keeper.stdin.write(b"two\nunfinished")
        keeper.stdin.flush()
        wait_until(lambda: log.exists() and log.read_bytes() == b"two\n")
        keeper.stdin.close()
        assert keeper.wait(10) == 0
    assert log.read_bytes() == b"two\nunfinished\n"
    assert (tmp_path / "engine.log.1").read_bytes() == b"one\n"
