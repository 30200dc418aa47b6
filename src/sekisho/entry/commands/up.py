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
import os
import signal
import subprocess
import sys

from rich.console import Console

from ..children import WEB_PORT, database, engines, environment, platform_children
from ..engines import DatabaseUrls, EngineError
from ..place import Place, PlaceError
from ..site import SiteChoice, choose_site, site_children
from ..supervisor import StartError, Supervisor

PREPARE_SECONDS_MAX = 300


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--var", metavar="DIR", help="where everything is kept (default: SEKISHO_VAR or ./var)")
    parser.add_argument("--port", type=int, help=f"the web port on loopback (default {WEB_PORT}, or the last one used)")
    parser.add_argument("--story", action="store_true", help="play an attack on a customer's line, start to end")
    parser.add_argument("--once", action="store_true", help="end after the story")
    parser.add_argument("--json", action="store_true", help="print the story's figures as the last line, in JSON")
    parser.add_argument("--no-site", action="store_true", help="start no customer site, not even as root")


def run(arguments: argparse.Namespace) -> int:
    if (arguments.once or arguments.json) and not arguments.story:
        print("sekisho up: --once and --json belong to --story", file=sys.stderr)
        return 2
    place = Place.of(arguments.var)
    # With --json standard output is for the figures; people read the progress on standard error.
    console = Console(stderr=arguments.json, highlight=False)
    try:
        place.make()
        with place.held():
            return asyncio.run(_up(place, arguments, console))
    except (PlaceError, EngineError, StartError) as error:
        Console(stderr=True, highlight=False).print(f"[bold red]sekisho up:[/] {error}")
        return 1


async def _up(place: Place, arguments: argparse.Namespace, console: Console) -> int:
    ended = _end_on_signals()
    supervisor = Supervisor(place.log, place.state_file, lambda line: console.print(f"  · {line}", markup=False))
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
        console.print("停止しています…  Stopping…")
        await supervisor.stop()


async def _start_and_play(place: Place, arguments: argparse.Namespace, console: Console, supervisor: Supervisor) -> int:
    env = await _start(place, arguments, console, supervisor)
    site = await _open_site(place, arguments, console, supervisor, env)
    if not arguments.story:
        return 0
    return await _play(arguments, env, site)


async def _start(
    place: Place, arguments: argparse.Namespace, console: Console, supervisor: Supervisor
) -> dict[str, str]:
    console.print("[bold]関所 Sekisho[/]", f"[dim]{place.var}[/]")
    wanted = engines(place, dict(os.environ))
    for child in wanted.children:
        await supervisor.start(child)
    console.print("  ✓ 基盤 engines:", ", ".join(c.name for c in wanted.children) or "by URL")
    urls = await asyncio.to_thread(database, place, wanted.admin_url)
    web_port = place.port("web", arguments.port or (None if (place.var / "ports.json").exists() else _default_port()))
    env = environment(place, urls, wanted.nats_url, web_port)
    await asyncio.to_thread(_prepare, env, urls)
    console.print("  ✓ データベース database: migrated, seeded if it was empty")
    for child in platform_children(env):
        await supervisor.start(child)
    supervisor.add_facts(
        url=env["SEKISHO_BASE_URL"], env={k: v for k, v in env.items() if k.startswith(("SEKISHO_", "DJANGO_"))}
    )
    place.state_file.chmod(0o600)
    console.print("  ✓ 受付・処理・画面 collector, pipeline, worker, web:", env["SEKISHO_BASE_URL"])
    console.print(
        f"    ログイン log in: [bold]sekisho demo --var {place.var}[/] [dim](passwords and one-time codes)[/]"
    )
    return env


def _default_port() -> int | None:
    from ..place import is_free

    return WEB_PORT if is_free(WEB_PORT) else None


def _prepare(env: dict[str, str], urls: DatabaseUrls) -> None:
    """Migrations, static files and the first seed, in a process of its own that alone knows the owner's URL."""
    done = subprocess.run(
        [sys.executable, "-m", "sekisho.entry.processes.prepare"],
        env={**env, "SEKISHO_DATABASE_URL": urls.owner_url},
        capture_output=True,
        text=True,
        timeout=PREPARE_SECONDS_MAX,
        check=False,
    )
    if done.returncode:
        raise StartError(f"the database could not be brought up to date:\n{(done.stderr or done.stdout)[-3000:]}")


async def _open_site(
    place: Place, arguments: argparse.Namespace, console: Console, supervisor: Supervisor, env: dict[str, str]
) -> SiteChoice:
    choice = choose_site(forbidden=arguments.no_site)
    if not choice.live:
        console.print(f"  · 実機なし no live site: {choice.reason}")
        console.print(
            "    記録したログと通信を同じ経路で再生します。  Recorded logs and captures are replayed instead."
        )
    for child in site_children(place, env, choice):
        await supervisor.start(child)
    if choice.live:
        console.print("  ✓ お客さま拠点 customer site behind the UTM: Suricata + nftables, in network namespaces")
    supervisor.add_facts(mode="live" if choice.live else "replay")
    return choice


async def _play(arguments: argparse.Namespace, env: dict[str, str], site: SiteChoice) -> int:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "sekisho.entry.story.play",
        *(["--json"] if arguments.json else []),
        *(["--live"] if site.live else []),
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
