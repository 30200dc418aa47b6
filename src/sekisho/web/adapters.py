"""What we decide for allauth: nobody signs up, log-ins leave audit rows, second-factor secrets rest encrypted."""

from __future__ import annotations

import base64
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from sekisho.apps.accounts.models import Person
from sekisho.apps.accounts.queries import person_by_email
from sekisho.apps.audit.actions import record
from sekisho.apps.audit.models import SystemActor

DOOR = SystemActor("door")


class ClosedAccountAdapter(DefaultAccountAdapter):
    """People are entered by the carrier; who comes in, and who tries, is written down."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def post_login(self, request: HttpRequest, user: Person, **about: Any) -> HttpResponse:
        record(user, act="accounts.log_in", object=f"person:{user.pk}", details=self._origin(request))
        return super().post_login(request, user, **about)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        super().authentication_failed(request, **credentials)
        tried = person_by_email(str(credentials.get("email", "")))
        # An address that nobody has may be a password typed into the wrong field: it is not kept.
        about = f"person:{tried.pk}" if tried else "person:unknown"
        record(DOOR, act="accounts.log_in_failed", object=about, details=self._origin(request))

    def _origin(self, request: HttpRequest) -> dict[str, str]:
        return {"address": self.get_client_ip(request)}


class EncryptedSecretAdapter(DefaultMFAAdapter):
    """TOTP secrets and recovery seeds, unreadable in a stolen copy of the database."""

    def encrypt(self, text: str) -> str:
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _cipher().decrypt(encrypted_text.encode()).decode()


def _cipher() -> Fernet:
    key = HKDF(hashes.SHA256(), 32, salt=None, info=b"sekisho second factor").derive(settings.SECRET_KEY.encode())
    return Fernet(base64.urlsafe_b64encode(key))
