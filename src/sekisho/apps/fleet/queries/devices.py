"""Reading devices: for people by their scope, for the pipeline all of them."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from django.db.models import Count, F, Q

from sekisho.apps.contracts.models import Contract
from sekisho.apps.contracts.queries import entitlements_of, histories
from sekisho.apps.scope import Scope, entered, system_scope
from sekisho.gateways import clock
from sekisho.ocsf.device import DeviceContext
from sekisho.terms.history import History
from sekisho_wire.policy import Powers, Problem, SecurityPolicy, problems

from ..models import DeviceState, SecurityDevice
from ..powers import DevicePowers, next_change, powers_given


def devices_of(scope: Scope) -> list[SecurityDevice]:
    rows = SecurityDevice.objects.select_related("contract__contractor")
    return list(scope.admit(rows).order_by("device_id"))


class DeviceBoard(NamedTuple):
    """How many devices there are and how many have fallen silent; ``rows`` are some of them with that word."""

    total: int
    silent: int
    rows: list[tuple[SecurityDevice, bool]]


def device_board(scope: Scope, silent_before: dt.datetime, limit: int) -> DeviceBoard:
    """The devices in scope, those that have not spoken for longest first; the ones that never spoke come last."""
    rows = scope.admit(SecurityDevice.objects.exclude(state=DeviceState.RETIRED))
    counted = rows.aggregate(total=Count("pk"), silent=Count("pk", filter=Q(last_seen_at__lt=silent_before)))
    by_silence = (F("last_seen_at").asc(nulls_last=True), "device_id")
    # Whose they are is asked for these few alone, and not joined to all.
    few = rows.filter(pk__in=list(rows.order_by(*by_silence).values_list("pk", flat=True)[:limit]))
    longest = few.select_related("contract__contractor").order_by(*by_silence)
    told = [(row, row.last_seen_at is not None and row.last_seen_at < silent_before) for row in longest]
    return DeviceBoard(counted["total"], counted["silent"], told)


def devices_of_contract(scope: Scope, contract: Contract) -> list[SecurityDevice]:
    return list(scope.admit(SecurityDevice.objects.filter(contract=contract)).order_by("device_id"))


def device_by_id(scope: Scope, device_id: str) -> SecurityDevice | None:
    rows = SecurityDevice.objects.select_related("contract__contractor").filter(device_id=device_id)
    return scope.admit(rows).first()


def powers_of(scope: Scope, device: SecurityDevice, at: dt.datetime | None = None) -> DevicePowers:
    """What the device may enforce, now unless ``at`` says otherwise; nothing when it is out of scope or retired."""
    told = histories(scope, [device.contract_id]).get(device.contract_id, History(()))
    return _powers(device, told, at or clock.now())


def desired_powers(scope: Scope) -> list[DevicePowers]:
    """What every device in scope may enforce now: for who publishes the desired state to all of them."""
    now, rows = clock.now(), devices_of(scope)
    told = histories(scope, {row.contract_id for row in rows})
    return [_powers(row, told[row.contract_id], now) for row in rows if row.contract_id in told]


def policy_problems(scope: Scope, device: SecurityDevice, policy: SecurityPolicy) -> list[Problem]:
    """All reasons why the device may not, or cannot, enforce the policy now; empty when it may."""
    return problems(policy, powers_of(scope, device).powers)


def _powers(device: SecurityDevice, told: History, at: dt.datetime) -> DevicePowers:
    if device.state == DeviceState.RETIRED:
        return DevicePowers(device.device_id, Powers(frozenset(), frozenset()), at, None)
    given = entitlements_of(device.contract, at, told)
    return DevicePowers(device.device_id, powers_given(given, told, at), at, next_change(told, at))


def device_contexts() -> list[DeviceContext]:
    """What the pipeline needs to know of every device that is in service."""
    now = clock.now()
    with entered(system_scope("pipeline")) as scope:
        rows = SecurityDevice.objects.select_related("contract").exclude(state=DeviceState.RETIRED)
        told = histories(scope, rows.values_list("contract_id", flat=True))
        return [
            DeviceContext(
                device=row.device_id,
                contract=row.contract.number,
                product=row.product,
                retention_years=entitlements_of(row.contract, now, told[row.contract_id]).log_retention_years,
                home_networks=row.networks,
            )
            for row in rows.order_by("device_id")
        ]
