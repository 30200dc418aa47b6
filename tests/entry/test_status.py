"""What ``sekisho status`` says of the pipeline: trouble first."""

from __future__ import annotations

import msgspec
import pytest

from sekisho.entry.commands.status import pipeline_lines, syslog_lines
from sekisho.pipeline.status import PipelineStatus

NOW = 1_000_000.0


def told(**changes) -> list[str]:
    status = PipelineStatus(started_at=NOW - 100, reported_at=NOW - 1)
    return pipeline_lines(msgspec.to_builtins(msgspec.structs.replace(status, **changes)), NOW)


def test_a_healthy_pipeline_is_told_in_two_lines():
    lines = told(events=120, commits=3, lag_messages=0, last_commit_at=NOW - 2)
    assert len(lines) == 2
    assert "120 events" in lines[0]
    assert "last commit 2 s ago" in lines[1]


@pytest.mark.parametrize(
    ("changes", "first_word"),
    [
        ({"trouble": "LakeUnavailable: no catalogue"}, "TROUBLE"),
        ({"quarantined": 1}, "QUARANTINE"),
        ({"reported_at": NOW - 60}, "SILENT"),
    ],
)
def test_what_is_wrong_is_the_first_line(changes, first_word):
    assert told(**changes)[0].startswith(first_word)


def test_an_unknown_lag_is_not_shown_as_zero():
    assert "unknown" in told(lag_messages=None)[-1]


def test_a_pipeline_that_never_reported_is_told():
    assert pipeline_lines(None, NOW) == ["pipeline: has not reported yet"]


def test_syslog_is_told_once_some_came_and_what_was_lost_comes_first():
    counts = {"records": 0, "batches": 0, "dropped": 0, "waiting_bytes": 0}
    assert syslog_lines(None) == syslog_lines(counts) == []
    assert syslog_lines({**counts, "records": 7, "batches": 2}) == [
        "syslog since the collector's start: 7 records in 2 batches"
    ]
    assert syslog_lines({**counts, "records": 7, "batches": 2, "dropped": 3})[0].startswith("LOST: 3 syslog records")
