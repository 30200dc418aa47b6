"""The making of papers as a process that dies in the middle: python -m tests.apps.papering.killed_papers.

It dies as it draws up the last paper of its batch: all others are typeset by then, and none is kept.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator


def main() -> None:
    import django

    django.setup()
    from sekisho.apps.audit.models import OutboxRow, SystemActor
    from sekisho.apps.contracts.papering import DESK
    from sekisho.apps.documents.paperwork import Desk, Drawn, take_up, work_off

    def draw(news: OutboxRow) -> Iterator[Drawn]:
        if not OutboxRow.objects.filter(topic=news.topic, pk__gt=news.pk).exists():
            os.kill(os.getpid(), signal.SIGKILL)
        yield from DESK.draws[news.topic](news)

    desk = Desk(DESK.reader, {"contracts.cancel": draw})
    take_up(desk)
    work_off(SystemActor("killed"), desk)


if __name__ == "__main__":
    main()
