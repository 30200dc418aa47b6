"""提供中止: the notice before works or a repair (Art. 20), and the one that says it is done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .letter import Letter, Span


@dataclass(frozen=True, slots=True, kw_only=True)
class InterruptionNotice(Letter):
    """``urgency``: why it is told only now; empty when it is told in time."""

    SHEET: ClassVar[str] = "interruption_notice"
    cause: str
    span: Span
    affected: tuple[str, ...]
    effect: str = ""
    urgency: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InterruptionCompletion(Letter):
    """提供中止の終了: when it really began and ended."""

    SHEET: ClassVar[str] = "interruption_completion"
    notice_number: str
    cause: str
    span: Span
    affected: tuple[str, ...]
    result: str
