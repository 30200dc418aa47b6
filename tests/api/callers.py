"""Callers of the REST API: a token in hand, and calls that are made with it over HTTP."""

from __future__ import annotations

import itertools
from typing import Any

from django.http import HttpResponse
from django.test import Client

from sekisho.apps.accounts.actions import add_person, issue_token
from sekisho.apps.accounts.models import ApiToken, Organisation, Person, Role, TokenScope

from ..apps.world import PASSWORD, TESTER

_numbers = itertools.count(1)


def admin_of_carrier(organisation: Organisation) -> Person:
    """Somebody who may give tokens to anybody."""
    email = f"tokens{next(_numbers)}@carrier.example"
    return add_person(
        TESTER, organisation=organisation, role=Role.CARRIER_ADMIN, email=email, name="発行係", password=PASSWORD
    )


class Caller:
    """A token's holder. Every method makes one call and gives the answer."""

    def __init__(self, admin: Person, of: Person, scopes: list[TokenScope] | None = None, days: int = 300) -> None:
        self.admin = admin
        self.token: ApiToken
        self.token, self.text = issue_token(
            admin,
            organisation=of.organisation,
            role=of.role,
            name=f"token of {of.email}",
            scopes=list(TokenScope) if scopes is None else scopes,
            days=days,
        )
        self.client = Client(enforce_csrf_checks=True)

    def get(self, path: str, *, language: str = "en", **headers: str) -> HttpResponse:
        return self.client.get(f"/api/v1{path}", headers=self.headers(language, headers))

    def post(
        self,
        path: str,
        body: Any = None,
        *,
        key: str | None = None,
        language: str = "en",
        content_type: str = "application/json",
        **headers: str,
    ) -> HttpResponse:
        more = {"idempotency_key": key or f"key-{next(_numbers)}", **headers}
        data = "" if body is None else body
        return self.client.post(f"/api/v1{path}", data, content_type=content_type, headers=self.headers(language, more))

    def headers(self, language: str, more: dict[str, str]) -> dict[str, str]:
        named = {name.replace("_", "-"): value for name, value in more.items()}
        return {"authorization": f"Bearer {self.text}", "accept-language": language, **named}
