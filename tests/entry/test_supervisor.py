"""The supervisor keeps its children alive and ends them in order."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import pytest

from sekisho.entry import supervisor as module
from sekisho.entry.supervisor import Child, StartError, Supervisor

PATIENCE_SECONDS = 20


def sleeper(name: str, folder: Path, *, then: str = "") -> Child:
    """A child that says it is ready by a file, notes its end in a list, and sleeps."""
    ready = folder / f"{name}.ready"
    program = (
        "import pathlib, signal, sys, time\n"
        f"def end(*_):\n    open({str(folder / 'ends')!r}, 'a').write({name + chr(10)!r}); sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, end)\n"
        f"{then}\n"
        f"pathlib.Path({str(ready)!r}).write_text(str(time.time()))\n"
        "time.sleep(600)\n"
    )
    return Child(name, [sys.executable, "-c", program], {"PATH": os.environ["PATH"]}, ready.exists)


async def until(holds) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not holds():
            await asyncio.sleep(0.02)


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervisor(tmp_path: Path, said: list[str]) -> Supervisor:
    return Supervisor(tmp_path, tmp_path / "state.json", said.append)


def pid_of(tmp_path: Path, name: str) -> int:
    state = json.loads((tmp_path / "state.json").read_text())
    return next(child["pid"] for child in state["children"] if child["name"] == name)


def test_children_end_in_the_opposite_order_of_their_start(tmp_path, supervisor):
    async def scene() -> None:
        for name in ("first", "second", "third"):
            await supervisor.start(sleeper(name, tmp_path))
        await supervisor.stop()

    asyncio.run(scene())
    assert (tmp_path / "ends").read_text().split() == ["third", "second", "first"]


def test_a_child_that_is_killed_is_started_again_and_the_restart_is_told(tmp_path, supervisor, said):
    async def scene() -> None:
        await supervisor.start(sleeper("worker", tmp_path))
        killed = pid_of(tmp_path, "worker")
        (tmp_path / "worker.ready").unlink()
        os.kill(killed, signal.SIGKILL)
        await until(lambda: "worker is back" in said)
        assert pid_of(tmp_path, "worker") != killed
        assert json.loads((tmp_path / "state.json").read_text())["children"][0]["restarts"] == 1
        await supervisor.stop()

    asyncio.run(scene())
    assert any("SIGKILL" in line for line in said)


def test_a_child_that_cannot_start_is_reported_with_its_own_last_words(tmp_path, supervisor):
    broken = Child("broken", [sys.executable, "-c", "raise SystemExit('no disk left')"], {}, lambda: False)

    async def scene() -> None:
        with pytest.raises(StartError, match="no disk left"):
            await supervisor.start(broken)
        await supervisor.stop()

    asyncio.run(scene())


def test_what_a_child_says_elsewhere_of_its_trouble_is_told_too(supervisor):
    program = [sys.executable, "-c", ""]
    broken = Child("sensor", program, {}, lambda: False, trouble=lambda: "no rule files match")

    async def scene() -> None:
        with pytest.raises(StartError, match="no rule files match"):
            await supervisor.start(broken)
        await supervisor.stop()

    asyncio.run(scene())


def test_last_words_are_those_of_this_start_and_no_earlier_one(tmp_path, supervisor):
    (tmp_path / "broken.log").write_text("what the last run said\n")
    broken = Child("broken", [sys.executable, "-c", "raise SystemExit('no disk left')"], {}, lambda: False)

    async def scene() -> str:
        with pytest.raises(StartError) as raised:
            await supervisor.start(broken)
        await supervisor.stop()
        return str(raised.value)

    told = asyncio.run(scene())
    assert "no disk left" in told
    assert "last run" not in told


def test_a_child_that_ignores_its_end_is_killed_after_the_limit(tmp_path, supervisor, said, monkeypatch):
    monkeypatch.setattr(module, "STOP_SECONDS_MAX", 0.3)
    deaf = sleeper("deaf", tmp_path, then="signal.signal(signal.SIGTERM, signal.SIG_IGN)")

    async def scene() -> int:
        await supervisor.start(deaf)
        pid = pid_of(tmp_path, "deaf")
        await supervisor.stop()
        return pid

    pid = asyncio.run(scene())
    assert any("was killed" in line for line in said)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_the_state_file_is_gone_once_everything_has_stopped(tmp_path, supervisor):
    async def scene() -> None:
        await supervisor.start(sleeper("only", tmp_path))
        assert (tmp_path / "state.json").exists()
        await supervisor.stop()

    asyncio.run(scene())
    assert not (tmp_path / "state.json").exists()


def test_what_a_killed_child_left_behind_ends_too(tmp_path, supervisor, said):
    note = tmp_path / "worker.pid"
    parent = sleeper(
        "parent",
        tmp_path,
        then=f"import subprocess; open({str(note)!r}, 'w').write(str(subprocess.Popen(['sleep', '600']).pid))",
    )

    async def scene() -> None:
        await supervisor.start(parent)
        left_behind = int(note.read_text())
        (tmp_path / "parent.ready").unlink()
        os.kill(pid_of(tmp_path, "parent"), signal.SIGKILL)
        await until(lambda: "parent is back" in said)
        await until(lambda: _is_dead(left_behind))
        await supervisor.stop()
        last = int(note.read_text())
        await until(lambda: _is_dead(last))

    asyncio.run(scene())


def _is_dead(pid: int) -> bool:
    """Gone, or only waiting for somebody to take note of its end."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] in "ZX"
    except FileNotFoundError:
        return True
