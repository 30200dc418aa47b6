"""Findings in, security events and groups out. Idempotent: the pipeline may hand over the same findings again.

One transaction a call and one lock a contract, so that two pipelines never group the same contract at
the same time. Keys, scores and proposals are ``sekisho.triage``'s; this file only remembers.
Errors: a database error is raised and nothing of the call stays; the pipeline tries again.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sekisho import triage
from sekisho.apps.contracts.models import Contract
from sekisho.apps.contracts.queries import contracts_by_numbers
from sekisho.apps.scope import entered, system_scope
from sekisho.apps.turns import take_turn
from sekisho.gateways import clock
from sekisho.ocsf.finding import DetectionFinding
from sekisho.triage.group import SPAN_SECONDS_MAX
from sekisho.triage.score import FIRST_TIME_DAYS

from .models import EventGroup, IncidentState, SecurityEvent
from .proposing import PROPOSAL_COLUMNS, propose_by_risk, propose_by_score
from .rows import GROUP_COLUMNS_THAT_CHANGE, event_row, grow, new_group, storable, triage_group

BULK_ROWS = 500

log = logging.getLogger(__name__)


class Recorded(NamedTuple):
    """What one call added. ``unknown`` findings name a contract that does not exist; they are logged and dropped."""

    events: int = 0
    groups_opened: int = 0
    groups_grown: int = 0
    unknown: int = 0

    def __add__(self, other: Recorded) -> Recorded:  # type: ignore[override]
        return Recorded(*(a + b for a, b in zip(self, other, strict=True)))


def record_findings(findings: Sequence[DetectionFinding]) -> Recorded:
    """Keep what the pipeline found. A finding that is known already (``finding.key``) changes nothing."""
    by_contract: dict[str, list[DetectionFinding]] = defaultdict(list)
    for finding in map(storable, findings):
        by_contract[finding.contract].append(finding)
    recorded = Recorded()
    with entered(system_scope("pipeline")) as scope:
        contracts = contracts_by_numbers(scope, by_contract)
        for number in sorted(by_contract):
            recorded += _record(contracts.get(number), by_contract[number])
    return recorded


def _record(contract: Contract | None, findings: list[DetectionFinding]) -> Recorded:
    if contract is None:
        log.error("%d findings name contract %r, which does not exist", len(findings), findings[0].contract)
        return Recorded(unknown=len(findings))
    take_turn("intake", contract.pk)
    fresh = _unknown_yet(findings)
    return _Intake(contract, fresh).store() if fresh else Recorded()


def _unknown_yet(findings: Iterable[DetectionFinding]) -> list[DetectionFinding]:
    """Each new finding once, in the order of their times."""
    by_key = {finding.key: finding for finding in findings}
    known = set(SecurityEvent.objects.filter(key__in=by_key).values_list("key", flat=True))
    fresh = [finding for key, finding in by_key.items() if key not in known]
    return sorted(fresh, key=lambda finding: (finding.time, finding.key))


class _Intake:
    """One contract's new findings on their way into its groups."""

    def __init__(self, contract: Contract, findings: list[DetectionFinding]) -> None:
        self._contract = contract
        self._findings = findings
        self._now = clock.now()
        self._running = self._running_groups()
        scan_keys = {triage.scan_key(finding) for finding in findings} & self._running.keys()
        self._scans = triage.scanning(findings) | frozenset(filter(None, scan_keys))
        self._seen = self._seen_pairs()
        self._opened: list[EventGroup] = []
        self._grown: dict[int, EventGroup] = {}

    def store(self) -> Recorded:
        placed = [(finding, *self._place(finding)) for finding in self._findings]
        grown = list(self._grown.values())
        propose_by_score([*self._opened, *grown])
        EventGroup.objects.bulk_create(self._opened, batch_size=BULK_ROWS)
        EventGroup.objects.bulk_update(grown, (*GROUP_COLUMNS_THAT_CHANGE, *PROPOSAL_COLUMNS), batch_size=BULK_ROWS)
        events = [event_row(finding, score, row, self._now) for finding, score, row in placed]
        SecurityEvent.objects.bulk_create(events, batch_size=BULK_ROWS)
        propose_by_risk([*self._opened, *grown])
        return Recorded(len(events), len(self._opened), len(grown))

    def _place(self, finding: DetectionFinding) -> tuple[triage.Score, EventGroup]:
        """Score a finding and put it into the group it belongs to, or into a new one."""
        context = self._context(finding)
        scored = triage.Scored(finding, triage.alert_score(finding, context), context)
        key = triage.group_key(finding, self._scans)
        row = self._running.get(key)
        if row is None or not triage.accepts(triage_group(row), finding.time):
            row = self._running[key] = new_group(self._contract, key, scored)
            self._opened.append(row)
        else:
            grow(row, scored)
            if row.pk is not None:
                self._grown[row.pk] = row
        return scored.score, row

    def _context(self, finding: DetectionFinding) -> triage.Context:
        pair = (finding.rule_family, finding.internal or "")
        first_time = bool(finding.internal) and pair not in self._seen
        self._seen.add(pair)
        return triage.Context(first_time=first_time)

    def _running_groups(self) -> dict[str, EventGroup]:
        """The latest group under each key that these findings may belong to.

        What comes after its incident was closed is news: it opens a group of its own, which somebody will see.
        """
        keys = {triage.dedup_key(f) for f in self._findings} | {triage.scan_key(f) for f in self._findings}
        since = self._findings[0].time - dt.timedelta(seconds=SPAN_SECONDS_MAX)
        rows = EventGroup.objects.filter(contract=self._contract, key__in=keys - {None}, last_at__gte=since)
        rows = rows.exclude(incident__state=IncidentState.CLOSED)
        return {row.key: row for row in rows.order_by("last_at", "id")}

    def _seen_pairs(self) -> set[tuple[str, str]]:
        """Rule families that each of these hosts has met in the last FIRST_TIME_DAYS."""
        hosts = {finding.internal for finding in self._findings if finding.internal}
        since = self._findings[0].time - dt.timedelta(days=FIRST_TIME_DAYS)
        rows = EventGroup.objects.filter(contract=self._contract, internal__in=hosts, last_at__gte=since)
        return set(rows.values_list("rule_family", "internal").distinct())
