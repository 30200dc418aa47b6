"""Correlations in the loop: counted over batches and restarts, and told once."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from sekisho.lake import LakeSettings
from sekisho.lake.windows import WindowStore
from sekisho.pipeline.counting import Counting
from sekisho.pipeline.detect import Detector, RuleSet, load

from .test_run import Site, done

RULES = [
    {
        "title": "Log-in", "id": "00000000-0000-4000-8000-000000000001", "name": "login", "status": "test",
        "logsource": {"category": "proxy"}, "detection": {"s": {"c-uri": "/login"}, "condition": "s"}, "level": "low",
    },
    {
        "title": "Guessing", "id": "00000000-0000-4000-8000-000000000002", "status": "test", "level": "high",
        "correlation": {
            "type": "event_count", "rules": ["login"], "group-by": ["src_ip"], "timespan": "5m", "condition": {"gte": 3}
        },
    },
]  # fmt: skip


@pytest.fixture
def rules(tmp_path: Path) -> RuleSet:
    path = tmp_path / "rules.yml"
    path.write_text(yaml.safe_dump_all(RULES), encoding="utf-8")
    return load(path)


@pytest.fixture
def windows(settings: LakeSettings) -> Iterator[WindowStore]:
    store = WindowStore(settings.database_url)
    yield store
    store.close()


def login(second: int) -> bytes:
    return json.dumps({
        "timestamp": f"2026-11-23T03:00:{second:02}.000000+0000", "event_type": "http", "src_ip": "203.0.113.9",
        "src_port": 40_000 + second, "dest_ip": "10.0.0.5", "dest_port": 80, "proto": "TCP",
        "http": {"hostname": "shop.example", "url": "/login", "http_method": "POST", "status": 401},
    }).encode()  # fmt: skip


def test_a_count_goes_on_where_a_restart_interrupted_it(lake, writer, contract, rules, windows):
    site = Site(contract, writer)

    async def scenario() -> None:
        for second in (1, 2):
            await site.send([login(second)], second)
        site.detector, site.counting = Detector(rules), Counting(rules.correlations, windows)
        await site.work(done(2))
        assert site.findings == []
        await site.send([login(3)], 3)
        site.counting = Counting(rules.correlations, windows)
        pipeline = await site.work(done(1))
        assert pipeline.status.windows == 1

    asyncio.run(scenario())
    (finding,) = site.findings
    assert (finding.contract, finding.rule_title, finding.level) == (contract, "Guessing", "high")


def test_findings_that_the_sink_had_no_time_for_come_again_with_the_same_keys(lake, writer, contract, rules, windows):
    site = Site(contract, writer)
    told: list[list[str]] = []

    def dying(findings) -> None:
        told.append([finding.key for finding in findings])
        if len(told) == 1:
            raise OSError("the database went away")

    async def scenario() -> None:
        await site.send([login(second) for second in (1, 2, 3)])
        site.detector, site.counting, site.sink = Detector(rules), Counting(rules.correlations, windows), dying
        await site.work(done(1))

    asyncio.run(scenario())
    assert len(told[0]) == 1
    assert told[1:] == [told[0]]


def test_what_is_too_old_to_count_is_not_kept(contract, windows):
    now = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
    windows.keep([("c", contract, ("k",), "r", 1, "b", 1, None)], [("c", contract, ("k",), 1, "b", 1, 3.0)])
    windows.keep([("c", contract, ("k",), "r", 1, "b", 1, "again")], [])
    sightings, firings = windows.recall()
    assert [row for row in sightings if row[1] == contract] == [("c", contract, ("k",), "r", 1, "b", 1, None)]
    assert [row for row in firings if row[1] == contract] == [("c", contract, ("k",), 1, "b", 1, 3.0)]
    assert windows.forget(now + dt.timedelta(days=3650), 0) >= 2
    assert windows.recall() == ([], [])
