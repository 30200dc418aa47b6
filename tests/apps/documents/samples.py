"""Documents to keep in tests."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sekisho.apps.documents.actions import keep
from sekisho.apps.documents.kinds import DocumentKind
from sekisho.apps.documents.models import Document

from ..world import TESTER, World


def facts_of(world: World, **changes: Any) -> dict[str, Any]:
    facts = {
        "kind": DocumentKind.INVOICE,
        "number": "INV-1",
        "contract_id": world.contract.pk,
        "language": "ja",
        "dated": dt.date(2026, 5, 1),
        "yen": 162_076,
        "counterparty": "株式会社青葉製作所",
        "content": b"%PDF-1.7 sample",
    }
    return facts | changes


def kept(world: World, **changes: Any) -> Document:
    return keep(TESTER, **facts_of(world, **changes))
