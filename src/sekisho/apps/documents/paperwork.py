"""Papers that acts call for: the news of an act becomes a piece of paperwork, which is typeset and kept once.

An app that has papers to make says so by a ``Desk``: which news calls for which papers. ``take_up`` writes the
paperwork down as it takes the news; ``work_off`` does it. The act itself never waits for its papers, and nothing that
goes wrong with them touches it.

Papers of a batch are typeset first and kept together at its end, so the chain's turn is held for the inserts alone.
A process that is killed in between has kept nothing, and the batch is done again; one that was kept is settled in the
same transaction. What goes wrong is written on its row, shown by ``queries.paperwork_in_trouble``, and tried again
after a pause that doubles up to ``PAUSE_MAX``; it keeps no other paper waiting.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.db import transaction

from sekisho.apps.audit.actions import Actor, record, take_news
from sekisho.apps.audit.models import OutboxRow
from sekisho.apps.audit.queries import news_for
from sekisho.apps.refusals import Refused
from sekisho.apps.scope import entered, system_scope
from sekisho.gateways import clock
from sekisho.gateways.typesetting import typeset
from sekisho.papers.form import Form
from sekisho.papers.letter import Letter

from .actions import Keeping, keep_many
from .kinds import DocumentKind
from .models import Document, Paperwork

NEWS_MAX = 500
RUN_ACTS_MAX = 200
BATCH_ACTS = 20
FIRST_PAUSE = dt.timedelta(minutes=1)
PAUSE_MAX = dt.timedelta(hours=1)
DOUBLINGS_MAX = 6
PROBLEM_CHARACTERS_MAX = 300

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A paper that is drawn up, to be typeset and kept. ``contract_id`` None: for the carrier's eyes alone.

    ``yen``: the amount with tax, where the paper has one. The paper's own number and date become the document's.
    """

    kind: DocumentKind
    paper: Form | Letter
    contract_id: int | None
    counterparty: str
    yen: int | None = None


Draw = Callable[[OutboxRow], Iterable[Drawn]]
"""The papers that an act calls for, by its news; none where it doesn't after all."""


class Desk(NamedTuple):
    """``reader``: the name under which the news is taken. ``draws``: topic -> what draws its papers up."""

    reader: str
    draws: Mapping[str, Draw]


class Tally(NamedTuple):
    """Of one run: acts dealt with, papers kept, acts whose papers went wrong."""

    acts: int = 0
    papers: int = 0
    failed: int = 0

    def plus(self, other: Tally) -> Tally:
        return Tally(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))


class _Typeset(NamedTuple):
    drawn: Drawn
    content: bytes
    typeset_ms: int


_Ready = tuple[Paperwork, list[_Typeset]]


def take_up(desk: Desk, news_max: int = NEWS_MAX) -> int:
    """Write down what the latest acts call for; how many there were."""
    with entered(system_scope(desk.reader)):
        rows = news_for(desk.reader, desk.draws.keys(), news_max)
        waiting = [
            Paperwork(
                reader=desk.reader,
                news=row.pk,
                topic=row.topic,
                contract_id=row.contract_id,
                acted_at=row.at,
                next_try_at=row.at,
            )
            for row in rows
        ]
        Paperwork.objects.bulk_create(waiting, ignore_conflicts=True)
        take_news(desk.reader, rows)
    return len(rows)


@transaction.atomic
def try_again(actor: Actor, *, work: Paperwork) -> Paperwork:
    """A person has mended the cause: the papers are tried with the next run, and not after their pause."""
    row = Paperwork.objects.select_for_update().get(pk=work.pk)
    if row.kept_at is not None:
        raise Refused("paperwork.made", "この文書は作成済みです。", "These papers have been made.")
    row.next_try_at = clock.now()
    row.save(update_fields=("next_try_at",))
    record(actor, act="documents.try_again", object=f"paperwork:{row.pk}", contract_id=row.contract_id)
    return row


def work_off(actor: Actor, desk: Desk, acts_max: int = RUN_ACTS_MAX) -> Tally:
    """Make the papers that are waiting, the oldest first, of at most so many acts; each batch is a transaction."""
    tally = Tally()
    while (left := acts_max - tally.acts) > 0:
        done = _work_off_batch(actor, desk, min(left, BATCH_ACTS))
        if not done.acts:
            break
        tally = tally.plus(done)
    return tally


def _work_off_batch(actor: Actor, desk: Desk, acts: int) -> Tally:
    with entered(system_scope(desk.reader)):
        works = _next(desk, acts)
        news = OutboxRow.objects.in_bulk([work.news for work in works])
        tried = [(work, _typeset(desk, work, news[work.news])) for work in works]
        ready = [(work, papers) for work, papers in tried if papers is not None]
        papers = _keep(actor, ready)
        failed = sum(work.kept_at is None for work in works)
    return Tally(len(works), papers, failed)


def _next(desk: Desk, acts: int) -> list[Paperwork]:
    """Held until the batch is over; what another process holds is left to it."""
    rows = Paperwork.objects.select_for_update(skip_locked=True)
    due = rows.filter(reader=desk.reader, kept_at=None, next_try_at__lte=clock.now())
    return list(due.order_by("next_try_at", "id")[:acts])


def _typeset(desk: Desk, work: Paperwork, news: OutboxRow) -> list[_Typeset] | None:
    """The act's papers as PDF; None, with the reason on its row, if that went wrong."""
    try:
        with transaction.atomic():
            return [_timed(drawn) for drawn in desk.draws[work.topic](news)]
    except Exception as problem:
        _put_off(work, problem)
        return None


def _timed(drawn: Drawn) -> _Typeset:
    began = time.perf_counter()
    content = typeset(drawn.paper)
    return _Typeset(drawn, content, round((time.perf_counter() - began) * 1000))


def _keep(actor: Actor, ready: Sequence[_Ready]) -> int:
    """Keep them all at once; if that is refused, act by act, so that one bad paper spoils no other."""
    try:
        with transaction.atomic():
            return _keep_together(actor, ready)
    except Exception as problem:
        if len(ready) > 1:
            return sum(_keep(actor, [one]) for one in ready)
        _put_off(ready[0][0], problem)
        return 0


def _keep_together(actor: Actor, ready: Sequence[_Ready]) -> int:
    kept = keep_many(actor, [_keeping(paper) for _, papers in ready for paper in papers])
    documents = iter(kept)
    for work, papers in ready:
        _settle(work, [_figures(next(documents), paper) for paper in papers])
    return len(kept)


def _keeping(paper: _Typeset) -> Keeping:
    drawn = paper.drawn
    return Keeping(
        kind=drawn.kind,
        number=drawn.paper.number,
        contract_id=drawn.contract_id,
        language=drawn.paper.language.value,
        dated=drawn.paper.dated,
        counterparty=drawn.counterparty,
        content=paper.content,
        yen=drawn.yen,
    )


def _figures(document: Document, paper: _Typeset) -> dict[str, object]:
    return {
        "position": document.position,
        "kind": document.kind,
        "bytes": document.content_bytes,
        "typeset_ms": paper.typeset_ms,
    }


def _settle(work: Paperwork, made: list[dict[str, object]]) -> None:
    Paperwork.objects.filter(pk=work.pk).update(attempts=work.attempts + 1, problem="", made=made, kept_at=clock.now())
    work.kept_at = clock.now()


def _put_off(work: Paperwork, problem: Exception) -> None:
    log.error("the papers of %s are put off", work, exc_info=problem)
    pause = min(FIRST_PAUSE * 2 ** min(work.attempts, DOUBLINGS_MAX), PAUSE_MAX)
    work.attempts += 1
    work.problem = f"{type(problem).__name__}: {problem}"[:PROBLEM_CHARACTERS_MAX]
    work.next_try_at, work.kept_at = clock.now() + pause, None
    work.save(update_fields=("attempts", "problem", "next_try_at"))
