"""The texts that an applicant agrees to, each in numbered versions; a contract keeps which ones were agreed to.

Two are needed before an application is complete: the limits of what the service promises (Arts. 24-2 to 24-5), and
the consent to have communications looked at and blocked, without which a carrier may not look (secrecy of
communications, Telecommunications Business Act 4). A new wording is a new version, never an edit.
"""

from __future__ import annotations

from typing import NamedTuple

from sekisho.terms.applications import FormPart
from sekisho.terms.values import BadParameter
from sekisho.terms.words import Words


class ConsentText(NamedTuple):
    """One version of a text. ``version`` counts within its part, from 1."""

    part: FormPart
    version: int
    article: str
    words: Words


CONSENT_TEXTS: tuple[ConsentText, ...] = (
    ConsentText(
        FormPart.DISCLAIMERS_ACCEPTED,
        1,
        "24-3",
        Words(
            "本サービスは、すべての脅威の検知・遮断や、お客さまの情報資産の安全を保証するものではありません。"
            "正常な通信に影響が出る場合があること、内部の関係者による不正は対象外であることを確認しました。",
            "The service does not guarantee that every threat is found or blocked, or that assets stay safe. I know "
            "that legitimate traffic may be affected, and that misuse by insiders is not covered.",
        ),
    ),
    ConsentText(
        FormPart.MONITORING_CONSENT,
        1,
        "25-2",
        Words(
            "本サービスの提供に必要な範囲で、当社および協業先が通信の内容・記録を機械的に確認し、ログを分析し、"
            "危険な通信を遮断することに同意します。",
            "I agree that, as far as the service needs it, the carrier and its partner inspect communications and "
            "their records by machine, analyse the logs, and block dangerous communications.",
        ),
    ),
)


def consent_text(part: FormPart, version: int | None = None) -> ConsentText:
    """The text of a part; None: its newest version. ``BadParameter`` where there is none."""
    found = [text for text in CONSENT_TEXTS if text.part is part and version in (None, text.version)]
    if not found:
        raise BadParameter("version", f"{version} is no version of the text of {part}")
    return max(found, key=lambda text: text.version)
