"""``sekisho-edge``: the lab, the agent and enrolment, for people and for the platform's supervisor.

Exit codes: 0 done, 1 it did not work (the reason is on standard error), 2 wrong usage.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from sekisho_edge import agent as agents
from sekisho_edge import definitions_commands, doctor, line_commands, policy_commands
from sekisho_edge.command import CommandFailed
from sekisho_edge.definitions_keeper import LOOK_SECONDS
from sekisho_edge.enrol import enrol, stored_enrolment
from sekisho_edge.inspect_capture import inspect_capture
from sekisho_edge.lab import Lab, LabError, attached, owner_of, read_state
from sekisho_edge.lab.policy import lab_policy
from sekisho_edge.lab.record import record
from sekisho_edge.lab.site import WAN_ADDRESS
from sekisho_edge.lab.story import SCENES, SceneError
from sekisho_edge.rollout import CONFIRM_SECONDS, checked
from sekisho_edge.status import read_status
from sekisho_wire.enrolment import EnrolmentError
from sekisho_wire.policy import PolicyError, SecurityPolicy
from sekisho_wire.policy_import import ImportFailed

DOWN_SECONDS_MAX = 20.0

EXAMPLES = """examples:
  sekisho-edge doctor
  sekisho-edge lab up                        a site in namespaces, until Ctrl-C
  sekisho-edge lab exec pc1 -- curl -s http://www.lab.example/
  sekisho-edge lab scene attack --json
  sekisho-edge policy check line.json
  sekisho-edge enrol --url http://127.0.0.1:8000 --code CODE --state var/edge
  sekisho-edge render line.json --out rendered
  sekisho-edge apply line.json --state var/edge
  sekisho-edge agent --state var/edge --centre 169.254.200.1:6514 --netns sk-utm
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse and do; returns the exit code."""
    options = _parser().parse_args(arguments)
    options.arguments = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return options.act(options)
    except (LabError, CommandFailed, EnrolmentError, ImportFailed, PolicyError, SceneError, OSError) as error:
        sys.stderr.write(f"sekisho-edge: {error}\n")
        return 1


def _parser():
    parser = argparse.ArgumentParser(
        "sekisho-edge", description=__doc__.partition("\n")[0], epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _lab_parser(commands.add_parser("lab", help="a customer's site in network namespaces (root)"))
    check = commands.add_parser("doctor", help="what this machine can and can't do")
    check.add_argument("--json", action="store_true")
    check.set_defaults(act=_doctor)
    join = commands.add_parser("enrol", help="turn a one-time code into this box's certificate")
    join.add_argument("--url", required=True, help="the platform, such as http://127.0.0.1:8000")
    join.add_argument("--code", required=True)
    join.add_argument("--state", required=True, type=Path, help="folder for key, certificate, logs and bookmark")
    join.set_defaults(act=_enrol)
    work = commands.add_parser("agent", help="keep policy and sensor in force and ship the logs (root)")
    work.add_argument("--state", required=True, type=Path)
    work.add_argument("--centre", help="HOST:PORT of the collector; default: what enrolment said")
    work.add_argument("--sandbox", help="HOST:PORT where the centre answers questions about unknown files")
    work.add_argument("--without-link", action="store_true", help="guard the line and report to nobody")
    work.add_argument("--netns", help="network namespace to work in, such as sk-utm")
    work.add_argument("--policy", type=Path, help="policy as JSON; default: STATE/policy.json, else the lab's own")
    work.add_argument("--management-interface", default="mgmt")
    work.add_argument(
        "--confirm-seconds", type=float, default=CONFIRM_SECONDS, help="window in which a new policy proves itself"
    )
    work.add_argument(
        "--probe", action="append", default=[], metavar="HOST:PORT", help="must still be reached under a new policy"
    )
    work.add_argument(
        "--look-seconds", type=float, default=LOOK_SECONDS, help="how often it asks the centre for new definitions"
    )
    work.set_defaults(act=_agent)
    reading = commands.add_parser("inspect", help="read a packet capture with the sensor that guards a line")
    reading.add_argument("capture", type=Path, metavar="PCAP")
    reading.add_argument("--out", required=True, type=Path, help="folder for eve.json and the sensor's own logs")
    reading.add_argument("--policy", type=Path, help="policy as JSON; default: the lab's own")
    reading.set_defaults(act=_inspect)
    policy_commands.add_to(commands.add_parser("policy", help="check, compare, lay over and import policies"))
    line_commands.add_to(commands)
    definitions_commands.add_to(commands.add_parser("definitions", help="check a set of definitions, and show it"))
    state = commands.add_parser("status", help="what the agent of a state folder says about itself")
    state.add_argument("--state", required=True, type=Path)
    state.set_defaults(act=_status)
    return parser


def _lab_parser(parser):
    parser.add_argument("--prefix", default="sk", help="namespaces are called PREFIX-pc1 and so on (default: sk)")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    up = commands.add_parser("up", help="build it and keep it until SIGTERM or Ctrl-C; prints one JSON line when ready")
    up.set_defaults(act=_lab_up)
    commands.add_parser("down", help="end it").set_defaults(act=_lab_down)
    commands.add_parser("status", help="what is up, as JSON; exit 1 if nothing is").set_defaults(act=_lab_status)
    execute = commands.add_parser("exec", help="run a command on a host")
    execute.add_argument("host")
    execute.add_argument("argv", nargs=argparse.REMAINDER, metavar="-- CMD ...")
    execute.set_defaults(act=_lab_exec)
    scene = commands.add_parser("scene", help="play traffic")
    scene.add_argument("name", choices=sorted(SCENES))
    scene.add_argument("--json", action="store_true", help="one JSON object a step")
    scene.set_defaults(act=_lab_scene)
    tape = commands.add_parser("record", help="build a lab, play its story once, keep the sensor's log and the packets")
    tape.add_argument("--out", type=Path, required=True, help="folder for site-attack.eve.json and site-attack.pcap")
    tape.set_defaults(act=_lab_record)


def _lab_up(options):
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    with Lab(options.prefix) as lab:
        sys.stdout.write(json.dumps({"ready": True, **read_state(lab.prefix)}) + "\n")
        sys.stdout.flush()
        while not stop.wait(1.0):
            if dead := lab.dead():
                raise LabError(f"these servers of the lab ended by themselves: {', '.join(dead)}")
    return 0


def _lab_down(options):
    pid = owner_of(options.prefix)
    if pid is None:
        Lab(options.prefix).down()
        return 0
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + DOWN_SECONDS_MAX
    while owner_of(options.prefix) == pid:
        if time.monotonic() > deadline:
            raise LabError(f"process {pid} does not end its lab")
        time.sleep(0.05)
    return 0


def _lab_status(options):
    up = owner_of(options.prefix) is not None
    sys.stdout.write(json.dumps({"up": up, **((read_state(options.prefix) or {}) if up else {})}) + "\n")
    return 0 if up else 1


def _lab_exec(options):
    argv = options.argv[1:] if options.argv[:1] == ["--"] else options.argv
    if not argv:
        raise LabError("nothing to run; write: sekisho-edge lab exec HOST -- CMD")
    command = ["ip", "netns", "exec", attached(options.prefix).namespace(options.host), *argv]
    os.execvp(command[0], command)  # noqa: S606 - a person's own command, on purpose without a shell


def _lab_scene(options):
    for item in SCENES[options.name](attached(options.prefix)):
        if options.json:
            entry = asdict(item) | {"at": item.at.isoformat() if item.at else None}
            sys.stdout.write(json.dumps(entry, ensure_ascii=False) + "\n")
        else:
            sys.stdout.write(f"{item.ja} / {item.en}\n")
        sys.stdout.flush()
    return 0


def _lab_record(options):
    for path in record(options.prefix, options.out):
        sys.stdout.write(f"{path} {path.stat().st_size} bytes\n")
    return 0


def _doctor(options):
    findings = doctor.examine()
    if options.json:
        sys.stdout.write(json.dumps([asdict(finding) for finding in findings]) + "\n")
    else:
        for finding in findings:
            remedy = f"  -> {finding.remedy}" if not finding.well else ""
            sys.stdout.write(f"{'ok  ' if finding.well else 'MISS'} {finding.subject}: {finding.says}{remedy}\n")
    return 0 if all(finding.well for finding in findings) else 1


def _enrol(options):
    enrolment = enrol(options.url, options.code, options.state)
    sys.stdout.write(json.dumps({"device": enrolment.device, "centre": enrolment.centre}) + "\n")
    return 0


def _agent(options):
    if options.netns:
        return _again_in_namespace(options.netns, options.arguments)
    state = options.state.resolve()
    centre = None if options.without_link else _centre(options.centre or stored_enrolment(state)["centre"])
    settings = agents.AgentSettings(
        state,
        centre,
        _policy(options, state),
        management_interface=options.management_interface,
        confirm_seconds=options.confirm_seconds,
        probes=tuple(map(_centre, options.probe)),
        look_seconds=options.look_seconds,
        sandbox=_centre(options.sandbox) if options.sandbox else None,
    )
    asyncio.run(agents.Agent(settings).run())
    return 0


def _centre(text) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit():
        raise EnrolmentError(f"{text!r} is not HOST:PORT of a collector")
    return host.strip("[]"), int(port)


def _again_in_namespace(name, arguments):
    """Start over inside the namespace: from then on every child lives there too."""
    at = next(i for i, argument in enumerate(arguments) if argument.split("=")[0] == "--netns")
    del arguments[at : at + (1 if "=" in arguments[at] else 2)]
    command = ["ip", "netns", "exec", name, sys.executable, "-m", "sekisho_edge.cli", *arguments]
    os.execvp(command[0], command)  # noqa: S606


def _policy(options, state) -> SecurityPolicy:
    stored = options.policy or state / "policy.json"
    if options.policy is None and not stored.exists():
        return lab_policy()
    return checked(stored.read_bytes())


def _inspect(options):
    policy = _policy(options, options.out)
    outside = () if options.policy else (WAN_ADDRESS,)
    sys.stdout.write(f"{inspect_capture(options.capture, options.out, policy, outside)}\n")
    return 0


def _status(options):
    status = read_status(options.state)
    if status is None:
        sys.stderr.write("sekisho-edge: no agent has reported in this folder\n")
        return 1
    sys.stdout.write(json.dumps(status, indent=1) + "\n")
    return 0 if status["sensor"]["state"] in ("inspecting", "off") else 1


if __name__ == "__main__":
    sys.exit(main())
