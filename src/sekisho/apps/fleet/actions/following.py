"""Policies keep within what contracts include: a restricted function is switched off on the box, and comes back after.

Nobody has to think of it. The contract is asked again for every device; only where its answer is another one than last
time is the policy looked at.
"""

from __future__ import annotations

import logging

from sekisho.apps.audit.models import SystemActor
from sekisho.apps.refusals import Refused
from sekisho.apps.scope import entered, system_scope
from sekisho_wire.policy import Powers

from ..models import Delivery, DeviceState
from ..queries import desired_powers
from .policies import publish_within

log = logging.getLogger(__name__)

CONTRACTS = SystemActor("contracts")
SCOPE = system_scope("contracts")
WHY = "契約で利用できる機能が変わったため / what the contract includes has changed"


def follow_contracts() -> int:
    """Publish to each device whose contract includes other functions than before; to how many."""
    with entered(SCOPE):
        rows = Delivery.objects.filter(wanted__gt=0).exclude(device__state=DeviceState.RETIRED)
        known = {row.device.device_id: row for row in rows.select_related("device")}
        changed = [
            (known[asked.device], asked.powers)
            for asked in desired_powers(SCOPE)
            if asked.device in known and written(asked.powers) != known[asked.device].powers_known
        ]
    return sum(_follow(delivery, powers) for delivery, powers in changed)


def written(powers: Powers) -> str:
    """Powers as one text, equal for equal ones."""
    return "; ".join(",".join(sorted(part or ())) for part in (powers.functions, powers.access_items))


def _follow(delivery: Delivery, powers: Powers) -> bool:
    """One device in a transaction of its own. A policy that can't be published is looked at again the next time."""
    try:
        with entered(SCOPE):
            published = publish_within(CONTRACTS, device=delivery.device, powers=powers, why=WHY)
            Delivery.objects.filter(pk=delivery.pk).update(powers_known=written(powers))
    except Refused as refused:
        log.warning("%s can't follow its contract: %s", delivery.device.device_id, refused)
        return False
    return published is not None
