"""Housekeeping: ended sessions each night, each hour the answers to old idempotency keys."""

from __future__ import annotations

from importlib import import_module

from django.conf import settings
from procrastinate.contrib.django import app as queue

from .actions.answers import forget_answers

NIGHTLY_CRON = "23 18 * * *"  # 03:23 in Tokyo
HOURLY_CRON = "17 * * * *"


@queue.periodic(cron=NIGHTLY_CRON)
@queue.task(name="accounts.forget_sessions", queueing_lock="accounts.forget_sessions")
def forget_sessions(timestamp: int) -> None:
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()


@queue.periodic(cron=HOURLY_CRON)
@queue.task(name="accounts.forget_answers", queueing_lock="accounts.forget_answers")
def forget_idempotent_answers(timestamp: int) -> None:
    forget_answers()
