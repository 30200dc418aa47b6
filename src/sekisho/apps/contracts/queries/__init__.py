"""Reading contracts: who may see which, what was told of them, what they come to, whom to reach."""

from .applications import (
    AcceptedChange,
    act_of,
    application_by_number,
    application_refusals_of,
    applications_of,
    changes_accepted,
    consented_parts,
    draft_applications,
    queue_of,
    screening_standing,
    screenings_of,
    waiting_applications,
)
from .binding import binding_terms_of, bound_contract, bound_terms, effective_param
from .contacts import contact_by_id, contacts_in_force, contacts_of, is_office_hours
from .ending import (
    ChangePreview,
    ChargeItem,
    Preview,
    ended_by,
    preview_cancellation,
    preview_change,
    preview_option_stop,
    what_leaving_costs,
    withdrawal_asked_at,
)
from .options import Running, fee_of, fees_of, running_at, running_on
from .provisioning import checklist_of
from .rows import contract_by_id, contract_by_number, contracts_after, contracts_by_numbers, contracts_of
from .scopes import scope_of
from .standing import contract_at, entitlements_of, histories, history_of, terms_of, told_of

__all__ = [
    "AcceptedChange",
    "ChangePreview",
    "ChargeItem",
    "Preview",
    "Running",
    "act_of",
    "application_by_number",
    "application_refusals_of",
    "applications_of",
    "binding_terms_of",
    "bound_contract",
    "bound_terms",
    "changes_accepted",
    "checklist_of",
    "consented_parts",
    "contact_by_id",
    "contacts_in_force",
    "contacts_of",
    "contract_at",
    "contract_by_id",
    "contract_by_number",
    "contracts_after",
    "contracts_by_numbers",
    "contracts_of",
    "draft_applications",
    "effective_param",
    "ended_by",
    "entitlements_of",
    "fee_of",
    "fees_of",
    "histories",
    "history_of",
    "is_office_hours",
    "preview_cancellation",
    "preview_change",
    "preview_option_stop",
    "queue_of",
    "running_at",
    "running_on",
    "scope_of",
    "screening_standing",
    "screenings_of",
    "terms_of",
    "told_of",
    "waiting_applications",
    "what_leaving_costs",
    "withdrawal_asked_at",
]
