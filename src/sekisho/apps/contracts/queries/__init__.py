"""Reading contracts: who may see which, what was told of them, what they come to, whom to reach."""

from .contacts import contact_by_id, contacts_in_force, contacts_of, is_office_hours
from .rows import contract_by_id, contract_by_number, contracts_after, contracts_by_numbers, contracts_of
from .scopes import scope_of
from .standing import contract_at, entitlements_of, histories, history_of, terms_of, told_of

__all__ = [
    "contact_by_id",
    "contacts_in_force",
    "contacts_of",
    "contract_at",
    "contract_by_id",
    "contract_by_number",
    "contracts_after",
    "contracts_by_numbers",
    "contracts_of",
    "entitlements_of",
    "histories",
    "history_of",
    "is_office_hours",
    "scope_of",
    "terms_of",
    "told_of",
]
