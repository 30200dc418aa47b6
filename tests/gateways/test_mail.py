"""Handing mail over: the same contract for the real server and the twin in memory."""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from sekisho.entry.engines import free_port
from sekisho.gateways.mail import (
    HandOverUnclear,
    MailDelayed,
    MailRefused,
    MailTransport,
    MemoryMail,
    SmtpMail,
)

from .mail_servers import dies_while_taking, mail_server, server_that, takes_and_quarrels_at_goodbye


def letter(subject: str = "お知らせ") -> EmailMessage:
    message = EmailMessage(policy=policy.SMTP)
    message["Subject"], message["From"], message["To"] = subject, "soc@sekisho.example", "a@b.example"
    message.set_content("本文\n", charset="utf-8")
    return message


@pytest.fixture(params=["smtp", "memory"])
def transport(request: pytest.FixtureRequest) -> Iterator[tuple[MailTransport, list]]:
    if request.param == "memory":
        memory = MemoryMail()
        yield memory, memory.taken
        return
    with mail_server() as mailbox:
        yield SmtpMail(mailbox.url), mailbox.taken


def test_a_letter_is_taken_once_and_the_reply_kept(transport: tuple[MailTransport, list]) -> None:
    mail, taken = transport
    marks: list[int] = []
    accepted = mail.send(letter(), "soc@sekisho.example", ["a@b.example"], lambda: marks.append(len(taken)))

    assert accepted.reply.startswith("250") and accepted.refused == {}
    assert marks == [0]  # told before the message went, and once
    assert len(taken) == 1


def test_no_recipients_is_refused(transport: tuple[MailTransport, list]) -> None:
    mail, taken = transport
    with pytest.raises(MailRefused):
        mail.send(letter(), "soc@sekisho.example", [], lambda: None)
    assert taken == []


def test_the_words_arrive_as_they_were_written() -> None:
    with mail_server() as mailbox:
        SmtpMail(mailbox.url).send(letter("【High】件名"), "soc@sekisho.example", ["a@b.example"], lambda: None)
        arrived = message_from_bytes(mailbox.taken[0].content, policy=policy.default)
    assert (arrived["Subject"], arrived.get_content()) == ("【High】件名", "本文\r\n")


def test_one_refused_recipient_does_not_keep_the_others_from_their_letter() -> None:
    with mail_server(refused_recipients=frozenset({"gone@b.example"})) as mailbox:
        accepted = SmtpMail(mailbox.url).send(
            letter(), "soc@sekisho.example", ["gone@b.example", "a@b.example"], lambda: None
        )
        assert accepted.refused == {"gone@b.example": "550 no such person"}
        assert mailbox.taken[0].rcpt_tos == ["a@b.example"]


def test_nobody_home_is_a_delay_and_nothing_was_handed_over() -> None:
    marks: list[None] = []
    with pytest.raises(MailDelayed):
        SmtpMail(f"smtp://127.0.0.1:{free_port()}").send(
            letter(), "soc@sekisho.example", ["a@b.example"], lambda: marks.append(None)
        )
    assert marks == []


@pytest.mark.parametrize(("reply", "error"), [("451 later", MailDelayed), ("554 never", MailRefused)])
def test_the_servers_no_is_told_apart_by_its_code(reply: str, error: type[Exception]) -> None:
    with mail_server(answers=[reply]) as mailbox, pytest.raises(error, match=reply):
        SmtpMail(mailbox.url).send(letter(), "soc@sekisho.example", ["a@b.example"], lambda: None)


def test_a_connection_that_dies_with_the_letter_on_it_is_unclear() -> None:
    with server_that(dies_while_taking) as url, pytest.raises(HandOverUnclear):
        SmtpMail(url).send(letter(), "soc@sekisho.example", ["a@b.example"], lambda: None)


def test_what_goes_wrong_at_goodbye_does_not_unmake_the_hand_over() -> None:
    with server_that(takes_and_quarrels_at_goodbye) as url:
        accepted = SmtpMail(url).send(letter(), "soc@sekisho.example", ["a@b.example"], lambda: None)
    assert accepted.reply == "250 kept"


def test_a_url_that_names_no_mail_server_is_refused() -> None:
    with pytest.raises(ValueError, match="no mail server"):
        SmtpMail("http://127.0.0.1:25")
