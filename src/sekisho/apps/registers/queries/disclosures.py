"""Disclosures, processors, the policy."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q

from sekisho.apps.contracts.models import Contract
from sekisho.apps.scope import Scope

from ..models import Disclosure, PrivacyPolicy, Processor


def disclosures_of(scope: Scope, contract: Contract) -> list[Disclosure]:
    """What was disclosed under a contract, newest first."""
    rows = Disclosure.objects.filter(contract=contract).select_related("by", "approved_by")
    return list(scope.admit(rows).order_by("-disclosed_at", "-id"))


def processors_on(on: dt.date) -> list[Processor]:
    """Who handled personal data for the carrier on a day."""
    return list(Processor.objects.filter(Q(until_on=None) | Q(until_on__gte=on), since_on__lte=on))


def policy_on(on: dt.date) -> PrivacyPolicy | None:
    """The policy that was in force on a day."""
    return PrivacyPolicy.objects.filter(since_on__lte=on).order_by("-since_on").first()
