"""The monthly run as a process of its own, for a test that kills it: python -m tests.apps.billing.killed_run MONTH."""

from __future__ import annotations

import datetime as dt
import sys


def main() -> None:
    import django

    django.setup()
    from sekisho.apps.audit.models import SystemActor
    from sekisho.apps.billing.actions.runs import run_month

    run_month(SystemActor("killed"), dt.date.fromisoformat(sys.argv[1]), share_contracts=1)


if __name__ == "__main__":
    main()
