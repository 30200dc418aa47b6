"""Plays the story against a platform that is up, and measures it.

Run by ``sekisho up --story`` as a process of its own, with the platform's environment.
Exit codes: 0 it went as it should, 1 it did not (the reason is told).
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import logging
import os
import sys
from pathlib import Path

from rich.console import Console

from . import scenes
from .mailbox import mails_about
from .narrator import Narrator, StoryError, wait_for
from .source import Handed, SensorLog, Source
from .visitor import VisitError, Visitor

EVENT_SECONDS_MAX = 60
GROUP_SECONDS_MAX = 60
MAIL_SECONDS_MAX = 60
VERDICT_SECONDS_MAX = 60
ARRIVAL_SECONDS_MAX = 60
LEVELS = {"high": "High", "medium": "Medium", "low": "Low", "informational": "Informational"}
VERDICTS = {"met": "達成(15分以内に発信)", "breached": "未達", "void": "対象外"}
"""The stored verdict on the clock in Japanese."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lab", metavar="PREFIX", help="the live site to play on; without it recordings are replayed")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    console = Console(stderr=arguments.json, highlight=False, markup=False)
    import django

    django.setup()
    logging.getLogger().setLevel(logging.WARNING)
    try:
        figures = play(Narrator(console), arguments.lab)
    except (StoryError, VisitError) as error:
        console.print(f"  ✗ {error}")
        return 1
    if arguments.json:
        print(json.dumps(figures, ensure_ascii=False))
    return 0


def play(narrator: Narrator, prefix: str | None) -> dict:
    """The whole story; returns its figures."""
    from . import acts

    cast = acts.cast()
    began_at = dt.datetime.now(dt.UTC)
    _clear_the_stage(narrator, acts, cast)
    source = SensorLog() if prefix else Handed()
    attacked_at = _traffic(narrator, prefix, source)
    detected = _detection(narrator, acts, cast, attacked_at)
    first_at = wait_for(lambda: acts.first_event_recorded_at(cast.contract, attacked_at), EVENT_SECONDS_MAX, "an event")
    opened = _judgement(narrator, acts, cast, detected, began_at)
    mail_at = _notices(narrator, acts, cast, opened)
    portal_url = _portal(narrator, acts, cast, opened.number)
    totals = _all_arrived(narrator, acts, cast, source, began_at)
    return _tell_figures(
        narrator,
        {
            "logs": totals.source_lines,
            "unparsed": totals.unparsed,
            "events": totals.events,
            "incidents": totals.incidents,
            "attack_to_event_s": round((first_at - attacked_at).total_seconds(), 3),
            "determination_to_notice_s": round((mail_at - opened.determined_at).total_seconds(), 3),
            "lake_rows": totals.lake_rows,
            "mode": "live" if prefix else "replay",
            "portal_url": portal_url,
        },
    )


def _clear_the_stage(narrator: Narrator, acts, cast) -> None:
    if closed := acts.close_earlier(cast):
        narrator.chapter("前回の実演", "An earlier telling")
        incidents = "incident" if closed == 1 else "incidents"
        narrator.line(f"前回のインシデント {closed} 件を終結しました", f"{closed} earlier {incidents} closed")


def _all_arrived(narrator: Narrator, acts, cast, source: Source, began_at: dt.datetime):
    """The totals once every line that the source has written by now is in the lake."""
    lines = source.lines()

    def arrived():
        totals = acts.totals(cast.contract, began_at, lines)
        return totals if totals.lake_rows + totals.unparsed >= lines else None

    with narrator.waiting("残りのログを待っています", "waiting for the last lines"):
        return wait_for(arrived, ARRIVAL_SECONDS_MAX, f"all {lines} lines of the source in the lake")


def _traffic(narrator: Narrator, prefix: str | None, source: SensorLog | Handed) -> dt.datetime:
    """Play both scenes; the instant of the first malicious packet (or of the first line handed in)."""
    if prefix is None:
        from .replay import replay

        return replay(narrator, source)
    narrator.chapter("お客さま拠点のいつもの通信", "Ordinary traffic on the customer's line")
    for step in scenes.play(prefix, "ordinary"):
        narrator.line(step["ja"], step["en"])
    narrator.chapter("攻撃", "The attack")
    attacked_at = None
    for step in scenes.play(prefix, "attack"):
        narrator.line(step["ja"], step["en"])
        if attacked_at is None and step.get("at"):
            attacked_at = dt.datetime.fromisoformat(step["at"])
    if attacked_at is None:
        raise StoryError("the attack did not say when it began")
    return attacked_at


def _detection(narrator: Narrator, acts, cast, attacked_at: dt.datetime):
    narrator.chapter("検知と採点", "Detection and score")
    with narrator.waiting("ログを待っています", "waiting for the log"):
        detected = wait_for(
            lambda: acts.gravest_group(cast.contract, attacked_at),
            GROUP_SECONDS_MAX,
            "a group that is proposed as High",
        )
    narrator.line(f"イベント「{detected.title}」", f'event "{detected.title}"')
    narrator.line(
        f"点数 {detected.score:.0f}、判定案 {LEVELS[detected.proposed_level]}",
        f"score {detected.score:.0f}, proposed {LEVELS[detected.proposed_level]}",
    )
    for factor in detected.factors:
        narrator.line(f"  理由: {factor['ja']}", factor["en"])
    return detected


def _judgement(narrator: Narrator, acts, cast, detected, began_at: dt.datetime):
    narrator.chapter("アナリストの判定", "The analyst's determination")
    opened = acts.determine_high(cast, detected.group_id, "侵入成功の応答を確認。 Response proves code execution.")
    joined = acts.join_rest(cast, opened.number, began_at)
    due = opened.due_at.astimezone(dt.timezone(dt.timedelta(hours=9)))
    narrator.line(
        f"High と判定し、{opened.number} を起票しました。電話の期限は {due:%H:%M:%S} です",
        f"determined High, incident {opened.number}; the call is due by {due:%H:%M:%S} Tokyo time",
    )
    narrator.line(f"関連するイベント {joined} 群をまとめました", f"{joined} related groups joined it")
    count = acts.propose(cast, opened.number)
    narrator.line(f"対策案を {count} 件提示しました", f"{count} countermeasures proposed")
    return opened


def _notices(narrator: Narrator, acts, cast, opened) -> dt.datetime:
    """The desk's call and the mail; the instant at which the mail server accepted the first one."""
    narrator.chapter("お知らせ", "Notices")
    name = acts.call_first_contact(cast, opened.number)
    narrator.line(f"第一通報者 {name} 様へ電話をかけました", f"the desk called the first contact, {name}")
    folder = Path(os.environ["SEKISHO_VAR"]) / "mail"
    with narrator.waiting("メールを待っています", "waiting for the mail"):
        mails = wait_for(lambda: mails_about(folder, opened.number) or None, MAIL_SECONDS_MAX, "the mail notice")
    narrator.line(f"メール「{mails[0].subject}」", f"mailed to {mails[0].recipients}")
    verdict = wait_for(lambda: acts.clock_verdict(opened.number), VERDICT_SECONDS_MAX, "the clock's verdict")
    narrator.line(f"サービスレベル: {VERDICTS[verdict]}", f"service level: {verdict}")
    return mails[0].accepted_at


def _portal(narrator: Narrator, acts, cast, number: str) -> str:
    """Open the incident's page as the contractor, over HTTP; its address."""
    narrator.chapter("契約者のポータル", "The contractor's portal")
    url = acts.portal_url(number)
    visitor = Visitor(os.environ["SEKISHO_BASE_URL"])
    visitor.log_in(cast.contractor, cast.contractor_password)
    page = visitor.open(url.removeprefix(os.environ["SEKISHO_BASE_URL"]))
    if number not in page:
        raise StoryError(f"{url} does not show {number}")
    narrator.line(f"ポータルに掲載されています: {url}", f"{number} is on the contractor's portal")
    return url


def _tell_figures(narrator: Narrator, figures: dict) -> dict:
    narrator.chapter("結果", "Figures, all measured")
    words = {
        "logs": "装置が書いたログ",
        "unparsed": "読めなかったログ",
        "events": "セキュリティイベント",
        "incidents": "インシデント",
        "attack_to_event_s": "攻撃からイベントまで(秒)",
        "determination_to_notice_s": "判定からメールまで(秒)",
        "lake_rows": "保管庫の行数",
        "mode": "方式",
    }
    for name, word in words.items():
        narrator.line(f"{word}: {figures[name]}", name)
    return figures


if __name__ == "__main__":
    sys.exit(main())
