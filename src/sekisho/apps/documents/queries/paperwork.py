"""How the making of papers goes: what is in trouble, what waits, and how long a paper takes."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from statistics import median
from typing import NamedTuple

from sekisho.apps.scope import Scope

from ..models import Paperwork

TROUBLE_SHOWN_MAX = 200
FIGURES_ACTS_MAX = 10_000


class PaperFigures(NamedTuple):
    """Of one kind of paper: how many, its size and setting in the middle, and the longest wait after its act."""

    kind: str
    papers: int
    typeset_ms: float
    bytes: float
    longest_wait_seconds: float


def paperwork_in_trouble(scope: Scope) -> list[Paperwork]:
    """Papers that went wrong and are being tried again, the oldest act first."""
    rows = Paperwork.objects.filter(kept_at=None, attempts__gt=0)
    return list(scope.admit(rows).order_by("acted_at", "id")[:TROUBLE_SHOWN_MAX])


def paperwork_waiting(scope: Scope) -> int:
    """How many acts still wait for their papers, those in trouble included."""
    return scope.admit(Paperwork.objects.filter(kept_at=None)).count()


def paper_figures(scope: Scope, since: dt.datetime) -> list[PaperFigures]:
    """What the papers of acts since then took, by kind; of the latest acts, if there were very many."""
    rows = scope.admit(Paperwork.objects.filter(acted_at__gte=since, kept_at__isnull=False)).order_by("-id")
    by_kind: dict[str, list[tuple[int, int, float]]] = defaultdict(list)
    for made, acted_at, kept_at in rows.values_list("made", "acted_at", "kept_at")[:FIGURES_ACTS_MAX]:
        waited = (kept_at - acted_at).total_seconds()
        for paper in made:
            by_kind[paper["kind"]].append((paper["typeset_ms"], paper["bytes"], waited))
    return [_figures(kind, measured) for kind, measured in sorted(by_kind.items())]


def _figures(kind: str, measured: list[tuple[int, int, float]]) -> PaperFigures:
    setting, size, waited = zip(*measured, strict=True)
    return PaperFigures(kind, len(measured), median(setting), median(size), max(waited))
