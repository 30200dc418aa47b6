"""Who may see which contracts. THE place where this is decided; for anybody unknown: none."""

from __future__ import annotations

import datetime as dt

from django.db import connection

from sekisho.apps.accounts.models import OrganisationKind, Person
from sekisho.apps.scope import NOTHING, Scope, _make, entered, system_scope
from sekisho.gateways import clock
from sekisho.terms.moments import tokyo_date

# Who is a party on the day, the last day included; a contract that never entered the register is its contractor's.
_CONTRACTED = """
    SELECT p.contract_id
    FROM contracts_contractparty p LEFT JOIN contracts_partyleaving l ON l.party_id = p.id
    WHERE p.organisation_id = %(organisation_id)s AND p.since_on <= %(on)s
        AND (l.until_on IS NULL OR l.until_on >= %(on)s)
    UNION
    SELECT c.id FROM contracts_contract c
    WHERE c.contractor_id = %(organisation_id)s
        AND NOT EXISTS (SELECT FROM contracts_contractparty p WHERE p.contract_id = c.id)
"""


def scope_of(person: Person) -> Scope:
    """The contracts that a person may see now.

    The carrier sees all, the partner those in service with security operations (R108), a contractor those that it is
    a party of today. Who has left sees nothing any more, not even its own time: what it owes comes to it by letter,
    and the log of a line that others use now is theirs.
    """
    if not person.is_authenticated or not person.is_active:
        return NOTHING
    kind = person.organisation.kind
    if kind == OrganisationKind.CARRIER:
        return _make(person.email, sees_all=True)
    if kind == OrganisationKind.PARTNER:
        return _make(person.email, operated_at=clock.now())
    with entered(system_scope("scope_of")):
        return _make(person.email, _contracted_by(person.organisation_id, tokyo_date(clock.now())))


def _contracted_by(organisation_id: int, on: dt.date) -> frozenset[int]:
    return _found(_CONTRACTED, {"organisation_id": organisation_id, "on": on})


def _found(statement: str, asked: dict[str, object]) -> frozenset[int]:
    with connection.cursor() as cursor:
        cursor.execute(statement, asked)
        return frozenset(contract_id for (contract_id,) in cursor.fetchall())
