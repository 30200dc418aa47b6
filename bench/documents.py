"""How long an invoice takes to be set, kept and found, and the whole shelf to be verified.

Sets invoices with one compiler, as the worker does; then starts its own PostgreSQL, keeps a month's run of files in
one transaction, fills the shelf and asks the searches that the electronic books law names. Beside the keeping, in the
same run: the same bytes inserted into a bare table, the floor of what keeps them in this database.

usage: python -m bench.documents [--invoices 1000] [--kept 10000] [--shelf 100000] [--json]
"""

from __future__ import annotations

import argparse
import datetime as dt
import io
import json
import os
import platform
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pypdf import PdfReader
from tests.engines import make_database, postgres_server
from tests.papers import samples

from sekisho.gateways.typesetting import typeset

SEED = 20_240_101
QUESTIONS = 30
CONTRACTS = 10_000
FIRST_DAY = dt.date(2020, 1, 1)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--invoices", type=int, default=1_000, help="set by one compiler (default 1000)")
    parser.add_argument("--kept", type=int, default=10_000, help="kept in one transaction (default 10000)")
    parser.add_argument("--shelf", type=int, default=100_000, help="documents to search in (default 100000)")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    arguments = parser.parse_args()
    result: dict[str, Any] = {"machine": f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores"}
    result["load"] = round(os.getloadavg()[0], 1)
    result |= setting(arguments.invoices)
    with tempfile.TemporaryDirectory(prefix="sekisho-bench-") as folder, postgres_server(Path(folder)) as engine:
        prepare(make_database(engine, "sekisho"))
        content_bytes = int(result["invoice_bytes"])
        result["bare_insert_seconds"] = bare_insert(arguments.kept, content_bytes)
        result["keep_seconds"] = keeping(arguments.kept, content_bytes)
        fill(arguments.shelf - arguments.kept)
        result["find_ms"] = finding()
        result["verify_documents_per_second"] = verifying()
    if arguments.json:
        print(json.dumps(result))
    else:
        print(f"command: {' '.join([Path(sys.executable).name, '-m', 'bench.documents', *sys.argv[1:]])}")
        for name, value in result.items():
            print(f"{name:<30} {value}")
    return 0


def setting(invoices: int) -> dict[str, float]:
    """Milliseconds of CPU and wall for each invoice; the first one also reads fonts and sheets."""
    began = time.perf_counter()
    first = typeset(samples.invoice())
    first_ms = (time.perf_counter() - began) * 1_000
    walls, sizes, pages = [], [], 0
    busy = time.process_time()
    for number in range(invoices):
        paper = samples.invoice(number=f"INV-2026-{number:06}", contract_number=f"SK{number:06}")
        began = time.perf_counter()
        pdf = typeset(paper)
        walls.append((time.perf_counter() - began) * 1_000)
        sizes.append(len(pdf))
    busy = time.process_time() - busy
    pages = len(PdfReader(io.BytesIO(first)).pages)
    return {
        "first_invoice_ms": round(first_ms, 1),
        "invoice_ms_median": round(statistics.median(walls), 1),
        "invoice_ms_p95": round(statistics.quantiles(walls, n=20)[-1], 1),
        "invoice_cpu_ms": round(busy * 1_000 / invoices, 1),
        "page_cpu_ms": round(busy * 1_000 / invoices / pages, 1),
        "invoices_seconds": round(sum(walls) / 1_000, 1),
        "invoice_bytes": round(statistics.mean(sizes)),
    }


def prepare(urls: Any) -> None:
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "sekisho.web.settings",
        "SEKISHO_APP_DATABASE_URL": urls.app_url,
        "SEKISHO_DATABASE_URL": urls.owner_url,
        "SEKISHO_SECRET_KEY": "only for a bench",
    }
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", database="owner", verbosity=0)


def contents(count: int, size: int) -> Iterator[bytes]:
    """Bytes that don't compress, like a PDF's."""
    chance = random.Random(SEED)
    return (chance.randbytes(size) for _ in range(count))


def bare_insert(count: int, size: int) -> float:
    from django.db import connection, transaction

    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("CREATE TEMP TABLE bare (position bigint, content bytea) ON COMMIT DROP")
            cursor.execute("ALTER TABLE bare ALTER COLUMN content SET STORAGE EXTERNAL")
        began = time.perf_counter()
        with connection.connection.cursor() as cursor:
            for position, content in enumerate(contents(count, size)):
                cursor.execute("INSERT INTO bare VALUES (%b, %b)", (position, content), prepare=True)
        return round(time.perf_counter() - began, 1)


def keepings(count: int, size: int, prefix: str) -> Iterator[Any]:
    from sekisho.apps.documents.actions import Keeping
    from sekisho.apps.documents.kinds import DocumentKind

    chance = random.Random(SEED + 1)
    for number, content in enumerate(contents(count, size)):
        contract = number % CONTRACTS
        yield Keeping(
            kind=DocumentKind.INVOICE,
            number=f"{prefix}{number:07}",
            contract_id=contract,
            language="ja",
            dated=FIRST_DAY + dt.timedelta(chance.randrange(2_500)),
            yen=chance.randrange(10_000, 900_000),
            counterparty=f"株式会社見本{contract:05}製作所",
            content=content,
        )


def keeping(count: int, size: int) -> float:
    began = time.perf_counter()
    keep_all(keepings(count, size, "RUN-"))
    return round(time.perf_counter() - began, 1)


def fill(count: int) -> None:
    keep_all(keepings(count, 64, "OLD-"))
    from django.db import connections

    with connections["owner"].cursor() as cursor:
        cursor.execute("ANALYZE documents_document, documents_counterparty, documents_content")


def keep_all(many: Iterator[Any]) -> None:
    from sekisho.apps.audit.models import SystemActor
    from sekisho.apps.documents.actions import keep_many
    from sekisho.apps.scope import entered, system_scope

    with entered(system_scope("bench")):
        keep_many(SystemActor("bench"), many)


def finding() -> dict[str, str]:
    """Median and worst milliseconds of each question, each asked with other values every time."""
    from sekisho.apps.documents.queries import find
    from sekisho.apps.scope import entered, system_scope

    chance = random.Random(SEED + 2)
    scope = system_scope("bench")

    def a_day() -> dt.date:
        return FIRST_DAY + dt.timedelta(chance.randrange(2_500))

    def a_name() -> str:
        return f"見本{chance.randrange(CONTRACTS):05}"

    questions: dict[str, Callable[[], dict[str, Any]]] = {
        "newest": dict,
        "one day": lambda: {"dated_from": (on := a_day()), "dated_to": on},
        "a month of dates": lambda: {"dated_from": (on := a_day()), "dated_to": on + dt.timedelta(30)},
        "one amount": lambda: {"yen_from": (yen := chance.randrange(10_000, 900_000)), "yen_to": yen},
        "a range of amounts": lambda: {"yen_from": (yen := chance.randrange(10_000, 900_000)), "yen_to": yen + 500},
        "one counterparty": lambda: {"counterparty": a_name()},
        "a part of a name that many have": lambda: {"counterparty": "製作所"},
        "a name that nobody has": lambda: {"counterparty": "どこにもない"},
        "dates and amounts": lambda: {"dated_from": (on := a_day()), "dated_to": on + dt.timedelta(365),
                                      "yen_from": (yen := chance.randrange(10_000, 900_000)), "yen_to": yen + 2_000},
        "all three": lambda: {"counterparty": a_name(), "dated_from": (on := a_day()),
                              "dated_to": on + dt.timedelta(730), "yen_from": 50_000, "yen_to": 500_000},
        "a page far back": lambda: {"after": (a_day(), 50_000)},
    }  # fmt: skip
    answers = {}
    with entered(scope):
        for name, asked in questions.items():
            walls = []
            for _ in range(QUESTIONS):
                wanted = asked()
                began = time.perf_counter()
                find(scope, **wanted)
                walls.append((time.perf_counter() - began) * 1_000)
            answers[name] = f"{statistics.median(walls):.1f} (worst {max(walls):.1f})"
    return answers


def verifying() -> int:
    from sekisho.apps.documents.queries import verify_chain

    began = time.perf_counter()
    report = verify_chain()
    if report.broken is not None:
        raise AssertionError(f"the bench broke the chain: {report.broken}")
    return round(report.documents / (time.perf_counter() - began))


if __name__ == "__main__":
    sys.exit(main())
