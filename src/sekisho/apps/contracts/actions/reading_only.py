"""After the end of a contract its contractor's people, and machines that act for them, only read (Art. 38-5).

The first line of every act that a contractor may do under a contract. The carrier goes on: it settles and erases.
"""

from __future__ import annotations

from sekisho.apps.accounts.models import OrganisationKind, Role
from sekisho.apps.audit.actions import Actor
from sekisho.apps.refusals import Refused
from sekisho.apps.scope import current

from ..models import Contract
from ..queries.accounts import may_act_under


def check_may_act(actor: Actor, contract: Contract) -> None:
    """Refused for a contractor's actor once the contract is over."""
    if is_contractors(actor) and not may_act_under(current(), contract):
        raise Refused(
            "contract.read_only",
            "終了した契約は閲覧のみできます。お申し出は書面で窓口へお送りください。",
            "A contract that is over can only be read. Please write to our desk instead.",
            "38-5",
        )


def is_contractors(actor: Actor) -> bool:
    """Whether a person or a token of a contractor acts; a part of the platform has no role."""
    role = getattr(actor, "role", None)
    return role is not None and Role(role).organisation_kind == OrganisationKind.CONTRACTOR
