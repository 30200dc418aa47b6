"""Claims as papers: what the contractor sent through the portal, typeset and kept."""

from __future__ import annotations

import datetime as dt

from sekisho.apps.accounts.models import Person

from .models import Breach


def keep_claim(actor: Person, *, breach: Breach, arrived_at: dt.datetime, words: str) -> str:
    return ""
