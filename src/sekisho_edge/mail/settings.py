"""What the mail service is told: the policy's section on mail, and where its engines are."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec

MESSAGE_BYTES_MAX = 64 << 20


class SettingsError(Exception):
    """A settings file that can't be used; the message says why."""


class Forward(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A mail server inside, published at a public address of the line."""

    address: str
    port: int
    to_address: str
    to_port: int


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``rspamd_port`` and ``clamd_port`` 0: not on this box. Limits are those of the scanner."""

    definitions: str
    run: str
    spam: Literal["off", "tag", "delete"] = "off"
    spam_subject: str = "[SPAM]"
    virus: Literal["off", "tag", "remove", "delete"] = "off"
    virus_subject: str = "[VIRUS]"
    failure: Literal["open", "closed"] = "open"
    message_bytes_max: int = MESSAGE_BYTES_MAX
    archive_depth_max: int = 8
    smtp_port: int = 3025
    pop3_port: int = 3110
    rspamd_port: int = 0
    clamd_port: int = 0
    forwards: tuple[Forward, ...] = ()


def read_settings(path: Path) -> Settings:
    """The settings in a file; SettingsError when they are none."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Settings)
    except (OSError, msgspec.MsgspecError) as error:
        raise SettingsError(f"{path.name}: {error}") from error
