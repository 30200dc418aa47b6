"""One batch of lines of a vendor's product -> cells: what all products but Suricata share. Pure.

A product is a value: how its lines are recognised and read, what becomes of its fields, and a function
that says what they mean. A line that can't be read becomes an ``Unparsed`` with the reason.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence

import msgspec

from sekisho.ocsf.classes import AUTHENTICATION, DETECTION_FINDING
from sekisho.ocsf.device import DeviceContext
from sekisho.ocsf.finding import Outcome
from sekisho.pipeline.normalise.addresses import AddressBook
from sekisho.pipeline.normalise.cells import COLUMN, Cells, Unparsed, empty_cells
from sekisho.pipeline.normalise.draft import Draft, Fields, Table
from sekisho.pipeline.parse import ParseError
from sekisho.pipeline.parse.moment import Clock
from sekisho.pipeline.parse.text import Head, text_of

DISPOSITIONS: dict[Outcome, tuple[int | None, int | None]] = {
    "blocked": (2, 2),
    "allowed": (1, 1),
    "detected": (1, 15),
    "unknown": (None, None),
}
"""Outcome -> OCSF action_id, disposition_id. OCSF counts taking no action as allowed."""

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_RAW, _CLASS, _ACTIVITY = COLUMN["raw"], COLUMN["class_uid"], COLUMN["activity_id"]
_SEVERITY, _OUTCOME = COLUMN["severity_id"], COLUMN["outcome"]
_ACTION_ID, _DISPOSITION_ID = COLUMN["action_id"], COLUMN["disposition_id"]

Line = tuple[Head, Fields]


class Product(msgspec.Struct, frozen=True, kw_only=True):
    """``read`` finds the message in a line and its fields, or raises ParseError; ``recognises`` never raises.

    ``fill`` gives the draft its meaning: it must set class_uid and activity_id (``judge``), ``place``
    the addresses, and return the moment of each row (None where the line tells none).
    """

    name: str
    title: str
    vendor: str
    recognises: Callable[[str], bool]
    read: Callable[[str], Line]
    reader: Callable[[], Callable[[str], Line]] | None = None
    """For a format whose lines need those before them: makes a ``read`` for one batch."""
    table: Table
    fill: Callable[[Draft], Sequence]


class Normaliser:
    """Fills the cells of one batch. Remembers addresses from batch to batch, nothing else."""

    def __init__(self, product: Product, device: DeviceContext) -> None:
        self._product = product
        self._zone = device.time_zone
        self._book = AddressBook(device.home_networks)

    def rows(
        self, lines: Iterable[tuple[int, bytes]], received: dt.datetime
    ) -> tuple[list[int], Cells, list[Unparsed]]:
        """(record index of each row, cells, unreadable records) of lines with their record index."""
        records: list[int] = []
        raws: list[bytes] = []
        heads: list[Head] = []
        fields: list[Fields] = []
        unparsed: list[Unparsed] = []
        read = self._product.reader() if self._product.reader else self._product.read
        for record, line in lines:
            try:
                head, found = read(text_of(line))
            except ParseError as error:
                unparsed.append(Unparsed(record, line, str(error)))
                continue
            records.append(record)
            raws.append(line)
            heads.append(head)
            fields.append(found)
        if not records:
            return records, empty_cells(0), unparsed
        draft = Draft(fields, heads, self._product.table, self._book, Clock(self._zone, received))
        self._fill(draft, received)
        draft.cells[_RAW] = raws
        return records, draft.cells, unparsed

    def _fill(self, draft: Draft, received: dt.datetime) -> None:
        moments = self._product.fill(draft)
        draft.stamp(moments, (received - _EPOCH) // dt.timedelta(microseconds=1))
        draft.put("metadata.product.name", [self._product.title] * draft.rows)
        draft.put("metadata.product.vendor_name", [self._product.vendor] * draft.rows)
        if any(head.host for head in draft.heads):
            draft.put("device.hostname", [head.host for head in draft.heads])
        draft.unmapped()


def judge(
    draft: Draft,
    kinds: Sequence[tuple[int, int]],
    outcomes: Sequence[Outcome],
    severities: Sequence[int],
) -> None:
    """Class and activity, outcome and severity of every row."""
    draft.cells[_CLASS] = [kind[0] for kind in kinds]
    draft.cells[_ACTIVITY] = [kind[1] for kind in kinds]
    draft.cells[_OUTCOME] = list(outcomes)
    draft.cells[_SEVERITY] = list(severities)
    draft.cells[_ACTION_ID] = [DISPOSITIONS[outcome][0] for outcome in outcomes]
    draft.cells[_DISPOSITION_ID] = [DISPOSITIONS[outcome][1] for outcome in outcomes]


def conclude(
    draft: Draft,
    kinds: Sequence[tuple[int, int]],
    outcomes: Sequence[Outcome],
    severities: Sequence[int],
    *,
    titles: Sequence[str] = ("malware.name", "activity_name", "message"),
    uid: str = "metadata.event_code",
) -> None:
    """``judge``, and what follows: the status of a log-in, the title (the first of these columns) of a finding."""
    judge(draft, kinds, outcomes, severities)
    if any(kind[0] == AUTHENTICATION for kind in kinds):
        pairs = zip(kinds, outcomes, strict=True)
        draft.put(
            "status_id", [_STATUSES.get(outcome) if kind[0] == AUTHENTICATION else None for kind, outcome in pairs]
        )
    rows = [kind[0] == DETECTION_FINDING for kind in kinds]
    if any(rows):
        for title in titles:
            draft.put(
                "finding_info.title", [text if row else None for text, row in zip(draft.seen(title), rows, strict=True)]
            )
        draft.put(
            "finding_info.analytic.uid",
            [text if row else None for text, row in zip(draft.seen(uid), rows, strict=True)],
        )


_STATUSES = {"allowed": 1, "blocked": 2}
