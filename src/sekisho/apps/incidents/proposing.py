"""The level that the machine proposes for a group, from its score and from the risk of its host.

The host's strongest group speaks for the host: its proposal takes the other groups of the host into
account. The others are proposed by their own score, so that one bad hour does not make every old
scan on the same host look grave.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable

from sekisho import triage
from sekisho.triage.risk import BREADTH_WINDOW_DAYS, RISK_WINDOW_HOURS

from .models import EventGroup
from .rows import as_json, triage_group

HOST_GROUPS_MAX = 200
"""Of one host; the weakest beyond these add next to nothing to its risk."""

PROPOSAL_COLUMNS = ("proposed_level", "proposed_reasons")


def propose_by_score(rows: Iterable[EventGroup]) -> None:
    """Propose a level for each group as it stands alone. Saves nothing."""
    for row in rows:
        _write(row, triage.proposed_level(row.score, [triage_group(row)]), ())


def propose_by_risk(rows: Iterable[EventGroup]) -> None:
    """For every host of these saved groups of one contract: weigh the host, in its strongest group."""
    by_host: dict[str, list[EventGroup]] = defaultdict(list)
    for row in rows:
        by_host[row.internal].append(row)
    by_host.pop("", None)
    strongest = [
        _weighed(touched[0].contract_id, host, max(row.last_at for row in touched)) for host, touched in by_host.items()
    ]
    EventGroup.objects.bulk_update(strongest, PROPOSAL_COLUMNS, batch_size=HOST_GROUPS_MAX)


def _weighed(contract_id: int, host: str, now: dt.datetime) -> EventGroup:
    """The host's strongest group, with a proposal that weighs the whole host. ``now`` is by the log."""
    since = now - dt.timedelta(days=BREADTH_WINDOW_DAYS)
    rows = EventGroup.objects.filter(contract_id=contract_id, internal=host, last_at__gte=since)
    strongest, *others = rows.order_by("-score", "-id")[:HOST_GROUPS_MAX]
    groups = [triage_group(row) for row in (strongest, *others)]
    promotion = triage.promotion(groups, now)
    recent = [group for group in groups if now - group.last_at <= dt.timedelta(hours=RISK_WINDOW_HOURS)]
    proposal = triage.proposed_level(max(strongest.score, promotion.risk.value), recent or groups[:1])
    _write(strongest, proposal, promotion.reasons)
    return strongest


def _write(row: EventGroup, proposal: triage.Proposal, promoted: Iterable[triage.Words]) -> None:
    row.proposed_level = proposal.level
    row.proposed_reasons = [as_json(words) for words in (*proposal.reasons, *promoted)]
