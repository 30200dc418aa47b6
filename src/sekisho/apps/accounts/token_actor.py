"""A token as the one who acts: asked for scope, role and name like a person, and written down by its own name."""

from __future__ import annotations

from dataclasses import dataclass

from .models import ApiToken, Organisation, Person, Role


@dataclass(frozen=True, slots=True)
class TokenActor:
    """Made for a token that was found good. ``pk`` is None: the audit's actors with a key are people."""

    token: ApiToken

    pk: None = None
    is_authenticated: bool = True
    is_active: bool = True

    @property
    def name(self) -> str:
        """Written into rows that are for ever, so nothing that a person made up: not the token's own name."""
        return f"token:{self.token.public_id}"

    @property
    def email(self) -> str:
        """Where a person's address would stand, such as in the name of a scope."""
        return self.name

    @property
    def organisation(self) -> Organisation:
        return self.token.organisation

    @property
    def organisation_id(self) -> int:
        return self.token.organisation_id

    @property
    def role(self) -> Role:
        return Role(self.token.role)

    @property
    def answering(self) -> Person | None:
        """The person who made the token and answers for what needs a person's name under it."""
        return self.token.made_by

    def may(self, scope: str) -> bool:
        return scope in self.token.scopes
