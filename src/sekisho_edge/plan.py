"""Desired state + reported state -> the steps between them. Pure.

Order is the point of it. Everything is checked by its engine before anything is applied; the firewall is
applied before the sensor is touched, so that the line has its policy at once and the sensor, which takes
seconds to load, follows while the queue lets traffic by.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from sekisho_edge.render.nftables import Attach


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


@dataclass(frozen=True)
class Reported:
    """What is in force: digests of the texts that were applied ("" for never), and whether the sensor runs."""

    filter_digest: str = ""
    config_digest: str = ""
    rules_digest: str = ""
    sensor_running: bool = False


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
class CheckSensor:
    """Write the texts as candidates and let Suricata test them."""

    config: str
    rules: str


@dataclass(frozen=True)
class InstallSensorFiles:
    """The tested candidates become the files that Suricata starts from."""

    config: str
    rules: str


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


Step = (
    PrepareForwarding
    | CheckFilter
    | ApplyFilter
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
    new_rules = desired.sensor and digest(desired.rules) != reported.rules_digest
    steps: list[Step] = []
    if new_filter:
        steps.append(CheckFilter(desired.nft, desired.xtables))
    if new_config or new_rules:
        steps.append(CheckSensor(desired.config, desired.rules))
    if new_filter:
        steps += [ApplyFilter(desired.nft, desired.xtables), PrepareForwarding()]
    if new_config or new_rules:
        steps.append(InstallSensorFiles(desired.config, desired.rules))
    return steps + _sensor_steps(desired, reported, new_config, new_rules)


def _sensor_steps(desired, reported, new_config, new_rules):
    start = StartSensor(desired.attach, desired.interfaces)
    if not desired.sensor:
        return [StopSensor()] if reported.sensor_running else []
    if not reported.sensor_running:
        return [start]
    if new_config:
        return [StopSensor(), start]
    return [ReloadRules()] if new_rules else []
