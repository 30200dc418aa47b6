from __future__ import annotations

import pytest

from sekisho.apps.accounts import actions as accounts
from sekisho.apps.accounts.models import Person, Role
from tests.apps.world import PASSWORD, TESTER, World


@pytest.fixture
def colleague(world: World) -> Person:
    """Another person of the carrier."""
    return accounts.add_person(
        TESTER,
        organisation=world.carrier.organisation,
        role=Role.CARRIER_ADMIN,
        email="colleague@carrier.example",
        name="同僚",
        password=PASSWORD,
    )
