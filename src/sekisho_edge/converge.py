"""Carry out a plan: each step on its engine, in order, stopping at the first that fails.

Nothing is applied before everything was checked, so a refusal leaves the line as it was. HelperRefused,
HelperGone and SensorError pass through: the caller reports them and tries again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

from sekisho_edge.engines import nftables
from sekisho_edge.engines.suricata import Sensor
from sekisho_edge.plan import (
    ApplyFilter,
    CheckFilter,
    CheckSensor,
    Desired,
    InstallSensorFiles,
    PrepareForwarding,
    ReloadRules,
    Reported,
    StartSensor,
    Step,
    StopSensor,
    digest,
    plan,
)
from sekisho_edge.privileged import Helper
from sekisho_edge.render import nftables as render_filter
from sekisho_edge.render import signatures
from sekisho_edge.render import suricata as render_sensor
from sekisho_edge.render.nftables import Attach
from sekisho_edge.render.suricata import SensorPaths
from sekisho_wire.policy import SecurityPolicy

DEFINITIONS = Path(__file__).parent / "definitions" / "sekisho.rules"


def desired_state(
    policy: SecurityPolicy,
    attach: Attach,
    paths: SensorPaths,
    definitions: str,
    management_interface: str = "",
    today: date | None = None,
) -> Desired:
    """Everything rendered, as of a day in Japan. The edge's public addresses belong to the home networks."""
    outside = sorted({forward.address for forward in policy.port_forwards})
    return Desired(
        revision=policy.revision,
        attach=attach,
        nft=render_filter.render(policy, attach, management_interface),
        xtables=render_filter.render_xtables(policy, attach),
        config=render_sensor.render_config(policy, attach, paths, outside_addresses=outside),
        rules=signatures.render_rules(policy, definitions, today),
        sensor=policy.intrusion.mode != "off",
        interfaces=() if attach.inline else tuple(zone.interface for zone in policy.zones if zone.inside),
    )


async def converge(
    desired: Desired, reported: Reported, helper: Helper, sensor: Sensor, note: Callable[[Reported], None]
) -> None:
    """Bring reality to ``desired``; ``note`` hears after each step what is in force.

    A step that ends in the middle, by an error or because nobody waits any more, leaves nothing that could be relied
    on: then nothing counts as in force, and the next plan does everything anew. Checks change nothing.
    """
    for step in plan(desired, reported):
        try:
            reported = await carry_out(step, reported, helper, sensor)
        except BaseException:
            note(reported if isinstance(step, CheckFilter | CheckSensor) else Reported())
            raise
        note(reported)


async def carry_out(step: Step, reported: Reported, helper: Helper, sensor: Sensor) -> Reported:
    """One step; returns the report after it."""
    match step:
        case CheckFilter(nft, xtables):
            await nftables.check(helper, nft, xtables)
        case ApplyFilter(nft, xtables):
            await nftables.apply(helper, nft, xtables)
            return replace(reported, filter_digest=digest(nft, xtables))
        case PrepareForwarding():
            await helper.call("prepare-forwarding")
        case CheckSensor(config, rules):
            await sensor.check(config, rules)
        case InstallSensorFiles(config, rules):
            sensor.install(config, rules)
            return replace(reported, config_digest=digest(config), rules_digest=digest(rules))
        case StartSensor(attach, interfaces):
            await sensor.start(attach, interfaces)
            return replace(reported, sensor_running=True)
        case ReloadRules():
            await sensor.reload_rules()
        case StopSensor():
            await sensor.stop()
            return replace(reported, sensor_running=False)
    return reported
