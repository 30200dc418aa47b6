"""The worker: runs the queue's jobs and timers (notices, clocks) until it is told to stop."""

from __future__ import annotations

import asyncio
import os

CONCURRENT_JOBS_MAX = 4
STOP_SECONDS_MAX = 10


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sekisho.web.settings")
    import django

    django.setup()
    from procrastinate.contrib.django import app

    async def work() -> None:
        async with app.replace_connector(app.connector.get_worker_connector()).open_async() as running:  # type: ignore[attr-defined]
            await running.run_worker_async(
                concurrency=CONCURRENT_JOBS_MAX,
                shutdown_graceful_timeout=STOP_SECONDS_MAX,
                install_signal_handlers=True,
            )

    asyncio.run(work())


if __name__ == "__main__":
    main()
