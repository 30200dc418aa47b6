"""How long the monthly run takes for 10,000 contracts, and what PostgreSQL takes for the same bytes at best.

    python -m bench.billing [--contracts N] [--runs N]

Builds contracts with histories (options that begin and stop, changes of the access item) in a PostgreSQL of its
own, bills one month after the other, and prints the median. The floor is COPY of the very rows that a run writes into
plain tables, without checks, keys or row-level security, which no program that writes these rows can beat.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import platform
import random
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path

CONTRACTS, RUNS, SEED = 10_000, 3, 4
SECONDS_MAX = 60
START = dt.date(2025, 4, 1)
TABLES = (
    "billing_charge",
    "billing_journalentry",
    "billing_posting",
    "billing_invoice",
    "billing_invoiceline",
    "billing_billedcharge",
    "billing_runresult",
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contracts", type=int, default=CONTRACTS)
    parser.add_argument("--runs", type=int, default=RUNS)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        return _measured(Path(folder), given.contracts, given.runs)


def _measured(folder: Path, contracts: int, runs: int) -> int:
    from tests.engines import make_database, postgres_server

    folder.chmod(0o755)
    (folder / "postgres").mkdir()
    with postgres_server(folder / "postgres") as engine:
        urls = make_database(engine, "sekisho")
        _prepare_django(urls)
        started = time.perf_counter()
        _build(contracts)
        print(_machine())
        print(f"{contracts:,} contracts built in {time.perf_counter() - started:.1f} s")
        seconds = [_billed(month) for month in _months(runs + 1)]
        floor = _floor(urls.owner_url, runs)
    _report(contracts, seconds, floor)
    return 0 if statistics.median(seconds[1:]) < SECONDS_MAX else 1


def _prepare_django(urls) -> None:
    os.environ.update(
        DJANGO_SETTINGS_MODULE="sekisho.web.settings",
        SEKISHO_SECRET_KEY="only-for-a-measurement",  # noqa: S106
        SEKISHO_APP_DATABASE_URL=urls.app_url,
        SEKISHO_DATABASE_URL=urls.owner_url,
        SEKISHO_LOG_LEVEL="WARNING",
    )
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", database="owner", verbosity=0)


def _build(contracts: int) -> None:
    """Contracts written in bulk, each with a life of its own."""
    from tests.apps.billing import contracts as life
    from tests.apps.world import EVERYTHING, TESTER

    from sekisho.apps.accounts.actions import add_organisation
    from sekisho.apps.accounts.models import OrganisationKind
    from sekisho.apps.billing import bulk
    from sekisho.apps.contracts.models import Contract, ContractFact, Line
    from sekisho.apps.scope import entered
    from sekisho.gateways.clock import standing_at
    from sekisho.terms.applications import LineKind
    from sekisho.terms.history import at_start_of

    chosen = random.Random(SEED)
    at = at_start_of(START)
    with standing_at(at), entered(EVERYTHING):
        life.publish()
        life.issuer()
        owner = add_organisation(TESTER, kind=OrganisationKind.CONTRACTOR, name="株式会社青葉製作所")
        lines, keys = bulk.draw_keys(Line, contracts), bulk.draw_keys(Contract, contracts)
        bulk.insert(
            Line,
            [
                {
                    "id": key,
                    "identifier": f"L{key}",
                    "kind": LineKind.IP_NETWORK.value,
                    "active": True,
                    "holder_id": owner.pk,
                }
                for key in lines
            ],
        )
        bulk.insert(
            Contract,
            [
                {
                    "id": key,
                    "number": f"SK{500_000 + key}",
                    "contractor_id": owner.pk,
                    "line_id": line,
                    "line_from_at": at,
                    "accepted_at": at,
                    "terms_version": "V6",
                    "price_list": life.LIST,
                }
                for key, line in zip(keys, lines, strict=True)
            ],
        )
        facts = [fact for key in keys for fact in _life(key, chosen)]
        ids = bulk.draw_keys(ContractFact, len(facts))
        rows = [{"id": fact_id, **fact} for fact_id, fact in zip(ids, facts, strict=True)]
        for begin in range(0, len(rows), 20_000):
            bulk.insert(ContractFact, rows[begin : begin + 20_000])


def _life(contract_id: int, chosen: random.Random) -> list[dict]:
    from sekisho.terms.history import at_start_of, through

    started = START + dt.timedelta(chosen.randrange(30))
    told = [
        ("state", "accepted", started, None),
        ("plan", "basic", started, None),
        ("functions", ["firewall", "ids_ips"], started, None),
        ("access_item", chosen.choice(["best_effort_1g", "guaranteed_10m", "guaranteed_100m"]), started, None),
        ("service", None, started, None),
        ("billing", None, started, None),
    ]
    if chosen.random() < 0.8:
        told.append(("operations", None, started, None))
        for kind, value in (("extra_accounts", 1), ("retention_years", 3), ("monitoring_report", None)):
            if chosen.random() < 0.3:
                begins = started + dt.timedelta(chosen.randrange(60))
                told.append((kind, value, begins, begins + dt.timedelta(90) if chosen.random() < 0.3 else None))
    if chosen.random() < 0.1:
        told.append(("access_item", "guaranteed_50m", started + dt.timedelta(chosen.randrange(120)), None))
    return [
        {
            "contract_id": contract_id,
            "number": number,
            "thread": f"{kind}.{number}",
            "kind": kind,
            "value": value,
            "from_at": at_start_of(begins),
            "until_at": through(ends) if ends else None,
            "recorded_at": at_start_of(START),
            "void": False,
            "actor_name": "bench",
        }
        for number, (kind, value, begins, ends) in enumerate(told, 1)
    ]


def _months(how_many: int) -> list[dt.date]:
    return [dt.date(START.year, START.month + turn, 1) for turn in range(how_many)]


def _billed(month: dt.date) -> float:
    from tests.apps.world import TESTER

    from sekisho.apps.billing.actions.runs import run_month
    from sekisho.gateways.clock import standing_at
    from sekisho.terms.history import at_start_of
    from sekisho.terms.periods import month_after

    with standing_at(at_start_of(dt.date(*month_after(month, 1), 1)) + dt.timedelta(hours=6)):
        started = time.perf_counter()
        run = run_month(TESTER, month)
    seconds = time.perf_counter() - started
    print(f"{month:%Y-%m}: {run.invoices:,} invoices, {run.total_yen:,} yen, {run.problems} problems: {seconds:.1f} s")
    return seconds


def _floor(owner_url: str, runs: int) -> tuple[int, int, float]:
    """Rows and bytes of one run on average, and the seconds that a bare COPY takes for them."""
    import psycopg

    rows = size = 0
    seconds = 0.0
    with psycopg.connect(owner_url) as owner:
        owner.execute("SET sekisho.scope = '*'")
        for table in TABLES:
            with owner.cursor().copy(f"COPY (SELECT * FROM {table}) TO STDOUT") as out:  # noqa: S608
                data = b"".join(bytes(part) for part in out)
            owner.execute(f"CREATE TABLE floor_{table} AS SELECT * FROM {table} WHERE false")  # noqa: S608
            started = time.perf_counter()
            with owner.cursor().copy(f"COPY floor_{table} FROM STDIN") as into:
                into.write(data)
            owner.commit()
            owner.execute("SET sekisho.scope = '*'")
            seconds += time.perf_counter() - started
            rows, size = rows + data.count(b"\n"), size + len(data)
    return rows // (runs + 1), size // (runs + 1), seconds / (runs + 1)


def _machine() -> str:
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{platform.machine()}, {os.cpu_count()} cores, {memory_gib:.0f} GiB, Python {platform.python_version()}"


def _report(contracts: int, seconds: list[float], floor: tuple[int, int, float]) -> None:
    rows, size, floor_seconds = floor
    median = statistics.median(seconds[1:])
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"first run (with initial fees) {seconds[0]:.1f} s")
    print(f"median of the {len(seconds) - 1} after it: {median:.1f} s, {contracts / median:,.0f} contracts/s")
    print(f"a run writes {rows:,} rows, {size / 1e6:.1f} MB: {rows / median:,.0f} rows/s, peak {peak_mib:.0f} MiB")
    print(f"floor: bare COPY of those rows {floor_seconds:.2f} s, {rows / floor_seconds:,.0f} rows/s")


if __name__ == "__main__":
    sys.exit(main())
