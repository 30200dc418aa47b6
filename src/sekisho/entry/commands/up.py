"""Start the whole platform in var/ and keep it running until Ctrl-C.

examples:
  sekisho up                          embedded engines, demonstration data when the database is empty
  sekisho up --story                  the same, then play an attack on a customer's line, live
  sekisho up --story --once --json    play the story and end; the last line is one JSON object
  SEKISHO_DATABASE_URL=postgresql://... SEKISHO_NATS_URL=nats://... sekisho up
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import datetime as dt
import os
import signal
import subprocess
import sys

from rich.console import Console
from rich.text import Text

from ..children import WEB_PORT, database, edge_port, engines, environment, platform_children, web_port
from ..engines import EngineError
from ..place import Place, PlaceError
from ..site import (
    DEVICE,
    SiteChoice,
    agent_child,
    choose_site,
    enrol,
    lab_child,
    lab_prefix,
    management_address,
    needs_enrolment,
)
from ..supervisor import StartError, Supervisor

PREPARE_SECONDS_MAX = 300
PORT_MAX = 65535


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--var", metavar="DIR", help="where everything is kept (default: SEKISHO_VAR or ./var)")
    parser.add_argument(
        "--port", type=port_number, help=f"the web port on loopback (default {WEB_PORT}, or the last one used)"
    )
    parser.add_argument("--story", action="store_true", help="play an attack on a customer's line, start to end")
    parser.add_argument("--once", action="store_true", help="end after the story")
    parser.add_argument("--json", action="store_true", help="print the story's figures as the last line, in JSON")
    parser.add_argument("--no-site", action="store_true", help="start no customer site, not even as root")


def port_number(text: str) -> int:
    """A TCP port that a service can have."""
    if text.isascii() and text.isdigit() and 0 < int(text) <= PORT_MAX:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is no port: 1 to {PORT_MAX}")


def run(arguments: argparse.Namespace) -> int:
    if (arguments.once or arguments.json) and not arguments.story:
        print("sekisho up: --once and --json belong to --story", file=sys.stderr)
        return 2
    place = Place.of(arguments.var)
    # With --json standard output is for the figures; people read the progress on standard error.
    console = Console(stderr=arguments.json, highlight=False, soft_wrap=True)
    try:
        place.make()
        with place.held():
            return asyncio.run(_up(place, arguments, console))
    except (PlaceError, EngineError, StartError) as error:
        # Text, not markup, and not folded: a path in it is read and copied by people.
        Console(stderr=True).print(Text.assemble(("sekisho up: ", "bold red"), str(error)), soft_wrap=True)
        return 1


async def _up(place: Place, arguments: argparse.Namespace, console: Console) -> int:
    ended = _end_on_signals()
    supervisor = Supervisor(place.log, place.state_file, lambda line: _say(console, line))
    work = asyncio.create_task(_start_and_play(place, arguments, console, supervisor))
    stop = asyncio.create_task(ended.wait())
    try:
        await asyncio.wait({work, stop}, return_when=asyncio.FIRST_COMPLETED)
        if not work.done():
            return 0
        if (code := work.result()) or arguments.once:
            return code
        console.print("関所は稼働しています。終了は Ctrl-C です。  Sekisho is up; Ctrl-C ends it.")
        await stop
        return 0
    finally:
        for task in (work, stop):
            task.cancel()
        await asyncio.gather(work, stop, return_exceptions=True)
        try:
            console.print("停止しています…  Stopping…")
        finally:
            # Also when nobody reads what is printed any more (`| head`): children stop in order.
            await supervisor.stop()


def _say(console: Console, line: str) -> None:
    # Whoever read the terminal may have gone; what keeps children alive must not die of that.
    with contextlib.suppress(BrokenPipeError, SystemExit):  # rich turns the one into the other
        console.print(f"  · {line}", markup=False)


async def _start_and_play(place: Place, arguments: argparse.Namespace, console: Console, supervisor: Supervisor) -> int:
    console.print(Text.assemble(("関所 Sekisho", "bold"), " ", (str(place.var), "dim")), soft_wrap=True)
    env = await _start_foundations(place, arguments, console, supervisor)
    choice = choose_site(forbidden=arguments.no_site)
    prefix = lab_prefix(place)
    if choice.live:
        # Before the collector: it listens on the management link that the lab makes.
        await supervisor.start(lab_child(prefix, env))
        env["SEKISHO_EDGE_LISTEN"] += f",{management_address(prefix)}:{edge_port(env)}"
    for child in platform_children(env):
        await supervisor.start(child)
    supervisor.add_facts(
        url=env["SEKISHO_BASE_URL"],
        mode="live" if choice.live else "replay",
        env={name: value for name, value in env.items() if name.startswith(("SEKISHO_", "DJANGO_"))},
    )
    console.print("  ✓ 受付・処理・画面 collector, pipeline, worker, web:", env["SEKISHO_BASE_URL"])
    console.print("    ログイン log in: [bold]sekisho demo[/]  [dim](people, passwords, one-time codes)[/]")
    await asyncio.to_thread(_enrol_when_needed, place, env)
    await _open_site(place, console, supervisor, env, choice, prefix)
    return await _play(place, arguments, env, choice, prefix) if arguments.story else 0


async def _start_foundations(
    place: Place, arguments: argparse.Namespace, console: Console, supervisor: Supervisor
) -> dict[str, str]:
    wanted = engines(place, dict(os.environ))
    port = web_port(place, arguments.port)  # before anything starts: a port that is taken ends it here
    for child in wanted.children:
        await supervisor.start(child)
    console.print("  ✓ 基盤 engines:", ", ".join(c.name for c in wanted.children) or "by URL")
    urls = await asyncio.to_thread(database, place, wanted.admin_url)
    env = environment(place, urls, wanted.nats_url, port)
    await asyncio.to_thread(_run_process, "prepare", {**env, "SEKISHO_DATABASE_URL": urls.owner_url})
    console.print("  ✓ データベース database: migrated, seeded if it was empty")
    return env


def _run_process(name: str, env: dict[str, str], *arguments: str) -> str:
    """A step that has its own process, because it alone needs Django or the owner's URL; its output."""
    done = subprocess.run(
        [sys.executable, "-m", f"sekisho.entry.processes.{name}", *arguments],
        env=env,
        capture_output=True,
        text=True,
        timeout=PREPARE_SECONDS_MAX,
        check=False,
    )
    if done.returncode:
        raise StartError(f"{name} failed:\n{(done.stderr or done.stdout)[-3000:]}")
    return done.stdout.strip()


def _enrol_when_needed(place: Place, env: dict[str, str]) -> None:
    if needs_enrolment(place, dt.datetime.now(dt.UTC)):
        enrol(place, env["SEKISHO_BASE_URL"], _run_process("enrolment_code", env, DEVICE))


async def _open_site(
    place: Place, console: Console, supervisor: Supervisor, env: dict[str, str], choice: SiteChoice, prefix: str
) -> None:
    if not choice.live:
        console.print(f"  · 実機なし no live site: {choice.reason}", markup=False)
        console.print("    記録したログと通信を同じ経路で再生します。")
        console.print("    Recorded logs and captures are replayed through the same pipeline instead.")
        return
    await supervisor.start(agent_child(place, env, prefix))
    supervisor.add_facts(lab=prefix)
    console.print("  ✓ お客さま拠点 customer site: UTM (Suricata + nftables) in network namespaces")


async def _play(place: Place, arguments: argparse.Namespace, env: dict[str, str], site: SiteChoice, prefix: str) -> int:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "sekisho.entry.story.play",
        *(["--json"] if arguments.json else []),
        *(["--lab", prefix] if site.live else []),
        env={**env, "TERM": os.environ.get("TERM", "dumb"), "COLUMNS": os.environ.get("COLUMNS", "110")},
        start_new_session=True,
    )
    try:
        return await process.wait()
    except asyncio.CancelledError:
        process.terminate()
        await process.wait()
        raise


def _end_on_signals() -> asyncio.Event:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, ended.set)
    return ended
