"""An incident told to a person: what happened, is it stopped, what must be done, and the moments in order.

Pure: it is given rows and gives words. It tells only what a contractor may read; analysts' notes stay out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from sekisho.apps.notices.models import CallResult, Channel, Notice, NoticeAttempt
from sekisho.terms.words import Words

from .models import (
    Answer,
    Clock,
    CountermeasureProposal,
    EventGroup,
    IncidentState,
    LevelDetermination,
    Performer,
    SecurityIncident,
)

Stopped = Literal["stopped", "running", "unsure"]
MomentKind = Literal["", "decision", "notice-sent", "stopped", "missed"]


class Answered(NamedTuple):
    """One of the three answers: a short one and a sentence that explains it."""

    state: str
    short: Words
    detail: Words


class Moment(NamedTuple):
    """One point of the time line. ``detail`` may be empty."""

    at: dt.datetime
    kind: MomentKind
    words: Words
    detail: Words = Words("", "")


_STOPPED: dict[Stopped, tuple[Words, Words]] = {
    "stopped": (
        Words("遮断しました", "It was stopped"),
        Words(
            "セキュリティ装置がすべて遮断しました。攻撃が成功した形跡はありません。",
            "The security device blocked all of it. There is no sign that the attack worked.",
        ),
    ),
    "running": (
        Words("止まっていません", "It is not stopped"),
        Words(
            "通信の一部またはすべてが、遮断されずに通過しています。",
            "Some or all of the traffic passed without being blocked.",
        ),
    ),
    "unsure": (
        Words("止まったか、まだ分かりません", "Not known yet"),
        Words(
            "装置は検知のみを行いました。遮断されたかどうかは記録から確かめられません。",
            "The device only detected it. The log does not tell whether it was stopped.",
        ),
    ),
}
_CLOSED = Words(
    "対応が完了し、このインシデントは終結しています。", "The response is complete and this incident is closed."
)
_SUCCESS = Words("攻撃が成功した形跡があります。", "There is evidence that the attack worked.")
_NOTHING = (
    Words("今はありません", "Nothing for now"),
    Words(
        "当センターが監視を続けています。変化があればすぐにお知らせします。", "We keep watching and tell you at once."
    ),
)
_LEVELS = {
    "high": Words("High", "High"),
    "medium": Words("Medium", "Medium"),
    "low": Words("Low", "Low"),
    "informational": Words("Informational", "Informational"),
}
_CALLED = {
    CallResult.ANSWERED: Words("電話がつながりました", "The call was answered"),
    CallResult.BUSY: Words("電話をかけました(話し中)", "Called: busy"),
    CallResult.NO_ANSWER: Words("電話をかけました(応答なし)", "Called: no answer"),
    CallResult.VOICEMAIL: Words("電話をかけました(留守番電話)", "Called: voicemail"),
    CallResult.REFUSED: Words("電話をかけました(受話拒否)", "Called: refused"),
}
_ANSWERS = {
    Answer.ACCEPTED: Words("対策案が承諾されました", "A countermeasure was accepted"),
    Answer.DECLINED: Words("対策案が却下されました", "A countermeasure was declined"),
    Answer.ON_HOLD: Words("対策案が保留されました", "A countermeasure was put on hold"),
}


def what_happened(incident: SecurityIncident, groups: Sequence[EventGroup]) -> Answered:
    """The title, with how often and since when."""
    count = sum(group.count for group in groups)
    hosts = len({group.internal for group in groups if group.internal})
    detail = Words(
        f"{count}件のセキュリティイベントを検知しました。対象の機器は{hosts}台です。",
        f"{count} security event{'s' if count != 1 else ''} on {hosts} host{'s' if hosts != 1 else ''}.",
    )
    return Answered(incident.level, Words(incident.title_ja, incident.title_en), detail)


def stopped_state(groups: Sequence[EventGroup]) -> Stopped:
    """From the device's own words: anything that passed or worked means it is not stopped."""
    if any(group.outcome == "allowed" or group.success for group in groups):
        return "running"
    return "stopped" if groups and all(group.outcome == "blocked" for group in groups) else "unsure"


def is_it_stopped(
    incident: SecurityIncident, groups: Sequence[EventGroup], proposals: Sequence[CountermeasureProposal]
) -> Answered:
    if incident.state == IncidentState.CLOSED:
        return Answered("stopped", Words("終結しました", "It is closed"), _CLOSED)
    carried_out = [p for p in proposals if p.result and p.performer == Performer.SOC]
    if carried_out:
        said = Words("承諾いただいた対策を実施しました。", "The countermeasure that you accepted has been carried out.")
        return Answered("stopped", Words("対策を実施しました", "We have acted"), said)
    state = stopped_state(groups)
    short, detail = _STOPPED[state]
    worked = any(group.success for group in groups)
    return Answered(state, short, _SUCCESS if worked else detail)


def what_must_i_do(incident: SecurityIncident, proposals: Sequence[CountermeasureProposal]) -> Answered:
    """The contractor's next act: answer what is open, then do what was accepted, else nothing."""
    if incident.state == IncidentState.CLOSED:
        return Answered("nothing", _NOTHING[0], _CLOSED)
    open_ones = [p for p in proposals if p.answer in ("", Answer.ON_HOLD)]
    if open_ones:
        n = len(open_ones)
        short = Words(f"対策案{n}件にご回答ください", f"Answer {n} countermeasure{'s' if n != 1 else ''}")
        first = open_ones[0]
        return Answered("act", short, Words(first.recommendation_ja, first.recommendation_en))
    yours = [
        p for p in proposals if p.answer == Answer.ACCEPTED and p.performer == Performer.CONTRACTOR and not p.result
    ]
    if yours:
        short = Words("承諾した対策を実施してください", "Carry out what you accepted")
        return Answered("act", short, Words(yours[0].recommendation_ja, yours[0].recommendation_en))
    return Answered("nothing", *_NOTHING)


def moments(
    incident: SecurityIncident,
    *,
    groups: Iterable[EventGroup],
    determinations: Iterable[LevelDetermination],
    notices: Iterable[Notice],
    proposals: Iterable[CountermeasureProposal],
    clocks: Iterable[Clock],
) -> list[Moment]:
    """Everything that happened, oldest first."""
    told = [_detected(group) for group in groups]
    told += [_determined(one) for one in determinations]
    told += [moment for notice in notices for moment in map(_attempted, notice.attempts.all()) if moment]
    told += [moment for proposal in proposals for moment in _proposed(proposal)]
    told += [_missed(clock) for clock in clocks if clock.verdict == "breached"]
    if incident.closed_at:
        told.append(
            Moment(incident.closed_at, "stopped", Words("インシデントを終結しました", "The incident was closed"))
        )
    return sorted(told, key=lambda moment: moment.at)


def _detected(group: EventGroup) -> Moment:
    words = Words("セキュリティ装置が検知しました", "The security device detected it")
    kind: MomentKind = "stopped" if group.outcome == "blocked" else ""
    return Moment(group.first_at, kind, words, Words(group.rule_title, group.rule_title))


def _determined(one: LevelDetermination) -> Moment:
    level = _LEVELS[one.level]
    words = Words(f"アナリストが{level.ja}と判定しました", f"An analyst determined {level.en}")
    return Moment(one.at, "decision", words)


def _attempted(attempt: NoticeAttempt) -> Moment | None:
    if attempt.channel == Channel.PHONE:
        called = _CALLED.get(attempt.result or "", Words("電話をかけました", "Called"))
        return Moment(attempt.started_at, "notice-sent", called, Words(attempt.contact_name, attempt.contact_name))
    if attempt.handed_over_at is None:
        return None
    return Moment(attempt.handed_over_at, "notice-sent", Words("メールでお知らせしました", "Notified by mail"))


def _proposed(proposal: CountermeasureProposal) -> Iterable[Moment]:
    what = Words(proposal.recommendation_ja, proposal.recommendation_en)
    yield Moment(proposal.proposed_at, "", Words("対策案を提示しました", "A countermeasure was proposed"), what)
    if proposal.answer and proposal.answered_at:
        yield Moment(proposal.answered_at, "decision", _ANSWERS[Answer(proposal.answer)], what)
    if proposal.result and proposal.result_at:
        done = Words("対策を実施しました", "A countermeasure was carried out")
        yield Moment(proposal.result_at, "stopped", done, Words(proposal.result, proposal.result))


def _missed(clock: Clock) -> Moment:
    words = Words("お知らせの期限を過ぎました", "The notice was late")
    return Moment(clock.due_at, "missed", words)
