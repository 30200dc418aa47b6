"""The catalogue: every permission of the platform, in alphabetical order, and the roles that have it.

Which contracts a person sees is not decided here but by ``contracts.queries.scope_of``; a permission
says what may be done to what is seen.
"""

from __future__ import annotations

from sekisho.apps.refusals import Refused

from .models import Person, Role

_CARRIER = frozenset({Role.CARRIER_ADMIN, Role.CARRIER_DESK})
_PARTNER = frozenset({Role.PARTNER_ANALYST, Role.PARTNER_LEAD})
_CONTRACTOR = frozenset({Role.CONTRACTOR_ADMIN, Role.CONTRACTOR_MEMBER})

PERMISSIONS: dict[str, frozenset[Role]] = {
    "accounts.manage": frozenset({Role.CARRIER_ADMIN}),
    "alarms.take": _CARRIER | _PARTNER,
    "applications.submit": frozenset({Role.CONTRACTOR_ADMIN}) | _CARRIER,
    "billing.approve": _CARRIER,
    "billing.manage": _CARRIER,
    "billing.view": _CARRIER | _CONTRACTOR,
    "blocks.manage": _CARRIER | _PARTNER,
    "breaches.claim": _CONTRACTOR,
    "breaches.record_claim": _CARRIER,
    "breaches.review": _CARRIER,
    "console.enter": _CARRIER | _PARTNER,
    "contracts.manage": _CARRIER,
    "contracts.terminate": _CARRIER,
    "contracts.view": _CARRIER | _PARTNER | _CONTRACTOR,
    "countermeasures.answer": _CONTRACTOR | {Role.CARRIER_DESK},
    "countermeasures.propose": _PARTNER | _CARRIER,
    "countermeasures.report": _PARTNER | _CARRIER,
    "definitions.manage": _CARRIER,
    "devices.enrol": _CARRIER,
    "devices.view": _CARRIER | _PARTNER | _CONTRACTOR,
    "disclosures.approve": frozenset({Role.CARRIER_ADMIN}),
    "dunning.decide": _CARRIER,
    "dunning.set": frozenset({Role.CARRIER_ADMIN}),
    "groups.archive": _PARTNER | _CARRIER,
    "groups.view": _PARTNER | _CARRIER,
    "incidents.call": _CARRIER | _PARTNER,
    "incidents.close": _PARTNER | _CARRIER,
    "incidents.determine": _PARTNER | _CARRIER,
    "incidents.view": _CARRIER | _PARTNER | _CONTRACTOR,
    "notices.resolve": _CARRIER | _PARTNER,
    "people.manage": frozenset({Role.CARRIER_ADMIN, Role.CONTRACTOR_ADMIN}),
    "policies.edit": _CARRIER | {Role.PARTNER_LEAD},
    "policies.publish": _CARRIER | {Role.PARTNER_LEAD},
    "policies.template": _CARRIER,
    "policies.view": _CARRIER | _PARTNER | _CONTRACTOR,
    "portal.enter": _CONTRACTOR,
    "receipts.import": _CARRIER,
    "receipts.match": _CARRIER,
    "receipts.refund": frozenset({Role.CARRIER_ADMIN}),
    "receivables.write_off": frozenset({Role.CARRIER_ADMIN}),
    "screenings.manage": frozenset({Role.CARRIER_ADMIN}),
    "tariff.manage": frozenset({Role.CARRIER_ADMIN}),
    "tokens.manage": frozenset({Role.CARRIER_ADMIN, Role.CONTRACTOR_ADMIN}),
}


def allowed(person: Person, permission: str) -> bool:
    """Whether the person's role has the permission. An unknown permission is a KeyError, not a no."""
    roles = PERMISSIONS[permission]
    return bool(getattr(person, "is_active", False)) and getattr(person, "role", None) in roles


def require(person: Person, permission: str) -> None:
    """Refused with code "not_permitted" unless ``allowed``."""
    if not allowed(person, permission):
        raise Refused(
            "not_permitted",
            "この操作を行う権限がありません。",
            "Your role does not allow this.",
        )


def permission_table() -> str:
    """The whole catalogue as a Markdown table, for the documentation and for auditors."""
    roles = list(Role)
    head = ["permission", *(role.value for role in roles)]
    rows = [[name, *("x" if role in who else "" for role in roles)] for name, who in PERMISSIONS.items()]
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"
