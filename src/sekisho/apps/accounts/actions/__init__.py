"""Acts on accounts: people move in, are invited, leave; machines get tokens."""

from .inviting import (
    accept_invitation,
    close_account,
    deactivate,
    invitation_of,
    invite,
    invite_again,
    link_of,
    reactivate,
    require_over,
    set_language,
)
from .people import add_organisation, add_person, set_totp
from .tokens import issue_token, revoke_token

__all__ = [
    "accept_invitation",
    "add_organisation",
    "add_person",
    "close_account",
    "deactivate",
    "invitation_of",
    "invite",
    "invite_again",
    "issue_token",
    "link_of",
    "reactivate",
    "require_over",
    "revoke_token",
    "set_language",
    "set_totp",
]
