"""What the carrier writes to a contractor about measures and erasures, in Japanese and English. Pure text.

A notice says three things (Arts. 20-2, 21-2, 26-2): what is done, why, and for how long; and from when, under which
contract, by which article. What people typed stands in it as they typed it, as harmless lines.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import NamedTuple

from sekisho.apps.notices.text import one_line
from sekisho.terms.moments import tokyo
from sekisho.terms.words import Words

_PARTS = re.compile(r"(\d+)-(\d+)(?:\((\d+)\))?")
_WEEKDAYS_JA = "月火水木金土日"

KINDS: dict[str, Words] = {
    "demand": Words("違反行為の中止の要求", "demand to stop a breach"),
    "interruption": Words("サービス提供の中止", "interruption of the service"),
    "restriction": Words("機能の一部制限", "restriction of functions"),
    "suspension": Words("サービス提供の停止", "suspension of the service"),
    "termination": Words("契約の解除", "termination of the contract"),
}


class Occasion(NamedTuple):
    """Which letter it is: what its title adds to the kind, and its first sentence."""

    title: Words
    opening: Words


OCCASIONS: dict[str, Occasion] = {
    "announced": Occasion(
        Words("のお知らせ(事前通知)", ": prior notice"),
        Words("次のとおり実施しますので、事前にお知らせします。", "This is to tell you beforehand of the following."),
    ),
    "taken": Occasion(
        Words("を実施しました", ": carried out"),
        Words("次のとおり実施しましたので、お知らせします。", "The following has been carried out."),
    ),
    "demanded": Occasion(
        Words("", ""),
        Words("次の行為をただちに中止してください。", "Please stop the following at once."),
    ),
    "ended": Occasion(
        Words("を終了しました", ": ended"),
        Words("次の措置を終了しましたので、お知らせします。", "The following has ended."),
    ),
    "withdrawn": Occasion(
        Words("を取りやめました", ": withdrawn"),
        Words("お知らせしていた次の措置を取りやめました。", "What we had announced will not be done."),
    ),
}


class MeasureLetter(NamedTuple):
    """What a letter tells. ``functions``: those restricted. ``urgent_reason``: why nobody was told before."""

    occasion: str
    number: str
    kind: str
    contract: str
    contractor: str
    article: str
    ground: Words
    fact: str
    reason: str
    period: str
    starts_at: dt.datetime
    until_at: dt.datetime | None = None
    functions: tuple[str, ...] = ()
    urgent_reason: str = ""


def subject(letter: MeasureLetter, language: str) -> str:
    kind, title = KINDS[letter.kind], OCCASIONS[letter.occasion].title
    if language == "en":
        return f"{kind.en.capitalize()}{title.en} ({letter.contract}, {letter.number})"
    return f"【重要】{kind.ja}{title.ja}({letter.contract} {letter.number})"


def body(letter: MeasureLetter, language: str) -> str:
    english = language == "en"
    lines = [
        label.en.ljust(11) + ": " + text if english else f"{label.ja}: {text}"
        for label, text in _lines(letter, language)
    ]
    told = "\n".join(f"  {line}" for line in lines)
    opening = OCCASIONS[letter.occasion].opening.in_language(language)
    template = _ENGLISH if english else _JAPANESE
    return template.format(to=one_line(letter.contractor), opening=opening, told=told)


def _lines(letter: MeasureLetter, language: str) -> list[tuple[Words, str]]:
    lines = [
        (_CONTRACT, letter.contract),
        (_WHAT, KINDS[letter.kind].in_language(language)),
        (_ARTICLE, _article(letter.article, language)),
        (_GROUND, letter.ground.in_language(language)),
        (_FACT, one_line(letter.fact)),
        (_REASON, one_line(letter.reason)),
    ]
    if letter.functions:
        lines.append((_FUNCTIONS, ", ".join(letter.functions)))
    if letter.kind != "demand":
        lines += [(_FROM, _instant(letter.starts_at, language)), (_PERIOD, _period(letter, language))]
    if letter.urgent_reason:
        lines.append((_URGENT, one_line(letter.urgent_reason)))
    return [line for line in lines if line[1]]


def _period(letter: MeasureLetter, language: str) -> str:
    if letter.until_at is None:
        return one_line(letter.period)
    until = (Words("{0}まで", "until {0}")).in_language(language).format(_instant(letter.until_at, language))
    return f"{until} {one_line(letter.period)}".strip()


def _article(article: str, language: str) -> str:
    """'21-1(1)' as people cite it."""
    if language == "en":
        return f"Article {article}"
    number, paragraph, item = _PARTS.fullmatch(article).groups()  # type: ignore[union-attr]
    return f"利用規約 第{number}条第{paragraph}項{f'第{item}号' if item else ''}"


def _instant(at: dt.datetime, language: str) -> str:
    local = tokyo(at)
    if language == "en":
        return f"{local:%a %Y-%m-%d %H:%M} (Japan time)"
    return f"{local:%Y年%m月%d日}({_WEEKDAYS_JA[local.weekday()]}) {local:%H:%M}(日本時間)"


_CONTRACT = Words("契約番号", "Contract")
_WHAT = Words("内容", "What")
_ARTICLE = Words("根拠", "Basis")
_GROUND = Words("事由", "Ground")
_FACT = Words("事実", "Fact")
_REASON = Words("理由", "Reason")
_FUNCTIONS = Words("対象の機能", "Functions")
_FROM = Words("開始", "From")
_PERIOD = Words("期間", "Period")
_URGENT = Words("事前にお知らせできなかった理由", "Not told before because")

_JAPANESE = """{to} ご担当者さま

平素よりご利用いただき、ありがとうございます。
{opening}

{told}

ご不明な点は、契約窓口までお問い合わせください。
※ このメールは送信専用です。
"""
_ENGLISH = """To {to}

{opening}

{told}

If anything is unclear, please ask the contract desk.
This address can't receive mail.
"""
