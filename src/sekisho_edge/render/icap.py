"""Policy -> the settings of our ICAP service. Pure."""

from __future__ import annotations

import msgspec

from sekisho_edge.daemons.frame import FOLDER, Daemon, Places
from sekisho_edge.icap.settings import ApplicationSetting, SandboxSettings, Settings
from sekisho_edge.render import clamd
from sekisho_edge.render.address_sets import AddressSets, written
from sekisho_edge.render.redirects import takes_web
from sekisho_edge.render.squid import STALLS_BEFORE
from sekisho_wire.policy import SecurityPolicy

NAME = "icap"
STALL_SECONDS = 0.05


def render(policy: SecurityPolicy, places: Places) -> Daemon | None:
    """The service runs wherever Squid does: the watchdog's question goes through both."""
    if not takes_web(policy):
        return None
    settings = _settings(policy, places)
    text = msgspec.json.format(msgspec.json.encode(settings), indent=1).decode() + "\n"
    failure = policy.malware.failure if policy.malware.mode != "off" else "open"
    return Daemon(NAME, {"icap.json": text}, failure=failure)


def _settings(policy, places):
    malware = policy.malware
    return Settings(
        run=f"{FOLDER}/run",
        definitions=str(places.definitions),
        malware=malware.mode,
        file_bytes_max=malware.file_bytes_max,
        archive_depth_max=malware.archive_depth_max,
        unscanned=malware.unscanned,
        failure=malware.failure,
        clamd_port=clamd.PORT if places.clamd else 0,
        sandbox=SandboxSettings(
            policy.sandbox.mode,
            policy.sandbox.hold_seconds_max,
            policy.sandbox.at_deadline,
            str(places.sandbox) if places.sandbox else "",
        ),
        applications=tuple(_applications(policy)),
        message=policy.url.message,
        stall_seconds=STALL_SECONDS if places.squid < STALLS_BEFORE else 0,
    )


def _applications(policy):
    """Every rule about an application that is view only for somebody: an earlier one may let others write."""
    sets = AddressSets({item.name: item.entries for item in policy.addresses})
    concerned = {rule.name for rule in policy.applications.rules if rule.action == "view_only"}
    for rule in policy.applications.rules:
        if rule.name in concerned:
            action = "view_only" if rule.action == "view_only" else "allow"
            ranges = sets.intervals(rule.source) if rule.source else ()
            yield ApplicationSetting(rule.name, action, tuple((written(a), written(b)) for a, b in ranges))
