"""Acts on accounts: people move in, machines get tokens."""

from .people import add_organisation, add_person, set_totp
from .tokens import issue_token, revoke_token

__all__ = ["add_organisation", "add_person", "issue_token", "revoke_token", "set_totp"]
