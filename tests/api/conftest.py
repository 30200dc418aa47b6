from __future__ import annotations

import pytest
from django.core.cache import cache

from ..apps.conftest import hand, seeing_all, world  # noqa: F401 - fixtures
from ..apps.world import World
from .callers import Caller, admin_of_carrier


@pytest.fixture
def callers(world: World) -> dict[str, Caller]:  # noqa: F811 - a fixture
    """A token for everybody of the world, each with every scope."""
    cache.clear()
    admin = admin_of_carrier(world.carrier.organisation)
    people = ("carrier", "analyst", "owner", "stranger")
    return {name: Caller(admin, getattr(world, name)) for name in people}
