"""The story's recordings: their instants are moved to now, nothing else is touched."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from sekisho.entry.story.replay import moved_to_now, recording

NOW = dt.datetime(2026, 11, 24, 5, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize("zone", ["+0000", "+0900", "-0330"])
def test_instants_move_to_now_whatever_zone_the_sensor_wrote_them_in(zone):
    lines = [
        f'{{"timestamp":"2026-03-01T12:00:0{second}.250000{zone}","flow":{{"start":"2026-03-01T12:00:00.000000{zone}"}}}}'.encode()
        for second in (1, 2)
    ]
    first, last = (json.loads(line) for line in moved_to_now(lines, NOW))
    assert dt.datetime.fromisoformat(last["timestamp"]) == NOW
    assert NOW - dt.datetime.fromisoformat(first["timestamp"]) == dt.timedelta(seconds=1)
    assert NOW - dt.datetime.fromisoformat(last["flow"]["start"]) == dt.timedelta(seconds=2.25)


def test_nothing_but_instants_is_changed():
    before, after = ([json.loads(line) for line in lines] for lines in (recording(), moved_to_now(recording(), NOW)))
    assert [line["event_type"] for line in before] == [line["event_type"] for line in after]
    assert [line.get("alert") for line in before] == [line.get("alert") for line in after]
