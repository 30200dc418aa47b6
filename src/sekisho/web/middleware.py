"""What every request passes: the person's language, the second factor, the scope.

``ScopeMiddleware`` enters the scope of whoever is logged in. It holds one transaction around the view, because
PostgreSQL keeps the scope for a transaction and not a moment longer. The REST API knows no sessions: its door
(``sekisho.api.v1.door``) enters the scope of the token.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import translation

from sekisho.apps.accounts import queries as accounts
from sekisho.apps.contracts import queries as contracts
from sekisho.apps.reading import reading
from sekisho.apps.scope import entered

GetResponse = Callable[[HttpRequest], HttpResponse]

SECOND_FACTOR_SETUP_URL = "mfa_activate_totp"
OPEN_WITHOUT_SECOND_FACTOR = ("/accounts/", "/i18n/", "/static/", "/healthz", "/api/")
OWN_SCOPE = "/api/v1/"
READ_METHODS = ("GET", "HEAD")


class PersonLanguageMiddleware:
    """A person's own language, unless this browser has chosen another."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated and settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
            translation.activate(request.user.language)
            request.LANGUAGE_CODE = translation.get_language()
        return self.get_response(request)


class SecondFactorMiddleware:
    """People of carrier and partner set up a second factor before they see anything."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if self._is_due(request):
            return redirect(SECOND_FACTOR_SETUP_URL)
        return self.get_response(request)

    def _is_due(self, request: HttpRequest) -> bool:
        if not request.user.is_authenticated or request.path.startswith(OPEN_WITHOUT_SECOND_FACTOR):
            return False
        return accounts.must_use_second_factor(request.user) and not is_mfa_enabled(request.user)


class ScopeMiddleware:
    """The contracts of the person who asks, as ``request.scope`` and in the database's own rules."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(OWN_SCOPE):
            return self.get_response(request)
        with transaction.atomic():
            request.scope = contracts.scope_of(request.user)
            with entered(request.scope), reading() if request.method in READ_METHODS else nullcontext():
                return self.get_response(request)
