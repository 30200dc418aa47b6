"""A payer's name as banks transmit it, brought to a form in which two spellings of one name are equal.

Banks send half-width kana without small letters, cut at 48 characters, with the legal form as a mark: ``ｶ)``
before the name, ``(ｶ`` behind it, ``(ｶ)`` within. Some systems drop the long vowel. Company registers hold the
same name in full-width kana with small letters and without the legal form. Pure.
"""

from __future__ import annotations

import re
import unicodedata
from difflib import SequenceMatcher
from functools import lru_cache

PAYER_NAME_CHARACTERS_MAX = 48
PERCENT_EQUAL = 100
NAMES_KEPT_MAX = 50_000
"""So many names are normalised once and for all, in each process."""

_SMALL = str.maketrans("ァィゥェォッャュョヮヵヶ", "アイウエオツヤユヨワカケ")
_HIRAGANA = str.maketrans({chr(code): chr(code + 0x60) for code in range(0x3041, 0x3097)})
_NOISE = re.compile(r"[\s\-ー‐‑–—―−ｰ~.,、。・'’\"/\\¥「」&()（）]+")

# By the banks' list of marks for kinds of legal persons and of places of business.
_MARK = (
    "カ|ユ|ド|シ|メ|イ|ホ|ガク|シユウ|フク|フクシ|ザイ|サイダン|シヤ|シヤダン|トクヒ|ドク|ノウ|ベン|シホウ|ギヨ|ギヨレン"
    "|キヨウサイ|ケンポ|コクホ|コウネン|シヤキヨウ|シヨク|セイキヨウ|ソウギヨウ|エイ|シユツ|ダイ|ジム"
)
_LEGAL_MARK = re.compile(rf"^(?:{_MARK})\)|\((?:{_MARK})\)|\((?:{_MARK})$")
_IN_FULL = re.compile(
    "カブシキガイシヤ|カブシキカイシヤ|ユウゲンガイシヤ|ユウゲンカイシヤ|ゴウドウガイシヤ|ゴウドウカイシヤ|ゴウシガイシヤ|ゴウメイガイシヤ"
    "|イツパンシヤダンホウジン|イツパンザイダンホウジン|コウエキシヤダンホウジン|コウエキザイダンホウジン|シヤダンホウジン|ザイダンホウジン"
    "|シヤカイフクシホウジン|シユウキヨウホウジン|ガツコウホウジン|イリヨウホウジン|トクテイヒエイリカツドウホウジン"
    "|株式会社|有限会社|合同会社|合資会社|合名会社|一般社団法人|一般財団法人|公益社団法人|公益財団法人|社団法人|財団法人"
    "|社会福祉法人|宗教法人|学校法人|医療法人|特定非営利活動法人|㈱|㈲|\\((?:株|有|同|資|名)\\)"
)


@lru_cache(maxsize=NAMES_KEPT_MAX)
def normalised(name: str) -> str:
    """The name in full-width large kana, capitals and digits: without legal form, spaces, signs and long vowels.

    A name that is nothing but a legal form stays as it is. Normalising twice changes nothing.
    """
    large = _joined(name.upper()).translate(_HIRAGANA).upper().translate(_SMALL)
    text = _joined(large).strip()
    while (shorter := _shorter(text)) not in ("", text):
        text = shorter
    return _bare(text)


def similarity_percent(payer: str, known: str) -> int:
    """How alike two names are, 0 to ``PERCENT_EQUAL``, spelling of kana and legal form aside.

    A payer's name that was cut off counts as equal to the name it begins.
    """
    paid, owed = normalised(payer), normalised(known)
    if not paid or not owed:
        return 0
    if paid == owed or _cut_off(payer, paid, owed):
        return PERCENT_EQUAL
    matcher = SequenceMatcher(None, paid, owed, autojunk=False)
    return min(PERCENT_EQUAL - 1, round(PERCENT_EQUAL * matcher.ratio()))


def digits_in(name: str) -> tuple[str, ...]:
    """The runs of digits in a name, such as an invoice's number that the payer put before it."""
    return tuple(re.findall(r"\d{3,}", unicodedata.normalize("NFKC", name)))


def _shorter(text: str) -> str:
    unmarked = _LEGAL_MARK.sub("", text).strip()
    return unmarked if unmarked != text else _joined(_IN_FULL.sub("", _bare(text)))


def _bare(text: str) -> str:
    return _joined(_NOISE.sub("", text))


def _joined(text: str) -> str:
    """In full width; a voiced mark joins its letter, be it that the letter was small or stood apart before."""
    return unicodedata.normalize("NFKC", text)


def _cut_off(payer: str, paid: str, owed: str) -> bool:
    full = len(payer.rstrip()) >= PAYER_NAME_CHARACTERS_MAX
    return full and owed.startswith(paid)
