"""End users under resale."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q

from sekisho.apps.contracts.models import Contract
from sekisho.apps.scope import Scope

from ..models import EndUser


def end_users_on(scope: Scope, contract: Contract, on: dt.date) -> list[EndUser]:
    """To whom the contractor resold the service on a day."""
    still = Q(until_on=None) | Q(until_on__gte=on)
    return list(scope.admit(EndUser.objects.filter(still, contract=contract, since_on__lte=on)))
