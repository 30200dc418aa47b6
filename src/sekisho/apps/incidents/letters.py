"""The mail about an incident, in Japanese and English. Pure text; everything from a log is cleaned.

It tells in this order: what happened, when, how grave, between whom, whether it was stopped, what we
ask for, where to read on. It holds no evidence lines: those stay behind the portal's log-in.
"""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from sekisho.apps.notices.text import defanged, one_line
from sekisho.terms.moments import tokyo
from sekisho.terms.words import Words

LEVEL_SHOWN = {"high": "High", "medium": "Medium"}
_WEEKDAYS_JA = "月火水木金土日"

_OUTCOME: dict[str, Words] = {
    "blocked": Words("遮断しました", "blocked"),
    "allowed": Words("通過しています(遮断されていません)", "let through (not blocked)"),
    "detected": Words("検知のみです(遮断されていません)", "detected only (not blocked)"),
    "unknown": Words("装置の記録からは不明です", "the device's log does not say"),
}
_LEVEL_MEANS: dict[str, Words] = {
    "high": Words(
        "インシデントの可能性が高く、お客さまの早急な対応が必要です。担当よりお電話でもご連絡します。",
        "An incident is likely and needs your early action. We also call you by telephone.",
    ),
    "medium": Words(
        "インシデントの可能性があります。内容をご確認のうえ、調査をお願いします。",
        "An incident is possible. Please read the details and look into it.",
    ),
}


class IncidentFacts(NamedTuple):
    """What the letter tells. Addresses and the rule's title may hold hostile text."""

    number: str
    level: str
    title: Words
    contract: str
    contractor: str
    device: str
    detected_at: dt.datetime
    determined_at: dt.datetime
    internal: str
    external: str
    rule_title: str
    outcome: str
    count: int
    recommendations: tuple[Words, ...]
    portal_url: str


def subject(facts: IncidentFacts, language: str) -> str:
    if language == "en":
        return f"[{LEVEL_SHOWN[facts.level]}] Security incident: {facts.title.en} ({facts.number})"
    return f"【{LEVEL_SHOWN[facts.level]}】セキュリティインシデントのお知らせ {facts.title.ja}({facts.number})"


def body(facts: IncidentFacts, language: str) -> str:
    return _english(facts) if language == "en" else _japanese(facts)


def _japanese(facts: IncidentFacts) -> str:
    steps = "\n".join(f"  {n}. {words.ja}" for n, words in enumerate(facts.recommendations, 1))
    return f"""{one_line(facts.contractor)} ご担当者さま

セキュリティ監視センターです。
ご契約の回線で、次のインシデントを判定しましたのでお知らせします。

■ 概要
  {facts.title.ja}
  {_LEVEL_MEANS[facts.level].ja}

■ インシデント
  番号      : {facts.number}
  レベル    : {LEVEL_SHOWN[facts.level]}
  検知日時  : {_time_ja(facts.detected_at)}
  判定日時  : {_time_ja(facts.determined_at)}
  契約      : {facts.contract}
  装置      : {one_line(facts.device)}

■ 通信の内容
  社内の機器: {one_line(facts.internal) or "不明"}
  相手先    : {defanged(facts.external) or "不明"}
  検知名    : {defanged(facts.rule_title)}
  件数      : {facts.count}件
  遮断状況  : {_OUTCOME[facts.outcome].ja}

■ 対策案
{steps or "  ポータルに掲載します。"}

■ お願い
  次のページで記録と対策案をご確認のうえ、対策案へのご回答をお願いします。
  {facts.portal_url}

※ このメールは送信専用です。お問い合わせはポータルから承ります。
※ 不審な通信の宛先は、誤って開かないよう一部の記号を置き換えて記載しています。
"""


def _english(facts: IncidentFacts) -> str:
    steps = "\n".join(f"  {n}. {words.en}" for n, words in enumerate(facts.recommendations, 1))
    return f"""To {one_line(facts.contractor)}

This is the security operations centre.
We have determined the following incident on your line.

* Summary
  {facts.title.en}
  {_LEVEL_MEANS[facts.level].en}

* Incident
  Number     : {facts.number}
  Level      : {LEVEL_SHOWN[facts.level]}
  Detected   : {_time_en(facts.detected_at)}
  Determined : {_time_en(facts.determined_at)}
  Contract   : {facts.contract}
  Device     : {one_line(facts.device)}

* Traffic
  Your host  : {one_line(facts.internal) or "unknown"}
  Peer       : {defanged(facts.external) or "unknown"}
  Detection  : {defanged(facts.rule_title)}
  Count      : {facts.count}
  Outcome    : {_OUTCOME[facts.outcome].en}

* Countermeasures
{steps or "  They follow in the portal."}

* What we ask of you
  Please read the record and the countermeasures on this page, and answer them there:
  {facts.portal_url}

This address can't receive mail; please ask through the portal.
Addresses of suspicious peers are written with some signs replaced, so that nobody opens them by mistake.
"""


def _time_ja(at: dt.datetime) -> str:
    local = tokyo(at)
    return f"{local:%Y年%m月%d日}({_WEEKDAYS_JA[local.weekday()]}) {local:%H:%M:%S}(日本時間)"


def _time_en(at: dt.datetime) -> str:
    return f"{tokyo(at):%a %Y-%m-%d %H:%M:%S} (Japan time)"
