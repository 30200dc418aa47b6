from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from sekisho.apps.contracts.models import Contract, Measure
from sekisho.apps.contracts.queries import history_of
from sekisho.apps.notices import actions as notices
from sekisho.apps.notices.models import Channel
from sekisho.apps.notices.queries import notices_about
from sekisho.apps.refusals import Refused
from sekisho.gateways import clock
from sekisho.gateways.mail import MemoryMail
from sekisho.terms.history import Standing

from ..world import EVERYTHING, NOW

DAY = dt.timedelta(days=1)
HOUR = dt.timedelta(hours=1)


def standing(contract: Contract, at: dt.datetime | None = None) -> Standing:
    return history_of(EVERYTHING, contract).at(at or clock.now())


def overlays(contract: Contract, at: dt.datetime | None = None) -> set[str]:
    return {overlay.value for overlay in standing(contract, at).overlays}


def refusal(act: Callable, *arguments: object, **more: object) -> tuple[str, str]:
    """Code and article of the refusal; its words must be there in both languages."""
    with pytest.raises(Refused) as refused:
        act(*arguments, **more)
    assert refused.value.words.ja and refused.value.words.en
    return refused.value.code, refused.value.article


def deliver(measure: Measure) -> MemoryMail:
    """Have our mail server take every mail about a measure."""
    server = MemoryMail()
    for notice in notices_about(EVERYTHING, f"measure:{measure.number}"):
        if notice.channel == Channel.MAIL:
            notices.deliver(notice.pk, server)
    return server


def mails(measure: Measure) -> dict[str, str]:
    """Language -> subject and body of the last mail about a measure."""
    return {n.language: f"{n.subject}\n{n.body}" for n in notices_about(EVERYTHING, f"measure:{measure.number}")}


SOON = NOW + DAY
