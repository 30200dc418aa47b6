"""Looking for contracts: by number, name, line, or how they stand, page by page, ten thousand of them and more.

How a contract stands is what its facts come to; here the database asks the last word of each thread, for all
contracts at once, as ``queries.scopes`` does.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from django.db.models import BooleanField, Q, QuerySet
from django.db.models.expressions import RawSQL

from sekisho.apps.scope import Scope
from sekisho.terms.history import FactKind

from ..models import Contract

PAGE_CONTRACTS = 50
SEARCH_CHARACTERS_MAX = 100

_LAST_WORDS = """
    SELECT DISTINCT ON (contract_id, thread) contract_id, void, value, from_at, until_at
    FROM contracts_contractfact WHERE kind = %s ORDER BY contract_id, thread, number DESC
"""
_HOLDING = (
    f"SELECT contract_id FROM ({_LAST_WORDS}) AS told "  # noqa: S608 - constants alone
    "WHERE NOT void AND from_at <= %s AND (until_at IS NULL OR until_at > %s)"
)
_BEGUN = f"SELECT contract_id FROM ({_LAST_WORDS}) AS told WHERE NOT void AND from_at <= %s"  # noqa: S608
_GIVEN_UP = (
    f"SELECT contract_id FROM ({_LAST_WORDS}) AS told WHERE NOT void AND from_at <= %s "  # noqa: S608
    """AND value IN ('"withdrawn"', '"refused"', '"ended"', '"retention"', '"erased"')"""
)

# Most contracts are in service: a page of fifty asks about them one by one, and not about all that were ever served.
_IN_SERVICE = """
    EXISTS (SELECT FROM contracts_contractfact told
    WHERE told.kind = 'service' AND told.contract_id = contracts_contract.id
        AND NOT told.void AND told.from_at <= %s AND (told.until_at IS NULL OR told.until_at > %s)
        AND NOT EXISTS (SELECT FROM contracts_contractfact later WHERE later.kind = told.kind
            AND later.contract_id = told.contract_id AND later.thread = told.thread AND later.number > told.number))
"""


class Found(StrEnum):
    """The groups in which a list of contracts is looked through."""

    PREPARING = "preparing"
    SERVING = "serving"
    LEAVING = "leaving"
    HINDERED = "hindered"
    OVER = "over"


def contracts_found(
    scope: Scope,
    at: dt.datetime,
    *,
    words: str = "",
    group: Found | None = None,
    before: Contract | None = None,
    limit: int = PAGE_CONTRACTS,
) -> list[Contract]:
    """The next contracts, the newest first. ``words``: a part of the number, the contractor's name or the line."""
    rows = scope.admit(Contract.objects.select_related("contractor", "line"), "pk")
    sought = words.strip()[:SEARCH_CHARACTERS_MAX].replace("\0", "")
    if sought:
        rows = rows.filter(
            Q(number__icontains=sought)
            | Q(contractor__name__icontains=sought)
            | Q(contractor__name_en__icontains=sought)
            | Q(line__identifier__icontains=sought)
        )
    if group is not None:
        rows = _in_group(rows, group, at)
    if before is not None:
        rows = rows.filter(pk__lt=before.pk)
    return list(rows.order_by("-pk")[:limit])


def _in_group(rows: QuerySet[Contract], group: Found, at: dt.datetime) -> QuerySet[Contract]:
    serving = _among(_HOLDING, FactKind.SERVICE, at, at)
    begun, given_up = _among(_BEGUN, FactKind.SERVICE, at), _among(_GIVEN_UP, FactKind.STATE, at)
    if group in (Found.SERVING, Found.LEAVING):
        rows = rows.filter(RawSQL(_IN_SERVICE, [at, at], output_field=BooleanField()))  # noqa: S611 - a constant
    if group is Found.SERVING:
        return rows
    if group is Found.LEAVING:
        return rows.filter(_among(_HOLDING, FactKind.NOTICE, at, at))
    if group is Found.HINDERED:
        over = (FactKind.SUSPENDED, FactKind.RESTRICTED, FactKind.INTERRUPTED)
        hindered = [_among(_HOLDING, kind, at, at) for kind in over]
        return rows.filter(hindered[0] | hindered[1] | hindered[2])
    if group is Found.PREPARING:
        return rows.exclude(begun).exclude(given_up)
    return rows.exclude(serving).filter(begun | given_up)


def _among(sql: str, kind: FactKind, *at: dt.datetime) -> Q:
    return Q(pk__in=RawSQL(sql, [kind.value, *at]))  # noqa: S611 - constants and parameters alone
