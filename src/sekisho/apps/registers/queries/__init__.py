"""Reading the registers; whoever asks about contracts gives a scope first."""

from .damage import claim_by_number, claims_of
from .disclosures import disclosures_of, policy_on, processors_on
from .disputes import GOVERNED_BY, Governed, dispute_by_number, disputes_of, is_over
from .enforcement import (
    case_by_number,
    cases_of,
    damage_yen,
    is_closed,
    measures_of,
    open_cases,
)
from .resale import end_users_on
from .secrets import SecretStanding, confirmations_due, secret_by_number, secrets_of, standing_on

__all__ = (
    "GOVERNED_BY",
    "Governed",
    "SecretStanding",
    "case_by_number",
    "cases_of",
    "claim_by_number",
    "claims_of",
    "confirmations_due",
    "damage_yen",
    "disclosures_of",
    "dispute_by_number",
    "disputes_of",
    "end_users_on",
    "is_closed",
    "is_over",
    "measures_of",
    "open_cases",
    "policy_on",
    "processors_on",
    "secret_by_number",
    "secrets_of",
    "standing_on",
)
