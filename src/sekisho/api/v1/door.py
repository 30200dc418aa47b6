"""The one view behind every address of the API.

It holds the transaction itself: who calls is found out and counted before it begins, because a call that fails
counts too, and because the scope that PostgreSQL keeps for the transaction is the token's.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Callable, Mapping

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.views.decorators.csrf import csrf_exempt

from sekisho.apps.accounts.actions.answers import answer_kept, keep_answer, take_key
from sekisho.apps.contracts.queries import scope_of
from sekisho.apps.refusals import Refused
from sekisho.apps.scope import entered
from sekisho.apps.tariff.fees import NoPrice
from sekisho.terms.values import BadParameter
from sekisho.terms.words import Words

from .answers import Answer, answer_with, names, sent
from .callers import authenticate, permit
from .operation import Call, Operation
from .problems import Problem, answer_of, answer_of_refusal
from .reading import read_body, read_query

BUSY_RETRY_SECONDS = 2
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_SENSELESS = Words("この内容では判定できません。", "This can't be asked:")
_REPLAYED = {"Idempotent-Replayed": "true"}

log = logging.getLogger(__name__)


def door(operations: Mapping[str, Operation]) -> Callable[..., HttpResponse]:
    """The view of one address: its operations by method."""

    @csrf_exempt
    @transaction.non_atomic_requests
    def view(request: HttpRequest, **path: str) -> HttpResponse:
        return sent(_answered(request, operations, path))

    return view


def _answered(request: HttpRequest, operations: Mapping[str, Operation], path: Mapping[str, str]) -> Answer:
    language = get_language() or "ja"
    try:
        return _answer(request, operations, path, language)
    except Problem as problem:
        return answer_of(problem, language)
    except Refused as refused:
        return answer_of_refusal(refused, language)
    except BadParameter as bad:
        return answer_of(Problem("request_malformed", Words(_SENSELESS.ja, f"{_SENSELESS.en} {bad}.")), language)
    except NoPrice as unpriced:
        return answer_of_refusal(_without_price(unpriced), language)
    except Exception:
        log.exception("the API failed at %s %s", request.method, request.path)
        return answer_of(Problem("failed"), language)


def _answer(
    request: HttpRequest, operations: Mapping[str, Operation], path: Mapping[str, str], language: str
) -> Answer:
    operation = operations.get("GET" if request.method == "HEAD" else request.method or "")
    if operation is None:
        raise Problem("method_not_allowed", headers={"Allow": ", ".join(sorted(operations))})
    actor = authenticate(request)
    permit(actor, operation)
    if any("\0" in part for part in path.values()):  # no name of anything has it, and PostgreSQL takes no such text
        raise Problem("not_found")
    key = _key(request) if operation.method == "POST" else ""
    query, body = read_query(request, operation.query), read_body(request, operation)
    with entered(scope_of(actor)) as scope:
        call = Call(actor, scope, language, path, query, body, request.headers.get("If-Match", ""))
        if key:
            return _once(call, operation, key, _fingerprint(request))
        return _unless_known(request, answer_with(operation.run(call), operation.status))


def _once(call: Call, operation: Operation, key: str, fingerprint: str) -> Answer:
    """Run the operation, unless its key has an answer. A refusal by the rules is an answer; a slip of the caller is
    none, and leaves the key free."""
    if not take_key(call.actor, key):
        raise Problem("idempotency_key_busy", headers={"Retry-After": str(BUSY_RETRY_SECONDS)})
    kept = answer_kept(call.actor, key)
    if kept is not None:
        if kept.fingerprint != fingerprint:
            raise Problem("idempotency_key_reused")
        return Answer(kept.status, kept.headers | _REPLAYED, bytes(kept.body))
    try:
        with transaction.atomic():
            answer = answer_with(operation.run(call), operation.status)
    except Refused as refused:
        answer = answer_of_refusal(refused, call.language)
    headers = {**answer.headers, "Content-Language": call.language}
    keep_answer(call.actor, key=key, fingerprint=fingerprint, status=answer.status, headers=headers, body=answer.body)
    return answer._replace(headers=headers)


def _unless_known(request: HttpRequest, answer: Answer) -> Answer:
    tag = answer.headers["ETag"]
    if names(request.headers.get("If-None-Match", ""), tag):
        return Answer(304, {"ETag": tag}, b"")
    return answer


def _without_price(unpriced: NoPrice) -> Refused:
    return Refused(
        "tariff.no_price",
        f"「{unpriced.item}」の料金が決まっていません。",
        f"No price is agreed for {unpriced.item}.",
        "27-1",
    )


def _key(request: HttpRequest) -> str:
    key = request.headers.get("Idempotency-Key", "")
    if not _KEY.fullmatch(key):
        raise Problem("idempotency_key_missing")
    return key


def _fingerprint(request: HttpRequest) -> str:
    """What makes two requests the same: the address with its query, and every byte of the body."""
    told = f"{request.method} {request.get_full_path()}\n".encode()
    return hashlib.sha256(told + request.body).hexdigest()


@csrf_exempt
@transaction.non_atomic_requests
def no_such_address(request: HttpRequest) -> HttpResponse:
    """For every address below the API's that is none of its own."""
    return sent(answer_of(Problem("not_found"), get_language() or "ja"))
