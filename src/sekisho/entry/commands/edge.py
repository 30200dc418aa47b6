"""The UTM's own command, handed over to sekisho-edge.

examples:
  sekisho edge lab up                 a whole site in network namespaces
  sekisho edge lab exec pc1 -- curl http://www.lab.example/
  sekisho edge doctor
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="what sekisho-edge is told")


def run(arguments: argparse.Namespace) -> int:
    # Another program, not an import: the platform and the edge share nothing but the wire.
    program = str(Path(sys.executable).with_name("sekisho-edge"))
    os.execv(program, [program, *arguments.arguments])  # noqa: S606
