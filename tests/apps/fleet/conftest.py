"""A device on each contractor's line, and a policy that both plans include."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from sekisho.apps.accounts import actions as accounts
from sekisho.apps.accounts.models import Person, Role
from sekisho.apps.fleet import actions
from sekisho.apps.fleet.models import DeviceState, PolicyLayer, SecurityDevice
from sekisho.gateways import ca
from sekisho.gateways.signing import create_signing_key

from ..world import PASSWORD, TESTER, World

ZONES = [
    {"name": "lan", "interface": "lan0", "networks": ["192.168.10.0/24"], "inside": True},
    {"name": "wan", "interface": "wan0"},
]
WEB = {"name": "web", "from_zone": "lan", "to_zone": "wan", "action": "allow"}


class Fleet(NamedTuple):
    """``device`` and ``second`` are on the owner's contract, ``other`` on the stranger's."""

    admin: Person
    owner: Person
    device: SecurityDevice
    second: SecurityDevice
    other: SecurityDevice
    template: PolicyLayer


@pytest.fixture
def fleet(seeing_all: World, settings, tmp_path: Path) -> Fleet:
    return make_fleet(seeing_all, settings, tmp_path)


def make_fleet(world: World, settings, tmp_path: Path) -> Fleet:
    """In a scope of all contracts."""
    settings.CA_DIR = tmp_path / "ca"
    ca.create_ca(settings.CA_DIR)
    create_signing_key(settings.CA_DIR)
    admin = accounts.add_person(
        TESTER, organisation=world.carrier.organisation, role=Role.CARRIER_ADMIN,
        email="admin@carrier.example", name="管理者", password=PASSWORD,
    )  # fmt: skip
    template = actions.add_template(admin, name="standard")
    document = {"zones": ZONES, "rules": [WEB], "intrusion": {"mode": "detect"}}
    actions.write_layer(admin, layer=template, document=document, why="the first one")
    contracts = (world.contract, world.contract, world.other_contract)
    devices = [_device(admin, contract, n, template) for n, contract in enumerate(contracts)]
    return Fleet(admin, world.owner, *devices, template)


def _device(admin, contract, n, template) -> SecurityDevice:
    device = actions.add_device(TESTER, contract=contract, model="Sekisho Edge", serial=f"S-{n}")
    device.state = DeviceState.ENROLLED
    device.save(update_fields=("state",))
    return actions.use_template(admin, device=device, template=template)
