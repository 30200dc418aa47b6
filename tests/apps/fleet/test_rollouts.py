"""Waves: the canaries first, then the others, and no further when boxes roll back."""

from __future__ import annotations

import pytest

from sekisho.apps.fleet import actions, queries
from sekisho.apps.fleet.actions import rollouts
from sekisho.apps.fleet.models import (
    Delivery,
    DeviceState,
    MemberState,
    PolicyRevision,
    Rollout,
    RolloutState,
    SecurityDevice,
)
from sekisho.apps.refusals import Refused
from sekisho.gateways.clock import StandingClock
from sekisho_wire.reports import StateReport, write_report

from ..world import EVERYTHING, TESTER, World
from .conftest import WEB, Fleet


@pytest.fixture
def six(fleet: Fleet, world: World) -> list[SecurityDevice]:
    """One canary and five others, all of one template."""
    devices = [fleet.device]
    for n in range(5):
        device = actions.add_device(TESTER, contract=world.contract, model="Sekisho Edge", serial=f"R-{n}")
        SecurityDevice.objects.filter(pk=device.pk).update(state=DeviceState.ENROLLED)
        devices.append(actions.use_template(fleet.admin, device=device, template=fleet.template))
    return devices


def start(fleet: Fleet, devices: list[SecurityDevice], **more) -> Rollout:
    said = {"title": "the new template", "why": "a new rule", "wave_size": 2, "failures_max": 0, **more}
    return actions.start_rollout(fleet.admin, devices=devices, canaries=devices[:1], **said)


def say(device: SecurityDevice, state: str, reason: str = "", number: int = 1) -> None:
    revision = Delivery.objects.get(device=device).wanted
    report = StateReport(f"{device.device_id}", number, "policy", revision, state, reason=reason)
    actions.take_reports([actions.Told(device.device_id, "report", write_report(report))])


def states(rollout: Rollout) -> list[str]:
    return [member.state for member in queries.members_of(EVERYTHING, rollout)]


def test_the_canary_goes_first_and_each_wave_waits_for_the_one_before(fleet: Fleet, six: list) -> None:
    rollout = start(fleet, six)
    assert [member.wave for member in queries.members_of(EVERYTHING, rollout)] == [0, 1, 1, 2, 2, 3]
    actions.advance(rollout)
    assert states(rollout) == ["sent", *["waiting"] * 5]
    actions.advance(rollout)
    assert PolicyRevision.objects.count() == 1

    say(six[0], "trying")
    actions.advance(rollout)
    assert states(rollout)[0] == "sent"
    say(six[0], "confirmed", number=2)
    actions.advance(rollout)
    actions.advance(rollout)
    assert states(rollout) == ["confirmed", "sent", "sent", "waiting", "waiting", "waiting"]

    for device in six[1:]:
        actions.advance(actions.advance(rollout))
        say(device, "confirmed")
    for _ in range(3):
        rollout = actions.advance(rollout)
    assert rollout.state == RolloutState.DONE and rollout.ended_at is not None
    assert set(states(rollout)) == {"confirmed"}
    assert [counts.total for counts in queries.rollout_counts(EVERYTHING, rollout)] == [1, 2, 2, 1]
    assert {row.why for row in PolicyRevision.objects.all()} == {"a new rule"}


def test_a_canary_that_rolls_back_stops_everything_before_anybody_else_is_touched(fleet: Fleet, six: list) -> None:
    rollout = actions.advance(start(fleet, six, failures_max=3))
    say(six[0], "rolled-back", "no new session with the centre")
    rollout = actions.advance(rollout)
    assert rollout.state == RolloutState.STOPPED
    assert "UTM100001: no new session with the centre" in rollout.stopped_why
    actions.advance(rollout)
    assert states(rollout) == ["failed", *["waiting"] * 5]
    assert PolicyRevision.objects.count() == 1


def test_one_failure_too_many_in_a_wave_stops_it_and_a_person_lets_it_go_on(
    fleet: Fleet, six: list, hand: StandingClock
) -> None:
    rollout = actions.advance(start(fleet, six))
    say(six[0], "confirmed")
    rollout = actions.advance(actions.advance(rollout))
    say(six[1], "confirmed")
    say(six[2], "refused", "this box can't enforce it")
    rollout = actions.advance(rollout)
    assert rollout.state == RolloutState.STOPPED and states(rollout)[3:] == ["waiting"] * 3
    with pytest.raises(Refused, match="not_running"):
        actions.stop_rollout(fleet.admin, rollout=rollout, why="too late")

    hand.advance(seconds=60)
    rollout = actions.resume_rollout(fleet.admin, rollout=rollout, why="that one box is old")
    for device in six[3:]:
        rollout = actions.advance(actions.advance(rollout))
        say(device, "confirmed")
    for _ in range(3):
        rollout = actions.advance(rollout)
    assert rollout.state == RolloutState.DONE
    assert states(rollout) == ["confirmed", "confirmed", "failed", "confirmed", "confirmed", "confirmed"]


def test_a_worker_killed_in_the_middle_of_a_wave_is_followed_by_another(
    fleet: Fleet, six: list, monkeypatch: pytest.MonkeyPatch
) -> None:
    rollout = actions.advance(start(fleet, six))
    say(six[0], "confirmed")
    rollout = actions.advance(rollout)
    sent, real = [], rollouts._send

    def dies(rollout, member):
        if sent:
            raise KeyboardInterrupt
        sent.append(member)
        real(rollout, member)

    monkeypatch.setattr(rollouts, "_send", dies)
    with pytest.raises(KeyboardInterrupt):
        actions.advance(rollout)
    monkeypatch.setattr(rollouts, "_send", real)
    assert states(rollout)[1:3] == ["sent", "waiting"]
    actions.advance(rollout)
    assert states(rollout)[1:3] == ["sent", "sent"]
    assert PolicyRevision.objects.filter(device=six[1]).count() == 1


def test_a_box_that_is_away_does_not_hold_up_the_others_and_gets_it_later(
    fleet: Fleet, six: list, hand: StandingClock
) -> None:
    rollout = actions.advance(start(fleet, six))
    say(six[0], "confirmed")
    rollout = actions.advance(actions.advance(rollout))
    say(six[1], "confirmed")
    hand.advance(seconds=rollouts.ANSWER_SECONDS_MAX + 1)
    rollout = actions.advance(rollout)
    assert states(rollout)[:3] == ["confirmed", "confirmed", "left_out"]
    assert rollout.wave == 2
    assert Delivery.objects.get(device=six[2]).wanted == 1


def test_a_line_whose_policy_can_not_be_published_fails_with_its_reason(fleet: Fleet, six: list) -> None:
    layer = actions.line_layer(fleet.admin, device=six[1])
    broken = {"rules": [WEB | {"name": "odd", "from_zone": "nowhere"}]}
    actions.write_layer(fleet.admin, layer=layer, document=broken, why="a slip")
    rollout = actions.advance(start(fleet, six, failures_max=1))
    say(six[0], "confirmed")
    rollout = actions.advance(actions.advance(rollout))
    member = queries.members_of(EVERYTHING, rollout)[1]
    assert member.state == MemberState.FAILED and "nowhere" in member.reason
    assert rollout.state == RolloutState.RUNNING


def test_a_rollout_needs_a_canary_a_reason_and_a_person_who_may(fleet: Fleet, six: list, world: World) -> None:
    with pytest.raises(Refused, match="incomplete"):
        actions.start_rollout(fleet.admin, title="-", devices=six, canaries=[], why="-")
    with pytest.raises(Refused, match="incomplete"):
        start(fleet, six, why=" ")
    with pytest.raises(Refused, match="not_permitted"):
        actions.start_rollout(world.owner, title="-", devices=six, canaries=six[:1], why="-")
