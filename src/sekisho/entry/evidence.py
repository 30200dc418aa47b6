"""The log of evidence of one installation: its key, its checkpoints, and where they go.

The key is made at first use and stays in the folder of the platform's own keys. A checkpoint proves nothing as long as
only we have it, so it is published: into a folder that somebody else keeps (SEKISHO_CHECKPOINT_DIR: a share, a
mounted archive) and by mail to people outside (SEKISHO_CHECKPOINT_MAIL, addresses with commas between them).
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping
from email.message import EmailMessage
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from sekisho.evidence import note, tree
from sekisho.lake import LakeSettings
from sekisho.lake.evidence import reading

KEY_FILE, NAME_FILE = "evidence.key", "evidence.pub"
NAME_DEFAULT = "sekisho"
SUBJECT = "監査証跡の署名 / Signed head of the log of evidence"
BODY = """\
ログの保管を始めてから現在までに受け取ったすべてのログの要約値に、当社が署名したものです。
後日、ログが書き換えられていないことを確かめるときに使います。このメールを保管してください。

This is our signature over a digest of every log line received so far. It lets anybody check later that no
line was changed or removed. Please keep this mail.

{note}
{key}
"""


class LogKey(NamedTuple):
    """The private key and the name that its public half goes by."""

    name: str
    key: Ed25519PrivateKey

    @property
    def public(self) -> str:
        return note.written_key(self.name, self.key.public_key())


def log_key(folder: Path, environment: Mapping[str, str] = os.environ) -> LogKey:
    """The installation's key, made if there is none; its name is the platform's host, for ever."""
    private, named = folder / KEY_FILE, folder / NAME_FILE
    if not private.exists():
        host = urlsplit(environment.get("SEKISHO_BASE_URL", "")).hostname or NAME_DEFAULT
        made = LogKey(host, Ed25519PrivateKey.generate())
        named.write_text(made.public + "\n", encoding="utf-8")
        written = made.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        with os.fdopen(os.open(private, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(written)
    key = load_pem_private_key(private.read_bytes(), None)
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError(f"{private} is no Ed25519 key")
    name, public = note.read_key(named.read_text(encoding="utf-8"))
    if public != key.public_key():
        raise ValueError(f"{named} does not belong to {private}")
    return LogKey(name, key)


def checkpoint(settings: LakeSettings, key: LogKey, now: dt.datetime) -> str:
    """The log's head as it is, signed."""
    with reading(settings) as log:
        size = log.size()
        head = tree.root(log.node, size)
    return note.signed(note.Checkpoint(key.name, size, head, now.replace(microsecond=0)), key.key)


def publish(text: str, key: LogKey, environment: Mapping[str, str] = os.environ) -> list[str]:
    """Hand a checkpoint to everybody who is configured; where it went. Raises OSError, MailDelayed, MailRefused."""
    went: list[str] = []
    if folder := environment.get("SEKISHO_CHECKPOINT_DIR"):
        went.append(str(_filed(Path(folder), text, key)))
    if addresses := [one.strip() for one in environment.get("SEKISHO_CHECKPOINT_MAIL", "").split(",") if one.strip()]:
        _mailed(text, key, addresses, environment)
        went += addresses
    return went


def _filed(folder: Path, text: str, key: LogKey) -> Path:
    """A file of its own for each, never written over; the public key beside them."""
    found = note.opened(text, key.name, key.key.public_key())
    path = folder / f"{found.signed_at:%Y%m%dT%H%M%SZ}-{found.size}.note"
    if not path.exists():
        draft = path.with_suffix(".draft")
        draft.write_text(text, encoding="utf-8")
        draft.replace(path)
    (folder / NAME_FILE).write_text(key.public + "\n", encoding="utf-8")
    return path


def _mailed(text: str, key: LogKey, addresses: list[str], environment: Mapping[str, str]) -> None:
    from sekisho.gateways.mail import SmtpMail

    sender = environment.get("SEKISHO_CHECKPOINT_FROM", f"evidence@{key.name}")
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = SUBJECT, sender, ", ".join(addresses)
    message.set_content(BODY.format(note=text, key=key.public))
    SmtpMail(environment["SEKISHO_SMTP_URL"]).send(message, sender, addresses, lambda: None)
