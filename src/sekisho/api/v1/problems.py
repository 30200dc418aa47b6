"""What the API says when it can't do what was asked (RFC 9457), in the caller's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import NamedTuple

import msgspec
from django.conf import settings

from sekisho.apps.refusals import Refused
from sekisho.terms.words import Words

from .answers import Answer

MEDIA_TYPE = "application/problem+json"
PLACES_MAX = 50
"""After so many places the text is something else altogether."""


class Place(NamedTuple):
    """One thing that is wrong with what was sent: ``where`` in the body (JSON pointer), the query or a header."""

    where: str
    kind: str
    words: Words


class Problem(Exception):
    """The request ends here, with this status. ``code`` is stable and one of CODES."""

    def __init__(
        self, code: str, words: Words | None = None, *, places: Sequence[Place] = (), headers: Mapping[str, str] = {}
    ) -> None:
        super().__init__(code)
        self.code = code
        self.status, known = CODES[code]
        self.words = words or known
        self.places = tuple(places)[:PLACES_MAX]
        self.headers = dict(headers)


CODES: dict[str, tuple[int, Words]] = {
    "body_malformed": (400, Words("本文を読み取れません。", "The body cannot be read.")),
    "cursor_unknown": (400, Words("このカーソルは使えません。", "This cursor does not belong to this list.")),
    "idempotency_key_missing": (
        400,
        Words(
            "POSTにはIdempotency-Keyヘッダー(1~255字の表示可能なASCII)が必要です。",
            "Every POST needs an Idempotency-Key header of 1 to 255 printable ASCII characters.",
        ),
    ),
    "outside_calendar": (400, Words("日時が範囲外です。", "A date lies outside of the calendar.")),
    "request_malformed": (400, Words("リクエストに誤りがあります。", "Something in the request is wrong.")),
    "not_authenticated": (
        401,
        Words("有効なアクセストークンが必要です。", "A valid access token is needed."),
    ),
    "not_permitted": (403, Words("この操作を行う権限がありません。", "The token's role does not allow this.")),
    "scope_missing": (403, Words("トークンの権限範囲外です。", "The token was not given the scope that this needs.")),
    "not_found": (404, Words("見つかりません。", "There is nothing here that you can see.")),
    "method_not_allowed": (405, Words("このメソッドは使えません。", "This method is not used here.")),
    "idempotency_key_busy": (
        409,
        Words(
            "同じIdempotency-Keyのリクエストを処理中です。",
            "Another request with this Idempotency-Key is being worked on.",
        ),
    ),
    "changed_meanwhile": (
        412,
        Words(
            "If-Matchの時点から変更されています。読み直してください。",
            "It has changed since the state named in If-Match: read it again.",
        ),
    ),
    "body_too_long": (413, Words("本文が長すぎます。", "The body is too long.")),
    "media_type_unknown": (415, Words("この形式の本文は受け付けません。", "A body of this type is not taken here.")),
    "idempotency_key_reused": (
        422,
        Words(
            "このIdempotency-Keyは別の内容で使用済みです。",
            "This Idempotency-Key was used with another request.",
        ),
    ),
    "too_often": (429, Words("呼び出しが多すぎます。", "Too many calls: slow down.")),
    "failed": (500, Words("当社側で失敗しました。", "Something failed on our side; it has been recorded.")),
}
"""The API's own codes. Refusals by the rules of the service have codes of their own, with a dot in them."""

REFUSED_STATUS = 422


class PlaceShape(msgspec.Struct, frozen=True, omit_defaults=True):
    """``pointer`` into the body (RFC 6901), or the name of a ``parameter`` or a ``header``."""

    detail: str
    pointer: str | None = None
    parameter: str | None = None
    header: str | None = None


class ProblemShape(msgspec.Struct, frozen=True):
    """An answer that says why not. ``article`` names the service terms where they decide."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    article: str = ""
    problems: list[PlaceShape] = []


def answer_of(problem: Problem, language: str) -> Answer:
    places = [PlaceShape(place.words.in_language(language), **{place.kind: place.where}) for place in problem.places]
    return _answer(problem.status, problem.code, problem.words.in_language(language), "", places, problem.headers)


def answer_of_refusal(refused: Refused, language: str) -> Answer:
    """The rules said no: 403 if it is about the role, 422 if it is about the act."""
    status = CODES[refused.code][0] if refused.code in CODES else REFUSED_STATUS
    return _answer(status, refused.code, refused.words.in_language(language), refused.article, [], {})


def type_of(code: str) -> str:
    """The address that stands for a kind of problem."""
    return f"{settings.BASE_URL}/api/v1/reference#problem-{code}"


def _answer(
    status: int, code: str, detail: str, article: str, places: list[PlaceShape], headers: Mapping[str, str]
) -> Answer:
    shape = ProblemShape(type_of(code), HTTPStatus(status).phrase, status, code, detail, article, places)
    return Answer(status, {"Content-Type": MEDIA_TYPE, **headers}, msgspec.json.encode(shape))
