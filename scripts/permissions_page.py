"""Writes docs/permissions.md from the catalogue of permissions; a test fails when the page is stale."""

from __future__ import annotations

import os
import sys
from pathlib import Path

PAGE = Path(__file__).resolve().parent.parent / "docs" / "permissions.md"


def text() -> str:
    from sekisho.apps.accounts.permissions import permission_table

    return f"""# Who may do what

Made from `sekisho.apps.accounts.permissions` by `scripts/permissions_page.py`; change the catalogue, not this page.
A permission says what a role may do, never to whose contracts: that is the scope
([ARCHITECTURE.md](../ARCHITECTURE.md#scope)).

{permission_table().strip()}
"""


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sekisho.web.settings")
    os.environ.setdefault("SEKISHO_SECRET_KEY", "only to print a page")
    import django

    django.setup()
    PAGE.write_text(text())
    print(PAGE.name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
