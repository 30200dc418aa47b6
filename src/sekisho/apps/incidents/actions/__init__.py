"""What people do about groups and incidents. Keyword-only, the actor first, one audit row an act.

Every act raises ``Refused`` (code, words in both languages, article) when the rules don't allow it.
"""

from __future__ import annotations

from .countering import answer_countermeasure, drafts_for, propose_countermeasure, report_result
from .handling import close_incident, record_call_attempt
from .judging import Determined, archive_group, determine_level

__all__ = [
    "Determined",
    "answer_countermeasure",
    "archive_group",
    "close_incident",
    "determine_level",
    "drafts_for",
    "propose_countermeasure",
    "record_call_attempt",
    "report_result",
]
