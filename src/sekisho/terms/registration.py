"""Corporate numbers, invoice registration numbers, names in kana: whether they can be right as they are written.

A corporate number has 13 digits, the first of which checks the other twelve: nine minus the remainder, by
nine, of their sum, each weighted 1 and 2 in turn from the right. Whether the number exists, only the
register of the tax agency knows. An invoice registration number is T and a corporate number.
"""

from __future__ import annotations

import unicodedata

from sekisho.terms.values import BadParameter, Value
from sekisho.terms.versions import LATEST, Terms
from sekisho.terms.words import Step, Words

CORPORATE_NUMBER_DIGITS = 13
_TEXT_CHARACTERS_MAX = 100


def corporate_number(number: str, *, terms: Terms = LATEST) -> Value[bool]:
    """Whether this is a well-formed corporate number with the right check digit; full-width digits are read."""
    found = _fault(_normal(number))
    return Value(found is None, "10-1(1)", terms.version, (found or Step(_SOUND),))


def invoice_number(number: str, *, terms: Terms = LATEST) -> Value[bool]:
    """Whether this is T and a corporate number. A sole trader's number has no check digit and is not judged."""
    text = _normal(number)
    found = _fault(text[1:]) if text.startswith("T") else Step(_NO_T)
    return Value(found is None, "31-1", terms.version, (found or Step(_SOUND),))


def company_kana(name: str, *, terms: Terms = LATEST) -> Value[bool]:
    """Whether this is a company's name in full-width katakana, without its legal form, as transfers are matched by it.

    Letters and digits are full-width too; the middle dot, the long vowel and spaces may stand between.
    """
    found = _kana_fault(name[:_TEXT_CHARACTERS_MAX].strip())
    return Value(found is None, "10-1(1)", terms.version, (found or Step(_SOUND_KANA),))


def check_digit(base: str) -> int:
    """The check digit, 1 to 9, of the twelve digits of a corporate number."""
    weighted = sum(int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(base)))
    return 9 - weighted % 9


def _normal(number: str) -> str:
    text = unicodedata.normalize("NFKC", number[:_TEXT_CHARACTERS_MAX]).strip()
    if not text:
        raise BadParameter("number", "is empty")
    return text


def _kana_fault(name: str) -> Step | None:
    if not name or not all(_is_of_kana(letter) for letter in name):
        return Step(_NOT_KANA)
    joined = "".join(name.split())
    named = next((form for form in _LEGAL_FORMS if joined.startswith(form) or joined.endswith(form)), None)
    return Step(_LEGAL_FORM, (named,)) if named else None


def _is_of_kana(letter: str) -> bool:
    return "ァ" <= letter <= "ヴ" or letter in _BETWEEN or any(a <= letter <= z for a, z in _WIDE)


def _fault(text: str) -> Step | None:
    if len(text) != CORPORATE_NUMBER_DIGITS or not (text.isascii() and text.isdigit()):
        return Step(_NOT_13_DIGITS, (CORPORATE_NUMBER_DIGITS,))
    expected = check_digit(text[1:])
    return None if int(text[0]) == expected else Step(_WRONG_DIGIT, (text[0], expected))


_BETWEEN = "ー・　"
_WIDE = (("Ａ", "Ｚ"), ("ａ", "ｚ"), ("０", "９"))
_LEGAL_FORMS = (
    "カブシキガイシャ",
    "カブシキカイシャ",
    "ユウゲンガイシャ",
    "ユウゲンカイシャ",
    "ゴウドウガイシャ",
    "ゴウドウカイシャ",
    "ゴウシガイシャ",
    "ゴウメイガイシャ",
    "シャダンホウジン",
    "ザイダンホウジン",
    "フクシホウジン",
    "イリョウホウジン",
    "ガッコウホウジン",
    "シュウキョウホウジン",
)
_SOUND_KANA = Words("カナ名称の形式は正しい。", "The name in kana is well-formed.")
_NOT_KANA = Words("全角カナで記入してください。", "It is not written in full-width katakana.")
_LEGAL_FORM = Words("法人格({0})は除いてください。", "It names its legal form ({0}), which is left out.")
_SOUND = Words(
    "検査用数字は正しい。実在は国税庁の公表で確認。", "The check digit is right; the register knows if it exists."
)
_NOT_13_DIGITS = Words("{0}桁の数字ではありません。", "It does not have {0} digits.")
_WRONG_DIGIT = Words("検査用数字は{0}ではなく{1}のはずです。", "The check digit is {0} and should be {1}.")
_NO_T = Words("Tで始まっていません。", "It does not begin with T.")
