"""The map of the fleet: counts and pages by state, for many lines with few questions; definitions as audited acts."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sekisho.apps.audit.queries import acts_on
from sekisho.apps.contracts.queries import scope_of
from sekisho.apps.fleet import actions, queries
from sekisho.apps.fleet.models import DeviceState, SecurityDevice
from sekisho.apps.refusals import Refused
from sekisho.apps.scope import entered
from sekisho.definitions import building
from sekisho.definitions.gather import read_source
from sekisho.definitions.repository import Repository
from sekisho.gateways import clock
from sekisho_wire.reports import BoxStatus, EngineStatus, write_status

from ..world import EVERYTHING, World
from .conftest import Fleet

MANY = 300


def says(device: SecurityDevice, **more) -> None:
    status = BoxStatus(clock.now().timestamp(), **more)
    actions.take_reports([actions.Told(device.device_id, "status", write_status(status))])


def many(fleet: Fleet, count: int) -> None:
    SecurityDevice.objects.bulk_create(
        SecurityDevice(
            device_id=f"UTM{200_000 + n}", contract=fleet.device.contract, model="m", serial=f"M-{n}",
            state=DeviceState.ENROLLED if n % 3 else DeviceState.PREPARED,
        )
        for n in range(count)
    )  # fmt: skip


def test_each_line_is_counted_in_its_state_and_the_worst_come_first(fleet: Fleet) -> None:
    actions.publish_policy(fleet.admin, device=fleet.device, why="new")
    actions.publish_policy(fleet.admin, device=fleet.second, why="new")
    says(fleet.device, confirmed_revision=1, engines=(EngineStatus("squid", "bypassed"),), definitions_version="7")
    says(fleet.other)

    assert queries.map_counts(EVERYTHING) == {"alarmed": 1, "pending": 1, "well": 1, "unenrolled": 0}
    rows = queries.map_page(EVERYTHING)
    assert [(row.device, row.state) for row in rows] == [
        (fleet.device, "alarmed"),
        (fleet.second, "pending"),
        (fleet.other, "well"),
    ]
    assert (rows[0].running, rows[0].definitions, [one.name for one in rows[0].down]) == (1, "7", ["squid"])
    assert [row.state for row in rows] == [queries.device_view(EVERYTHING, row.device).state for row in rows]


def test_pages_follow_each_other_without_a_gap_or_a_repetition(fleet: Fleet) -> None:
    many(fleet, MANY)
    seen, after = [], ""
    while rows := queries.map_page(EVERYTHING, after=after, limit=40):
        seen += [row.device.pk for row in rows]
        after = rows[-1].key
    assert len(seen) == len(set(seen)) == MANY + 3 == sum(queries.map_counts(EVERYTHING).values())


def test_a_page_asks_as_many_questions_for_three_lines_as_for_three_hundred(fleet: Fleet) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            queries.map_page(EVERYTHING)
            queries.map_counts(EVERYTHING)
        return len(captured)

    few = asked()
    many(fleet, MANY)
    assert max(few, asked()) <= 8


def test_lines_are_found_by_device_contract_and_contractor_and_only_in_ones_scope(fleet: Fleet) -> None:
    def found(words: str, scope=EVERYTHING) -> set[str]:
        return {row.device.device_id for row in queries.map_page(scope, words=words)}

    ours = {fleet.device.device_id, fleet.second.device_id}
    assert found(fleet.device.contract.number) == ours
    assert found(fleet.device.contract.contractor.name[:4]) == ours
    assert found(fleet.other.device_id.lower()) == {fleet.other.device_id}
    assert found("nobody") == set()
    with entered(scope_of(fleet.owner)) as scope:
        assert found("", scope) == ours
        assert sum(queries.map_counts(scope).values()) == 2


@pytest.mark.parametrize("after", ["", "x", "9-", "1-", "-", "99999-UTM1"])
def test_whatever_stands_in_an_address_a_page_comes(fleet: Fleet, after: str) -> None:
    queries.map_page(EVERYTHING, state="nonsense", after=after)


def test_versions_of_the_definitions_are_counted_over_the_boxes(fleet: Fleet) -> None:
    for device, version in ((fleet.device, "8"), (fleet.second, "8"), (fleet.other, "7")):
        says(device, definitions_version=version)
    assert queries.definitions_on_boxes(EVERYTHING) == [("8", 2), ("7", 1)]


def test_definitions_are_given_out_by_the_carrier_and_each_step_is_audited(
    fleet: Fleet, seeing_all: World, settings, tmp_path: Path
) -> None:
    settings.VAR = tmp_path / "var"
    with pytest.raises(Refused, match="no repository"):
        actions.promote_definitions(fleet.admin)
    source = tmp_path / "games.txt"
    source.write_text("site.example\n")
    folder = actions.definitions_folder()
    version = building.build(folder, [read_source(f"categories/games={source}")], who="operator").version

    assert actions.offer_definitions(fleet.admin, percent=10).upcoming.percent == 10
    with pytest.raises(Refused):
        actions.offer_definitions(fleet.admin, percent=101)
    assert actions.promote_definitions(fleet.admin).stable == version
    assert Repository(folder).channels().stable == version
    assert [row.act for row in acts_on("definitions")][-2:] == ["fleet.offer_definitions", "fleet.promote_definitions"]
    assert building.journal(folder)[0]["who"] == f"person:{fleet.admin.pk}"
    with pytest.raises((Refused, PermissionDenied)):
        actions.withdraw_definitions(seeing_all.analyst)


def test_a_contracts_devices_come_with_the_policy_that_each_box_called_confirmed(fleet: Fleet) -> None:
    first = actions.publish_policy(fleet.admin, device=fleet.device, why="new")
    says(fleet.device, confirmed_revision=1)
    actions.publish_policy(fleet.admin, device=fleet.second, why="new")

    views = queries.views_of_contract(EVERYTHING, fleet.device.contract)
    assert [(view.device, view.converged) for view in views] == [(fleet.device, True), (fleet.second, False)]
    assert queries.policies_in_force(EVERYTHING, fleet.device.contract) == {fleet.device.pk: first}
    with entered(scope_of(fleet.owner)) as scope:
        assert queries.views_of_contract(scope, fleet.other.contract) == []
        assert queries.policies_in_force(scope, fleet.other.contract) == {}
