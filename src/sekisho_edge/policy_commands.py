"""``sekisho-edge policy``: check, compare, lay over and import policies, on any machine and without root.

Exit codes: 0 fine (``check``: can be enforced; ``diff``: the same), 1 not, 2 wrong usage. Words are in Japanese and
English; ``--json`` is for machines.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import msgspec

from sekisho_edge.powers import powers_of
from sekisho_wire.policy import EVERYTHING, PolicyError, Powers, Problem, problems, read_policy
from sekisho_wire.policy.canonical import content_hash
from sekisho_wire.policy.diff import diff
from sekisho_wire.policy.diff_words import change_words
from sekisho_wire.policy.model import policy_of, read_document, write_policy
from sekisho_wire.policy.overlay import Layer, effective
from sekisho_wire.policy_import import Imported, import_fortigate, import_opnsense

IMPORTERS = {"fortigate": import_fortigate, "opnsense": import_opnsense}

EXAMPLES = """examples:
  sekisho-edge policy check line.json
  sekisho-edge policy check line.json --functions firewall,ids_ips --json
  sekisho-edge policy diff before.json after.json
  sekisho-edge policy effective template.json contractor.json line.json
  sekisho-edge policy import fortigate backup.conf --out line.json
  sekisho-edge policy import opnsense config.xml > line.json
"""


def add_to(parser: argparse.ArgumentParser) -> None:
    """The subcommands, on the parser of ``policy``."""
    parser.epilog, parser.formatter_class = EXAMPLES, argparse.RawDescriptionHelpFormatter
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    check = _command(commands, "check", "everything that is wrong with a policy, with its place", _check)
    check.add_argument("file", type=Path, metavar="FILE")
    check.add_argument("--functions", help="codes of what the plan includes, with commas; default: do not ask")
    check.add_argument("--this-box", action="store_true", help="also refuse what this version can't enforce")
    check.add_argument("--json", action="store_true")
    compare = _command(commands, "diff", "what changes from one policy to another, by meaning", _diff)
    compare.add_argument("before", type=Path, metavar="A")
    compare.add_argument("after", type=Path, metavar="B")
    compare.add_argument("--json", action="store_true")
    view = _command(commands, "effective", "layers laid over each other, the most general first", _effective)
    view.add_argument("layers", type=Path, nargs="+", metavar="FILE")
    view.add_argument("--origins", action="store_true", help="list each stated value with its layer instead")
    read = _command(commands, "import", "another product's rules as a policy, and what was left", _import)
    read.add_argument("product", choices=sorted(IMPORTERS))
    read.add_argument("file", type=Path, metavar="FILE")
    read.add_argument("--out", type=Path, help="where the policy goes; default: standard output")


def _command(commands, name, says, act):
    epilog = "example:\n" + next(line for line in EXAMPLES.splitlines() if f" policy {name} " in line)
    parser = commands.add_parser(
        name, help=says, description=says, epilog=epilog, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.set_defaults(act=act)
    return parser


def _check(options):
    functions = frozenset(options.functions.split(",")) if options.functions is not None else None
    powers = powers_of() if options.this_box else EVERYTHING
    found, said = _examined(options.file, msgspec.structs.replace(powers, functions=functions))
    if options.json:
        _print(msgspec.json.encode({"problems": found, "content": said}).decode())
    else:
        for problem in found:
            _print(f"{problem.pointer or '/'}: {problem.words.ja} / {problem.words.en}")
        if said:
            _print(f"問題はありません / nothing is wrong: {said}")
    return 1 if found else 0


def _examined(path: Path, powers: Powers) -> tuple[list[Problem], str | None]:
    """Problems of shape, or if there are none, of meaning; and the content's hash if there are none at all."""
    try:
        policy = read_policy(path.read_bytes())
    except PolicyError as error:
        return list(error.problems), None
    found = problems(policy, powers)
    return found, None if found else content_hash(policy)


def _diff(options):
    changes = diff(_sound(options.before), _sound(options.after))
    if options.json:
        _print(msgspec.json.encode(changes).decode())
    else:
        for change in changes:
            words = change_words(change)
            _print(f"{words.ja} / {words.en}")
        if not changes:
            _print("意味の違いはありません / they mean the same")
    return 1 if changes else 0


def _sound(path):
    """A policy without problems: only such policies have a meaning to compare."""
    policy = read_policy(path.read_bytes())
    if wrong := problems(policy):
        raise PolicyError(wrong)
    return policy


def _effective(options):
    layers = [_layer(path) for path in options.layers]
    view = effective(layers)
    if options.origins:
        for pointer, stated in sorted(view.stated.items()):
            hidden = "".join(f"  (< {layer})" for layer, _ in stated.overridden)
            _print(f"{stated.layer}\t{pointer}\t{msgspec.json.encode(stated.value).decode()}{hidden}")
        return 0
    _print(msgspec.json.format(write_policy(view.policy)).decode())
    return 0


def _layer(path):
    """A layer file is the document itself, or ``{"name", "document", "locked"}`` where it locks something."""
    document = read_document(path.read_bytes())
    if isinstance(document, dict) and "document" in document:
        return msgspec.convert(document | {"name": document.get("name", path.stem)}, Layer)
    return Layer(path.stem, document)


def _import(options):
    imported = IMPORTERS[options.product](options.file.read_bytes())
    text = msgspec.json.format(msgspec.json.encode(imported.document), indent=1) + b"\n"
    if options.out:
        options.out.write_bytes(text)
    else:
        sys.stdout.buffer.write(text)
        sys.stdout.buffer.flush()
    _report(imported)
    return 0


def _report(imported: Imported):
    """Everything that was left goes to standard error, so that the policy can go through a pipe."""
    for left in imported.left:
        mark = "!" if left.weight == "lost" else " "
        sys.stderr.write(f"{mark} {left.line}: {left.text}  {left.words.ja} / {left.words.en}\n")
    lost = sum(left.weight == "lost" for left in imported.left)
    rules = len(imported.document.get("rules", ()))
    sys.stderr.write(
        f"{rules}件のルールを移し、{lost}件を移せませんでした / {rules} rules carried over, {lost} things not\n"
    )
    try:
        found = problems(policy_of(imported.document))
    except PolicyError as error:
        found = list(error.problems)
    for problem in found:
        sys.stderr.write(f"! {problem.place}: {problem.words.ja} / {problem.words.en}\n")


def _print(line):
    sys.stdout.write(f"{line}\n")
