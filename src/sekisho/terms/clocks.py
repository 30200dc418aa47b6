"""Clocks of incident notices: when one starts, when it is due, what stops it, and the verdict (Arts. 6-1(3), 25-3).

High: the first contact is dialled within 15:00 of the level determination, answered or not; mail never counts.
Medium: our mail server has handed the mail over within 60:00. Low and Informational have no clock. Times are
judged on whole seconds, limits included: 15:00 is met, 15:01 is a breach.

An incident that is determined more than once is ``redetermination``'s.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, NamedTuple, TypeAlias

from sekisho.terms.deadlines import Elapsed
from sekisho.terms.moments import ONE_SECOND, TOKYO, whole_second
from sekisho.terms.values import BadParameter, Value
from sekisho.terms.versions import LATEST, Terms
from sekisho.terms.words import Step, Words, step

ARTICLE = "6-1(3)"
WARN_PERCENT = 60
"""A desk is warned when this much of a clock has run; ours, the terms name no warning."""

SlaVerdict: TypeAlias = Literal["met", "breached", "open", "none"]
ClockVerdict: TypeAlias = Literal["met", "breached", "open", "void"]


class Level(StrEnum):
    """The level an analyst determines, as the operator publishes it: 3 High to 0 Informational."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFORMATIONAL = "informational"

    @property
    def rank(self) -> int:
        return _RANKS[self]


_RANKS = {Level.HIGH: 3, Level.MEDIUM: 2, Level.LOW: 1, Level.INFORMATIONAL: 0}

LEVEL_WORDS: dict[Level, Words] = {
    Level.HIGH: Words("高(High)", "High"),
    Level.MEDIUM: Words("中(Medium)", "Medium"),
    Level.LOW: Words("低(Low)", "Low"),
    Level.INFORMATIONAL: Words("情報(Informational)", "Informational"),
}


SLA_VERDICT_WORDS: dict[str, Words] = {
    "met": Words("時間内", "met"),
    "breached": Words("違反", "breached"),
    "open": Words("期限前", "open"),
    "none": Words("対象外", "none"),
}


class Channel(StrEnum):
    PHONE = "phone"
    MAIL = "mail"


@dataclass(frozen=True, slots=True)
class NoticeRule:
    """One line of the service level: how long, and by which channel."""

    level: Level
    span: Elapsed
    channel: Channel
    words: Words


NOTICE_RULES: dict[Level, NoticeRule] = {
    rule.level: rule
    for rule in (
        NoticeRule(
            Level.HIGH,
            Elapsed("high_notice_minutes", dt.timedelta(minutes=1)),
            Channel.PHONE,
            Words("第一通報者への電話", "Call to the first contact"),
        ),
        NoticeRule(
            Level.MEDIUM,
            Elapsed("medium_notice_minutes", dt.timedelta(minutes=1)),
            Channel.MAIL,
            Words("メールの発信", "Mail"),
        ),
    )
}


class Determination(NamedTuple):
    """An analyst's level determination: the instant it was saved is the clock's start, never detection time."""

    level: Level
    at: dt.datetime


class Notice(NamedTuple):
    """One attempt. ``at``: a call's first dial, answered or not; a mail's hand-over to the mail server."""

    channel: Channel
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock at rest: all its instants are UTC on whole seconds. ``due_at`` itself is still in time."""

    level: Level
    channel: Channel
    started_at: dt.datetime
    warn_at: dt.datetime
    due_at: dt.datetime

    @property
    def breach_known_at(self) -> dt.datetime:
        """The first second at which a missing notice is a breach; the time to set a timer for."""
        return self.due_at + ONE_SECOND


@dataclass(frozen=True, slots=True)
class ClockState:
    """A clock as seen at one instant. ``stopped_at`` is the notice that stopped it, also a late one.

    ``breached_at`` is the deadline that was missed: the instant of the breach event, from which a claim's two
    weeks count (Art. 35-1). ``remaining`` is negative once overdue, zero when the clock no longer runs.
    """

    clock: Clock
    verdict: ClockVerdict
    stopped_at: dt.datetime | None
    superseded: bool
    voided_at: dt.datetime | None
    warned: bool
    remaining: dt.timedelta

    @property
    def breached_at(self) -> dt.datetime | None:
        return self.clock.due_at if self.verdict == "breached" else None


def notice_clock(determination: Determination, *, terms: Terms = LATEST) -> Clock | None:
    """The clock that this determination starts; None for a level without notice."""
    rule = NOTICE_RULES.get(determination.level)
    if rule is None:
        return None
    started_at = whole_second(determination.at, "determined_at")
    length = rule.span.length(terms.parameters)
    warn_at = started_at + length * WARN_PERCENT // 100
    return Clock(rule.level, rule.channel, started_at, warn_at, started_at + length)


def sla_verdict(
    level: Level,
    determined_at: dt.datetime,
    notified_at: dt.datetime | None = None,
    channel: Channel | None = None,
    *,
    now: dt.datetime,
    terms: Terms = LATEST,
) -> Value[SlaVerdict]:
    """The verdict on one determination and one notice, as known at ``now``; 'none' for a level without a clock.

    ``channel`` left out means the level's own. A notice by the wrong channel does not stop the clock. Raises
    ``BadParameter`` for a notice before the determination: it cannot have told of it.
    """
    clock = notice_clock(Determination(level, determined_at), terms=terms)
    if clock is None:
        without = step("{0}には通知時間の定めがありません。", "{0} has no notice time.", LEVEL_WORDS[level])
        return Value("none", ARTICLE, terms.version, (without,))
    asked_at, stop = whole_second(now, "now"), None
    if notified_at is not None:
        told_at = whole_second(notified_at, "notified_at")
        if told_at < clock.started_at:
            raise BadParameter("notified_at", "is before determined_at: the clock had not started")
        if channel in (None, clock.channel) and told_at <= asked_at:
            stop = Notice(clock.channel, told_at)
    state = judged(clock, stop, asked_at)
    # Nothing here voids a clock: only a later determination does.
    verdict: SlaVerdict = "none" if state.verdict == "void" else state.verdict
    return Value(verdict, ARTICLE, terms.version, _explained(state))


def judged(
    clock: Clock, stop: Notice | None, asked_at: dt.datetime, *, voided_at: dt.datetime | None = None
) -> ClockState:
    """The clock as known at ``asked_at``, given the notice that stopped it by then; instants on whole seconds."""
    if voided_at is not None:
        verdict: ClockVerdict = "void"
    elif (stop.at if stop else asked_at) > clock.due_at:
        verdict = "breached"
    else:
        verdict = "met" if stop else "open"
    running = stop is None and voided_at is None
    return ClockState(
        clock=clock,
        verdict=verdict,
        stopped_at=stop.at if stop else None,
        superseded=stop is not None and stop.channel is not clock.channel,
        voided_at=voided_at,
        warned=running and asked_at >= clock.warn_at,
        remaining=clock.due_at - asked_at if running else dt.timedelta(),
    )


_STARTED = Words("{0}に{1}と判定(起点)。", "Determined {1} on {0}: the clock starts.")
_DUE = Words("{1}の期限は{0}(この秒を含む)。", "{1}: due by {0}, that second included.")
_STOPPED = Words("{0}に通知(終点)。", "Notice given on {0}: the clock stops.")
_NO_NOTICE = Words("期限を止める通知の記録はありません。", "No notice that stops the clock is on record.")


def _explained(state: ClockState) -> tuple[Step, ...]:
    clock = state.clock
    rule = NOTICE_RULES[clock.level]
    end = Step(_NO_NOTICE) if state.stopped_at is None else Step(_STOPPED, (state.stopped_at.astimezone(TOKYO),))
    return (
        Step(_STARTED, (clock.started_at.astimezone(TOKYO), LEVEL_WORDS[clock.level])),
        Step(_DUE, (clock.due_at.astimezone(TOKYO), rule.words)),
        end,
    )
