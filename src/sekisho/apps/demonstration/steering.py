"""The demonstration's box is steered from the first day: a template with what the lab's site needs, published to it."""

from __future__ import annotations

import json
from pathlib import Path

from sekisho.apps.audit.actions import Actor
from sekisho.apps.fleet import actions as fleet
from sekisho.apps.fleet.models import SecurityDevice

TEMPLATE = Path(__file__).with_name("lab_template.json")
WHY = "導入時の設定 / as agreed when the box was put into service"


def steer(actor: Actor, device: SecurityDevice) -> None:
    """Its own layer holds what belongs to this site; the template is empty at first and everybody's."""
    template = fleet.lay_template(actor, name="標準 / standard", document={"intrusion": {"failure": "open"}}, why=WHY)
    fleet.give_template(actor, device=device, template=template)
    layer = fleet.line_layer(actor, device=device)
    fleet.lay(actor, layer=layer, document=json.loads(TEMPLATE.read_text()), why=WHY)
    fleet.publish_as(actor, device=device, why=WHY)
