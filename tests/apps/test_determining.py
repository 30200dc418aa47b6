"""An analyst's determination: what it opens, starts and sends."""

from __future__ import annotations

import datetime as dt

import pytest

from sekisho.apps.incidents import actions, queries
from sekisho.apps.incidents.intake import record_findings
from sekisho.apps.incidents.models import Level
from sekisho.apps.notices import queries as notices
from sekisho.apps.notices.models import CallResult, Channel

from .world import EVERYTHING, NOW, World, finding


def open_group(**changes: object):
    record_findings([finding(**changes)])
    return queries.triage_queue(EVERYTHING)[0]


@pytest.mark.article("6-1(3)")
def test_high_opens_an_incident_starts_its_clock_and_asks_for_a_call_and_a_mail(seeing_all: World, hand) -> None:
    group = open_group()

    done = actions.determine_level(seeing_all.analyst, group=group, level=Level.HIGH, note="見た")

    assert done.incident.number == "IN20260504-0001"
    assert done.determination.at == NOW
    assert done.clock.due_at == NOW.replace(microsecond=0) + dt.timedelta(minutes=15)
    about = notices.notices_about(EVERYTHING, "incident:IN20260504-0001")
    assert [n.channel for n in about] == [Channel.PHONE, Channel.MAIL, Channel.MAIL]
    assert about[1].subject.startswith("【High】") and about[2].subject.startswith("[High]")


@pytest.mark.article("6-1(3)")
def test_an_unanswered_first_dial_in_time_meets_the_high_clock(seeing_all: World, hand) -> None:
    done = actions.determine_level(seeing_all.analyst, group=open_group(), level=Level.HIGH)
    hand.advance(minutes=15)
    first = queries.clocks_of(EVERYTHING, done.incident)[0].incident.contract.contacts.first()
    actions.record_call_attempt(
        seeing_all.carrier, incident=done.incident, contact_id=first.pk, result=CallResult.NO_ANSWER
    )

    (clock,) = queries.clocks_of(EVERYTHING, done.incident)
    assert clock.verdict == "met"
