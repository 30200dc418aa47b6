from __future__ import annotations

from collections.abc import Iterator

import pytest

from sekisho.apps.scope import entered
from sekisho.gateways.clock import StandingClock, standing_at

from .world import EVERYTHING, NOW, World, build_world


@pytest.fixture
def hand() -> Iterator[StandingClock]:
    """The clock's hand, at NOW until a test moves it."""
    with standing_at(NOW) as hand:
        yield hand


@pytest.fixture
def world(db: None, hand: StandingClock) -> World:
    return build_world()


@pytest.fixture
def seeing_all(world: World) -> Iterator[World]:
    """The world with every contract in scope."""
    with entered(EVERYTHING):
        yield world
