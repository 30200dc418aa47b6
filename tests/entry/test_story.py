"""The main job, end to end, as a stranger would see it: one command, real engines, real packets.

One platform is started for the module and lives through everything; the figures are the story's own.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sekisho.entry.place import Place
from tests.engines import wait_until

UP_SECONDS_MAX = 150
LEAVE_SECONDS_MAX = 60
STORY_SECONDS_MAX = 240
SETTLED_SECONDS_MAX = 120
PROGRAM = str(Path(sys.executable).with_name("sekisho"))
AS_ORDINARY_USER = ["unshare", "--user", "--map-user=1", "--map-group=1", "--"]
"""Root's files stay readable, but the process is daemon's and may do nothing that an ordinary user may not."""

pytestmark = pytest.mark.xdist_group("platform")


def story(var: Path, *prefix: str) -> tuple[dict, str]:
    """Play the story in a fresh or used folder; its figures and what it told."""
    done = subprocess.run(
        [*prefix, PROGRAM, "up", "--var", str(var), "--story", "--once", "--json"],
        capture_output=True,
        text=True,
        timeout=STORY_SECONDS_MAX,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout.splitlines()[-1]), done.stderr


@dataclass
class Platform:
    """A platform that is up, with a live site."""

    place: Place
    process: subprocess.Popen

    def child(self, name: str) -> dict:
        state = self.place.state() or {"children": []}
        return next((child for child in state["children"] if child["name"] == name), {"pid": None, "ready": False})

    def environment(self) -> dict[str, str]:
        state = self.place.state()
        assert state is not None
        return {**os.environ, **state["env"]}

    def play(self) -> dict:
        lab = json.loads((Path("/run/sekisho-lab") / self.prefix() / "lab.json").read_text())
        done = subprocess.run(
            [sys.executable, "-m", "sekisho.entry.story.play", "--json", "--lab", lab["prefix"]],
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=STORY_SECONDS_MAX,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-4000:]
        return json.loads(done.stdout.splitlines()[-1])

    def prefix(self) -> str:
        state = self.place.state()
        assert state is not None
        return state["lab"]

    def source_lines(self) -> Counter[bytes]:
        """Every whole line that the box's sensor has written."""
        files = (self.place.edge / "log").glob("eve.json*")
        return Counter(line for file in files for line in file.read_bytes().split(b"\n")[:-1])

    def lake_lines(self) -> Counter[bytes]:
        """Every line in the lake, unreadable ones too, read from its files by another process."""
        reader = (
            "import base64, datetime as dt, sys\n"
            "from sekisho.lake import Lake, LakeSettings\n"
            "end = dt.datetime.now(dt.UTC) + dt.timedelta(days=2)\n"
            "span = dict(contracts=[sys.argv[1]], since=end - dt.timedelta(days=30), until=end)\n"
            "with Lake(LakeSettings.from_environment()) as lake:\n"
            "    for table in ('events', 'unparsed'):\n"
            "        page = None\n"
            "        while page is None or page.cursor:\n"
            "            page = lake.search(**span, table=table, columns=['raw'], limit=5000,\n"
            "                               cursor=page.cursor if page else None)\n"
            "            for raw in page.rows['raw'].to_pylist():\n"
            "                print(base64.b64encode(raw).decode())\n"
        )
        import base64

        people = json.loads(self.place.demo_file.read_text())["people"]
        contract = next(p["contract"] for p in people if p["part"] == "story_contractor")
        done = subprocess.run(
            [sys.executable, "-c", reader, contract],
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
        return Counter(base64.b64decode(line) for line in done.stdout.split())


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    place = Place(tmp_path_factory.mktemp("platform") / "var")
    log = (place.var.parent / "up.log").open("wb")
    process = subprocess.Popen([PROGRAM, "up", "--var", str(place.var)], stdout=log, stderr=log)
    try:
        wait_until(
            lambda: "lab" in (place.state() or {}) or process.poll() is not None, UP_SECONDS_MAX, "the platform is up"
        )
        assert process.poll() is None, Path(log.name).read_text()[-4000:]
        yield Platform(place, process)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=120)
        log.close()


@pytest.mark.root
def test_the_story_runs_live_and_its_figures_are_as_promised(platform):
    figures = platform.play()
    assert figures["mode"] == "live"
    assert figures["unparsed"] == 0
    assert figures["attack_to_event_s"] < 5
    assert 0 <= figures["determination_to_notice_s"] < 60
    assert figures["events"] >= 3
    assert figures["incidents"] == 1
    assert figures["logs"] > 0
    assert figures["lake_rows"] >= figures["logs"], "what the sensor wrote is not all in the lake"
    assert figures["portal_url"].startswith("http://127.0.0.1:")


@pytest.mark.root
def test_the_story_can_be_told_again_on_the_same_platform(platform):
    first, second = platform.play(), platform.play()
    assert first["portal_url"] != second["portal_url"]
    assert second["incidents"] == 1
    assert 0 < second["lake_rows"] < platform.lake_lines().total(), "an earlier telling's logs were counted again"


@pytest.mark.root
@pytest.mark.parametrize(
    "victim", ["pipeline", "collector", "nats", "postgres", "worker", "web", "mail", "agent", "lab"]
)
def test_a_child_that_is_killed_during_the_story_loses_nothing_and_doubles_nothing(platform, victim):
    scene = subprocess.Popen(
        [PROGRAM, "edge", "lab", "--prefix", platform.prefix(), "scene", "ordinary"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    before = platform.source_lines().total()
    killed = platform.child(victim)["pid"]
    os.kill(killed, signal.SIGKILL)
    scene.wait(timeout=60)
    wait_until(
        lambda: (child := platform.child(victim))["pid"] not in (None, killed) and child["ready"],
        90,
        f"{victim} is back",
    )
    if victim not in ("agent", "lab"):
        # These two take the sensor or the scene's own hosts with them.
        assert scene.returncode == 0
        wait_until(lambda: platform.source_lines().total() > before, 30, "the scene was logged")
    wait_until(
        lambda: platform.source_lines() == platform.lake_lines(), SETTLED_SECONDS_MAX, "source and lake are the same"
    )


@pytest.mark.root
def test_after_all_that_the_platform_still_does_its_main_job(platform):
    figures = platform.play()
    assert figures["unparsed"] == 0
    assert figures["incidents"] == 1


def test_an_ordinary_user_gets_the_same_story_from_recordings(tmp_path):
    prefix = AS_ORDINARY_USER if os.geteuid() == 0 else []
    figures, told = story(tmp_path / "var", *prefix)
    assert figures["mode"] == "replay"
    assert figures["unparsed"] == 0
    assert figures["incidents"] == 1
    assert "root" in told, "it says why there is no live site"


@pytest.mark.root
def test_a_supervisor_that_is_killed_leaves_no_site_and_no_process_behind(tmp_path):
    place = Place(tmp_path / "var")
    with (tmp_path / "up.log").open("wb") as log:
        process = subprocess.Popen([PROGRAM, "up", "--var", str(place.var)], stdout=log, stderr=log)
        wait_until(
            lambda: "lab" in (place.state() or {}) or process.poll() is not None, UP_SECONDS_MAX, "the platform is up"
        )
    state = place.state()
    assert state is not None, (tmp_path / "up.log").read_text()[-4000:]
    process.kill()
    process.wait(timeout=30)
    pids = [child["pid"] for child in state["children"]]
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids), LEAVE_SECONDS_MAX, "all have left")
    assert not (Path("/run/sekisho-lab") / state["lab"]).exists()
    assert not list(Path("/run/netns").glob(f"{state['lab']}-*"))
