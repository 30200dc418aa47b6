"""From findings to a proposal that a person decides on: score, group, risk of a host, level, and the words for it.

Pure rules, standard library and msgspec only; shared by the pipeline and the apps. Every time is an
argument, every result carries its reasons in Japanese and English, and no function raises on valid
input: an unknown is a neutral factor, never a failure.
"""

from __future__ import annotations

from sekisho.triage.group import Group, Scored, accepts, add, dedup_key, group_key, grouped, scan_key, scanning, start
from sekisho.triage.level import Proposal, ProposedLevel, proposed_level
from sekisho.triage.risk import EntityRisk, KnownIncident, Promotion, entity_risk, joining, promotion
from sekisho.triage.score import Context, Factor, Score, ThreatIntel, Verdicts, alert_score
from sekisho.triage.words import Words

__all__ = [
    "Context",
    "EntityRisk",
    "Factor",
    "Group",
    "KnownIncident",
    "Promotion",
    "Proposal",
    "ProposedLevel",
    "Score",
    "Scored",
    "ThreatIntel",
    "Verdicts",
    "Words",
    "accepts",
    "add",
    "alert_score",
    "dedup_key",
    "entity_risk",
    "group_key",
    "grouped",
    "joining",
    "promotion",
    "proposed_level",
    "scan_key",
    "scanning",
    "start",
]
