"""``sekisho-edge apply`` and ``render``: a policy on a line, and on paper."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from sekisho_edge.bookmark import write_durably
from sekisho_edge.command import CommandFailed
from sekisho_edge.converge import DEFINITIONS, desired_state
from sekisho_edge.daemons.frame import FOLDER
from sekisho_edge.daemons.places import places_of
from sekisho_edge.engines.suricata import sensor_paths
from sekisho_edge.render.nftables import Attach
from sekisho_edge.render.sensor_names import DATASETS_FOLDER
from sekisho_edge.rollout import checked
from sekisho_edge.trial import Trials
from sekisho_wire.policy import write_policy

APPLY_SECONDS_MAX = 120.0
POLL_SECONDS = 0.1


def add_to(commands: argparse._SubParsersAction) -> None:
    """The two subcommands."""
    bring = commands.add_parser("apply", help="try a policy on the line of a running agent, and say what became of it")
    bring.add_argument("policy", type=Path, metavar="FILE")
    bring.add_argument("--state", required=True, type=Path)
    bring.add_argument("--wait", type=float, default=APPLY_SECONDS_MAX, metavar="SECONDS")
    bring.set_defaults(act=_apply)
    draw = commands.add_parser("render", help="what the engines of a line get to read under a policy")
    draw.add_argument("policy", type=Path, metavar="FILE")
    draw.add_argument("--out", required=True, type=Path, help="folder for one file an engine")
    draw.add_argument("--attach", choices=list(Attach), default=Attach.NFT_QUEUE)
    draw.add_argument("--definitions", type=Path, default=DEFINITIONS, help="signatures; default: Sekisho's own")
    draw.add_argument("--management-interface", default="mgmt")
    draw.set_defaults(act=_render)


def _apply(options):
    """Waits for the end of the trial: 0 confirmed, 1 refused or rolled back."""
    policy = checked(options.policy.read_bytes())
    trials = Trials(options.state)
    before = trials.rollout()
    write_durably(trials.desired, write_policy(policy))
    deadline = time.monotonic() + options.wait
    while (now := trials.rollout()) is None or now == before or now.state == "trying":
        if time.monotonic() > deadline:
            raise CommandFailed("no agent has decided about this policy; is one at work in this folder?")
        time.sleep(POLL_SECONDS)
    reason = f": {now.reason}" if now.reason else ""
    sys.stdout.write(f"revision {now.revision} {now.state}{reason}\n")
    return 0 if now.state == "confirmed" else 1


def _render(options):
    policy, attach = checked(options.policy.read_bytes()), Attach(options.attach)
    definitions = options.definitions.read_text()
    out = options.out.resolve()
    places = places_of(out, policy)
    interface = options.management_interface
    desired = desired_state(policy, attach, sensor_paths(out), definitions, interface, places=places)
    for name, text in _texts(desired, out):
        path = options.out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        sys.stdout.write(f"{path}\n")
    return 0


def _texts(desired, out):
    """(name, text) of every file, with the places in them meaning the folder where they are written."""
    yield "nftables.json", desired.nft
    yield "iptables.restore", desired.xtables
    yield "suricata.yaml", desired.config
    yield "suricata.rules", desired.rules.replace(DATASETS_FOLDER, str(out / "datasets"))
    yield from ((f"datasets/{name}", text) for name, text in desired.datasets.items())
    if desired.shaper:
        yield "shaper.tc", desired.shaper
    for daemon in desired.daemons:
        folder = out / "daemons" / daemon.name
        yield from (
            (f"daemons/{daemon.name}/{n}", text.replace(FOLDER, str(folder))) for n, text in daemon.files.items()
        )
