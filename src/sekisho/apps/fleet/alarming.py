"""Which alarms a device's state calls for. Pure: what is known of it and ``now`` in, alarms with their words out.

An alarm is a pair of kind and what it is about (an engine); it lasts for as long as it is in the answer.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sekisho_wire.reports import SILENT_SECONDS, BoxStatus

from .models import AlarmKind

DEFINITIONS_DAYS_MAX = 3
CERTIFICATE_DAYS_MIN = 7
"""A box renews its certificate long before; with so little left, something keeps it from doing so."""

WELL = frozenset({"well", "inspecting", "off", "starting", "working"})
GOES_BY = frozenset({"bypassed", "open"})

Alarms = dict[tuple[AlarmKind, str], str]


@dataclass(frozen=True)
class Known:
    """``heard_at``: the last word of any kind, None if it never spoke. ``failed``: why its last policy isn't there."""

    heard_at: dt.datetime | None
    status: BoxStatus | None
    failed: str = ""


def due_alarms(known: Known, now: dt.datetime, silent_seconds: int = SILENT_SECONDS) -> Alarms:
    """Every alarm that should be open. A silent device keeps what it said last: nobody knows better."""
    found: Alarms = {}
    if known.heard_at is not None and (now - known.heard_at).total_seconds() > silent_seconds:
        found[AlarmKind.SILENT, ""] = f"no word since {known.heard_at:%Y-%m-%d %H:%M:%S} UTC"
    if known.failed:
        found[AlarmKind.ROLLED_BACK, ""] = known.failed
    return found | (_of_status(known.status, now) if known.status else {})


def _of_status(status: BoxStatus, now: dt.datetime) -> Alarms:
    found: Alarms = {}
    for engine in status.engines:
        if engine.state in GOES_BY:
            found[AlarmKind.FAIL_OPEN, engine.name] = engine.detail or "traffic goes by uninspected"
        elif engine.state not in WELL:
            found[AlarmKind.ENGINE_DOWN, engine.name] = engine.detail or engine.state
    if status.dropped_bytes:
        found[AlarmKind.LOGS_LOST, ""] = f"{status.dropped_bytes} bytes of logs were dropped for want of room"
    if _days(status.definitions_at, now, -1) > DEFINITIONS_DAYS_MAX:
        found[AlarmKind.DEFINITIONS_OLD, ""] = (
            f"definitions {status.definitions_version} are older than {DEFINITIONS_DAYS_MAX} days"
        )
    if status.certificate_ends_at is not None and _days(status.certificate_ends_at, now, 1) < CERTIFICATE_DAYS_MIN:
        found[AlarmKind.CERTIFICATE_ENDS, ""] = "the box's certificate ends soon and was not renewed"
    return found


def _days(instant: float | None, now: dt.datetime, sign: int) -> float:
    """From now to the instant (``sign`` 1) or from the instant to now (-1); 0 where there is none."""
    return 0.0 if instant is None else sign * (instant - now.timestamp()) / 86_400
