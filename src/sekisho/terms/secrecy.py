"""What is confidential (Art. 37), and when personal data may be given to others (Art. 38-4)."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from sekisho.terms.due import CLOCK_RULES, due
from sekisho.terms.grounds import Catalogue, ground_named
from sekisho.terms.moments import day
from sekisho.terms.values import Answer, BadParameter, Refusal, Value
from sekisho.terms.versions import LATEST, Terms
from sekisho.terms.words import Step, Words


class DisclosedBy(StrEnum):
    DOCUMENT = "document"
    WORD_OF_MOUTH = "word_of_mouth"
    SERVICE_INTERNALS = "service_internals"


class Recipient(StrEnum):
    """To whom confidential information may go on (Art. 37-1)."""

    OFFICER = "officer"
    EMPLOYEE = "employee"
    BOUND_PROFESSIONAL = "bound_professional"
    OTHER = "other"


def oral_secret_confirmation_due(disclosed_on: dt.date, *, terms: Terms = LATEST) -> Value[dt.date]:
    """The last day to confirm in writing that what was said is secret (Art. 37-1)."""
    return due(CLOCK_RULES["oral_secret_confirmation"], day(disclosed_on, "disclosed_on"), terms=terms)


def is_confidential(
    disclosed_by: DisclosedBy,
    disclosed_on: dt.date,
    marked: bool = False,
    confirmed_on: dt.date | None = None,
    exception: str = "",
    *,
    terms: Terms = LATEST,
) -> Value[bool]:
    """Whether information is confidential: marked, or said and confirmed in time, and no exception applies.

    The service's contents and its devices always are (Art. 37-2). ``exception``: a code of Art. 37-1's list.
    """
    if disclosed_by is DisclosedBy.SERVICE_INTERNALS:
        return Value(True, "37-2", terms.version, (Step(_INTERNALS),))
    if exception:
        excepted = ground_named(Catalogue.NOT_CONFIDENTIAL, exception)
        return Value(False, excepted.article, terms.version, (Step(_EXCEPTED, (excepted.words,)),))
    if disclosed_by is DisclosedBy.DOCUMENT:
        return Value(marked, "37-1", terms.version, (Step(_MARKED if marked else _UNMARKED),))
    last = oral_secret_confirmation_due(disclosed_on, terms=terms)
    if confirmed_on is not None and day(confirmed_on, "confirmed_on") < disclosed_on:
        raise BadParameter("confirmed_on", "is before disclosed_on")
    return Value(confirmed_on is not None and confirmed_on <= last.value, "37-1", terms.version, last.steps)


def passing_on_check(recipient: Recipient, *, terms: Terms = LATEST) -> Answer[bool]:
    """Whether confidential information may be passed on to such a person."""
    if recipient is Recipient.OTHER:
        return Refusal("secret.no_third_party", "37-1", _NO_THIRD_PARTY, terms.version)
    return Value(True, "37-1", terms.version)


def disclosure_check(basis: str, approved_by: str = "", *, terms: Terms = LATEST) -> Answer[bool]:
    """Whether personal data may be given to a third party: on one basis of Art. 38-4, approved by a person."""
    if not basis:
        return Refusal("disclosure.no_basis", "38-4", _NO_BASIS, terms.version)
    named = ground_named(Catalogue.DISCLOSURE, basis)
    if not approved_by.strip():
        return Refusal("disclosure.not_approved", named.article, _NOT_APPROVED, terms.version)
    return Value(True, named.article, terms.version, (Step(_BASIS, (named.words,)),))


_INTERNALS = Words(
    "サービス内容と機器情報は常に秘密情報。", "Service contents and devices are confidential in any case."
)
_EXCEPTED = Words("秘密情報にあたらない: {0}。", "Not confidential: {0}.")
_MARKED = Words("書面に秘密の明示あり。", "Marked as confidential in writing.")
_UNMARKED = Words("書面に秘密の明示なし。", "Not marked as confidential.")
_NO_THIRD_PARTY = Words("秘密情報は第三者に開示できません。", "It must not be passed on to third parties.")
_NO_BASIS = Words("第三者提供の根拠がありません。", "There is no basis for giving it to a third party.")
_NOT_APPROVED = Words("第三者提供には承認者の記録が必要です。", "A disclosure needs an approver on record.")
_BASIS = Words("根拠: {0}。", "Basis: {0}.")
