"""Brings an installation up to date before its processes start; safe to repeat.

The only process that is given the owner's database URL: migrations, the cache table, static files,
the platform's certificate authority, and the demonstration's people in an empty database.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import django

from sekisho.web.translations import compile_catalogues

from ..place import Place, write_private


def main() -> None:
    compile_catalogues()
    django.setup()
    from django.core.management import call_command

    call_command("migrate", database="owner", verbosity=0, interactive=False)
    call_command("createcachetable", database="owner", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    prepare_authority()
    seed(Place.of())


def prepare_authority() -> None:
    """The platform's own authority and signing key, and a fresh certificate for the collector at its addresses."""
    from sekisho.gateways.ca import create_ca, issue_server_certificate
    from sekisho.gateways.signing import create_signing_key

    folder = Path(os.environ["SEKISHO_CA_DIR"])
    create_ca(folder)
    create_signing_key(folder)
    hosts = [at.rpartition(":")[0] for at in os.environ["SEKISHO_EDGE_LISTEN"].split(",")]
    issue_server_certificate(folder, [*hosts, "collector"])


def seed(place: Place) -> None:
    """Demonstration data where nobody lives yet; passwords go to a file that only its owner reads."""
    from sekisho.apps.demonstration import seed_demo

    seeded = seed_demo()
    if seeded is not None:
        write_private(place.demo_file, json.dumps(seeded, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
