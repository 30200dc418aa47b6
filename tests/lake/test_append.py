"""Exactly once, whatever comes again, in whatever order, and whoever dies."""

from __future__ import annotations

import collections
import dataclasses
import os
import random
import subprocess
import sys
import threading
import time
from pathlib import Path

import psycopg
import pyarrow as pa
import pytest

from sekisho.lake import Commit, Lake, LakeHeld, LakeRefused, LakeUnavailable, LakeWriter, check
from sekisho.ocsf.columns import EVENT_SCHEMA, UNPARSED_SCHEMA

from .rows import ALL_TIME, NOON, commit, event_table, unparsed_table

KILLS = 20
CUTS = 10
PROJECT = Path(__file__).resolve().parents[2]


def batches_in(lake: Lake, contract: str) -> dict[str, int]:
    """Batch (without its contract) -> rows, by reading."""
    rows = lake.search(contracts={contract}, **ALL_TIME, limit=10_000, columns=["batch"]).rows
    return dict(collections.Counter(batch.partition("/")[2] for batch in rows["batch"].to_pylist()))


def of(contract: str, *names: str, **more) -> list[Commit]:
    """Commits of three rows each, named after their contract."""
    return [commit(f"{contract}/{name}", contract=contract, **more) for name in names]


def test_what_was_appended_is_found_as_it_was(writer: LakeWriter, lake: Lake, contract: str):
    strange = {"src_endpoint__ip": ["10.0.0.1", None], "answers__rdata": [["a", "b"], []]}
    events = event_table("b1", 2, contract=contract, raw=[b"\x00\xff\n", b""], **strange)
    unparsed = unparsed_table("b1", 1, contract=contract, reason="broken \x00 \x1b[31m 日本")
    appended = writer.append([Commit("as it was", events, unparsed)])
    assert (appended.events, appended.unparsed, appended.skipped) == (2, 1, ())
    found = lake.search(contracts={contract}, **ALL_TIME).rows
    assert found.schema.names == EVENT_SCHEMA.names
    assert found.sort_by("record").cast(EVENT_SCHEMA).to_pylist() == events.to_pylist()
    kept = lake.search(contracts={contract}, **ALL_TIME, table="unparsed").rows
    assert kept.cast(UNPARSED_SCHEMA).to_pylist() == unparsed.to_pylist()


def test_a_batch_that_comes_again_is_skipped_also_in_company_and_out_of_order(writer, lake, contract):
    writer.append(of(contract, "2", "1"))
    appended = writer.append(of(contract, "1", "3", "2", "3"))
    assert appended.events == 3
    assert set(appended.skipped) == {f"{contract}/1", f"{contract}/2"}
    assert batches_in(lake, contract) == {"1": 3, "2": 3, "3": 3}


def test_a_batch_without_a_readable_line_is_in_the_ledger_too(writer, lake, contract):
    writer.append(of(contract, "empty", count=0))
    assert writer.append(of(contract, "empty")).skipped == (f"{contract}/empty",)
    assert batches_in(lake, contract) == {}


def test_the_ledger_survives_a_restart(writer, contract):
    writer.append(of(contract, "1"))
    writer.close()
    assert writer.append(of(contract, "1", "2")).skipped == (f"{contract}/1",)


def test_a_commit_that_the_ledger_never_noted_is_read_back_from_the_snapshots(writer, urls, lake, contract):
    writer.append(of(contract, "1", "2"))
    writer.append(of(contract, "3"))
    writer.close()
    with psycopg.connect(urls.lake_url) as connection:
        connection.execute("DELETE FROM lake.sekisho_ledger WHERE batch = %s", [f"{contract}/3"])
    assert writer.append(of(contract, "3")).skipped == (f"{contract}/3",)
    assert batches_in(lake, contract) == {"1": 3, "2": 3, "3": 3}


def test_a_second_writer_is_refused_with_the_reason(settings, writer, contract):
    writer.append(of(contract, "1"))
    with pytest.raises(LakeHeld, match="another process"):
        LakeWriter(settings)
    writer.append(of(contract, "2"))


def end_connections(urls) -> int:
    """End every connection of the lake's roles, as a restart of PostgreSQL would."""
    with psycopg.connect(urls.lake_url, autocommit=True) as connection:
        rows = connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE usename = current_user AND pid <> pg_backend_pid() AND datname = current_database()"
        ).fetchall()
    return len(rows)


def append_until_done(writer: LakeWriter, commits: list[Commit], seconds_max: float = 120) -> int:
    """How often it had to be tried again."""
    deadline = time.monotonic() + seconds_max
    losses = 0
    while True:
        try:
            writer.append(commits)
            return losses
        except LakeUnavailable:
            losses += 1
            assert time.monotonic() < deadline, "the lake did not come back"


def test_after_a_lost_connection_the_same_call_finishes_the_work(writer, lake, urls, contract):
    writer.append(of(contract, "1"))
    assert end_connections(urls) >= 2
    with pytest.raises(LakeUnavailable):
        writer.append(of(contract, "2"))
    append_until_done(writer, of(contract, "2"))
    assert batches_in(lake, contract) == {"1": 3, "2": 3}


def test_commits_of_which_nobody_knows_whether_they_happened_count_once(writer, lake, urls, contract):
    """Connections are ended at random moments, some of them between COMMIT and its answer."""
    stop = threading.Event()

    def cut() -> None:
        rng = random.Random(7)
        for _ in range(CUTS):  # so many and no more: a busy machine must get done, too
            if stop.wait(rng.uniform(0.3, 2.0)):
                return
            end_connections(urls)

    cutter = threading.Thread(target=cut)
    cutter.start()
    names = [str(i) for i in range(25)]
    try:
        losses = sum(append_until_done(writer, of(contract, name)) for name in names)
        while not losses:
            names.append(str(len(names)))
            losses = append_until_done(writer, of(contract, names[-1]))
    finally:
        stop.set()
        cutter.join()
    assert batches_in(lake, contract) == dict.fromkeys(names, 3)


def test_rows_that_are_not_of_the_schema_are_refused_and_the_lane_goes_on(writer, lake, contract):
    bad = dataclasses.replace(of(contract, "bad")[0], events=pa.table({"contract": ["x"]}))
    (undated,) = of(contract, "undated", day=None)
    for each in (bad, undated):
        with pytest.raises(LakeRefused):
            writer.append([*of(contract, "good"), each])
    writer.append(of(contract, "good"))
    assert batches_in(lake, contract) == {"good": 3}


_LIVES = """
import os, random, signal, sys, time
from pathlib import Path
from sekisho.lake import LakeHeld, LakeSettings, LakeWriter
from tests.lake.rows import commit

url, folder, contract, lives = sys.argv[1], Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])

def live(start, tell):
    while True:
        try:
            writer = LakeWriter(LakeSettings(url, folder, memory_bytes_max=300_000_000))
            break
        except LakeHeld:
            time.sleep(0.05)
    for i in range(max(0, start - 3), 100_000):
        writer.append([commit(f"{contract}/{i}", contract=contract, unparsed=1)])
        tell.write(f"{i}\\n")
        tell.flush()

rng, done = random.Random(2026), 0
for _ in range(lives):
    source, target = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(source)
        live(done, os.fdopen(target, "w"))
    os.close(target)
    with os.fdopen(source) as told:
        for _ in range(rng.randint(4, 10)):
            done = max(done, int(told.readline()) + 1)
        time.sleep(rng.uniform(0, 0.08))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        done = max([done, *(int(line) + 1 for line in told if line.endswith("\\n"))])
    print(done, flush=True)
"""


def test_a_writer_that_is_killed_again_and_again_loses_nothing_and_doubles_nothing(writer, settings, contract, lake):
    """kill -9 at a random moment of its work, KILLS times; each life starts three batches back."""
    writer.close()
    ended = subprocess.run(
        [sys.executable, "-c", _LIVES, settings.database_url, str(settings.path), contract, str(KILLS)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": f"{PROJECT / 'src'}:{PROJECT}"},
        timeout=400,
        check=True,
    )
    done = int(ended.stdout.split()[-1])
    assert len(ended.stdout.split()) == KILLS
    names = [str(i) for i in range(done + 1)]
    append_until_done(writer, of(contract, *names, unparsed=1))
    assert batches_in(lake, contract) == dict.fromkeys(names, 3)
    assert lake.count(contracts={contract}, **ALL_TIME, table="unparsed") == len(names)
    report = check(settings, NOON, deep=True)
    assert report.problems == []
    assert report.rows["events"] == lake.counts().events
