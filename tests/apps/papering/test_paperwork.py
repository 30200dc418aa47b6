"""Papers are made once an act: in batches, after troubles, after a kill; and no act waits for them."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.db.utils import ProgrammingError

from sekisho.apps.audit.models import OutboxRow
from sekisho.apps.contracts import actions, jobs
from sekisho.apps.contracts.actions.applying import submit_application
from sekisho.apps.contracts.papering import DESK
from sekisho.apps.contracts.queries import scope_of
from sekisho.apps.documents import jobs as document_jobs
from sekisho.apps.documents.models import Document, Paperwork
from sekisho.apps.documents.paperwork import Desk, Drawn, Tally, take_up, work_off
from sekisho.apps.documents.queries.paperwork import paper_figures, paperwork_in_trouble, paperwork_waiting
from sekisho.apps.refusals import Refused
from sekisho.apps.scope import entered
from sekisho.entry.database import DatabaseUrls
from sekisho.gateways.clock import StandingClock

from ..contracts.forms_of_tests import draft
from ..world import EVERYTHING, NOW, TESTER, World, build_world

ROOT = Path(__file__).resolve().parents[3]
KILLED_SECONDS_MAX = 120


@pytest.fixture
def world(seeing_all: World) -> World:
    jobs.make_papers()
    return seeing_all


def three_acts(world: World) -> None:
    for contract in (world.contract, world.other_contract, world.entry_contract):
        actions.cancel(TESTER, contract=contract)


def failing(topic: str = "contracts.cancel") -> Desk:
    """The desk as it is, but for the second contract nothing can be drawn up."""

    def draw(news: OutboxRow) -> Iterator[Drawn]:
        if news.contract_id == OutboxRow.objects.filter(topic=topic).order_by("id")[1].contract_id:
            raise ValueError("no such sheet")
        yield from DESK.draws[topic](news)

    return Desk(DESK.reader, {**DESK.draws, topic: draw})


def kept() -> int:
    return Document.objects.filter(kind="cancellation_application").count()


@pytest.mark.django_db
def test_an_act_gives_its_papers_once_however_often_the_job_runs(world: World) -> None:
    three_acts(world)
    assert jobs.make_papers() == Tally(acts=3, papers=3, failed=0)
    assert jobs.make_papers() == Tally()
    assert kept() == 3


@pytest.mark.django_db
def test_a_run_makes_at_most_so_many_and_the_oldest_first(world: World) -> None:
    three_acts(world)
    take_up(DESK)
    assert work_off(TESTER, DESK, acts_max=2).acts == 2
    assert paperwork_waiting(EVERYTHING) == 1
    (left,) = Paperwork.objects.filter(kept_at=None)
    assert left.contract_id == world.entry_contract.pk


@pytest.mark.django_db
def test_a_paper_that_goes_wrong_is_shown_and_tried_again_and_keeps_no_other_waiting(
    world: World, hand: StandingClock
) -> None:
    three_acts(world)
    desk = failing()
    take_up(desk)
    assert work_off(TESTER, desk) == Tally(acts=3, papers=2, failed=1)
    (trouble,) = paperwork_in_trouble(EVERYTHING)
    assert (trouble.attempts, trouble.problem) == (1, "ValueError: no such sheet")
    assert trouble.next_try_at == NOW + dt.timedelta(minutes=1)
    assert work_off(TESTER, DESK) == Tally()
    hand.advance(minutes=1)
    assert work_off(TESTER, desk).failed == 1
    assert paperwork_in_trouble(EVERYTHING)[0].next_try_at == NOW + dt.timedelta(minutes=3)
    hand.advance(minutes=2)
    assert work_off(TESTER, DESK) == Tally(acts=1, papers=1, failed=0)
    assert not paperwork_in_trouble(EVERYTHING)


@pytest.mark.django_db
def test_a_paper_that_the_chain_refuses_spoils_no_other_of_its_batch(world: World) -> None:
    three_acts(world)

    def twice(news: OutboxRow) -> Iterator[Drawn]:
        """One contract's form is drawn twice, and the second has a number that is taken."""
        yield from DESK.draws["contracts.cancel"](news)
        if news.contract_id == world.contract.pk:
            yield from DESK.draws["contracts.cancel"](news)

    desk = Desk(DESK.reader, {"contracts.cancel": twice})
    take_up(desk)
    assert work_off(TESTER, desk) == Tally(acts=3, papers=2, failed=1)
    assert paperwork_in_trouble(EVERYTHING)[0].problem.startswith("Refused")


@pytest.mark.django_db
def test_an_act_is_done_whatever_becomes_of_its_paper(world: World) -> None:
    desk = failing()
    three_acts(world)
    take_up(desk)
    work_off(TESTER, desk)
    with pytest.raises(Refused):
        actions.cancel(TESTER, contract=world.contract)


@pytest.mark.django_db
def test_every_paper_has_its_figures(world: World, hand: StandingClock) -> None:
    three_acts(world)
    hand.advance(seconds=20)
    jobs.make_papers()
    figures = {each.kind: each for each in paper_figures(EVERYTHING, NOW)}
    measured = figures["cancellation_application"]
    assert measured.papers == 3 and measured.longest_wait_seconds == 20
    assert measured.bytes > 1000 and measured.typeset_ms > 0


@pytest.mark.django_db
def test_paperwork_that_is_done_is_final_and_seen_by_its_own_contractor_alone(world: World) -> None:
    three_acts(world)
    jobs.make_papers()
    with entered(scope_of(world.owner)):
        assert {work.contract_id for work in Paperwork.objects.all()} == {world.contract.pk}
    with pytest.raises(ProgrammingError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE documents_paperwork SET made = '[]' WHERE kept_at IS NOT NULL")


@pytest.mark.django_db
def test_the_worker_looks_for_papers_thrice_a_minute_and_lets_contents_expire_daily() -> None:
    known = {task.task.name: task.cron for task in jobs.queue.periodic_registry.periodic_tasks.values()}
    assert known["contracts.keep_papers"].endswith("*/20")
    assert "documents.expire" in known
    document_jobs.expire_documents(timestamp=0)


def test_killed_between_typesetting_and_keeping_it_makes_every_paper_once(
    committed_db: None, database_urls: DatabaseUrls
) -> None:
    world = build_world()
    with entered(EVERYTHING):
        three_acts(world)
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "sekisho.web.settings",
        "SEKISHO_SECRET_KEY": "only-for-tests",
        "SEKISHO_APP_DATABASE_URL": database_urls.app_url,
        "SEKISHO_DATABASE_URL": database_urls.owner_url,
    }
    argv = [sys.executable, "-m", "tests.apps.papering.killed_papers"]
    killed = subprocess.run(argv, cwd=ROOT, env=environment, timeout=KILLED_SECONDS_MAX, check=False)
    assert killed.returncode == -signal.SIGKILL
    with entered(EVERYTHING):
        assert paperwork_waiting(EVERYTHING) and not kept()
    jobs.make_papers()
    jobs.make_papers()
    with entered(EVERYTHING):
        assert kept() == 3 and not paperwork_waiting(EVERYTHING)


@pytest.mark.django_db
def test_a_draft_calls_for_no_paper_and_its_receipt_does(world: World) -> None:
    drafted = draft(world.owner.organisation)
    assert jobs.make_papers() == Tally()
    submit_application(TESTER, application=drafted)
    assert jobs.make_papers().papers == 1
