"""Definitions for the boxes: signatures, categories, virus databases, YARA rules, applications, hashes, geography.

``build`` gathers them, has the boxes' own engines load them, refuses a set that has suddenly become small, signs it and
gives it to the first devices. ``offer`` and ``promote`` give it to more; ``withdraw`` takes it back. Boxes that have
none of the new ones keep what they have. Exit code 0: done. 1: not done, and nothing was changed.

examples:
  sekisho definitions build signatures=/srv/et.rules.tar.gz categories/malware=/srv/malware.txt --first UTM100001
  sekisho definitions build --from sources.txt          one source a line
  sekisho definitions list
  sekisho definitions offer --percent 10
  sekisho definitions promote
  sekisho definitions withdraw
  sekisho definitions return 2026112401                 an earlier version is everybody's again
  sekisho definitions renew                             sign anew; the platform does so by itself while it runs
"""

from __future__ import annotations

import argparse
import getpass
import importlib.util
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from sekisho.definitions import building
from sekisho.definitions.gather import read_source
from sekisho.definitions.repository import Repository
from sekisho_wire.definitions import Channels, DefinitionsError, Manifest

from ..place import Place


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = (__doc__ or "").partition("\n\n")[2]
    commands = parser.add_subparsers(dest="subcommand", required=True, metavar="SUBCOMMAND")
    build = commands.add_parser("build", help="a new version, tested and signed, for the first devices")
    build.add_argument("sources", nargs="*", metavar="[KIND=]FILE|FOLDER|URL")
    build.add_argument("--from", dest="listed", type=Path, metavar="FILE", help="sources, one a line, # for comments")
    build.add_argument("--first", nargs="+", default=[], metavar="DEVICE", help="devices that get it at once")
    build.add_argument("--may-shrink", nargs="+", default=[], metavar="KIND", help="fewer entries of these are right")
    build.add_argument("--without-shipped", action="store_true", help="leave out what every box is shipped with")
    build.set_defaults(act=_build)
    commands.add_parser("list", help="versions, and for whom they are").set_defaults(act=_list)
    offer = commands.add_parser("offer", help="the new version for a share of all boxes")
    offer.add_argument("--percent", type=int, required=True)
    offer.add_argument("--devices", nargs="+", metavar="DEVICE", help="and for these (default: as before)")
    offer.set_defaults(
        act=lambda o: _channels(building.offer(_folder(o), who=_who(), percent=o.percent, devices=o.devices))
    )
    turns = {"promote": building.promote, "withdraw": building.withdraw}
    for name, words in (("promote", "the new version for everybody"), ("withdraw", "the new version for nobody")):
        command = commands.add_parser(name, help=words)
        command.set_defaults(act=lambda o, turn=turns[name]: _channels(turn(_folder(o), who=_who())))
    back = commands.add_parser("return", help="an earlier version for everybody again")
    back.add_argument("version", type=int)
    back.set_defaults(act=lambda o: _channels(building.return_to(_folder(o), o.version, who=_who())))
    commands.add_parser("renew", help="sign anew what has lived half of its time").set_defaults(act=_renew)
    for command in commands.choices.values():
        command.add_argument("--json", action="store_true")
        command.add_argument("--var", metavar="DIR", help="where everything is kept (default: SEKISHO_VAR or ./var)")


def run(arguments: argparse.Namespace) -> int:
    try:
        told, words = arguments.act(arguments)
    except (DefinitionsError, OSError) as error:
        print(f"sekisho definitions {arguments.subcommand}: {error}", file=sys.stderr)
        return 1
    print(json.dumps(told) if arguments.json else words)
    return 0


def _build(options):
    sources = [read_source(text) for text in [*_listed(options.listed), *options.sources]]
    if not sources and options.without_shipped:
        raise DefinitionsError("name at least one source")
    folder, base = _folder(options), None if options.without_shipped else _shipped()
    manifest = building.build(
        folder, sources, who=_who(), first_devices=options.first, may_shrink=options.may_shrink, base=base
    )
    return _told(manifest), _words(manifest, options.first)


def _shipped() -> Path:
    """The definitions that come with the edge's own package: found, not imported."""
    found = importlib.util.find_spec("sekisho_edge")
    if found is None or found.origin is None:
        raise DefinitionsError("the edge's package is not installed here, and its engines are needed for the test")
    return Path(found.origin).parent / "definitions"


def _listed(path: Path | None) -> Sequence[str]:
    lines = path.read_text().splitlines() if path else ()
    return [entry for line in lines if (entry := line.partition("#")[0].strip())]


def _words(manifest: Manifest, first) -> str:
    counts = ", ".join(f"{kind} {count:,}" for kind, count in manifest.counts.items())
    shown = "\n  ".join(("\nleft out, because they do not load:", *manifest.left_out)) if manifest.left_out else ""
    whose = f"for {', '.join(first)}" if first else "for nobody yet: 'sekisho definitions offer --percent 10'"
    return f"version {manifest.version}: {counts}{shown}\n{whose}"


def _told(manifest: Manifest) -> dict:
    return {
        "version": manifest.version,
        "built_at": manifest.built_at,
        "counts": manifest.counts,
        "left_out": list(manifest.left_out),
    }


def _list(options):
    repository = Repository(_folder(options))
    channels = repository.channels()
    manifests = [repository.manifest(version) for version in repository.versions()]
    told = {
        "expires_at": repository.expires_at().isoformat(),
        **_channels(channels)[0],
        "versions": [_told(manifest) for manifest in manifests],
    }
    lines = [f"{manifest.version}  {manifest.built_at}  {_whose(channels, manifest.version)}" for manifest in manifests]
    return told, "\n".join([*lines, f"signed until {told['expires_at']}"])


def _whose(channels: Channels, version: int) -> str:
    if version == channels.stable:
        return "everybody's"
    upcoming = channels.upcoming
    if upcoming and upcoming.version == version:
        return f"on its way: {upcoming.percent} %" + (f" and {', '.join(upcoming.devices)}" if upcoming.devices else "")
    return ""


def _channels(channels: Channels):
    upcoming = channels.upcoming
    told = {
        "stable": channels.stable,
        "upcoming": upcoming
        and {"version": upcoming.version, "percent": upcoming.percent, "devices": list(upcoming.devices)},
    }
    return told, f"everybody's: {channels.stable or 'none'}" + (
        f"; {_whose(channels, upcoming.version)}: {upcoming.version}" if upcoming else ""
    )


def _renew(options):
    repository = Repository(_folder(options))
    with repository.held():
        renewed = repository.renew()
    until = repository.expires_at().isoformat()
    return {"renewed": renewed, "expires_at": until}, f"{'signed anew' if renewed else 'nothing to do'}: until {until}"


def _folder(options) -> Path:
    return Place.of(options.var).var / "definitions"


def _who() -> str:
    return os.environ.get("SUDO_USER") or getpass.getuser()
