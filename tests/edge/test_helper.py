"""The root helper's door: a closed list, and nothing a caller says can open it wider."""

from __future__ import annotations

import ast
import asyncio
import json
import os
import shutil
import sys
from pathlib import Path

import pytest

from sekisho_edge import helper
from sekisho_edge.converge import DEFINITIONS
from sekisho_edge.engines.nftables import best_attach
from sekisho_edge.engines.suricata import (
    SOCKET_PATH_CHARS_MAX,
    QueueState,
    Sensor,
    SensorError,
    mend_last_line,
    queue_state,
    sensor_paths,
)
from sekisho_edge.helper.__main__ import answer
from sekisho_edge.helper.commands import Commands
from sekisho_edge.lab.policy import lab_policy
from sekisho_edge.privileged import Helper, HelperGone, HelperRefused
from sekisho_edge.render.nftables import Attach
from sekisho_edge.render.suricata import render_config


@pytest.fixture
def commands(tmp_path: Path) -> Commands:
    return Commands(tmp_path)


@pytest.mark.parametrize(
    "line",
    ["", "nonsense", "[]", "{}", '{"do": "rm"}', '{"do": "__init__"}', '{"do": "_alive"}', '{"do": ["sensor"]}'],
)
def test_what_is_not_on_the_list_is_not_done(line: str, commands: Commands):
    assert answer(line, commands) == {"ok": False, "reason": "no such command"}


def test_arguments_are_fixed_too(commands: Commands):
    said = answer(json.dumps({"do": "start-sensor", "queue": 0, "interfaces": [], "config": "/etc/shadow"}), commands)
    assert said["ok"] is False and "wrong arguments" in said["reason"]


def test_a_queue_is_a_number(commands: Commands):
    said = answer('{"do": "start-sensor", "queue": "0; id", "interfaces": []}', commands)
    assert said["ok"] is False and "wrong arguments" in said["reason"]


def test_without_a_sensor_it_says_so_and_stopping_is_quiet(commands: Commands):
    assert answer('{"do": "sensor"}', commands) == {"ok": True, "pid": None, "ended": None}
    assert answer('{"do": "stop-sensor"}', commands) == {"ok": True}
    assert answer('{"do": "kill-sensor"}', commands) == {"ok": True}


def test_the_helper_imports_the_standard_library_and_itself_only():
    for file in Path(helper.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                assert name.startswith("sekisho_edge.helper") or name.partition(".")[0] in sys.stdlib_module_names


def test_the_best_attach_that_the_kernel_offers_is_taken():
    assert best_attach(nft_queue=True, xtables_queue=True) is Attach.NFT_QUEUE
    assert best_attach(nft_queue=False, xtables_queue=True) is Attach.XTABLES_QUEUE
    assert best_attach(nft_queue=False, xtables_queue=False) is Attach.TAP


@pytest.mark.parametrize(("before", "after"), [(b"", b""), (b"a\n", b"a\n"), (b"a\nhal", b"a\nhal\n")])
def test_a_half_written_line_is_ended_before_the_sensor_starts_again(before: bytes, after: bytes, tmp_path: Path):
    eve = tmp_path / "eve.json"
    eve.write_bytes(before)
    mend_last_line(eve)
    assert eve.read_bytes() == after


def test_mending_a_log_that_is_not_there_is_quiet(tmp_path: Path):
    mend_last_line(tmp_path / "eve.json")


def test_the_kernels_table_tells_whether_the_queue_is_bound_and_moves(tmp_path: Path):
    table = tmp_path / "queues"
    assert queue_state(table) is None
    table.write_text("    5  12345     0 2 65531     0     0        0  1\n")
    assert queue_state(table) is None
    table.write_text("    0  12345     3 2 65531     0     0       10  1\n")
    assert queue_state(table) == QueueState(waiting=3, handed_over=7)


@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0, reason="makes a folder under /run")
def test_a_socket_name_fits_the_kernels_limit_however_deep_the_state_folder_is(tmp_path: Path):
    deep = tmp_path / ("x" * 60) / ("y" * 60)
    assert len(str(sensor_paths(deep).command_socket)) <= SOCKET_PATH_CHARS_MAX


def test_a_caller_that_gives_up_does_not_get_anothers_answer(tmp_path: Path):
    async def story():
        helper = await Helper.start(tmp_path)
        try:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(helper.call("probe"), 0.001)
            assert await helper.call("sensor") == {"pid": None, "ended": None}
            with pytest.raises(HelperRefused, match="no such command"):
                await helper.call("reboot")
        finally:
            await helper.stop()
        with pytest.raises(HelperGone):
            await helper.call("sensor")

    asyncio.run(story())


@pytest.mark.skipif(shutil.which("suricata") is None, reason="suricata is not installed")
def test_definitions_that_do_not_load_are_refused_with_suricatas_words(tmp_path: Path):
    async def story():
        helper = await Helper.start(tmp_path)
        sensor = Sensor(helper, tmp_path)
        config = render_config(lab_policy(), Attach.TAP, sensor.paths)
        try:
            await sensor.check(config, DEFINITIONS.read_text())
            with pytest.raises(SensorError, match="old ones stay in force"):
                await sensor.check(config, "alert http any any -> any any (msg:broken; sid:1;)\n")
            with pytest.raises(SensorError, match="old ones stay in force"):
                await sensor.check(config, "")
        finally:
            await helper.stop()

    asyncio.run(story())
