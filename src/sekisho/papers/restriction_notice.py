"""機能制限通知書: some functions are restricted while the rest of the service goes on (Art. 26)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .letter import Letter, Span


@dataclass(frozen=True, slots=True, kw_only=True)
class RestrictionNotice(Letter):
    SHEET: ClassVar[str] = "restriction_notice"
    article: str
    functions: tuple[str, ...]
    fact: str
    reason: str
    span: Span
    lifted_when: str = ""
    urgency: str = ""
