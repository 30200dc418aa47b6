"""What boxes say is kept once each, and becomes alarms for as long as it lasts."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import ProgrammingError, transaction

from sekisho.apps.fleet import actions, queries
from sekisho.apps.fleet.alarming import DEFINITIONS_DAYS_MAX, Known, due_alarms
from sekisho.apps.fleet.models import Alarm, AlarmKind, DeviceReport, DeviceStatus, SecurityDevice
from sekisho.apps.refusals import Refused
from sekisho.gateways.clock import StandingClock
from sekisho_wire.reports import SILENT_SECONDS, BoxStatus, EngineStatus, StateReport, write_report, write_status

from ..world import EVERYTHING, NOW, World
from .conftest import Fleet


def report(number: int, state: str, *, revision: int = 1, reason: str = "", device: str = "UTM100001", series="a"):
    text = write_report(StateReport(series, number, "policy", revision, state, reason=reason, at=NOW.timestamp()))
    return actions.Told(device, "report", text)


def status(*engines: EngineStatus, device: str = "UTM100001", **more) -> actions.Told:
    return actions.Told(device, "status", write_status(BoxStatus(at=NOW.timestamp(), engines=engines, **more)))


def open_kinds() -> list[tuple[str, str]]:
    return [(alarm.kind, alarm.about) for alarm in queries.open_alarms(EVERYTHING)]


def test_a_report_that_comes_again_is_kept_once_and_nobody_can_change_it(fleet: Fleet) -> None:
    actions.take_reports([report(1, "trying"), report(2, "confirmed")])
    actions.take_reports([report(1, "trying"), report(2, "confirmed"), report(1, "trying", series="b")])
    rows = queries.reports_of(EVERYTHING, fleet.device)
    assert sorted((row.series, row.number, row.state) for row in rows) == [
        ("a", 1, "trying"), ("a", 2, "confirmed"), ("b", 1, "trying"),
    ]  # fmt: skip
    with pytest.raises(ProgrammingError, match="append-only"), transaction.atomic():
        DeviceReport.objects.update(state="confirmed")


def test_a_status_says_what_the_box_enforces_and_the_check_asks_for_no_more(fleet: Fleet) -> None:
    actions.take_reports([status(features=("schedules", "rule_logs"), confirmed_revision=4)])
    view = queries.device_view(EVERYTHING, fleet.device)
    assert (view.running, view.wanted, view.converged, view.state) == (4, 0, False, "pending")
    assert queries.powers_on(EVERYTHING, fleet.device).features == {"schedules", "rule_logs"}
    assert queries.powers_on(EVERYTHING, fleet.second).features is None


def test_an_engine_down_and_one_that_is_bypassed_alarm_until_they_are_back(fleet: Fleet, hand: StandingClock) -> None:
    actions.take_reports([status(EngineStatus("suricata", "bypassed"), EngineStatus("squid", "closed"))])
    assert sorted(open_kinds()) == [("engine_down", "squid"), ("fail_open", "suricata")]
    hand.advance(seconds=10)
    actions.take_reports([status(EngineStatus("suricata", "inspecting"), EngineStatus("squid", "closed"))])
    assert open_kinds() == [("engine_down", "squid")]
    over = Alarm.objects.get(kind="fail_open")
    assert (over.closed_at - over.opened_at).total_seconds() == 10
    # The same trouble once more is another alarm, and one that lasts is still the same.
    actions.take_reports([status(EngineStatus("suricata", "bypassed"), EngineStatus("squid", "closed"))])
    assert Alarm.objects.count() == 3


def test_a_silent_device_alarms_and_its_next_word_ends_it(fleet: Fleet, hand: StandingClock) -> None:
    actions.take_reports([status()])
    hand.advance(seconds=SILENT_SECONDS - 1)
    assert actions.watch_devices() == 0
    hand.advance(seconds=2)
    assert actions.watch_devices() == 1
    assert actions.watch_devices() == 0
    assert open_kinds() == [("silent", "")]
    assert queries.device_view(EVERYTHING, fleet.device).state == "alarmed"
    actions.take_reports([status()])
    assert open_kinds() == []


def test_a_rollback_alarms_until_something_is_confirmed(fleet: Fleet) -> None:
    actions.take_reports([report(1, "trying"), report(2, "rolled-back", reason="no new session")])
    (alarm,) = queries.alarms_of(EVERYTHING, fleet.device)
    assert (alarm.kind, alarm.detail) == ("rolled_back", "revision 1 rolled-back: no new session")
    actions.take_reports([report(3, "trying", revision=2)])
    assert open_kinds() == [("rolled_back", "")]
    actions.take_reports([report(4, "confirmed", revision=2)])
    assert open_kinds() == []


def test_old_definitions_lost_logs_and_an_ending_certificate_alarm() -> None:
    def kinds(**said) -> set[str]:
        return {kind for kind, _ in due_alarms(Known(NOW, BoxStatus(at=0, **said)), NOW)}

    def days(count: float) -> float:
        return (NOW + dt.timedelta(days=count)).timestamp()

    assert kinds() == set()
    assert kinds(definitions_at=days(-DEFINITIONS_DAYS_MAX + 0.1)) == set()
    assert kinds(definitions_at=days(-DEFINITIONS_DAYS_MAX - 0.1)) == {AlarmKind.DEFINITIONS_OLD}
    assert kinds(certificate_ends_at=days(20)) == set()
    assert kinds(certificate_ends_at=days(6)) == {AlarmKind.CERTIFICATE_ENDS}
    assert kinds(dropped_bytes=1) == {AlarmKind.LOGS_LOST}


def test_a_device_that_never_spoke_is_not_silent() -> None:
    assert due_alarms(Known(None, None), NOW) == {}


def test_what_one_box_says_that_can_not_be_kept_keeps_out_nobody_else(fleet: Fleet) -> None:
    odd = status(EngineStatus("x\0y", "down"), device="UTM100003", facts={"n": float("nan")})
    actions.take_reports([actions.Told("UTM100002", "report", b"\xff"), odd, report(1, "confirmed"), status()])
    assert DeviceReport.objects.count() == 1
    assert list(DeviceStatus.objects.values_list("device__device_id", flat=True)) == ["UTM100001"]


def test_a_stranger_and_a_retired_device_have_no_word_here(fleet: Fleet) -> None:
    SecurityDevice.objects.filter(pk=fleet.second.pk).update(state="retired")
    actions.take_reports([report(1, "confirmed", device="UTM999999"), report(1, "confirmed", device="UTM100002")])
    assert not DeviceReport.objects.exists()


def test_somebody_takes_an_alarm_once(fleet: Fleet, world: World) -> None:
    actions.take_reports([status(EngineStatus("squid", "down"))])
    (alarm,) = queries.open_alarms(EVERYTHING)
    assert actions.take_alarm(world.analyst, alarm=alarm).taken_by_id == world.analyst.pk
    with pytest.raises(Refused, match=r"alarm\.taken"):
        actions.take_alarm(world.analyst, alarm=alarm)
    with pytest.raises(Refused, match="not_permitted"):
        actions.take_alarm(world.owner, alarm=alarm)
