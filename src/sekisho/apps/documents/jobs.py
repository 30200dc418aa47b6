"""Work for the queue: contents whose time of keeping is over go, and names that nothing needs any more."""

from __future__ import annotations

import logging

from procrastinate.contrib.django import app as queue

from sekisho.apps.audit.models import SystemActor

from .actions import EXPIRY_DOCUMENTS_MAX, expire

DAILY_CRON = "43 16 * * *"  # 01:43 in Tokyo
RUNS_MAX = 100
"""A day's most: a hundred thousand documents; what is left goes on the next."""

KEEPER = SystemActor("documents")

log = logging.getLogger(__name__)


@queue.periodic(cron=DAILY_CRON)
@queue.task(name="documents.expire", queueing_lock="documents.expire", lock="documents.expire")
def expire_documents(timestamp: int) -> None:
    """Runs twice or late without harm; each thousand is a transaction of its own."""
    for _ in range(RUNS_MAX):
        gone = expire(KEEPER)
        if gone:
            log.info("%s documents expired", gone)
        if gone < EXPIRY_DOCUMENTS_MAX:
            return
