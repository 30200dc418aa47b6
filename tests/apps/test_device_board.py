"""The devices on the first screen: counted by the database, the longest silent first."""

from __future__ import annotations

import datetime as dt

import pytest

from sekisho.apps.fleet.actions import add_device
from sekisho.apps.fleet.models import SecurityDevice
from sekisho.apps.fleet.queries import device_board
from sekisho.apps.scope import NOTHING, entered
from sekisho.gateways import clock

from .world import EVERYTHING, TESTER, World


@pytest.fixture
def spoke(seeing_all: World) -> dict[str, str]:
    """Devices by when they spoke last: long ago, just now, never."""
    now, found = clock.now(), {}
    for serial, ago in (("now", 1), ("long", 90), ("longer", 900), ("never", None)):
        device = add_device(TESTER, contract=seeing_all.contract, model="m", serial=serial)
        if ago is not None:
            seen_at = now - dt.timedelta(minutes=ago)
            SecurityDevice.objects.filter(pk=device.pk).update(last_seen_at=seen_at)
        found[device.device_id] = serial
    return found


def test_the_longest_silent_come_first_and_who_never_spoke_last(spoke: dict[str, str]) -> None:
    board = device_board(EVERYTHING, clock.now() - dt.timedelta(minutes=15), 10)
    shown = [(spoke[device.device_id], silent) for device, silent in board.rows]
    assert shown == [("longer", True), ("long", True), ("now", False), ("never", False)]
    assert (board.total, board.silent) == (4, 2)


def test_a_page_shows_some_and_counts_all(spoke: dict[str, str], django_assert_num_queries) -> None:
    with django_assert_num_queries(3):
        board = device_board(EVERYTHING, clock.now() - dt.timedelta(minutes=15), 1)
        assert [device.contract.contractor.name for device, _silent in board.rows] == ["株式会社青葉製作所"]
    assert board.total == 4


def test_devices_of_other_contracts_are_not_counted(spoke: dict[str, str]) -> None:
    with entered(NOTHING):
        assert device_board(NOTHING, clock.now(), 10) == (0, 0, [])
