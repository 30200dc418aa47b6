"""Reading devices: for people by their scope, for the pipeline all of them."""

from __future__ import annotations

from sekisho.apps.contracts.queries import entitlements_of, histories
from sekisho.apps.scope import Scope, entered, system_scope
from sekisho.gateways import clock
from sekisho.ocsf.device import DeviceContext

from .models import DeviceState, SecurityDevice


def devices_of(scope: Scope) -> list[SecurityDevice]:
    rows = SecurityDevice.objects.select_related("contract__contractor")
    return list(scope.admit(rows).order_by("device_id"))


def device_by_id(scope: Scope, device_id: str) -> SecurityDevice | None:
    rows = SecurityDevice.objects.select_related("contract__contractor").filter(device_id=device_id)
    return scope.admit(rows).first()


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
