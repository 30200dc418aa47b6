"""Housekeeping of log-ins: sessions that have ended are forgotten each night."""

from __future__ import annotations

from importlib import import_module

from django.conf import settings
from procrastinate.contrib.django import app as queue

NIGHTLY_CRON = "23 18 * * *"  # 03:23 in Tokyo


@queue.periodic(cron=NIGHTLY_CRON)
@queue.task(name="accounts.forget_sessions", queueing_lock="accounts.forget_sessions")
def forget_sessions(timestamp: int) -> None:
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
