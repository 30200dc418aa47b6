"""Carry out a plan: each step on its engine, in order, stopping at the first that fails.

Nothing is applied before everything was checked, so a refusal leaves the line as it was. HelperRefused,
HelperGone, DaemonError and SensorError pass through: the caller reports them and tries again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from sekisho_edge.daemons.control import READY_SECONDS_MAX, DaemonControl, DaemonError
from sekisho_edge.daemons.engines import daemons_of
from sekisho_edge.daemons.frame import Places
from sekisho_edge.daemons.places import SHIPPED
from sekisho_edge.daemons.watch import Watches
from sekisho_edge.engines import nftables, shaper
from sekisho_edge.engines.suricata import Sensor
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
    Step,
    StopDaemon,
    StopSensor,
    digest,
    plan,
    rules_digest,
)
from sekisho_edge.privileged import Helper, HelperRefused
from sekisho_edge.render import nftables as render_filter
from sekisho_edge.render import shaper as render_shaper
from sekisho_edge.render import signatures
from sekisho_edge.render import suricata as render_sensor
from sekisho_edge.render.nat import OwnNames
from sekisho_edge.render.nftables import Attach
from sekisho_edge.render.sensor_names import name_rules, uses_sensor
from sekisho_edge.render.suricata import SensorPaths
from sekisho_wire.policy import SecurityPolicy

FORGIVING_SECONDS_MAX = 5.0
"""The firewall of a line that starts does not wait longer for an engine; its watchdog does."""
DEFINITIONS = Path(__file__).parent / "definitions" / "sekisho.rules"


def desired_state(
    policy: SecurityPolicy,
    attach: Attach,
    paths: SensorPaths,
    definitions: str,
    management_interface: str = "",
    today: date | None = None,
    places: Places | None = None,
) -> Desired:
    """Everything rendered, as of a day in Japan. The edge's public addresses belong to the home networks.

    Without ``places`` there is no box to run further engines on: only firewall and sensor are rendered.
    """
    outside = sorted({forward.address for forward in policy.port_forwards})
    names = name_rules(policy, places.definitions if places else SHIPPED)
    signed = signatures.render_rules(policy, definitions, today) if policy.intrusion.mode != "off" else ""
    return Desired(
        revision=policy.revision,
        attach=attach,
        nft=render_filter.render(policy, attach, management_interface, own_names(places)),
        xtables=render_filter.render_xtables(policy, attach),
        config=render_sensor.render_config(policy, attach, paths, outside_addresses=outside),
        rules=signed + names.text,
        datasets=names.datasets,
        sensor=uses_sensor(policy),
        interfaces=() if attach.inline else tuple(zone.interface for zone in policy.zones if zone.inside),
        daemons=daemons_of(policy, places) if places else (),
        shaper=render_shaper.render(policy),
    )


def own_names(places: Places | None) -> OwnNames | None:
    """Whom questions go to that were asked of the box itself, while its resolver is down."""
    if places is None or not places.resolvers or not places.addresses:
        return None
    return OwnNames(tuple(sorted(places.addresses.values())), places.resolvers[0])


@dataclass(frozen=True)
class Engines:
    """Who carries out the steps. ``forgiving``: an engine that can't be had is noted and the line goes on without it,
    by its failure profile; a policy on trial is not forgiven.
    """

    helper: Helper
    sensor: Sensor
    daemons: DaemonControl
    watches: Watches
    forgiving: bool = False


async def converge(desired: Desired, reported: Reported, engines: Engines, note: Callable[[Reported], None]) -> None:
    """Bring reality to ``desired``; ``note`` hears after each step what is in force.

    A step that ends in the middle, by an error or because nobody waits any more, leaves nothing that could be relied
    on: then nothing counts as in force, and the next plan does everything anew. Checks change nothing.
    """
    held = guarded = False
    for step in plan(desired, reported):
        if not held and isinstance(step, _TURNS_TRAFFIC):
            engines.watches.hold()
            held = True
        if not guarded and isinstance(step, _SENSOR):
            _guard(desired, engines)
            guarded = True
        try:
            reported = await carry_out(step, reported, engines)
        except BaseException:
            note(reported if isinstance(step, CheckFilter | CheckShaper | CheckSensor | CheckDaemon) else Reported())
            raise
        note(reported)
    if not guarded:
        _guard(desired, engines)


_TURNS_TRAFFIC = InstallDaemon | StartDaemon | ReloadDaemon | StopDaemon | ApplyFilter
_SENSOR = InstallSensorFiles | StartSensor | ReloadRules | StopSensor


def _guard(desired, engines):
    """The line is as it should be, and the sensor may take its time: engines are watched from here on."""
    engines.watches.guard(
        engines.daemons, desired.daemons, lambda: nftables.apply(engines.helper, desired.nft, desired.xtables)
    )


async def carry_out(step: Step, reported: Reported, engines: Engines) -> Reported:
    """One step; returns the report after it."""
    if isinstance(step, CheckDaemon | InstallDaemon | StartDaemon | ReloadDaemon | StopDaemon):
        return await _carry_out_daemon(step, reported, engines)
    if isinstance(step, CheckShaper | ApplyShaper):
        return await _shape(step, reported, engines)
    helper, sensor = engines.helper, engines.sensor
    match step:
        case CheckFilter(nft, xtables):
            await nftables.check(helper, nft, xtables)
        case ApplyFilter(nft, xtables):
            await nftables.apply(helper, nft, xtables)
            engines.watches.loaded()
            return replace(reported, filter_digest=digest(nft, xtables))
        case PrepareForwarding():
            await helper.call("prepare-forwarding")
        case CheckSensor(config, rules, datasets):
            await sensor.check(config, rules, datasets)
        case InstallSensorFiles(config, rules, datasets):
            sensor.install(config, rules, datasets)
            return replace(reported, config_digest=digest(config), rules_digest=rules_digest(rules, datasets))
        case StartSensor(attach, interfaces):
            await sensor.start(attach, interfaces)
            return replace(reported, sensor_running=True)
        case ReloadRules():
            await sensor.reload_rules()
        case StopSensor():
            await sensor.stop()
            return replace(reported, sensor_running=False)
    return reported


async def _shape(step, reported, engines):
    """A line is better off without its classes than without the rest: it is only reported, unless on trial."""
    try:
        if isinstance(step, CheckShaper):
            await shaper.check(engines.helper, step.text)
            return reported
        await shaper.apply(engines.helper, step.text)
    except HelperRefused as refusal:
        if not engines.forgiving:
            raise
        return replace(reported, shaper_refused=str(refusal))
    return replace(reported, shaper_digest=digest(step.text), shaper_refused="")


async def _carry_out_daemon(step, reported, engines):
    """As ``carry_out``; what a forgiving caller is not told by an error stays undone in the report."""
    aside = step if isinstance(step, StopDaemon) else step.daemon if isinstance(step, ReloadDaemon) else None
    try:
        if aside is not None and aside.failure == "open":
            await engines.watches.pass_by(engines.daemons, aside.name)
        seconds_max = FORGIVING_SECONDS_MAX if engines.forgiving else READY_SECONDS_MAX
        return await _daemon_step(step, reported, engines.daemons, seconds_max)
    except DaemonError as error:
        if not engines.forgiving:
            raise
        engines.watches.note(step.name if isinstance(step, StopDaemon) else step.daemon.name, str(error))
        return reported


async def _daemon_step(step, reported, control, seconds_max):
    running = reported.daemons_running
    match step:
        case CheckDaemon(daemon):
            await control.check(daemon)
        case InstallDaemon(daemon):
            control.install(daemon)
            digests = daemon.digest, daemon.restart_digest
            return replace(reported, daemons={**reported.daemons, daemon.name: digests})
        case StartDaemon(daemon):
            await control.start(daemon, seconds_max)
            return replace(reported, daemons_running=(*running, daemon.name))
        case ReloadDaemon(daemon):
            await control.reload(daemon)
        case StopDaemon(name):
            await control.stop(name)
            return replace(reported, daemons_running=tuple(one for one in running if one != name))
    return reported
