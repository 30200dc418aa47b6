"""How many portal accounts a contractor's contracts give, and when some have to go."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

from django.db.models import Q

from sekisho.apps.accounts.models import Organisation
from sekisho.apps.accounts.queries import people_in_order
from sekisho.apps.scope import Scope
from sekisho.gateways import clock
from sekisho.terms.moments import tokyo_date
from sekisho.terms.portal_accounts import Bound, accounts_given, cut_on, may_write
from sekisho.terms.versions import terms_named

from ..models import Contract, ContractParty
from .standing import histories


class AccountRoom(NamedTuple):
    """``cut_on``: the first day, within the grace, on which accounts are closed unless somebody chooses; or None."""

    used: int
    given: int
    cut_on: dt.date | None


def account_room(scope: Scope, organisation: Organisation) -> AccountRoom:
    """How a contractor's accounts stand now. The scope has to hold all of its contracts."""
    contracts, now = bound_of(scope, organisation), clock.now()
    used = len(people_in_order(organisation))
    return AccountRoom(used, accounts_given(contracts, now), cut_on(contracts, used, tokyo_date(now)))


def bound_of(scope: Scope, organisation: Organisation) -> list[Bound]:
    """The contractor's contracts as the rules of accounts ask for them; a joint one gives each party its accounts."""
    joint = ContractParty.objects.filter(organisation=organisation).values("contract_id")
    theirs = Contract.objects.filter(Q(contractor=organisation) | Q(pk__in=joint))
    rows = list(scope.admit(theirs, "pk").order_by("number"))
    told = histories(scope, [row.pk for row in rows])
    return [Bound(told[row.pk], terms_named(row.terms_version)) for row in rows if row.pk in told]


def may_act_under(scope: Scope, contract: Contract) -> bool:
    """Whether a contractor's people may still act under the contract, or only read its records (Art. 38-5)."""
    return bool(acted_under(scope, [contract]))


def acted_under(scope: Scope, contracts: Iterable[Contract]) -> frozenset[int]:
    """The keys of those of many contracts under which a contractor's people may still act."""
    asked, now = {contract.pk: contract for contract in contracts}, clock.now()
    told = histories(scope, list(asked))
    bound = {pk: Bound(told[pk], terms_named(row.terms_version)) for pk, row in asked.items() if pk in told}
    return frozenset(pk for pk, one in bound.items() if may_write(one, now))
