"""What protects my line: the devices of a contract, and what each does right now, in plain words. Read only."""

from __future__ import annotations

from typing import NamedTuple

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from sekisho.apps.accounts.permissions import allowed
from sekisho.apps.contracts.queries import contract_by_number
from sekisho.apps.fleet import queries
from sekisho.apps.fleet.models import PolicyRevision, SecurityDevice

from .entering import enters
from .policy_words import RuleTold, Told, functions_told, rules_told

RULES_SHOWN_MAX = 300


class DevicePage(NamedTuple):
    """One device. ``revision`` is what the box itself called confirmed; None while it has said nothing."""

    device: SecurityDevice
    view: queries.DeviceView
    revision: PolicyRevision | None
    functions: list[Told]
    rules: list[RuleTold]


@require_safe
@enters
def devices(request: HttpRequest, contract_number: str) -> HttpResponse:
    contract = contract_by_number(request.scope, contract_number)
    if contract is None or not allowed(request.user, "policies.view"):
        raise Http404
    views = queries.views_of_contract(request.scope, contract)
    in_force = queries.policies_in_force(request.scope, contract)
    shown = [_page(view, in_force.get(view.device.pk)) for view in views]
    return render(request, "portal/devices.html", {"place": "contract", "contract": contract, "devices": shown})


def _page(view: queries.DeviceView, revision: PolicyRevision | None) -> DevicePage:
    if revision is None:
        return DevicePage(view.device, view, None, [], [])
    policy = revision.policy
    return DevicePage(view.device, view, revision, functions_told(policy), rules_told(policy)[:RULES_SHOWN_MAX])
