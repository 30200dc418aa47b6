"""Handing a mail to our mail server. SMTP over a real socket, and a twin in memory.

``send`` tells three endings apart, because the caller acts on each: ``MailDelayed`` (nothing was
taken: try again), ``MailRefused`` (never: ask a person), ``HandOverUnclear`` (the message was on the
line when it went dead: it may or may not have been taken, so don't send it again blindly).
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress
from email.message import EmailMessage
from typing import NamedTuple, Protocol
from urllib.parse import unquote, urlsplit

CONNECT_SECONDS_MAX = 20
REPLY_CHARACTERS_MAX = 500


class MailDelayed(Exception):
    """The server can't be reached or can't take it now; nothing was handed over."""


class MailRefused(Exception):
    """The server will not take this message."""


class HandOverUnclear(Exception):
    """The connection died while the message was being handed over."""


class Accepted(NamedTuple):
    """The server's reply to the message; ``refused`` are the recipients that it did not take."""

    reply: str
    refused: dict[str, str]


class MailTransport(Protocol):
    def send(
        self, message: EmailMessage, sender: str, recipients: Sequence[str], before_data: Callable[[], None]
    ) -> Accepted:
        """Hand the message over. ``before_data`` is called once, right before the message itself goes."""


class SmtpMail:
    """``smtp://[user:password@]host:port`` or ``smtps://``; STARTTLS whenever the server offers it."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise ValueError(f"no mail server: {parts.scheme}://{parts.hostname}")
        self._tls = parts.scheme == "smtps"
        self._host, self._port = parts.hostname, parts.port or (465 if self._tls else 25)
        self._login = (unquote(parts.username or ""), unquote(parts.password or ""))

    def send(
        self, message: EmailMessage, sender: str, recipients: Sequence[str], before_data: Callable[[], None]
    ) -> Accepted:
        try:
            smtp = self._connected()
        except (smtplib.SMTPException, OSError) as error:
            raise MailDelayed(_short(str(error))) from error
        try:
            refused = _envelope(smtp, sender, recipients)
            before_data()
            return Accepted(_hand_over(smtp, message), refused)
        except (smtplib.SMTPException, OSError) as error:
            raise MailDelayed(_short(str(error))) from error
        finally:
            _leave(smtp)

    def _connected(self) -> smtplib.SMTP:
        kind = smtplib.SMTP_SSL if self._tls else smtplib.SMTP
        smtp = kind(self._host, self._port, timeout=CONNECT_SECONDS_MAX)
        try:
            smtp.ehlo_or_helo_if_needed()
            if not self._tls and smtp.has_extn("starttls"):
                smtp.starttls(context=ssl.create_default_context())
                smtp.ehlo()
            if self._login[0]:
                smtp.login(*self._login)
        except BaseException:
            smtp.close()
            raise
        return smtp


def _leave(smtp: smtplib.SMTP) -> None:
    """Say goodbye. What goes wrong here says nothing about the message."""
    with suppress(smtplib.SMTPException, OSError):
        smtp.quit()
    smtp.close()


def _envelope(smtp: smtplib.SMTP, sender: str, recipients: Sequence[str]) -> dict[str, str]:
    """Name sender and recipients; returns those refused for good. All refused is ``MailRefused``."""
    code, reply = smtp.mail(sender)
    _raise_unless_taken(code, reply)
    refused = {}
    for recipient in recipients:
        code, reply = smtp.rcpt(recipient)
        if code >= 500:
            refused[recipient] = _line(code, reply)
        else:
            _raise_unless_taken(code, reply)
    if len(refused) == len(recipients):
        raise MailRefused("; ".join(refused.values()) or "no recipients")
    return refused


def _hand_over(smtp: smtplib.SMTP, message: EmailMessage) -> str:
    try:
        code, reply = smtp.data(message.as_bytes())
    except smtplib.SMTPDataError as error:  # refused before the first byte of the message
        _raise_unless_taken(error.smtp_code, _as_bytes(error.smtp_error))
        raise
    except (smtplib.SMTPServerDisconnected, OSError) as error:
        raise HandOverUnclear(_short(str(error))) from error
    _raise_unless_taken(code, reply)
    return _line(code, reply)


def _raise_unless_taken(code: int, reply: bytes) -> None:
    if 200 <= code < 300:
        return
    raise (MailRefused if code >= 500 else MailDelayed)(_line(code, reply))


def _as_bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text


def _line(code: int, reply: bytes) -> str:
    return _short(f"{code} {reply.decode('utf-8', 'replace')}")


def _short(text: str) -> str:
    return " ".join(text.split())[:REPLY_CHARACTERS_MAX]


class MemoryMail:
    """The twin: keeps what it takes in ``taken``; ``answer`` may raise in place of taking."""

    def __init__(self, answer: Callable[[EmailMessage], None] | None = None) -> None:
        self.taken: list[tuple[str, tuple[str, ...], bytes]] = []
        self._answer = answer

    def send(
        self, message: EmailMessage, sender: str, recipients: Sequence[str], before_data: Callable[[], None]
    ) -> Accepted:
        if not recipients:
            raise MailRefused("no recipients")
        before_data()
        if self._answer is not None:
            self._answer(message)
        self.taken.append((sender, tuple(recipients), message.as_bytes()))
        return Accepted("250 kept", {})
