"""Slips and tensions in the text of the terms, and how the house reads each. Shown beside the terms, never hidden."""

from __future__ import annotations

from typing import NamedTuple

from sekisho.terms.words import Words


class Erratum(NamedTuple):
    """``found``: what stands there. ``read_as``: what the rules do."""

    articles: tuple[str, ...]
    found: Words
    read_as: Words


ERRATA: tuple[Erratum, ...] = (
    Erratum(
        ("5-2",),
        Words("運用管理の内容を第8条と参照", "cites Art. 8 for the contents of operations"),
        Words("第6条と読む(第8条は契約の単位)", "Art. 6; Art. 8 is the unit of contract"),
    ),
    Erratum(
        ("23-2",),
        Words("「プレミアプラン」、標準変更の項目なし", "'Premia plan', without the item on standard changes"),
        Words("プレミアムプラン。標準変更24時間も適用(切替可)", "the premium plan, with 24 hours too (a switch)"),
    ),
    Erratum(("17-1",), Words("「取扱書」", "'handling document'"), Words("取扱所", "service office")),
    Erratum(
        ("35-1",),
        Words("「第6条第3項」のサービスレベル", "the service level of 'Art. 6 para. 3'"),
        Words("第6条第1項第3号", "item (3) of Art. 6-1"),
    ),
    Erratum(
        ("4-1", "22-1"),
        Words("第2章と第4章が同じ題", "chapters 2 and 4 share a title"),
        Words("条番号だけで引く", "articles are cited by number alone"),
    ),
    Erratum(
        ("1-1", "3"),
        Words("協業先を二度定義", "the partner is defined twice"),
        Words("同じ者", "one and the same"),
    ),
    Erratum(
        ("6-1(1)", "6-1(3)"),
        Words("「セキュリティ監視」と「セキュリティログ監視」", "two names for monitoring"),
        Words("同じもの", "one thing"),
    ),
    Erratum(
        ("30-1",),
        Words("「延滞損害金」と「延滞利息」", "two names for late interest"),
        Words("同じもの。それ自体に利息は付かない", "one thing, which bears no interest itself"),
    ),
    Erratum(
        ("27-1",),
        Words("月額料金と月額費用、「料金等」に一時費用なし", "two names of the monthly fee; one-time fees left out"),
        Words("同じもの。一時費用も料金等に含む", "one thing; one-time fees are charges too"),
    ),
    Erratum(
        ("3", "12-4"),
        Words(
            "契約者は循環定義。回線、取扱所、課金開始日、営業日、平日、第一通報者、月額料金は未定義",
            "contractor is defined in a circle; line, office, billing start, business day, weekday, first contact and "
            "monthly fee are not defined",
        ),
        Words("定義と設定を判断の記録に置く", "the decisions define them, and switches settle them"),
    ),
    Erratum(
        ("3",),
        Words("レベルの付与はアナリストか自動分析か", "an analyst, or automatic analysis, assigns the level"),
        Words("自動は仮。アナリストの判定が起点", "automatic is provisional; the analyst's starts the clock"),
    ),
    Erratum(
        ("6-1(3)", "25-3"),
        Words("通知はアナリストか、当社の電話か", "the analyst notifies, or the carrier phones"),
        Words("どちらの発信でも終点", "either's dial stops the clock"),
    ),
    Erratum(
        ("3", "36-1"),
        Words("遮断は了承のうえか、アナリストの判断か", "a block after consent, or on the analyst's judgement"),
        Words("原則は了承。Highの緊急時だけ判断で可", "consent first; judgement only for High, and recorded"),
    ),
    Erratum(
        ("18-1", "26-2"),
        Words("解除は無通知か、事前通知か", "termination without notice, or with prior notice"),
        Words("第18条なら不要、第26条の措置なら必要", "none under Art. 18, needed as a measure of Art. 26"),
    ),
    Erratum(
        ("29-1",),
        Words("割増金は免れた額「のほか」か不明", "whether the surcharge is owed besides the evaded amount"),
        Words("免れた額とは別に2倍(切替可)", "besides it, twice (a switch)"),
    ),
    Erratum(
        ("3",),
        Words("メールのアンチスパム・アンチウイルスを定義", "mail anti-spam and anti-virus are defined"),
        Words("どのプランでも提供しない", "offered by no plan"),
    ),
    Erratum(
        ("3",),
        Words("「電气的」の字形", "a character of the wrong script in 'electrical'"),
        Words("電気的", "electrical"),
    ),
)
