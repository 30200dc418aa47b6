"""From desired and reported state to steps: check first, apply then, touch the sensor last and least."""

from __future__ import annotations

from dataclasses import replace

from sekisho_edge.daemons.frame import Daemon
from sekisho_edge.plan import (
    ApplyFilter,
    ApplyShaper,
    CheckDaemon,
    CheckFilter,
    CheckSensor,
    CheckShaper,
    Desired,
    InstallDaemon,
    InstallSensorFiles,
    PrepareForwarding,
    ReloadDaemon,
    ReloadRules,
    Reported,
    StartDaemon,
    StartSensor,
    StopDaemon,
    StopSensor,
    digest,
    plan,
)
from sekisho_edge.render.nftables import Attach

DESIRED = Desired(1, Attach.XTABLES_QUEUE, "nft", "xtables", "config", "rules", sensor=True)
IN_FORCE = Reported(
    digest("nft", "xtables"), digest("config"), digest("rules"), sensor_running=True, shaper_digest=digest("")
)


def kinds(desired: Desired, reported: Reported) -> list[type]:
    return [type(step) for step in plan(desired, reported)]


def test_a_new_box_gets_everything_checked_before_anything_is_applied():
    assert kinds(DESIRED, Reported()) == [
        CheckFilter,
        CheckShaper,
        CheckSensor,
        ApplyFilter,
        PrepareForwarding,
        ApplyShaper,
        InstallSensorFiles,
        StartSensor,
    ]


def test_nothing_to_do_is_no_steps():
    assert plan(DESIRED, IN_FORCE) == []


def test_new_rules_are_reloaded_without_a_restart():
    desired = replace(DESIRED, rules="more rules")
    assert kinds(desired, IN_FORCE) == [CheckSensor, InstallSensorFiles, ReloadRules]


def test_other_bandwidth_classes_touch_nothing_else():
    assert kinds(replace(DESIRED, shaper="other"), IN_FORCE) == [CheckShaper, ApplyShaper]


def test_a_new_configuration_needs_a_restart():
    desired = replace(DESIRED, config="other")
    assert kinds(desired, IN_FORCE) == [CheckSensor, InstallSensorFiles, StopSensor, StartSensor]


def test_a_new_firewall_leaves_the_sensor_alone():
    assert kinds(replace(DESIRED, nft="other"), IN_FORCE) == [CheckFilter, ApplyFilter, PrepareForwarding]


def test_a_sensor_that_ended_is_started_and_nothing_else():
    assert kinds(DESIRED, replace(IN_FORCE, sensor_running=False)) == [StartSensor]


def test_a_line_without_a_sensor_stops_it():
    assert kinds(replace(DESIRED, sensor=False), IN_FORCE) == [StopSensor]
    assert kinds(replace(DESIRED, sensor=False), replace(IN_FORCE, sensor_running=False)) == []


RESOLVER = Daemon("unbound", {"unbound.conf": "port", "zone": "names"}, restart=frozenset({"unbound.conf"}))
WITH_RESOLVER = replace(DESIRED, nft="turns", daemons=(RESOLVER,))
RESOLVES = replace(
    IN_FORCE,
    filter_digest=digest("turns", "xtables"),
    daemons={"unbound": (RESOLVER.digest, RESOLVER.restart_digest)},
    daemons_running=("unbound",),
)


def test_an_engine_works_before_traffic_is_turned_to_it():
    assert kinds(WITH_RESOLVER, IN_FORCE) == [
        CheckFilter,
        CheckDaemon,
        InstallDaemon,
        StartDaemon,
        ApplyFilter,
        PrepareForwarding,
    ]
    assert kinds(WITH_RESOLVER, RESOLVES) == []


def test_an_engine_that_nobody_needs_any_more_ends_after_traffic_goes_its_own_way():
    assert kinds(DESIRED, RESOLVES) == [CheckFilter, ApplyFilter, PrepareForwarding, StopDaemon]


def test_an_engine_reads_new_files_and_is_started_anew_only_for_those_that_it_does_not_read_again():
    names = replace(RESOLVER, files={**RESOLVER.files, "zone": "more names"})
    assert kinds(replace(WITH_RESOLVER, daemons=(names,)), RESOLVES) == [CheckDaemon, InstallDaemon, ReloadDaemon]
    port = replace(RESOLVER, files={**RESOLVER.files, "unbound.conf": "another port"})
    steps = [CheckDaemon, InstallDaemon, StopDaemon, StartDaemon]
    assert kinds(replace(WITH_RESOLVER, daemons=(port,)), RESOLVES) == steps


def test_an_engine_that_ended_is_started_and_nothing_else():
    assert kinds(WITH_RESOLVER, replace(RESOLVES, daemons_running=())) == [StartDaemon]
