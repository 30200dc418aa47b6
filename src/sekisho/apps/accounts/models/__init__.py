"""Organisations, people, and the tokens that machines act with."""

from .invitations import Invitation
from .people import Language, Organisation, OrganisationKind, Person, Persons, Role
from .tokens import ApiToken, IdempotentAnswer, TokenScope, TokenUse

__all__ = [
    "ApiToken",
    "IdempotentAnswer",
    "Invitation",
    "Language",
    "Organisation",
    "OrganisationKind",
    "Person",
    "Persons",
    "Role",
    "TokenScope",
    "TokenUse",
]
