"""The real worker on the real database: killed and started again, it forgets no timer and no mail."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import connections
from procrastinate.contrib.django.models import ProcrastinateJob

from sekisho.apps.incidents import actions, clocks, queries
from sekisho.apps.incidents.intake import record_findings
from sekisho.apps.incidents.models import Level, SecurityIncident
from sekisho.apps.notices import queries as notices
from sekisho.apps.notices.models import Channel, NoticeState
from sekisho.apps.scope import entered
from sekisho.entry.database import DatabaseUrls
from sekisho.gateways import clock
from sekisho.gateways.clock import standing_at

from ..django_database import SECRET_KEY
from ..engines import wait_until
from ..gateways.mail_servers import Mailbox, mail_server
from .world import EVERYTHING, World, build_world, finding

PATIENCE_SECONDS = 60
STALLED_PATIENCE_SECONDS = 90

StartWorker = Callable[[], subprocess.Popen]


@pytest.fixture
def committed_world(committed_db: None) -> World:
    return build_world()


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with mail_server() as mailbox:
        yield mailbox


@pytest.fixture
def start_worker(database_urls: DatabaseUrls, mailbox: Mailbox, tmp_path: Path) -> Iterator[StartWorker]:
    env = {
        **os.environ,
        "SEKISHO_APP_DATABASE_URL": database_urls.app_url,
        "SEKISHO_SECRET_KEY": SECRET_KEY,
        "SEKISHO_SMTP_URL": mailbox.url,
        "SEKISHO_VAR": str(tmp_path),
    }
    started: list[subprocess.Popen] = []

    def start() -> subprocess.Popen:
        with (tmp_path / "worker.log").open("ab") as log:
            program = [sys.executable, "-m", "sekisho.entry.processes.worker"]
            started.append(subprocess.Popen(program, env=env, stdout=log, stderr=log))
        return started[-1]

    yield start
    for process in started:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(30)


def determine(world: World, level: Level, at: dt.datetime | None = None) -> SecurityIncident:
    record_findings([finding()])
    with standing_at(at or clock.now()), entered(EVERYTHING):
        group = queries.triage_queue(EVERYTHING)[0]
        return actions.determine_level(world.analyst, group=group, level=level).incident


def verdicts(incident: SecurityIncident) -> list[str | None]:
    with entered(EVERYTHING):
        return [row.verdict for row in queries.clocks_of(EVERYTHING, incident)]


def mails(incident: SecurityIncident) -> list[str]:
    with entered(EVERYTHING):
        about = notices.notices_about(EVERYTHING, queries.subject_of(incident))
        return [notice.state for notice in about if notice.channel == Channel.MAIL]


def test_the_worker_sends_the_mails_and_the_medium_clock_stops(
    committed_world: World, start_worker: StartWorker, mailbox: Mailbox
) -> None:
    incident = determine(committed_world, Level.MEDIUM)
    start_worker()

    wait_until(lambda: verdicts(incident) == ["met"], PATIENCE_SECONDS, "the clock is judged")
    wait_until(lambda: mails(incident) == [NoticeState.DONE] * 2, PATIENCE_SECONDS, "both mails are out")
    assert len(mailbox.taken) == 2
    assert {envelope.rcpt_tos[0] for envelope in mailbox.taken} == {"first@line-1.example", "second@line-1.example"}


def test_a_timer_set_before_the_worker_was_killed_fires_after_it_is_back(
    committed_world: World, start_worker: StartWorker
) -> None:
    # Determined so long ago that the deadline passes a few seconds from now.
    incident = determine(committed_world, Level.HIGH, clock.now() - dt.timedelta(minutes=14, seconds=54))
    first = start_worker()
    wait_until(lambda: NoticeState.DONE in mails(incident), PATIENCE_SECONDS, "the worker works")
    first.kill()
    first.wait(30)
    start_worker()

    wait_until(lambda: verdicts(incident) == ["breached"], PATIENCE_SECONDS, "the breach is known")


def test_a_clock_whose_timers_were_lost_is_judged_by_the_sweep(
    committed_world: World, start_worker: StartWorker
) -> None:
    incident = determine(committed_world, Level.HIGH, clock.now() - dt.timedelta(minutes=20))
    ProcrastinateJob.objects.filter(task_name=clocks.JUDGE_JOB)._raw_delete("default")
    start_worker()

    wait_until(lambda: verdicts(incident) == ["breached"], PATIENCE_SECONDS, "the sweep has judged")


def test_mails_are_tried_again_when_the_server_puts_them_off(
    committed_world: World, start_worker: StartWorker, mailbox: Mailbox
) -> None:
    mailbox.answers = ["451 later"]
    incident = determine(committed_world, Level.MEDIUM)
    start_worker()

    wait_until(lambda: mails(incident) == [NoticeState.DONE] * 2, PATIENCE_SECONDS, "both mails are out")
    with entered(EVERYTHING):
        attempts = notices.attempts_about(EVERYTHING, queries.subject_of(incident))
        assert sorted(attempt.result for attempt in attempts) == ["accepted", "accepted", "delayed"]
        assert any(attempt.reply == "451 later" for attempt in attempts)
    assert len(mailbox.taken) == 2
    connections.close_all()


def test_a_worker_killed_in_the_hand_over_leaves_a_doubt_and_no_second_mail(
    committed_world: World, start_worker: StartWorker, mailbox: Mailbox
) -> None:
    mailbox.hold = threading.Event()
    incident = determine(committed_world, Level.MEDIUM)
    first = start_worker()
    wait_until(lambda: mails(incident) == [NoticeState.HANDING_OVER] * 2, PATIENCE_SECONDS, "both are on the line")
    first.kill()
    first.wait(30)
    mailbox.hold.set()
    start_worker()

    wait_until(lambda: mails(incident) == [NoticeState.UNCLEAR] * 2, STALLED_PATIENCE_SECONDS, "a person must say")
    assert len(mailbox.taken) <= 2  # what the dead worker had handed over, and nothing else
    assert verdicts(incident) == [None]
