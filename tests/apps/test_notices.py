"""A mail is handed over once: whatever the server says, and wherever we die."""

from __future__ import annotations

from collections.abc import Callable
from email.message import EmailMessage

import pytest

from sekisho.apps.incidents import jobs
from sekisho.apps.notices import actions, queries
from sekisho.apps.notices.models import Notice, NoticeState
from sekisho.apps.refusals import Refused
from sekisho.gateways.clock import StandingClock
from sekisho.gateways.mail import Accepted, HandOverUnclear, MailDelayed, MailRefused, MemoryMail

from .world import EVERYTHING, TESTER, World


class Death(BaseException):
    """The process is killed right here."""


def dying(_: EmailMessage) -> None:
    raise Death


def answering(error: Exception) -> Callable[[EmailMessage], None]:
    def answer(_: EmailMessage) -> None:
        raise error

    return answer


@pytest.fixture
def notice(seeing_all: World) -> Notice:
    return actions.add_mail(
        TESTER,
        contract_id=seeing_all.contract.pk,
        subject_of="incident:IN20260504-0001",
        level="medium",
        addresses=["a@b.example"],
        language="ja",
        subject="件名\r\nBcc: thief@evil.example",
        body="本文",
    )


def results(notice: Notice) -> list[tuple[str | None, str]]:
    return [(a.result, a.reply) for a in queries.attempts_about(EVERYTHING, notice.subject_of)]


def test_a_mail_is_sent_once_and_the_servers_line_is_kept(notice: Notice, hand: StandingClock) -> None:
    mail = MemoryMail()
    sent = actions.deliver(notice.pk, mail)
    actions.deliver(notice.pk, mail)

    assert (sent.state, sent.done_at) == (NoticeState.DONE, hand.now())
    assert len(mail.taken) == 1
    assert results(notice) == [("accepted", "250 kept")]
    assert b"\nBcc:" not in mail.taken[0][2]
    assert mail.taken[0][1] == ("a@b.example",)


def test_a_delay_is_written_down_and_tried_again(notice: Notice) -> None:
    with pytest.raises(MailDelayed):
        actions.deliver(notice.pk, MemoryMail(answering(MailDelayed("451 later"))))
    assert actions.deliver(notice.pk, MemoryMail()).state == NoticeState.DONE
    assert results(notice) == [("delayed", "451 later"), ("accepted", "250 kept")]


def test_a_refusal_is_final_and_its_words_are_kept(notice: Notice) -> None:
    mail = MemoryMail(answering(MailRefused("554 never")))
    assert actions.deliver(notice.pk, mail).state == NoticeState.FAILED
    assert actions.deliver(notice.pk, MemoryMail()).state == NoticeState.FAILED
    assert results(notice) == [("refused", "554 never")]
    assert queries.failed_notices(EVERYTHING) == [notice]


def test_dying_before_the_hand_over_is_harmless(notice: Notice) -> None:
    class DiesConnecting:
        def send(self, *_: object) -> None:
            raise Death

    with pytest.raises(Death):
        actions.deliver(notice.pk, DiesConnecting())
    assert actions.deliver(notice.pk, MemoryMail()).state == NoticeState.DONE
    assert [result for result, _ in results(notice)] == ["interrupted", "accepted"]


def test_dying_in_the_hand_over_is_never_sent_again_by_itself(notice: Notice, seeing_all: World) -> None:
    with pytest.raises(Death):
        actions.deliver(notice.pk, MemoryMail(dying))
    again = MemoryMail()

    assert actions.deliver(notice.pk, again).state == NoticeState.UNCLEAR
    assert actions.deliver(notice.pk, again).state == NoticeState.UNCLEAR
    assert (again.taken, [r for r, _ in results(notice)]) == ([], ["unclear"])
    assert queries.unclear_notices(EVERYTHING) == [notice]


def test_a_worker_that_slept_through_does_not_send_what_another_has_sent(notice: Notice) -> None:
    mail = MemoryMail()

    class SleepsBeforeTheHandOver:
        def send(self, message: EmailMessage, sender: str, recipients: list[str], before_data: Callable) -> None:
            actions.deliver(notice.pk, mail)  # meanwhile, elsewhere
            before_data()
            raise AssertionError("it went on to send")

    assert actions.deliver(notice.pk, SleepsBeforeTheHandOver()).state == NoticeState.DONE
    assert len(mail.taken) == 1
    assert [result for result, _ in results(notice)] == ["interrupted", "accepted"]


def test_a_late_word_on_an_attempt_that_was_given_up_changes_nothing(notice: Notice) -> None:
    class SleepsInTheHandOver:
        def send(self, message: EmailMessage, sender: str, recipients: list[str], before_data: Callable) -> Accepted:
            before_data()
            actions.deliver(notice.pk, MemoryMail())  # meanwhile, elsewhere
            return Accepted("250 after all", {})

    assert actions.deliver(notice.pk, SleepsInTheHandOver()).state == NoticeState.UNCLEAR
    assert results(notice) == [("unclear", "")]


@pytest.mark.parametrize(("was_delivered", "sent"), [(True, 0), (False, 1)])
def test_a_person_says_what_became_of_an_unclear_mail(
    notice: Notice, seeing_all: World, was_delivered: bool, sent: int
) -> None:
    actions.deliver(notice.pk, MemoryMail(answering(HandOverUnclear("gone"))))
    actions.settle_unclear(seeing_all.carrier, notice=notice, was_delivered=was_delivered, note="宛先に確認")
    mail = MemoryMail()

    assert actions.deliver(notice.pk, mail).state == NoticeState.DONE
    assert len(mail.taken) == sent
    with pytest.raises(Refused) as refused:
        actions.settle_unclear(seeing_all.carrier, notice=notice, was_delivered=True, note="")
    assert refused.value.code == "notice.not_unclear"


def test_a_withdrawn_mail_is_not_sent(notice: Notice) -> None:
    actions.withdraw(TESTER, notice=notice, reason="lowered")
    mail = MemoryMail()
    assert (actions.deliver(notice.pk, mail).state, mail.taken) == (NoticeState.WITHDRAWN, [])


def test_the_sweep_queues_a_mail_that_no_job_looks_after_and_only_once(notice: Notice, hand: StandingClock) -> None:
    assert jobs.requeue_mails() == 0
    hand.advance(seconds=jobs.LEFT_BEHIND_SECONDS + 1)

    assert (jobs.requeue_mails(), jobs.requeue_mails()) == (1, 0)
