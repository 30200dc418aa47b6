"""The status file of the agent in the words of the wire: what the centre makes alarms of. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from sekisho_edge.render import RENDERED
from sekisho_wire.reports import BoxStatus, EngineStatus

DETAIL_CHARS_MAX = 500


def box_status(
    status: dict[str, Any], *, failure: str, blocks_revision: int, ends_at: dt.datetime | None, now: float
) -> BoxStatus:
    """``failure`` is what the policy says of inspection: a sensor that is down lets traffic by, or holds it."""
    rollout = status.get("rollout") or {}
    logs = [log for log in (status.get("logs"), status.get("firewall_logs")) if log]
    logs += status.get("engine_logs", {}).values()
    definitions = status.get("definitions") or {}
    return BoxStatus(
        at=now,
        confirmed_revision=status["confirmed_revision"],
        trying_revision=rollout.get("revision", 0) if rollout.get("state") == "trying" else 0,
        blocks_revision=blocks_revision,
        features=tuple(sorted(RENDERED.features or ())),
        engines=tuple(_engines(status, failure)),
        definitions_version=str(definitions.get("version") or ""),
        definitions_at=_instant(definitions.get("built_at")),
        certificate_ends_at=ends_at.timestamp() if ends_at else None,
        backlog_bytes=sum(log["backlog_bytes"] for log in logs),
        dropped_bytes=sum(log["dropped_bytes"] for log in logs),
        facts={"definitions": {"refused": definitions.get("refused", 0), "reason": definitions.get("reason", "")}},
    )


def _engines(status, failure) -> Iterator[EngineStatus]:
    sensor = status["sensor"]
    state = sensor["state"]
    if state == "down":
        state = "bypassed" if failure == "open" else "down"
    detail = sensor["last_error"][:DETAIL_CHARS_MAX]
    yield EngineStatus("suricata", state, sensor["ready_at"] or 0.0, detail, sensor["starts"])
    for name, daemon in status.get("daemons", {}).items():
        detail = daemon["last_error"][:DETAIL_CHARS_MAX]
        yield EngineStatus(name, daemon["state"], daemon["since"], detail, daemon["restarts"])


def _instant(text: str | None) -> float | None:
    try:
        return dt.datetime.fromisoformat(text).timestamp() if text else None
    except ValueError:
        return None
