"""What the demonstration's mail server has been handed: read back from its folder, by incident number."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path


@dataclass(frozen=True)
class Mail:
    """One message with the instant at which the server accepted it."""

    accepted_at: dt.datetime
    recipients: str
    subject: str


def mails_about(folder: Path, incident: str) -> list[Mail]:
    """Every message whose subject names the incident, oldest first."""
    mails = [read(file) for file in sorted(folder.glob("*.eml"))]
    return [mail for mail in mails if incident in mail.subject]


def read(file: Path) -> Mail:
    """A message file of ``processes.mail``."""
    message = email.message_from_bytes(file.read_bytes(), EmailMessage, policy=email.policy.default)
    accepted_at = dt.datetime.strptime(file.name.partition("-")[0], "%Y%m%dT%H%M%S.%fZ").replace(tzinfo=dt.UTC)
    return Mail(accepted_at, str(message["X-Sekisho-Recipients"]), str(message["Subject"]))
