"""The OpenAPI document, and what the API really does, held against each other by an outside judge (Schemathesis)."""

from __future__ import annotations

import io
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
import schemathesis
import urllib3
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

from sekisho.api.v1.catalogue import OPERATIONS
from sekisho.api.v1.openapi import document
from sekisho.api.v1.operation import Operation
from sekisho.api.v1.problems import CODES
from sekisho.apps.accounts.models import TokenUse

from .callers import Caller

BASE = "http://testserver/api/v1"
EXAMPLES = 6
BEYOND_SCHEMA = ("cursor_unknown", "outside_calendar", "request_malformed")
"""What may be wrong with a request that is of the right shape."""
PROMISES = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
THINGS = {"contract_number": "SK100002", "version": "current"}
"""What really is there, by the names in paths, so that not every made-up call ends at "not found"."""


class Inward(requests.adapters.HTTPAdapter):
    """Carries what ``requests`` sends to Django's handlers, without a socket between them."""

    def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:
        parts, body = urlsplit(request.url), request.body or b""
        headers = {name: value for name, value in request.headers.items() if name != "Content-Type"}
        found = Client(enforce_csrf_checks=True).generic(
            request.method,
            f"{parts.path}?{parts.query}",
            body.encode() if isinstance(body, str) else body,
            request.headers.get("Content-Type", ""),
            headers=headers,
        )
        content = urllib3.HTTPResponse(
            io.BytesIO(found.content), dict(found.items()), found.status_code, preload_content=False
        )
        return self.build_response(request, content)


@pytest.fixture
def session(callers: dict[str, Caller]) -> requests.Session:
    session = requests.Session()
    session.mount("http://testserver", Inward())
    session.headers["Authorization"] = f"Bearer {callers['carrier'].text}"
    return session


def name_of(operation: Operation) -> str:
    return operation.name


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=lambda mode: mode.value)
@pytest.mark.parametrize("operation", OPERATIONS, ids=name_of)
def test_whatever_is_sent_the_answer_is_one_of_those_documented(
    session: requests.Session, operation: Operation, mode: GenerationMode
) -> None:
    told = schemathesis.openapi.from_dict(document())[operation.path][operation.method]

    @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
    @given(case=told.as_strategy(generation_mode=mode), there=st.booleans())
    def holds(case: Case, there: bool) -> None:
        if there:
            case.path_parameters.update({name: THINGS[name] for name in operation.parameters if name in THINGS})
        TokenUse.objects.update(calls=0)
        answer = case.call(base_url=BASE, session=session)
        case.validate_response(answer, checks=PROMISES)
        if mode is GenerationMode.POSITIVE:
            assert answer.status_code != 400 or answer.json()["code"] in BEYOND_SCHEMA, answer.text

    holds()


def test_the_document_is_served_to_everybody_and_says_what_it_is() -> None:
    answer = Client().get("/api/v1/openapi.json")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    assert answer.json() == document()
    assert document()["openapi"].startswith("3.1.")


def test_every_operation_has_a_name_of_its_own_words_in_both_languages_and_a_description() -> None:
    assert len({operation.name for operation in OPERATIONS}) == len(OPERATIONS)
    for operation in OPERATIONS:
        assert operation.words.ja != operation.words.en
        assert operation.about


def test_nothing_unknown_may_be_sent_to_any_operation() -> None:
    schemas = document()["components"]["schemas"]
    bodies = [operation.body.__name__ for operation in OPERATIONS if isinstance(operation.body, type)]
    assert all(schemas[name]["additionalProperties"] is False for name in bodies)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_people_can_read_about_everything_in_their_language(db: None, language: str) -> None:
    page = Client().get("/api/v1/reference", headers={"accept-language": language})
    text = page.content.decode()
    assert page.status_code == 200
    assert f'lang="{language}"' in text
    for operation in OPERATIONS:
        assert operation.words.in_language(language) in text
        assert f'id="{operation.name}"' in text
    assert all(f'id="problem-{code}"' in text for code in CODES)
