"""Desired state + reported state -> the steps between them. Pure.

Order is the point of it. Everything is checked by its engine before anything is applied; the firewall is
applied before the sensor is touched, so that the line has its policy at once and the sensor, which takes
seconds to load, follows while the queue lets traffic by. Engines that traffic is turned to work before the firewall
turns it, and those that nobody needs any more end after it no longer does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from sekisho_edge.daemons.frame import Daemon
from sekisho_edge.render.nftables import Attach
from sekisho_wire.policy.functions import Failure


@dataclass(frozen=True)
class Desired:
    """Rendered texts of one policy revision, and how the sensor is attached."""

    revision: int
    attach: Attach
    nft: str
    xtables: str
    config: str
    rules: str
    sensor: bool
    interfaces: tuple[str, ...] = ()
    datasets: Mapping[str, str] = field(default_factory=dict)
    """Lists that the sensor's rules look names up in: file name and text."""
    daemons: tuple[Daemon, ...] = ()
    shaper: str = ""


@dataclass(frozen=True)
class Reported:
    """What is in force: digests of the texts that were applied ("" for never), and whether the sensor runs.

    ``daemons`` has, by name, the digests of a further engine's files and of those among them that need a restart.
    """

    filter_digest: str = ""
    config_digest: str = ""
    rules_digest: str = ""
    sensor_running: bool = False
    daemons: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    daemons_running: tuple[str, ...] = ()
    shaper_digest: str = ""
    shaper_refused: str = ""
    """Why the line goes on without its bandwidth classes."""


@dataclass(frozen=True)
class PrepareForwarding:
    """Make the kernel a router."""


@dataclass(frozen=True)
class CheckFilter:
    nft: str
    xtables: str


@dataclass(frozen=True)
class ApplyFilter:
    nft: str
    xtables: str


@dataclass(frozen=True)
class CheckShaper:
    """Load the bandwidth classes where nobody uses them."""

    text: str


@dataclass(frozen=True)
class ApplyShaper:
    text: str


@dataclass(frozen=True)
class CheckSensor:
    """Write the texts as candidates and let Suricata test them."""

    config: str
    rules: str
    datasets: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class InstallSensorFiles:
    """The tested candidates become the files that Suricata starts from."""

    config: str
    rules: str
    datasets: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class StartSensor:
    attach: Attach
    interfaces: tuple[str, ...]


@dataclass(frozen=True)
class ReloadRules:
    """New signatures into the running sensor: no packet waits."""


@dataclass(frozen=True)
class StopSensor:
    """End the sensor."""


@dataclass(frozen=True)
class CheckDaemon:
    """Write the files as candidates and let the engine test them."""

    daemon: Daemon


@dataclass(frozen=True)
class InstallDaemon:
    daemon: Daemon


@dataclass(frozen=True)
class StartDaemon:
    """Start it and wait until it does its work."""

    daemon: Daemon


@dataclass(frozen=True)
class ReloadDaemon:
    daemon: Daemon


@dataclass(frozen=True)
class StopDaemon:
    """``failure`` open: its traffic goes its own way first, because it will be back in a moment."""

    name: str
    failure: Failure = "closed"


Step = (
    CheckDaemon
    | InstallDaemon
    | StartDaemon
    | ReloadDaemon
    | StopDaemon
    | PrepareForwarding
    | CheckFilter
    | ApplyFilter
    | CheckShaper
    | ApplyShaper
    | CheckSensor
    | InstallSensorFiles
    | StartSensor
    | ReloadRules
    | StopSensor
)


def digest(*texts: str) -> str:
    """Identity of applied text."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]


def plan(desired: Desired, reported: Reported) -> list[Step]:
    """The steps, in order; empty when reality is as desired."""
    new_filter = digest(desired.nft, desired.xtables) != reported.filter_digest
    new_config = desired.sensor and digest(desired.config) != reported.config_digest
    new_rules = desired.sensor and rules_digest(desired.rules, desired.datasets) != reported.rules_digest
    sensor_files = desired.config, desired.rules, desired.datasets
    steps: list[Step] = []
    if new_filter:
        steps.append(CheckFilter(desired.nft, desired.xtables))
    if new_shaper := digest(desired.shaper) != reported.shaper_digest:
        steps.append(CheckShaper(desired.shaper))
    if new_config or new_rules:
        steps.append(CheckSensor(*sensor_files))
    steps += [CheckDaemon(daemon) for daemon in desired.daemons if _has_new_files(daemon, reported)]
    for daemon in desired.daemons:
        steps += _daemon_steps(daemon, reported)
    if new_filter:
        steps += [ApplyFilter(desired.nft, desired.xtables), PrepareForwarding()]
    if new_shaper:
        steps.append(ApplyShaper(desired.shaper))
    if new_config or new_rules:
        steps.append(InstallSensorFiles(*sensor_files))
    wanted = {daemon.name for daemon in desired.daemons}
    leaving: list[Step] = [StopDaemon(name) for name in reported.daemons_running if name not in wanted]
    return steps + _sensor_steps(desired, reported, new_config, new_rules) + leaving


def rules_digest(rules: str, datasets: Mapping[str, str]) -> str:
    """Identity of the sensor's rules with the lists that they look names up in."""
    return digest(rules, *(text for item in sorted(datasets.items()) for text in item))


def _has_new_files(daemon, reported):
    return reported.daemons.get(daemon.name, ("", ""))[0] != daemon.digest


def _daemon_steps(daemon, reported):
    install = [InstallDaemon(daemon)] if _has_new_files(daemon, reported) else []
    if daemon.name not in reported.daemons_running:
        return [*install, StartDaemon(daemon)]
    if not install:
        return []
    if reported.daemons.get(daemon.name, ("", ""))[1] != daemon.restart_digest:
        return [*install, StopDaemon(daemon.name, daemon.failure), StartDaemon(daemon)]
    return [*install, ReloadDaemon(daemon)]


def _sensor_steps(desired, reported, new_config, new_rules):
    start = StartSensor(desired.attach, desired.interfaces)
    if not desired.sensor:
        return [StopSensor()] if reported.sensor_running else []
    if not reported.sensor_running:
        return [start]
    if new_config:
        return [StopSensor(), start]
    return [ReloadRules()] if new_rules else []
