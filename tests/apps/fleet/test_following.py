"""The contract decides what a box enforces, also after the policy was published."""

from __future__ import annotations

import datetime as dt

from sekisho.apps.contracts import actions as contracts
from sekisho.apps.fleet import actions, queries
from sekisho.apps.fleet.models import Delivery, PolicyRevision
from sekisho.apps.fleet.powers import reduced
from sekisho.gateways.clock import StandingClock
from sekisho.terms.history import FactKind
from sekisho_wire.policy import Powers, problems
from sekisho_wire.policy.model import policy_of

from ..world import EVERYTHING, NOW, TESTER
from .conftest import WEB, ZONES, Fleet


def numbers(fleet: Fleet) -> list[tuple[int, str, str]]:
    rows = PolicyRevision.objects.filter(device=fleet.device).order_by("number")
    return [(row.number, row.acting_as, row.policy.intrusion.mode) for row in rows]


def restrict_inspection(fleet: Fleet) -> None:
    """For the second hour from now."""
    value = {"functions": ["ids_ips"], "ground": "test", "reason": "a test"}
    start = NOW + dt.timedelta(hours=1)
    contracts.tell(TESTER, fleet.device.contract, FactKind.RESTRICTED, value, start, start + dt.timedelta(hours=1))


def test_a_restricted_function_is_switched_off_on_the_box_and_comes_back(fleet: Fleet, hand: StandingClock) -> None:
    actions.publish_policy(fleet.admin, device=fleet.device, why="taken into service")
    restrict_inspection(fleet)
    assert actions.follow_contracts() == 0
    hand.advance(hours=1)
    assert actions.follow_contracts() == 1
    assert actions.follow_contracts() == 0
    hand.advance(hours=1)
    assert actions.follow_contracts() == 1
    assert numbers(fleet) == [(1, "staff", "detect"), (2, "system", "off"), (3, "system", "detect")]
    assert Delivery.objects.get(device=fleet.device).wanted == 3
    first, third = (queries.revision_by_number(EVERYTHING, fleet.device, number) for number in (1, 3))
    assert first.content == third.content


def test_a_device_to_which_nothing_was_published_is_left_alone(fleet: Fleet) -> None:
    restrict_inspection(fleet)
    assert actions.follow_contracts() == 0


def test_without_any_power_only_the_firewall_is_left() -> None:
    whole = policy_of(
        {
            "schema": 2, "revision": 1, "zones": ZONES, "rules": [WEB], "intrusion": {"mode": "prevent"},
            "url": {"blocked": ["bad.example"]}, "malware": {"mode": "prevent"}, "sandbox": {"mode": "hold"},
            "mail": {"spam": "tag", "virus": "remove"}, "bandwidth": {"access_item": "guaranteed_10m"},
        }
    )  # fmt: skip
    nothing = Powers(functions=frozenset(), access_items=frozenset())
    left = problems(reduced(whole, nothing), nothing)
    assert [problem.pointer for problem in left] == ["/rules"]
    assert reduced(whole, Powers()) == whole
