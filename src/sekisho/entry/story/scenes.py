"""What happens on the customer's line: scenes that the lab plays, told as they go."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator

from ..site import edge_program
from .narrator import StoryError

SCENE_SECONDS_MAX = 120


def play(prefix: str, scene: str) -> Iterator[dict]:
    """Run one scene of the lab; yields its progress: {"code", "ja", "en", "at"?}."""
    argv = [edge_program(), "lab", "--prefix", prefix, "scene", scene, "--json"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            for line in process.stdout or ():
                yield json.loads(line)
            _, complaint = process.communicate(timeout=SCENE_SECONDS_MAX)
        finally:
            if process.poll() is None:
                process.kill()
    if process.returncode:
        raise StoryError(f"the scene {scene!r} failed: {complaint.strip()[-1000:]}")
