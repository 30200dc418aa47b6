"""The agent of one edge: keeps policy and sensor in force, ships the logs, says how it is.

It never gives up: a step that fails is reported in the status file and tried again with growing pauses,
and the line meanwhile goes by its failure profile (``open``: uninspected, ``closed``: not at all).
Ends cleanly on SIGTERM or SIGINT, taking the sensor with it; the firewall stays.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import os
import signal
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from sekisho_edge import line_ca
from sekisho_edge.converge import Engines, converge, desired_state
from sekisho_edge.daemons.control import DaemonControl, DaemonError
from sekisho_edge.daemons.places import places_of
from sekisho_edge.daemons.watch import Watches
from sekisho_edge.definitions_check import signature_text
from sekisho_edge.definitions_client import read_state
from sekisho_edge.definitions_keeper import LOOK_SECONDS, DefinitionsKeeper
from sekisho_edge.engines.nftables import probe_attach
from sekisho_edge.engines.suricata import Sensor, SensorError, stalled
from sekisho_edge.enrol import device_of
from sekisho_edge.link import Link, client_context, first_to_fail
from sekisho_edge.log_sources import rotate_plain, sources_of
from sekisho_edge.plan import Desired, Reported
from sekisho_edge.privileged import Helper, HelperGone, HelperRefused
from sekisho_edge.proof import Proof
from sekisho_edge.render.nftables import Attach
from sekisho_edge.render.sensor_names import uses_sensor
from sekisho_edge.render.signatures import ends_of
from sekisho_edge.renewing import finish_renewal
from sekisho_edge.rollout import CONFIRM_SECONDS, PolicyKeeper
from sekisho_edge.sandbox_relay import SandboxRelay
from sekisho_edge.spool import rotate
from sekisho_edge.status import log_status, write_status
from sekisho_edge.steering import Steering
from sekisho_edge.trial import Trials
from sekisho_wire.policy import SecurityPolicy

STALL_SECONDS_MAX = 2.0
PROBE_SECONDS = 2.0
PROBES_MISSED_MAX = 2
RESTART_SECONDS_FIRST = 0.5
RESTART_SECONDS_MAX = 30.0
HEALTHY_SECONDS = 60.0
HOUSEKEEPING_SECONDS = 5.0
STATUS_SECONDS = 0.5
JAPAN_AHEAD = dt.timedelta(hours=9)


@dataclass(frozen=True)
class AgentSettings:
    """``state`` holds the enrolment (device.pem, device.key, ca.pem), the logs and the bookmark.

    ``centre`` is (host, port), or None for a line that is guarded and reports to nobody.
    """

    state: Path
    centre: tuple[str, int] | None
    policy: SecurityPolicy
    definitions: Path | None = None
    """A folder of definitions to stay with; None: the newest good ones that the centre offers."""
    look_seconds: float = LOOK_SECONDS
    management_interface: str = "mgmt"
    confirm_seconds: float = CONFIRM_SECONDS
    probes: tuple[tuple[str, int], ...] = ()
    """TCP services that the edge itself must reach after a change of policy, if it reached them before."""
    sandbox: tuple[str, int] | None = None
    """Where the centre answers questions about unknown files."""


@dataclass
class SensorState:
    """What the status file says about the sensor."""

    state: str = "starting"
    pid: int | None = None
    attach: str = ""
    inline: bool = False
    rules_loaded: int = 0
    starts: int = 0
    ready_at: float | None = None
    last_error: str = ""


class Agent:
    """``await Agent(settings).run()`` until a signal or cancellation."""

    def __init__(self, settings: AgentSettings) -> None:
        self._settings = settings
        state = settings.state
        (state / "log").mkdir(parents=True, exist_ok=True)
        self._sources = sources_of(state)
        self._link = self._definitions = context = None
        if settings.centre:
            finish_renewal(state)
            context = client_context(state / "ca.pem", state / "device.pem", state / "device.key")
            self._link = Link(self._sources, *settings.centre, context)
        self._sandbox = None
        if settings.sandbox and context:
            self._sandbox = SandboxRelay(state / "sandbox.sock", settings.sandbox, context)
        if settings.centre and settings.definitions is None:
            device = device_of(state / "device.pem")
            self._definitions = DefinitionsKeeper(state, device, settings.centre, context, settings.look_seconds)
        self._proof = Proof(settings.centre, context, settings.probes)
        self._steering = Steering(
            state, settings.centre, context, lambda: self._helper, self._told_status,
            lambda: self._keeper.policy.intrusion.failure,
        )  # fmt: skip
        self._trials = Trials(state, self._steering.told)
        self._keeper = PolicyKeeper(self._trials, settings.policy, settings.confirm_seconds)
        self._begun: SecurityPolicy | None = None
        self._serving: SecurityPolicy | None = None
        self._failed: tuple[SecurityPolicy, str] | None = None
        self._taking_up: Path | None = None
        self._took_up: dict[Path, str] = {}
        self._helper: Helper | None = None
        self._sensor: Sensor | None = None
        self._daemons: DaemonControl | None = None
        self._watches = Watches()
        self._reported = Reported()
        self._sensor_state = SensorState()
        self._started_at = time.time()
        self._tried = asyncio.Event()
        self._day = _today()

    async def run(self) -> None:
        """Work until SIGTERM or SIGINT, then leave things tidy."""
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        try:
            work = [stop.wait(), self._keep_line(), self._keep_policy(), self._keep_house(), self._report_status()]
            work += [self._watches.run(), *self._steering.work()]
            work += [self._keep_definitions(self._definitions)] if self._definitions else []
            work += [self._sandbox.run()] if self._sandbox else []
            await first_to_fail(*work, *([self._link.run()] if self._link else []))
        finally:
            await self._leave()

    async def _keep_line(self):
        """Converge and watch; when anything ends, again. Another policy is served at once."""
        pause = RESTART_SECONDS_FIRST
        while True:
            began = time.monotonic()
            policy = self._keeper.policy
            self._keeper.changed.clear()
            try:
                await first_to_fail(self._keeper.changed.wait(), self._serve_line(policy))
                continue
            except (HelperRefused, HelperGone, SensorError, DaemonError, OSError) as error:
                self._sensor_state.last_error = str(error)
                self._failed = policy, str(error)
                self._took_up = {self._taking_up: str(error)} if self._taking_up else {}
            self._serving = None
            self._sensor_state.state, self._sensor_state.pid = "down", None
            self._tried.set()
            healthy = time.monotonic() - began > HEALTHY_SECONDS
            pause = RESTART_SECONDS_FIRST if healthy else pause
            await _until(self._keeper.changed, pause)
            pause = min(pause * 2, RESTART_SECONDS_MAX)

    async def _serve_line(self, policy):
        """One life of the sensor under one policy: from the plan to the moment it ends or hangs."""
        self._serving = None
        desired = await self._desired(policy)
        running = (await self._helper.call("sensor"))["pid"] is not None
        running_daemons = tuple(await self._daemons.pids())
        self._reported = replace(self._reported, sensor_running=running, daemons_running=running_daemons)
        if policy is not self._begun:  # the guardian may have been at the filter: load it in any case
            self._begun, self._reported = policy, replace(self._reported, filter_digest="")
        if desired.sensor and not running:
            self._sensor_state.state = "starting"
        forgiving = policy is not self._keeper.on_trial
        engines = Engines(self._helper, self._sensor, self._daemons, self._watches, forgiving)
        await converge(desired, self._reported, engines, lambda now: self._note(policy, now))
        if desired.sensor:
            await self._note_ready(running=running)
        else:
            self._sensor_state.state, self._sensor_state.pid = "off", None
            self._tried.set()
        self._serving, self._failed = policy, None
        self._took_up = {self._taking_up: ""}
        if not desired.sensor:
            await self._helper.gone()
        watches = [self._sensor.ended(), self._probe_answers(desired), self._helper.gone()]
        await first_to_fail(*watches, *([self._probe_path()] if desired.attach.inline else []))
        raise SensorError("the sensor ended by itself")

    def _note(self, policy, reported):
        """After each step: what is in force. With the confirmed policy's firewall loaded a trial is really over."""
        self._reported = reported
        if reported.filter_digest:
            self._keeper.in_force(policy)

    async def _keep_policy(self):
        """From the first attempt to guard the line on: before, there is nothing that a trial could be compared with."""
        await self._tried.wait()
        await self._keeper.run(self)

    async def _keep_definitions(self, definitions):
        """As with policies: from the first attempt to guard the line on."""
        await self._tried.wait()
        await definitions.run(self)

    def busy(self) -> bool:
        """Whether a policy is on trial."""
        return self._keeper.on_trial is not None

    def take_up(self) -> None:
        """Serve the line anew with the definitions that are in force now."""
        self._took_up = {}
        self._keeper.changed.set()

    def took_up(self, folder: Path) -> str | None:
        """What became of a set of definitions: "" in force, why not, or None as long as it is open."""
        return self._took_up.get(folder)

    async def arm(self, seconds: float) -> None:
        """Remember which probes work now, and have the guardian started."""
        if self._helper is None:
            raise HelperGone("there is no helper yet")
        await self._proof.remember()
        attach = await probe_attach(self._helper)
        interface = self._settings.management_interface
        await self._helper.call("arm", seconds=seconds, attach=attach.value, interface=interface)

    def failure(self, policy: SecurityPolicy) -> str:
        """Why the line can't have this policy, once it was tried in vain."""
        return self._failed[1] if self._failed and self._failed[0] is policy else ""

    async def objection(self, policy: SecurityPolicy) -> str:
        """What speaks against a policy on trial: not applied, no inspection, no new way to the centre, a dead probe."""
        if self._serving is not policy:
            return "it is not completely applied yet"
        if uses_sensor(policy) and not await self._sensor.inspects(Attach(self._sensor_state.attach)):
            return "the sensor takes no packets"
        if silent := self._watches.silent():
            return f"{silent[0]} does not answer"
        return await self._proof.objection()

    async def _desired(self, policy) -> Desired:
        if self._helper is None or not await self._helper_answers():
            self._helper = await Helper.start(self._settings.state)
            self._sensor = Sensor(self._helper, self._settings.state)
            self._daemons = DaemonControl(self._helper, self._settings.state)
            self._reported = Reported()
            await self._helper.call("keep-packet-log")
        attach = await probe_attach(self._helper)
        self._sensor_state.attach, self._sensor_state.inline = attach.value, attach.inline
        places = places_of(self._settings.state, policy)
        if self._settings.definitions:
            places = replace(places, definitions=self._settings.definitions)
        if policy.tls.mode == "inspect":
            name = line_ca.device_name(self._settings.state / "device.pem")
            line_ca.ensure(places.ca_certificate, places.ca_key, name)
        self._taking_up = places.definitions
        signatures = await asyncio.to_thread(signature_text, places.definitions)
        interface = self._settings.management_interface
        return desired_state(policy, attach, self._sensor.paths, signatures, interface, places=places)

    async def _helper_answers(self):
        try:
            await self._helper.call("sensor")
        except HelperGone:
            return False
        return True

    async def _note_ready(self, *, running):
        """``running``: it inspected already and may have gone on in the same process."""
        state, known = self._sensor_state, self._sensor_state.pid
        state.rules_loaded = await self._sensor.rules_loaded()
        state.state, state.pid, state.last_error = "inspecting", self._sensor.pid, ""
        if not running or state.pid != known:
            state.starts, state.ready_at = state.starts + 1, time.time()
        self._tried.set()

    async def _probe_path(self):
        """A sensor that lives and takes no packets holds the line: end it, the queue then lets them by."""
        await stalled(STALL_SECONDS_MAX)
        await self._sensor.kill()
        raise SensorError("packets waited and the sensor took none: it was ended")

    async def _probe_answers(self, desired):
        """The slower sign of a sensor that hangs, which also shows on a line without traffic."""
        missed = 0
        while missed < PROBES_MISSED_MAX:
            await asyncio.sleep(PROBE_SECONDS)
            missed = 0 if await self._sensor.inspects(desired.attach) else missed + 1
        await self._sensor.kill()
        raise SensorError("the sensor did not answer and was ended")

    async def _keep_house(self):
        """Rotate what has grown, delete what the centre has, keep to our share of the disk."""
        folder = self._settings.state / "log"
        while True:
            await asyncio.sleep(HOUSEKEEPING_SECONDS)
            with contextlib.suppress(SensorError, HelperRefused, HelperGone, OSError):
                if self._helper:
                    await self._helper.call("keep-packet-log")
                rotate_plain(folder)
                if rotate(folder / "eve.json") and self._sensor:
                    await self._sensor.reopen_logs()
            self._turn_day()
            for source in self._sources:
                with contextlib.suppress(OSError):
                    source.spool.delete_confirmed()
                    source.spool.keep_share()

    def _turn_day(self):
        """An exception that ended yesterday is no exception any more."""
        before, self._day = self._day, _today()
        if any(before <= last < self._day for last in ends_of(self._keeper.policy)):
            self._keeper.changed.set()

    async def _report_status(self):
        """From the first attempt to guard the line on, so that the file's appearance means something."""
        last = {}
        await self._tried.wait()
        while True:
            status = self.status()
            if status != last:
                write_status(self._settings.state, status)
                last = status
            await asyncio.sleep(STATUS_SECONDS)

    def status(self) -> dict:
        """Everything a person or the centre may want to know, as plain values."""
        rollout = self._trials.rollout()
        return {
            "pid": os.getpid(),
            "started_at": self._started_at,
            "policy_revision": self._keeper.policy.revision,
            "confirmed_revision": self._keeper.confirmed_revision,
            "rollout": asdict(rollout) if rollout else None,
            "in_force": asdict(self._reported),
            "sensor": asdict(self._sensor_state),
            "daemons": {name: asdict(state) for name, state in self._watches.states.items()},
            "definitions": asdict(read_state(self._settings.state)),
            "link": asdict(self._link.state) if self._link else None,
            **self._steering.status(),
            "logs": log_status(self._sources[0].spool),
            "firewall_logs": log_status(self._sources[1].spool),
            "engine_logs": {source.name: log_status(source.spool) for source in self._sources[2:]},
        }

    def _told_status(self):
        """For the centre, as for the file: from the first attempt to guard the line on."""
        return self.status() if self._tried.is_set() else None

    async def _leave(self):
        self._trials.withdraw()  # who ends in the middle of a trial has not proven it
        if self._sensor:
            with contextlib.suppress(HelperGone, HelperRefused):
                await self._sensor.stop()
        if self._helper:
            await self._helper.stop()
        self._sensor_state.state, self._sensor_state.pid = "stopped", None
        if self._link:
            self._link.state.connected = False
        self._steering.disconnected()
        write_status(self._settings.state, self.status())
        for source in self._sources:
            source.spool.close()


def _today() -> dt.date:
    """The day in Japan, which is the one that policies speak of."""
    return (dt.datetime.now(dt.UTC) + JAPAN_AHEAD).date()


async def _until(event: asyncio.Event, seconds: float) -> None:
    """Wait for the event, but not for longer."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
