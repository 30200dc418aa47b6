"""Prints a new one-time code for a device of the demonstration, as the carrier's desk would issue it."""

from __future__ import annotations

import json
import sys

import django

from ..place import Place


def main() -> int:
    django.setup()
    from sekisho.apps.accounts.models import Person
    from sekisho.apps.contracts.queries import scope_of
    from sekisho.apps.fleet.actions import issue_enrolment_code
    from sekisho.apps.fleet.queries import device_by_id
    from sekisho.apps.scope import entered

    people = json.loads(Place.of().demo_file.read_text())["people"]
    admin = Person.objects.get(email=next(p["email"] for p in people if p["part"] == "carrier_admin"))
    with entered(scope_of(admin)) as scope:
        device = device_by_id(scope, sys.argv[1])
        if device is None:
            print(f"there is no device {sys.argv[1]}", file=sys.stderr)
            return 1
        print(issue_enrolment_code(admin, device=device))
    return 0


if __name__ == "__main__":
    sys.exit(main())
