"""A token as the one who acts: asked for scope, role and name like a person, and written down by its own name."""

from __future__ import annotations

from dataclasses import dataclass

from .models import ApiToken, Organisation, Role


@dataclass(frozen=True, slots=True)
class TokenActor:
    """Made for a token that was found good. ``pk`` is None: the audit's actors with a key are people."""

    token: ApiToken

    pk: None = None
    is_authenticated: bool = True
    is_active: bool = True

    @property
    def name(self) -> str:
        return f"API {self.token}"

    @property
    def email(self) -> str:
        """What names this actor in logs, where a person's address would stand."""
        return f"token:{self.token.public_id}"

    @property
    def organisation(self) -> Organisation:
        return self.token.organisation

    @property
    def organisation_id(self) -> int:
        return self.token.organisation_id

    @property
    def role(self) -> Role:
        return Role(self.token.role)

    def may(self, scope: str) -> bool:
        return scope in self.token.scopes
