"""A finding: one log line that a rule says somebody should look at (OCSF Detection Finding, class 2004).

Made by ``pipeline.detect``, kept as a security event by ``apps.incidents``. Everything in it that
came from a log is hostile text.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Literal

import msgspec

Outcome = Literal["blocked", "allowed", "detected", "unknown"]
Direction = Literal["inbound", "outbound", "lateral", "local", "unknown"]
RuleSource = Literal["device", "sigma", "indicator"]
Level = Literal["informational", "low", "medium", "high", "critical"]

EVIDENCE_BYTES_MAX = 8_192


class DetectionFinding(msgspec.Struct, frozen=True, kw_only=True):
    """``time`` is when it happened by the log, ``received_at`` when the platform had the line; both aware UTC.

    ``record`` is the index of the line in its ``batch``; with the rule it makes the finding's key.
    ``internal`` and ``external`` are the addresses on either side of the contractor's border, None
    where the log has none. ``success`` says that the rule is evidence that an attack worked.
    """

    contract: str
    device: str
    batch: str
    record: int
    time: dt.datetime
    received_at: dt.datetime
    rule_source: RuleSource
    rule_id: str
    rule_title: str
    rule_family: str
    level: Level
    tactic: str | None = None
    technique: str | None = None
    success: bool = False
    outcome: Outcome = "unknown"
    direction: Direction = "unknown"
    internal: str | None = None
    external: str | None = None
    src_ip: str | None = None
    src_port: int | None = None
    dst_ip: str | None = None
    dst_port: int | None = None
    protocol: str | None = None
    summary: str = ""
    evidence: str = ""
    """The raw line, cut to EVIDENCE_BYTES_MAX; the lake has it whole."""

    @property
    def key(self) -> str:
        """The same finding, whenever and however often it is made, has the same key."""
        parts = (self.contract, self.batch, str(self.record), self.rule_source, self.rule_id)
        packed = b"".join(len(p.encode()).to_bytes(4, "big") + p.encode() for p in parts)
        return hashlib.sha256(packed).hexdigest()
