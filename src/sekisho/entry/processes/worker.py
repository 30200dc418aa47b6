"""The worker: runs the queue's jobs and timers (notices, clocks) until it is told to stop."""

from __future__ import annotations

import asyncio
import os

import django

CONCURRENT_JOBS_MAX = 4
POLL_SECONDS = 1.0
"""New jobs wake the worker at once; this is for timers that fall due, and for a lost wake-up call."""
STOP_SECONDS_MAX = 10


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sekisho.web.settings")
    django.setup()
    from procrastinate.contrib.django import app

    with app.replace_connector(app.connector.get_worker_connector()) as running:  # type: ignore[attr-defined]
        asyncio.run(work(running))


async def work(app) -> None:
    async with app.open_async():
        await app.run_worker_async(
            concurrency=CONCURRENT_JOBS_MAX,
            fetch_job_polling_interval=POLL_SECONDS,
            shutdown_graceful_timeout=STOP_SECONDS_MAX,
            install_signal_handlers=True,
        )


if __name__ == "__main__":
    main()
