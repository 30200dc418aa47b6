"""The whole house in one process, on a clock that the test moves.

The web application answers real sockets by threads of this process, so that its clock is the very one that stands
in ``gateways.clock`` and moves when the test moves it. The worker's part is played by its own jobs: after each move
every periodic job of the queue runs once, and then everything that was put into the queue, mails included, until
nothing is left. That is what a worker does that was away for a while; every job is made for it.

Sessions and log-in count the machine's own time and do not notice the moves. Tokens count the platform's: a token is
good for a year at most, so a caller is given a new one when the old one is over, as an operator would.
"""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import inspect
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.db import connection
from django.db.models import Q
from procrastinate.contrib.django import app as queue
from procrastinate.contrib.django.models import ProcrastinateJob

from sekisho.apps.incidents import jobs
from sekisho.gateways.clock import StandingClock, standing_at
from sekisho.web.wsgi import application

from ..gateways.mail_servers import Mailbox

TOKYO = dt.timezone(dt.timedelta(hours=9))
JOBS_A_DRAIN_MAX = 2_000
NOT_PLAYED = {"accounts.forget_sessions"}
"""It looks at the machine's own time, in which nobody has slept."""


def tokyo(text: str) -> dt.datetime:
    """An instant of Tokyo: "2025-04-15 10:00", or a day, which begins at midnight."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=TOKYO)


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Requests are the test's own; what goes wrong is logged by Django."""


@dataclass
class House:
    """Where it answers, its clock's hand, and the mail that left it."""

    url: str
    hand: StandingClock
    mailbox: Mailbox
    ran: list[str] = field(default_factory=list)

    def at(self, text: str) -> None:
        """It is now this instant of Tokyo. Time only goes forward."""
        moment = tokyo(text)
        assert moment >= self.hand.now(), f"{text} is over"
        self.hand.move_to(moment)

    def work(self) -> None:
        """What the worker does at this instant: every periodic job once, then whatever waits in the queue."""
        stamp = int(self.hand.now().timestamp())
        for periodic in sorted(queue.periodic_registry.periodic_tasks.values(), key=lambda one: one.task.name):
            if periodic.task.name not in NOT_PLAYED and not _is_async(periodic.task.func):
                periodic.task.func(timestamp=stamp)
                self.ran.append(periodic.task.name)
        self._sweep()
        self.drain()

    def drain(self) -> None:
        """Run what waits in the queue, in order, until nothing does. A job that fails fails the test."""
        for _ in range(JOBS_A_DRAIN_MAX):
            job = self._waiting()
            if job is None:
                return
            queue.tasks[job.task_name].func(**job.args)
            self.ran.append(job.task_name)
            with connection.cursor() as cursor:
                cursor.execute("DELETE FROM procrastinate_jobs WHERE id = %s", [job.pk])
        raise AssertionError("the queue does not come to rest")

    def mails_to(self, address: str) -> list[str]:
        """The texts of the mails that reached an address, the oldest first, subject first."""
        return [_text_of(mail.content) for mail in self.mailbox.taken if address in mail.rcpt_tos]

    def _waiting(self) -> ProcrastinateJob | None:
        """The next job whose time has come by the platform's clock."""
        due = Q(scheduled_at=None) | Q(scheduled_at__lte=self.hand.now())
        return ProcrastinateJob.objects.filter(due, status="todo").order_by("id").first()

    def _sweep(self) -> None:
        """The sweep's own parts; around them it only looks for jobs of dead workers, of which there are none."""
        jobs.judge_overdue()
        jobs.requeue_mails()
        self.ran.append("incidents.sweep")


@contextmanager
def house(at: str, mailbox: Mailbox) -> Iterator[House]:
    """The house at an instant of Tokyo, answering on a loopback port."""
    server = ThreadedWSGIServer(("127.0.0.1", 0), _Quiet)
    server.set_app(application)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    with standing_at(tokyo(at)) as hand:
        thread.start()
        try:
            yield House(f"http://127.0.0.1:{server.server_address[1]}", hand, mailbox)
        finally:
            server.shutdown()
            thread.join(30)
            server.server_close()


def _is_async(run: object) -> bool:
    return inspect.iscoroutinefunction(run)


def _text_of(content: bytes | str | None) -> str:
    raw = content if isinstance(content, bytes) else (content or "").encode()
    message = email.message_from_bytes(raw, policy=email.policy.default)
    body = message.get_body(("plain",))
    return f"{message['subject']}\n{body.get_content() if body else ''}"
