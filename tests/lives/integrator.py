"""A machine before the REST API: a token in its hand, JSON out and in over HTTP."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

import requests

from sekisho.apps.accounts.actions import issue_token
from sekisho.apps.accounts.models import ApiToken, Person, TokenScope
from sekisho.apps.accounts.queries import person_by_email
from sekisho.gateways import clock

from .visitor import CALL_SECONDS_MAX

TOKEN_DAYS = 366
_keys = itertools.count(1)


class Integrator:
    """Acts with the role of the person whose address is given. Tokens are made as ``sekisho tokens issue`` does."""

    def __init__(self, url: str, like: str, admin: str) -> None:
        self.url, self.like, self.admin = url, like, admin
        self._caller = requests.Session()
        self._token: ApiToken | None = None
        self._text = ""

    def get(self, path: str, **query: str) -> Any:
        answer = self._caller.get(self._address(path), params=query, headers=self._headers(), timeout=CALL_SECONDS_MAX)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    def file(self, path: str, language: str = "ja") -> bytes:
        headers = {**self._headers(), "Accept-Language": language}
        answer = self._caller.get(self._address(path), headers=headers, timeout=CALL_SECONDS_MAX)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text}"
        return answer.content

    def post(self, path: str, body: Any = None, *, expect: int = 201, language: str = "en", **query: str) -> Any:
        """Send JSON, or the bytes of a file; ``expect`` is the status that has to come back."""
        sent = {"data": body} if isinstance(body, bytes) else {"json": {} if body is None else body}
        kind = {"Content-Type": "application/octet-stream"} if isinstance(body, bytes) else {}
        key = f"life-{next(_keys)}"
        headers = {**self._headers(), **kind, "Idempotency-Key": key, "Accept-Language": language}
        answer = self._caller.post(self._address(path), params=query, headers=headers, timeout=CALL_SECONDS_MAX, **sent)
        assert answer.status_code == expect, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    def close(self) -> None:
        self._caller.close()

    def _address(self, path: str) -> str:
        return f"{self.url}/api/v1{path}"

    def _headers(self) -> dict[str, str]:
        if self._token is None or self._token.expires_at <= clock.now() + dt.timedelta(days=1):
            self._renew()
        return {"Authorization": f"Bearer {self._text}", "Accept-Language": "en"}

    def _renew(self) -> None:
        like, admin = _person(self.like), _person(self.admin)
        self._token, self._text = issue_token(
            admin, organisation=like.organisation, role=like.role, name="life", scopes=list(TokenScope), days=TOKEN_DAYS
        )


def _person(email: str) -> Person:
    found = person_by_email(email)
    assert found is not None, email
    return found
