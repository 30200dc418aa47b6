"""An installation's folder: its lock, its ports, its secrets."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from sekisho.entry.children import web_port
from sekisho.entry.engines import free_port, unprivileged
from sekisho.entry.place import Place, PlaceError


@pytest.fixture
def place(tmp_path) -> Place:
    place = Place(tmp_path / "var")
    place.make()
    return place


def up(var: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "sekisho.entry.cli", "up", "--var", str(var)]
    env = {**os.environ, **settings}
    return subprocess.run(argv, env=env, capture_output=True, text=True, timeout=60, check=False)


def test_a_second_up_in_the_same_folder_is_refused_with_the_reason(place):
    with place.held():
        again = up(place.var)
    assert again.returncode == 1
    assert "already up" in again.stderr
    assert "sekisho down" in again.stderr


def test_engines_that_are_not_there_are_said_without_a_traceback(tmp_path):
    nobody = f"postgresql://somebody@127.0.0.1:{free_port()}/postgres"
    answer = up(tmp_path / "var", SEKISHO_DATABASE_URL=nobody, SEKISHO_NATS_URL=f"nats://127.0.0.1:{free_port()}")
    assert answer.returncode == 1
    assert "sekisho up: the database can't be prepared: " in answer.stderr
    assert "Connection refused" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_reader_that_leaves_ends_it_in_order(tmp_path):
    command = 'set -o pipefail; "$0" -m sekisho.entry.cli up --no-site --var "$1" | head -1'
    argv = ["bash", "-c", command, sys.executable, str(tmp_path / "var")]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=120, check=False)
    assert done.stderr == ""
    assert len(done.stdout.splitlines()) == 1
    assert not Place(tmp_path / "var").state_file.exists(), "the children were not stopped"


def test_the_name_of_a_folder_is_told_as_it_is_and_on_one_line(tmp_path):
    var = tmp_path / "a [bold]folder[/] 関所 with a name that no terminal has room for on one of its lines"
    place = Place(var)
    place.make()
    with place.held():
        assert f"already up in {var} (" in up(var).stderr


@pytest.mark.parametrize("command", ["status", "down"])
def test_a_folder_that_may_not_be_read_is_not_taken_for_an_idle_one(command, place):
    place.var.chmod(0)
    try:
        argv = [sys.executable, "-m", "sekisho.entry.cli", command, "--var", str(place.var)]
        answer = subprocess.run(unprivileged(argv), capture_output=True, text=True, timeout=60, check=False)
    finally:
        place.var.chmod(0o700)
    assert answer.returncode == 1
    assert "Permission denied" in answer.stderr
    assert "nothing runs" not in answer.stderr


def test_the_folder_is_free_again_when_its_holder_is_gone(place):
    with place.held():
        assert place.is_held()
    assert not place.is_held()


def test_the_folder_can_be_entered_by_its_owner_only(place):
    assert place.var.stat().st_mode & 0o077 == 0


def test_a_secret_is_made_once_and_readable_by_its_owner_only(place):
    assert place.secret("django") == place.secret("django")
    assert place.secret("django") != place.secret("sekisho_app")
    assert (place.var / "secrets" / "django").stat().st_mode & 0o077 == 0


def test_a_port_stays_the_same_from_start_to_start(place):
    assert place.port("web") == place.port("web")


def test_a_port_that_needs_privileges_is_refused_before_anything_starts(place):
    with pytest.raises(PlaceError, match="port 80 needs privileges"):
        web_port(place, 80)
    assert not (place.var / "ports.json").exists()


def test_a_wanted_port_that_is_taken_is_refused_with_what_to_do(place):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(PlaceError, match="--port"):
            place.port("web", taken.getsockname()[1])


def test_a_port_that_another_installation_has_chosen_is_not_chosen_again(tmp_path, place):
    """Not even before its web server listens: two of them could share one port without an error."""
    port = place.port("web")
    chosen = (
        "import pathlib, sys\n"
        "from sekisho.entry.place import Place\n"
        "place = Place(pathlib.Path(sys.argv[1]))\n"
        "place.make()\n"
        "(place.var / 'ports.json').write_text('{\"web\": ' + sys.argv[2] + '}')\n"
        "print(place.port('web'))\n"
    )
    other = subprocess.run(
        [sys.executable, "-c", chosen, str(tmp_path / "other"), str(port)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert int(other.stdout) != port
