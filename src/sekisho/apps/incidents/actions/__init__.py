"""What people do about groups and incidents. Keyword-only, the actor first, one audit row an act.

Every act raises ``Refused`` (code, words in both languages, article) when the rules don't allow it.
"""

from __future__ import annotations

from .breaches import claim_credit, record_claim, review_fault, withdraw_claim, withdraw_review
from .countering import answer_countermeasure, block_target, drafts_for, propose_countermeasure, report_result
from .handling import close_incident, record_call_attempt
from .judging import Determined, archive_group, determine_level

__all__ = [
    "Determined",
    "answer_countermeasure",
    "archive_group",
    "block_target",
    "claim_credit",
    "close_incident",
    "determine_level",
    "drafts_for",
    "propose_countermeasure",
    "record_call_attempt",
    "record_claim",
    "report_result",
    "review_fault",
    "withdraw_claim",
    "withdraw_review",
]
